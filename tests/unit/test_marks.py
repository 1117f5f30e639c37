"""Marks: drawn by place with equal bits in any tiling, on results and as layers of their own, never met twice."""

from dataclasses import replace
from functools import cache

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import PARTS, assert_parts_have_the_bits_of_the_whole

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.inference.mark_plane import MarkLayer, MarkPlane, marked
from napari_retrogan.core.inference.mark_shapes import CLOUD_WORDS, MOST_REACH, NUM_WORDS, cloud_of, shape_of
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.stages.marks import MARK_KINDS, MARKS, MOST_CLOUDS, MOST_RATES, USUAL_MARKS
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

MANY = replace(USUAL_MARKS, rate=USUAL_MARKS.rate * np.float32(4))
WHOLE = Region(0, 0, 420, 500)


@pytest.fixture(scope="module")
def look(generator):
    """The look of other tests, with marks."""
    return VintageGenerator.from_weights({**generator.weights, **MANY.weights()})


@cache
def plane(number=0, amount=1.0, pixel_size=(1.0, 1.0)):
    return MarkPlane(MANY.to_bytes(), amount, 3, number, pixel_size)


def cut(layer, region, of=WHOLE):
    where = (..., *region.within(of.top, of.left))
    return layer.colours[where], layer.opacity[where]


@given(
    top=st.integers(0, 400),
    left=st.integers(0, 480),
    height=st.integers(1, 420),
    width=st.integers(1, 500),
    far=st.sampled_from([0, 2**31, -(2**20)]),
    pixel_size=st.sampled_from([(1.0, 1.0), (2.0, 2.0), (3.7, 3.5)]),
)
@settings(max_examples=25)
def test_any_rectangle_has_the_bits_of_the_whole(top, left, height, width, far, pixel_size):
    marks = plane(pixel_size=pixel_size)
    whole = marks.layer(Region(far, far, WHOLE.height, WHOLE.width))
    region = Region(far + top, far + left, min(height, 420 - top), min(width, 500 - left))
    part = marks.layer(region)
    expected = cut(whole, region, Region(far, far, 420, 500))
    if part is None:
        assert not expected[1].any()
    else:
        assert np.array_equal(part.colours, expected[0])
        assert np.array_equal(part.opacity, expected[1])


def test_a_layer_is_premultiplied_colours_between_nothing_and_all():
    layer = plane().layer(WHOLE)
    assert 0.005 < (layer.opacity > 0).mean() < 0.5
    assert layer.opacity.min() == 0
    assert 0.5 < layer.opacity.max() <= 1
    assert (layer.colours >= 0).all()
    assert (layer.colours <= layer.opacity + 1e-6).all()


@given(
    kind=st.sampled_from(MARK_KINDS),
    length=st.floats(0.1, 1e5),
    width=st.floats(0.01, 1e4),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60)
def test_marks_reach_no_farther_than_they_may(kind, length, width, seed):
    random = np.random.default_rng(seed)
    shape = shape_of(kind, length, width, random.integers(2**64, size=NUM_WORDS, dtype=np.uint64))
    assert (np.abs(shape.points) + shape.radii[:, None] + shape.soft).max() <= MOST_REACH + 1e-9
    assert (shape.strengths >= 0).all()
    assert (shape.strengths <= 1).all()


@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_clouds_reach_no_farther_either(seed):
    shape = cloud_of(np.random.default_rng(seed).integers(2**64, size=CLOUD_WORDS, dtype=np.uint64))
    assert (np.abs(shape.points) + shape.radii[:, None] + shape.soft).max() <= MOST_REACH + 1e-9
    assert ((shape.strengths >= 0) & (shape.strengths <= 1)).all()


def test_clouds_are_as_many_as_the_statistics_say_and_leave_all_other_marks_as_they_are():
    from napari_retrogan.core.inference import mark_cells

    bare = replace(USUAL_MARKS, unevenness=np.float32(0), clouds=np.float32(0))
    cloudy = replace(bare, clouds=np.float32(10))
    drawn = [[mark_cells._drawn(told.to_bytes(), 1.0, 1, 0, row, 0) for row in range(200)] for told in (bare, cloudy)]
    for without, with_clouds in zip(*drawn, strict=True):
        assert [mark.bounds for mark in without] == [mark.bounds for mark in with_clouds[: len(without)]]
    further = sum(map(len, drawn[1])) - sum(map(len, drawn[0]))
    assert further / (200 * 256**2 / 1e6) == pytest.approx(10, rel=0.15)


