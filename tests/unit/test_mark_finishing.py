"""Clouds of specks are finished by a small network: near them alone, with equal bits in any rectangle."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_retrogan.core.inference import mark_finishing
from napari_retrogan.core.inference.mark_finishing import finish, frame_of, trained_network
from napari_retrogan.core.inference.mark_plane import MarkPlane
from napari_retrogan.core.inference.noise import noise_field
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.stages.mark_finish import MARK_FINISH
from napari_retrogan.core.stages.marks import USUAL_MARKS
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.vintage_generator import VintageGenerator

FINISHED = replace(USUAL_MARKS, rate=USUAL_MARKS.rate * np.float32(4), clouds=np.float32(30))
DRAWN = replace(FINISHED, finish=np.float32(0))
WHOLE = Region(0, 0, 224, 288)


@cache
def plane(finished=True, **options):
    statistics = FINISHED if finished else DRAWN
    return MarkPlane(statistics.to_bytes(), **{"amount": 1.0, "seed": 3, "plane": 0, **options})


@given(
    top=st.integers(0, 200),
    left=st.integers(0, 280),
    height=st.integers(1, 224),
    width=st.integers(1, 288),
    far=st.sampled_from([0, 2**31, -(2**20) - 7]),
)
@settings(max_examples=15)
def test_any_rectangle_has_the_bits_of_the_whole(top, left, height, width, far):
    region = Region(far + top, far + left, min(height, WHOLE.height - top), min(width, WHOLE.width - left))
    whole = plane().layer(Region(far, far, WHOLE.height, WHOLE.width))
    part = plane().layer(region)
    where = (..., *region.within(far, far))
    if part is None:
        assert not whole.opacity[where].any()
    else:
        np.testing.assert_array_equal(part.opacity, whole.opacity[where])
        np.testing.assert_array_equal(part.colours, whole.colours[where])


def test_it_is_what_the_formula_says_with_noise_of_the_place():
    drawn, whole = plane().draw(frame_of(WHOLE)), plane().layer(WHOLE)
    reach, period = MARK_FINISH.reach, mark_finishing._PERIOD
    field = noise_field(3, mark_finishing._OTHER_PLANES, 0, 0, period, period)
    noise = np.pad(field, [(reach, period), (reach, period), (0, 0)], mode="wrap")[: drawn.shape[1], : drawn.shape[2]]
    expected = MARK_FINISH.formula(NUMPY, trained_network(), np.moveaxis(drawn[:2], 0, -1), noise)[..., 0]
    np.testing.assert_allclose(whole.opacity, expected[: WHOLE.height, : WHOLE.width], atol=1e-5)


def test_only_what_lies_beside_clouds_changes_and_keeps_its_colour():
    drawn, after = plane().draw(WHOLE), plane().layer(WHOLE)
    near = np.pad(drawn[1] > 0, 2)
    near = np.lib.stride_tricks.sliding_window_view(near, (5, 5)).any((2, 3))
    assert 0.02 < near.mean() < 0.9
    # What lies beyond the picture's end may reach into it as well.
    inside = (slice(2, -2), slice(2, -2))
    np.testing.assert_array_equal(after.opacity[inside][~near[inside]], drawn[0][inside][~near[inside]])
    assert np.abs(after.opacity - drawn[0])[near].mean() > 0.003
    assert ((after.opacity >= 0) & (after.opacity <= 1)).all()
    assert (after.colours <= after.opacity + 1e-5).all()
    both = (drawn[0] > 0.2) & (after.opacity > 0.2)
    colours = drawn[2:, both] / drawn[0][both], after.colours[:, both] / after.opacity[both]
    assert np.abs(colours[0] - colours[1]).mean() < 0.02
    assert after.opacity.mean() == pytest.approx(drawn[0].mean(), rel=0.4)


def test_a_picture_has_noise_of_its_own():
    one, other = plane(), plane(plane=1)
    drawn = one.draw(frame_of(WHOLE))
    finished = [finish(drawn, WHOLE, (each.seed, each.plane), 1.0) for each in (one, other)]
    assert not np.array_equal(*finished)


def test_without_a_finish_and_at_coarser_pixels_a_drawing_stays_as_it_is():
    coarse = Region(0, 0, 112, 144)
    for region, options in ((WHOLE, {"finished": False}), (coarse, {"pixel_size": (2.0, 2.0)})):
        layer, drawn = plane(**options).layer(region), plane(**options).draw(region)
        np.testing.assert_array_equal(layer.opacity, drawn[0])
        np.testing.assert_array_equal(layer.colours, drawn[2:])


def test_results_and_lazy_ones_have_the_same_bits(generator):
    look = VintageGenerator.from_weights({**generator.weights, **FINISHED.weights()})
    photograph = np.full((300, 280, 3), 90, np.uint8)
    marked, plain = look.apply(photograph, marks=1), look.apply(photograph)
    lazy = look.apply(da.from_array(photograph, chunks=(110, 90, 3)), marks=1)
    np.testing.assert_array_equal(marked, lazy.compute())
    drawn = VintageGenerator.from_weights({**generator.weights, **DRAWN.weights()}).apply(photograph, marks=1)
    assert 0 < (marked != drawn).mean() < (marked != plain).mean()


def test_the_network_is_small_and_its_training_is_told():
    folder = Path(mark_finishing.__file__).parent / "mark_network"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 500_000
    assert (folder / "MODEL_CARD.md").read_text(encoding="utf-8").startswith("# The network that finishes marks")
    assert len((folder / "training_log.jsonl").read_text(encoding="utf-8").splitlines()) > 3
