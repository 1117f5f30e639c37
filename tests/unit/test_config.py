"""Settings check themselves and survive storage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_retrogan.core.config import GONE, PRESETS, TrainingConfig
from napari_retrogan.core.errors import InvalidConfig


@given(st.integers(1, 100_000), st.integers(0, 2**31 - 1), st.floats(1e-6, 0.1))
def test_settings_survive_storage(num_steps, seed, rate):
    config = TrainingConfig(num_steps=num_steps, seed=seed, grain_learning_rate=rate)
    assert TrainingConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("num_steps", -1, "from 0 to"),
        ("num_steps", 2.5, "type int"),
        ("num_steps", True, "type int"),
        ("seed", -1, "from 0 to"),
        ("grain_learning_rate", float("nan"), "from 1e-06"),
        ("average_decay", 1.0, "0.9999"),
    ],
)
def test_values_out_of_range_are_named(name, value, words):
    with pytest.raises(InvalidConfig, match=words) as error:
        TrainingConfig(**{name: value})
    assert name in str(error.value)
    assert repr(value) in str(error.value)


@pytest.mark.parametrize("name", GONE)
def test_of_settings_that_earlier_versions_had_it_is_told_why_there_are_none(name):
    assert name not in TrainingConfig().to_dict()
    with pytest.raises(InvalidConfig, match=f"no setting '{name}' any more: .* Leave it out"):
        TrainingConfig.from_dict({name: 1})


def test_unknown_names_are_told():
    with pytest.raises(InvalidConfig, match="'steps' is unknown"):
        TrainingConfig.from_dict({"steps": 3})
    with pytest.raises(InvalidConfig, match="draft"):
        TrainingConfig.preset("best")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_take_changes(name):
    config = TrainingConfig.preset(name, seed=7)
    assert config.seed == 7
    assert config.num_steps == PRESETS[name]["num_steps"]


def test_the_balanced_preset_is_the_default():
    assert TrainingConfig.preset("balanced") == TrainingConfig()


def test_settings_do_not_change():
    with pytest.raises(AttributeError):
        TrainingConfig().seed = 1
    assert TrainingConfig().replace(seed=1).seed == 1
