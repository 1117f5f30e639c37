"""A look keeps the photograph's brightness, its own black and white, and equal bits whichever way it is applied."""

import dask.array as da
import numpy as np
import pytest
import zarr

import napari_retrogan as rg
from napari_retrogan.core.images.files import write_picture
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.inference.brightness import BRIGHTENED, DARKENED, lifted
from napari_retrogan.core.inference.graph_choice import carried_colours
from napari_retrogan.core.inference.picture_records import StackRecords
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.vintage_generator import VintageGenerator

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
PLAIN = {"grain": 0, "softness": 0}


def look(matrix, offset=0.0, **provenance):
    """Return a generator of one linear map of colours."""
    weights = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    weights |= {"colour/map/matrix": np.asarray(matrix, np.float32), "colour/map/amount": np.float32(1)}
    weights["colour/map/offset"] = np.full(3, offset, np.float32)
    return VintageGenerator.from_weights(weights, provenance=provenance)


@pytest.fixture(scope="module")
def dark():
    """A look from grey 0.04 to grey 0.74, as dim scans give it."""
    return look(0.7 * np.eye(3), 0.04)


@pytest.fixture(scope="module")
def scene(photograph):
    """A photograph from black to white."""
    picture = photograph / 255
    return (picture - picture.min()) / np.ptp(picture)


def median(picture):
    """Return the median luminance in linear light."""
    return np.median(np.asarray(picture, np.float64) ** 2.2 @ LUMINANCE)


def test_the_median_luminance_of_the_photograph_stays(dark, scene):
    kept, learnt = dark.apply(scene, **PLAIN), dark.apply(scene, **PLAIN, brightness="learnt")
    assert median(kept) == pytest.approx(median(scene), abs=0.01)
    assert median(learnt) < median(scene) - 0.05
    assert np.allclose(learnt, 0.7 * scene + 0.04, atol=1e-6)
    assert np.array_equal(kept, dark.apply(scene, **PLAIN, brightness="kept"))


def test_black_and_white_are_those_of_the_look(dark, scene):
    kept = dark.apply(scene, **PLAIN)
    assert np.allclose(kept[scene == 0], 0.04, atol=1e-6)
    assert np.allclose(kept[scene == 1], 0.74, atol=1e-6)
    grey = np.linspace(0, 1, 1000).reshape(20, 50)
    assert np.all(np.diff(dark.apply(grey, **PLAIN).ravel()) > 0)


def test_the_curve_is_as_stated():
    values = np.linspace(0, 1, 101, dtype=np.float32)
    for lift in (-2.5, 0.3, 3.0):
        expected = 2**lift * values.astype(float) / (1 + (2**lift - 1) * values.astype(float))
        assert np.allclose(lifted(values, lift), expected, atol=1e-6)
        assert lifted(values, lift)[[0, -1]] == pytest.approx([0, 1], abs=1e-7)
    assert lifted(values, 0.0) is values


def test_what_is_bright_enough_already_is_left_alone(scene):
    nothing = look(np.eye(3))
    assert np.allclose(nothing.apply(scene), scene, atol=1e-6)
    assert record(nothing, scene)["lift"] == 0


def record(generator, picture, **options):
    settings = ApplySettings(**options)
    colours = carried_colours(generator.graph_for(settings))
    return StackRecords(picture, read_layout(picture.shape), settings, colours)(())


def test_a_brightness_out_of_reach_is_met_as_nearly_as_the_most_stops_lead(dark):
    snow, night = np.full((40, 50, 3), 0.97), np.full((40, 50, 3), 0.1)
    assert record(dark, snow)["lift"] == BRIGHTENED
    assert record(look(0.5 * np.eye(3), 0.3), night)["lift"] == -DARKENED
    assert record(look(-0.7 * np.eye(3), 0.9), snow)["lift"] == pytest.approx(-BRIGHTENED)
    assert record(look(0 * np.eye(3), 0.2), snow)["lift"] == 0


def test_a_negative_keeps_brightness_too(scene):
    negative = look(-0.8 * np.eye(3), 0.9)
    assert median(negative.apply(scene, **PLAIN)) == pytest.approx(median(scene), abs=0.02)


def test_strength_goes_from_the_photograph_to_what_is_kept(dark, generator, scene):
    for each in (dark, generator):
        full = each.apply(scene, grain=0)
        assert np.allclose(each.apply(scene, 0.5, grain=0), (full + scene) / 2, atol=1e-5)
        double = each.apply(scene, 2, grain=0)
        inside = (double > 0) & (double < 1) & (full > 0) & (full < 1)
        assert np.allclose(double[inside], (2 * full - scene)[inside], atol=1e-5)
        assert np.array_equal(each.apply(scene, 0), scene)


