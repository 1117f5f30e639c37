"""The form of the training settings."""

from __future__ import annotations

from dataclasses import fields

import pytest

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.plugin.train.config_form import ConfigForm

pytestmark = pytest.mark.usefixtures("qapp")


def test_untouched_fields_give_the_defaults() -> None:
    assert TrainingConfig(**ConfigForm().values()) == TrainingConfig()


def test_names_choose_the_fields() -> None:
    assert list(ConfigForm(["seed", "num_steps"]).values()) == ["num_steps", "seed"]


@pytest.mark.parametrize("end", ["min", "max"])
def test_limits_survive_the_fields_rounding(end: str) -> None:
    form = ConfigForm()
    limits = {
        field.name: getattr(form.field(field.name), end)
        for field in fields(TrainingConfig)
        if hasattr(form.field(field.name), end)
    }
    form.set_values(limits)
    assert form.values() == {**form.values(), **limits}
    TrainingConfig(**form.values())


@pytest.mark.parametrize("name", [field.name for field in fields(TrainingConfig) if field.name.endswith("_rate")])
def test_small_numbers_are_shown_whole(name: str) -> None:
    form = ConfigForm([name])
    form.set_values({name: 2e-4})
    assert form.values() == {name: 2e-4}
    assert form.field(name).native.text() == "0.000200"


def test_values_without_a_field_are_passed_over() -> None:
    form = ConfigForm(["seed"])
    form.set_values({"num_steps": 3, "seed": 4})
    assert form.values() == {"seed": 4}
