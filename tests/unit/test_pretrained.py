"""The looks that come with the package open, differ, and are described where people look."""

from pathlib import Path

import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core.looks.statistics import ordinary_photographs

NAMES = [look.name for look in rg.list_pretrained()]
PHOTOGRAPH = ordinary_photographs()[5]


def test_there_are_at_least_eight_with_cards():
    assert len(NAMES) >= 8
    assert len(set(NAMES)) == len(NAMES)
    assert all(look.title and look.description and look.source and look.licence for look in rg.list_pretrained())


@pytest.mark.parametrize("name", NAMES)
def test_each_opens_and_changes_a_photograph(name):
    generator = rg.pretrained(name)
    result = generator.apply(PHOTOGRAPH)
    assert result.shape == PHOTOGRAPH.shape
    assert np.abs(result - PHOTOGRAPH).mean() > 0.01
    assert np.corrcoef(result.mean(-1).ravel(), PHOTOGRAPH.mean(-1).ravel())[0, 1] > 0.8
    assert rg.pretrained(name) is generator


@pytest.mark.parametrize("name", ["silver-prints-1930s", "cyanotype", "sepia"])
def test_looks_of_one_tone_leave_no_other(name):
    result = rg.pretrained(name).apply(PHOTOGRAPH, grain=0)
    spread = (result[..., 0] - result[..., 2]).std()
    assert spread < 0.5 * (PHOTOGRAPH[..., 0] - PHOTOGRAPH[..., 2]).std()


def test_looks_differ():
    results = [rg.pretrained(name).apply(PHOTOGRAPH, grain=0) for name in NAMES]
    distances = [np.abs(first - second).mean() for n, first in enumerate(results) for second in results[:n]]
    assert min(distances) > 0.005


def test_unknown_names_are_told():
    with pytest.raises(rg.InvalidConfig, match="choose one of faded-slides-1970s"):
        rg.pretrained("kodak")


def test_the_page_on_looks_describes_each():
    page = (Path(__file__).parents[2] / "docs" / "looks.md").read_text("utf-8")
    for look in rg.list_pretrained():
        assert f"| `{look.name}` | {look.description} | {look.source} | {look.licence} |" in page