@pytest.mark.parametrize("provenance", [{}, {"paired": False}, {"paired": True, "style": "like sepia"}], ids=str)
def test_the_generators_own_is_kept(scene, provenance):
    own = look(0.7 * np.eye(3), **provenance)
    assert np.array_equal(own.apply(scene), own.apply(scene, brightness="kept"))


def test_what_pairs_taught_is_as_learnt(scene):
    own = look(0.7 * np.eye(3), paired=True)
    assert np.allclose(own.apply(scene, **PLAIN), 0.7 * scene, atol=1e-6)
    assert median(own.apply(scene, **PLAIN, brightness="kept")) == pytest.approx(median(scene), abs=0.01)


@pytest.mark.parametrize("options", [{}, {"strength": 0.6}, {"grain": 0, "softness": 0}], ids=str)
def test_bits_are_equal_whole_in_regions_lazily_and_on_disk(dark, generator, photograph, tmp_path, options):
    for each in (dark, generator):
        whole = each.apply(photograph, **options)
        assert not np.array_equal(whole, each.apply(photograph, **options, brightness="learnt"))
        part = each.apply(photograph, **options, region=(90, 70, 60, 200))
        assert np.array_equal(part, whole[90:150, 70:270])
        lazy = each.apply(da.from_array(photograph, chunks=(100, 150, 3)), **options)
        assert np.array_equal(lazy.compute(), whole)
        path = rg.apply_to_store(each, photograph, tmp_path / f"{each.id}.zarr", **options)
        assert np.array_equal(zarr.open_array(path)[...], whole)


def test_all_levels_of_a_pyramid_are_lifted_alike(generator, photograph):
    levels = [photograph, photograph[::2, ::2], photograph[::4, ::4]]
    eager = generator.apply(levels)
    lazy = generator.apply([da.from_array(level) for level in levels])
    assert all(np.array_equal(one, other.compute()) for one, other in zip(eager, lazy, strict=True))
    flat = generator.apply(levels, grain=0, softness=0, halation=0, fringes=0)
    assert np.array_equal(flat[1], flat[0][::2, ::2]) or np.abs(flat[1] - flat[0][::2, ::2].astype(float)).max() <= 1


def test_the_lift_of_a_film_is_smoothed_over_time(dark, scene):
    film = np.stack([scene * light for light in np.linspace(0.4, 1, 20)]).astype(np.float32)
    settings, layout = ApplySettings(time_axis=0), read_layout(film.shape)
    colours = carried_colours(dark.graph_for(settings))
    alone, smooth = StackRecords(film, layout, ApplySettings(), colours), StackRecords(film, layout, settings, colours)
    lifts = np.array([[float(each((frame,))["lift"]) for frame in range(20)] for each in (alone, smooth)])
    weights = (1 + np.cos(np.pi * np.arange(-8, 9) / 9)) / 18
    assert lifts[1, 10] == pytest.approx(np.sum(weights * lifts[0, 2:19]))
    still = np.stack([film[0]] * 4)
    assert np.allclose(dark.apply(still, time_axis=0, **PLAIN), dark.apply(still, **PLAIN), atol=1e-6)


@pytest.mark.parametrize("brightness", ["kept", "learnt", None])
def test_a_preview_shows_what_applying_gives(generator, scene, brightness):
    preview = generator.preview(scene, seed=4, brightness=brightness)
    for taste in ({}, {"strength": 0.4}, {"strength": 0, "warmth": 0.5}, {"strength": 2, "exposure": 1}):
        expected = generator.apply(scene, seed=4, brightness=brightness, **taste)
        assert np.allclose(preview.render(**taste), expected, atol=1e-3), taste


def test_files_take_it_and_words_that_are_none_are_refused(dark, photograph, tmp_path):
    write_picture(tmp_path / "a.png", photograph)
    rg.apply_to_files(dark, tmp_path / "a.png", tmp_path / "out", brightness="learnt")
    from napari_retrogan.core.images.files import read_picture

    expected = dark.apply(photograph, brightness="learnt")
    assert np.array_equal(read_picture(tmp_path / "out" / "a.png"), expected)
    with pytest.raises(rg.InvalidConfig, match="brightness is 'bright'; choose one of kept, learnt"):
        dark.apply(photograph, brightness="bright")