def test_no_mark_is_met_twice_within_20000_pixels():
    """Cells of 256 px, far more than 20,000 px around: no two have one mark at the same place within them."""
    from napari_retrogan.core.inference import mark_cells

    told = replace(USUAL_MARKS, rate=np.full(5, 30, np.float32)).to_bytes()
    seen = set()
    count = 0
    for row in range(-2, 78):
        for column in (*range(0, 8), 8, 16, 32, 64, 77, 78):
            for mark in mark_cells._drawn(told, 1.0, 0, 0, row, column):
                seen.add((len(mark.shape.radii), float(mark.shape.radii[0]), float(mark.shape.strengths[0])))
                count += 1
    assert count > 5000
    assert len(seen) == count


def test_pictures_and_seeds_have_marks_of_their_own_and_more_of_them_add_to_those_that_there_are():
    half, full = plane(amount=0.5).layer(WHOLE).opacity > 0, plane().layer(WHOLE).opacity > 0
    assert (full | ~half).all()
    assert 1.3 < full.sum() / half.sum() < 4
    assert (plane(number=1).layer(WHOLE).opacity > 0)[full].mean() < 0.5


def test_the_marks_that_are_kept_take_bounded_memory():
    """Cells of a look with as many marks as there may be are hundreds of times as large as those of a usual one."""
    from napari_retrogan.core.inference.mark_cells import kept_cells, marks_of_cell

    most = replace(USUAL_MARKS, rate=MOST_RATES, clouds=np.float32(MOST_CLOUDS)).to_bytes()
    kept_cells.clear()
    first = [len(marks_of_cell(most, 2.0, 0, 0, row, 0)) for row in range(80)]
    assert 2**24 < kept_cells.num_bytes <= 2**26
    assert [len(marks_of_cell(most, 2.0, 0, 0, row, 0)) for row in range(70, 80)] == first[70:]
    kept_cells.clear()
    assert kept_cells.num_bytes == 0


def test_as_many_are_drawn_as_the_statistics_say():
    rate = np.array([0, 50, 40, 0, 10], np.float32)
    even = replace(USUAL_MARKS, unevenness=np.float32(0), rate=rate, clouds=np.float32(0))
    from napari_retrogan.core.inference import mark_cells

    cells = [mark_cells._drawn(even.to_bytes(), 1.0, 1, 0, row, 0) for row in range(400)]
    per_megapixel = sum(map(len, cells)) / (400 * 256**2 / 1e6)
    assert per_megapixel == pytest.approx(100, rel=0.1)


def test_a_coarser_level_has_the_same_marks_shrunk():
    fine = plane().layer(Region(0, 0, 512, 512)).opacity
    coarse = plane(pixel_size=(2.0, 2.0)).layer(Region(0, 0, 256, 256)).opacity
    shrunk = fine.reshape(256, 2, 256, 2).mean((1, 3))
    assert np.corrcoef(shrunk.ravel(), coarse.ravel())[0, 1] > 0.9
    assert coarse.sum() == pytest.approx(shrunk.sum(), rel=0.25)


@given(**PARTS, strength=st.sampled_from([0, 1]))
@settings(max_examples=8)
def test_results_with_marks_are_the_same_in_regions_and_chunks(look, photograph, top, left, height, width, strength):
    assert_parts_have_the_bits_of_the_whole(look, photograph, top, left, height, width, marks=1.5, strength=strength)


def test_there_are_none_by_default_or_in_a_look_without_any(look, generator, photograph):
    plain = generator.apply(photograph)
    assert np.array_equal(look.apply(photograph), plain)
    cleared = VintageGenerator.from_weights({**look.weights, "marks/rate": np.zeros(5)})
    assert np.array_equal(cleared.apply(photograph, marks=2), plain)
    assert (look.apply(photograph, marks=1) != plain).any()
    assert ApplySettings(marks=1).for_look(cleared.weights).marks == 0


def test_a_layer_over_a_clean_result_shows_the_result_with_marks(look, photograph):
    layer = look.draw_marks(photograph, marks=1.3, seed=5)
    assert layer.shape == (300, 420, 4)
    assert layer.dtype == np.uint8
    clean, marked = (look.apply(photograph, seed=5, marks=amount, exposure=0.5).astype(float) for amount in (0, 1.3))
    share = layer[..., 3:] / 255
    assert np.abs(share * layer[..., :3] + (1 - share) * clean - marked).max() < 2.5
    lazy = look.draw_marks(da.from_array(photograph, chunks=(100, 100, 3)), marks=1.3, seed=5)
    assert np.array_equal(lazy.compute(), layer)


