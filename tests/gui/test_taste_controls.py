from __future__ import annotations

import pytest

from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import hints
from napari_retrogan.plugin.shared.taste_controls import TasteControls

pytestmark = pytest.mark.usefixtures("qapp")


def test_there_is_a_slider_for_every_amount_in_its_range():
    controls = TasteControls()
    assert controls.taste == Taste()
    for name, amount in hints(Taste).items():
        slider = controls.sliders[name]
        assert (slider.min, slider.max) == (amount.min, amount.max)
        assert slider.label == amount.label
        assert slider.tooltip
        slider.value = slider.min
    assert controls.taste == Taste(**{name: amount.min for name, amount in hints(Taste).items()})


def test_changes_are_told_and_can_be_put_back():
    controls = TasteControls()
    seen = []
    controls.changed.connect(seen.append)
    assert not controls.reset_button.enabled
    controls.sliders["warmth"].value = 0.3
    assert seen == [Taste(warmth=0.3)]
    controls.taste = Taste(strength=0.5, fade=0.2)
    assert seen[1:] == [Taste(strength=0.5, fade=0.2)]
    assert controls.reset_button.enabled
    controls.reset_button.native.click()
    assert controls.taste == Taste()
    assert seen[2:] == [Taste()]
    assert not controls.reset_button.enabled
