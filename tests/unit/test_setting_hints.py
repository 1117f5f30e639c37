"""What settings declare is read in one place, and what has to tell it again says the same."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import check, from_names, hints
from napari_retrogan.core.vintage_generator import VintageGenerator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TABLE = ROOT / "src" / "napari_retrogan" / "plugin" / "translations" / "zh_CN.json"
CHINESE = json.loads(TABLE.read_text(encoding="utf-8"))["core"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oven:
    heat: Annotated[float, {"min": 0.0, "max": 250.0, "step": 5.0, "label": "Heat", "tooltip": "Degrees."}] = 180.0
    shelf: Annotated[int, {"min": 1, "max": 4, "label": "Shelf", "tooltip": "From below."}] = 2
    fan: Annotated[bool, {"label": "Fan", "tooltip": "Moves the air.", "of": "look"}] = False
    side: Annotated[Literal["top", "bottom"], {"label": "Side", "tooltip": "Where it is hot."}] = "top"
    minutes: Annotated[int | None, {"min": 0, "max": 999, "label": "Minutes", "tooltip": "Then it ends."}] = None
    name: str = "oven"

    def __post_init__(self) -> None:
        check(self)


def test_fields_with_hints_are_settings_in_their_order():
    settings = hints(Oven)
    assert list(settings) == ["heat", "shelf", "fan", "side", "minutes"]
    assert [setting.kind for setting in settings.values()] == [float, int, bool, Literal["top", "bottom"], int]
    assert [setting.default for setting in settings.values()] == [180.0, 2, False, "top", None]
    assert settings["heat"].limits == {"min": 0.0, "max": 250.0, "step": 5.0}
    assert settings["fan"].limits == {}
    assert settings["side"].choices == ("top", "bottom")
    assert (settings["fan"].of, settings["shelf"].of) == ("look", "person")
    assert (settings["shelf"].label, settings["shelf"].tooltip) == ("Shelf", "From below.")


def test_a_hint_that_nobody_reads_is_an_error():
    @dataclass(frozen=True)
    class Typo:
        heat: Annotated[float, {"minimum": 0.0, "label": "Heat", "tooltip": "Degrees."}] = 180.0

    with pytest.raises(TypeError, match="minimum"):
        hints(Typo)


def test_numbers_of_any_kind_are_kept_as_plain_ones():
    oven = Oven(heat=np.float32(200), shelf=np.int64(3), minutes=np.uint8(7))
    assert [type(value) for value in (oven.heat, oven.shelf, oven.minutes)] == [float, int, int]
    assert type(Oven(heat=Fraction(1, 2)).heat) is type(Oven(heat=1).heat) is float


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"heat": 251}, "heat is 251; expected a value from 0 to 250."),
        ({"heat": float("nan")}, "heat is nan; expected a value from 0 to 250."),
        ({"heat": "hot"}, "heat is 'hot'; expected a number from 0 to 250."),
        ({"heat": True}, "heat is True; expected a number from 0 to 250."),
        ({"heat": None}, "heat is None; expected a number from 0 to 250."),
        ({"shelf": 5}, "shelf is 5; expected a value from 1 to 4."),
        ({"shelf": 2.0}, "shelf is 2.0; expected a value of type int."),
        ({"fan": 1}, "fan is 1; expected a value of type bool."),
        ({"side": "left"}, "side is 'left'; choose one of top, bottom."),
        ({"minutes": 1000}, "minutes is 1000; expected a value from 0 to 999."),
    ],
)
def test_values_that_do_not_suit_are_told_in_words(values, words):
    with pytest.raises(rg.InvalidConfig) as error:
        Oven(**values)
    assert str(error.value) == words


def test_an_unknown_name_is_told_with_the_known_ones():
    assert from_names(Oven, {"heat": 3, "name": "o"}) == Oven(heat=3, name="o")
    with pytest.raises(rg.InvalidConfig, match="Setting 'cold' is unknown; known are heat, shelf, fan, side, min"):
        from_names(Oven, {"cold": 3})


def test_every_setting_of_the_package_can_be_read():
    for settings in (TrainingConfig, ApplySettings):
        for name, setting in hints(settings).items():
            assert setting.label, name
            assert setting.tooltip.endswith("."), name
            assert getattr(settings(), name) == setting.default


def test_apply_takes_every_setting_with_its_default_and_hands_it_on(generator, monkeypatch):
    parameters = inspect.signature(VintageGenerator.apply).parameters
    declared = {field.name: field.default for field in fields(ApplySettings)}
    assert {name: parameters[name].default for name in declared} == declared
    of_the_picture = {"self", "image", "style", "rgb", "multiscale", "region", "on_progress", "should_stop"}
    assert set(parameters) == set(declared) | of_the_picture

    taken = []
    monkeypatch.setattr(
        "napari_retrogan.core.inference.apply_to_image.apply_to_image",
        lambda _generator, _graph, _image, settings, **_: taken.append(settings),
    )
    others = {
        "providers": ("CPUExecutionProvider",),
        "value_range": (2.0, 3.0),
        "time_axis": 1,
        "seed": 5,
        "brightness": "learnt",
    }
    amounts = {name: amount.min or amount.max / 2 + 0.01 for name, amount in hints(Taste).items()}
    given = {**amounts, **others, "grain_over_time": "fixed"}
    assert set(given) == set(declared)
    generator.apply(np.zeros((9, 9)), **given)
    assert asdict(taken[0]) == given
    assert all(given[name] != default for name, default in declared.items())


def test_what_is_the_persons_own_is_told_by_its_field():
    for name, amount in hints(Taste).items():
        taste = Taste(**{"strength": 0, name: amount.max})
        assert taste.adjusts == (amount.of == "person")
        assert taste.changes_nothing == (amount.of == "look" and name not in ("strength", "marks"))
    looks_own = [name for name, amount in hints(Taste).items() if amount.of == "look"]
    assert looks_own == ["strength", "softness", "halation", "fringes", "grain", "screen", "marks"]


def test_unknown_amounts_are_refused_wherever_they_are_given_by_name(generator, photograph, tmp_path):
    with pytest.raises(rg.InvalidConfig, match="'tint' is unknown; known are strength"):
        generator.preview(photograph[:50, :50]).render(tint=1)
    with pytest.raises(rg.InvalidConfig, match="'tint' is unknown; known are strength"):
        rg.apply_to_store(generator, photograph, tmp_path / "a.zarr", tint=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("page", "words"), [("tutorials/widget.md", {}), ("zh/tutorials/widget.md", CHINESE)])
def test_the_pages_of_the_widget_tell_the_ranges_of_the_sliders(page, words):
    text = (DOCS / page).read_text(encoding="utf-8")
    row = r"^\| (\w[\w ]*)(?:\uff08.*?\uff09)? \| (-?[\d.]+) (?:to|到) ([\d.]+) \| .+ \|$"
    told = [(label, float(low), float(high)) for label, low, high in re.findall(row, text, re.MULTILINE)]
    assert told == [(words.get(amount.label, amount.label), amount.min, amount.max) for amount in hints(Taste).values()]