def test_frames_have_marks_of_their_own_unless_these_are_fixed(look, photograph):
    film = np.stack([photograph[:128, :128]] * 3)
    new = look.draw_marks(film, rgb=True)
    fixed = look.draw_marks(film, rgb=True, time_axis=0, grain_over_time="fixed")
    assert (new[0] != new[1]).any()
    assert np.array_equal(fixed[0], fixed[2])
    assert np.array_equal(look.draw_marks(da.from_array(film), rgb=True).compute(), new)
    with_marks = look.apply(film, marks=1)
    assert np.array_equal(look.apply(da.from_array(film), marks=1).compute(), with_marks)


def test_a_pyramid_has_one_set_of_marks(look, photograph):
    levels = [photograph[:256, :256], photograph[:256:2, :256:2], photograph[:256:4, :256:4]]
    layers = look.draw_marks(levels)
    assert [layer.shape for layer in layers] == [(256, 256, 4), (128, 128, 4), (64, 64, 4)]
    for number, layer in enumerate(layers[1:], 1):
        factor = 2**number
        shrunk = layers[0][..., 3].reshape(256 // factor, factor, 256 // factor, factor).mean((1, 3))
        assert np.corrcoef(shrunk.ravel(), layer[..., 3].ravel())[0, 1] > 0.8


@pytest.mark.parametrize("taste", [{"marks": 1.0}, {"marks": 1.5, "strength": 0, "fade": 0.4}])
def test_a_preview_has_the_marks_of_the_result(look, photograph, taste):
    region = 33, 101, 150, 201
    preview = look.preview(photograph, region=region)
    found, expected = preview.render(**taste), look.apply(photograph, region=region, **taste)
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_a_look_without_marks_has_no_layer_of_them(generator, look, photograph):
    without = VintageGenerator.from_weights({**generator.weights, "marks/rate": np.zeros(5)})
    with pytest.raises(InvalidConfig, match="no marks to draw"):
        without.draw_marks(photograph)
    with pytest.raises(InvalidConfig, match="no marks to draw"):
        look.draw_marks(photograph, marks=0)


def test_statistics_beyond_all_measure_draw_bounded_marks(generator, photograph):
    for size in (1000, -1000):
        wild = {name: np.full_like(values, size) for name, values in USUAL_MARKS.weights().items()}
        strange = VintageGenerator.from_weights({**generator.weights, **wild, "marks/rate": np.full(5, 30)})
        assert strange.apply(photograph[:100, :100], marks=2).shape == (100, 100, 3)


def test_a_file_keeps_the_statistics(look, photograph, tmp_path):
    again = load_generator(look.save(tmp_path / "look.retrogan"))
    assert again.id == look.id
    assert np.array_equal(again.apply(photograph, marks=1), look.apply(photograph, marks=1))


def test_the_command_line_writes_a_layer_of_marks(look, photograph, tmp_path):
    from typer.testing import CliRunner

    from napari_retrogan.cli.app import app
    from napari_retrogan.core.images.files import read_picture, write_picture

    write_picture(tmp_path / "cat.png", photograph)
    given = [str(look.save(tmp_path / "look.retrogan")), str(tmp_path / "cat.png"), "--seed", "4"]
    outputs = ["--output", str(tmp_path / "out.png"), "--marks-layer", str(tmp_path / "marks.png")]
    done = CliRunner().invoke(app, ["apply", *given, *outputs])
    assert done.exit_code == 0, done.output
    assert np.array_equal(read_picture(tmp_path / "marks.png"), look.draw_marks(photograph, seed=4))
    assert np.array_equal(read_picture(tmp_path / "out.png"), look.apply(photograph, seed=4))
    write_picture(tmp_path / "dog.png", photograph)
    refused = CliRunner().invoke(app, ["apply", *given, str(tmp_path / "dog.png"), *outputs[2:], "--overwrite"])
    assert refused.exit_code == 1
    assert "one photograph" in " ".join(refused.output.split())
    done = CliRunner().invoke(app, ["apply", *given, "--marks", "1", "--output", str(tmp_path / "with.png")])
    assert done.exit_code == 0, done.output
    assert np.array_equal(read_picture(tmp_path / "with.png"), look.apply(photograph, seed=4, marks=1))


def test_a_picture_under_a_layer_is_what_the_formula_says():
    random = np.random.default_rng(0)
    unit, colours = (random.random((3, 20, 30), np.float32) for _ in range(2))
    layer = MarkLayer(colours, random.random((20, 30), np.float32))
    before = unit.copy()
    expected = MARKS.formula(NUMPY, {}, unit, layer.colours, layer.opacity)
    np.testing.assert_array_equal(marked(unit, layer), expected)
    np.testing.assert_array_equal(unit, before)
    assert marked(unit, None) is unit
