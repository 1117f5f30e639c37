"""The looks that come with the package open, differ, and are described where people look."""

from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

import napari_retrogan as rg
from napari_retrogan.core.looks.statistics import ordinary_photographs

NAMES = [look.name for look in rg.list_pretrained()]
PHOTOGRAPH = ordinary_photographs()[5]


MARKS = [
    "kodak",
    "fuji",
    "agfa",
    "polaroid",
    "ilford",
    "lomo",
    "technicolor",
    "autochrome",
    "ektachrome",
    "velvia",
    "portra ",
]
BLIND_TO_RED = ("orthochromatic-1920s", "tintype-1860s", "albumen-print-1870s")
GROUPS = ["Slides", "Negatives", "Instant pictures", "Silver prints", "Early processes", "Aged and damaged"]
REAL_ENDS = {
    "faded-slides-1970s": (3.3, 84.9),
    "silver-prints-1930s": (4.3, 91.6),
    "three-colour-plates-1910s": (4.9, 99.7),
}
"""1st and 99th percentile of lightness of the pictures that looks were learnt from, within their frames."""
ONE_TONE = {
    "silver-prints-1930s": 0.05,
    "press-print-1960s": 0.05,
    "fine-silver-print": 0.05,
    "orthochromatic-1920s": 0.05,
    "infrared-1940s": 0.05,
    "sepia": None,
    "cyanotype": None,
    "albumen-print-1870s": None,
    "tintype-1860s": None,
    "album-portrait-1910s": None,
}


def test_there_are_two_dozen_and_more_in_six_groups_with_cards():
    looks = rg.list_pretrained()
    assert len(looks) >= 24
    assert len(set(NAMES)) == len({look.title for look in looks}) == len(NAMES)
    assert all(look.title and look.description and look.source and look.licence for look in looks)
    assert list(dict.fromkeys(look.group for look in looks)) == GROUPS
    assert all(sum(look.group == group for look in looks) >= 3 for group in GROUPS)


def test_names_describe_and_are_no_trade_marks():
    for look in rg.list_pretrained():
        assert not [mark for mark in MARKS if mark in f"{look.name} {look.title} {look.description}".lower()]


def test_together_they_are_small():
    folder = Path(rg.__file__).parent / "core" / "looks" / "pretrained"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3e6


@pytest.mark.parametrize("name", NAMES)
def test_each_opens_and_changes_a_photograph(name):
    generator = rg.pretrained(name)
    assert generator.apply(PHOTOGRAPH).shape == PHOTOGRAPH.shape
    # So small a picture would be lost in the grain, the glow and the dots of a large one.
    result = generator.apply(PHOTOGRAPH, grain=0, softness=0, halation=0, fringes=0, screen=0)
    assert np.abs(result - PHOTOGRAPH).mean() > 0.01
    likeness = np.corrcoef(result.mean(-1).ravel(), PHOTOGRAPH.mean(-1).ravel())[0, 1]
    assert likeness > (0.6 if name in BLIND_TO_RED else 0.8)
    assert rg.pretrained(name) is generator


@pytest.mark.parametrize("name", ONE_TONE)
def test_looks_of_one_tone_leave_no_other(name):
    smooth = rgb2lab(rg.pretrained(name).apply(PHOTOGRAPH, grain=0, softness=0)).reshape(-1, 3)
    own = smooth[np.argsort(smooth[:, 0])]
    near = np.diff(own[:, 0]) < 0.05
    assert near.sum() > 1000
    assert np.abs(np.diff(own[:, 1:], axis=0)[near]).max() < 0.3
    if ONE_TONE[name]:
        assert np.linalg.norm(rgb2lab(rg.pretrained(name).apply(PHOTOGRAPH))[..., 1:], axis=-1).max() < ONE_TONE[name]


@pytest.mark.parametrize("name", REAL_ENDS)
def test_black_and_white_are_those_of_the_real_pictures(name):
    picture = np.zeros((60, 60, 3), np.float32)
    picture[:, 31:] = 1
    smooth = rgb2lab(rg.pretrained(name).apply(picture, grain=0, softness=0, halation=0, fringes=0))
    assert smooth[30, [28, 33], 0] == pytest.approx(REAL_ENDS[name], abs=3)


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
