"""Colour statistics: the map carries one distribution to another, and few scenes count for little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_retrogan.core.looks.statistics import (
    ColourStatistics,
    monge_kantorovich,
    ordinary_photographs,
    without_scenes,
)


def pictures(seed, count=4):
    rng = np.random.default_rng(seed)
    mixing = 0.15 * rng.standard_normal((3, 3)) + 0.2 * np.eye(3)
    return [rng.random(3) + rng.standard_normal((30, 20, 3)) @ mixing for _ in range(count)]


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_the_map_carries_mean_and_covariance(first, second):
    source, target = ColourStatistics.of(pictures(first)), ColourStatistics.of(pictures(second + 2000))
    matrix, offset = monge_kantorovich(source, target)
    np.testing.assert_allclose(source.mean @ matrix + offset, target.mean, atol=1e-9)
    regular = 1e-4 * np.eye(3)
    carried = matrix.T @ (source.covariance + regular) @ matrix
    np.testing.assert_allclose(carried, target.covariance + regular, atol=1e-6)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)


def test_equal_statistics_give_the_identity():
    statistics = ColourStatistics.of(pictures(0))
    matrix, offset = monge_kantorovich(statistics, statistics)
    np.testing.assert_allclose(matrix, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(offset, 0, atol=1e-9)


def test_pictures_weigh_the_same_whatever_their_size():
    small, large = np.zeros((2, 2, 3)), np.ones((20, 20, 3))
    np.testing.assert_allclose(ColourStatistics.of([small, large]).mean, 0.5)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_few_scenes_count_for_little(count):
    content = ColourStatistics.of(pictures(1, 50))
    style = ColourStatistics.of([picture + 0.3 for picture in pictures(1, count)])
    kept = without_scenes(style, content)
    whole = np.linalg.norm(style.mean - content.mean)
    share = np.linalg.norm(kept.mean - content.mean) / whole
    assert 0 < share < 1
    more = without_scenes(ColourStatistics(style.mean, style.covariance, style.between, 10 * count), content)
    assert np.linalg.norm(more.mean - content.mean) / whole > share


def test_ordinary_photographs_ship_with_their_attribution():
    from importlib.resources import files

    folder = files("napari_retrogan.core.looks") / "ordinary"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".jpg"))
    rows = (folder / "ATTRIBUTION.tsv").read_text(encoding="utf-8").splitlines()
    header, *lines = [row.split("\t") for row in rows]
    assert sorted(line[0] for line in lines) == names
    assert 250 <= len(names) <= 310
    assert sum(len((folder / name).read_bytes()) for name in names) <= 800_000
    licences = {line[header.index("licence")] for line in lines}
    assert all(any(word in licence for word in ("CC0", "CC-BY", "Public Domain")) for licence in licences)
    assert all(line[header.index("author")] for line in lines)
    assert all(max(picture.shape[:2]) == 96 for picture in ordinary_photographs())
