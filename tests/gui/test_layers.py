from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels, Layer, Points
from napari.utils import resize_dask_cache

import napari_retrogan as rg
from napari_retrogan.core.inference import lazy
from napari_retrogan.plugin.layers import (
    METADATA_KEY,
    LayerSnapshot,
    image_layers,
    unique_name,
    unsuitable_reason,
)

PLACEMENT = {
    "scale": (2.0, 0.5),
    "translate": (10.0, -3.0),
    "rotate": 30.0,
    "shear": (0.2,),
    "affine": np.array([[1.0, 0.1, 5.0], [0.0, 1.0, 6.0], [0.0, 0.0, 1.0]]),
    "units": ("mm", "mm"),
    "axis_labels": ("row", "column"),
    "blending": "additive",
}


def applied(generator, layer, **settings):
    return Layer.create(*rg.apply_to_layer(generator, layer, **settings))


def test_the_result_lies_where_its_source_lies(generator, photograph):
    layer = Image(photograph, **PLACEMENT)
    result = applied(generator, layer)
    for name in ("scale", "translate", "rotate", "shear"):
        np.testing.assert_allclose(getattr(result, name), getattr(layer, name))
    np.testing.assert_allclose(result.affine.affine_matrix, layer.affine.affine_matrix)
    assert result.units == layer.units
    assert result.axis_labels == ("row", "column")
    assert result.blending == "additive"
    np.testing.assert_allclose(result.data_to_world((7, 11)), layer.data_to_world((7, 11)))


def test_moving_the_result_leaves_the_source_in_place(generator, photograph):
    layer = Image(photograph, **PLACEMENT)
    result = applied(generator, layer)
    result.affine = np.eye(3)
    result.translate = (0, 0)
    np.testing.assert_allclose(layer.affine.affine_matrix, PLACEMENT["affine"])
    np.testing.assert_allclose(layer.translate, PLACEMENT["translate"])


def test_the_source_is_untouched(generator, photograph):
    metadata = {"camera": "box"}
    layer = Image(photograph.copy(), metadata=metadata)
    result = applied(generator, layer)
    np.testing.assert_array_equal(layer.data, photograph)
    assert not np.array_equal(result.data, photograph)
    assert METADATA_KEY not in layer.metadata
    assert result.metadata["camera"] == "box"
    assert result.metadata is not layer.metadata


def test_the_pixels_are_those_of_the_generator(generator, photograph):
    result = applied(generator, Image(photograph), strength=0.5, grain=2.0, seed=3, warmth=0.5)
    np.testing.assert_array_equal(result.data, generator.apply(photograph, 0.5, 2.0, 3, warmth=0.5))


def test_provenance(generator, photograph):
    import napari
    import onnxruntime

    taste = {"strength": 0.5, "grain": 2.0, "softness": 0.3, "vignette": -0.2, "warmth": 0.1, "fade": 0.4}
    taste |= {"exposure": 1.5, "contrast": -0.3, "saturation": 0.6, "halation": 0.7, "fringes": 1.4}
    taste |= {"screen": 0.8, "marks": 0.3}
    _, options, kind = rg.apply_to_layer(generator, Image(photograph, name="cat"), **taste, seed=3)
    assert kind == "image"
    assert options["metadata"][METADATA_KEY] == {
        "generator": {"id": generator.id, "file": None},
        "parameters": {**taste, "seed": 3},
        "source_layer": "cat",
        "versions": {
            "napari-retrogan": rg.__version__,
            "napari": napari.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
    }


def test_options_are_those_of_applying_and_others_are_refused_in_words(generator, photograph):
    grey = Image(photograph[..., 0], contrast_limits=(10, 200))
    result = applied(generator, grey, value_range=(0, 255), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(result.data, generator.apply(photograph[..., 0]))
    assert result.metadata[METADATA_KEY]["parameters"]["value_range"] == (0, 255)
    with pytest.raises(rg.InvalidConfig, match="Setting 'tint' is unknown; known are strength, exposure"):
        rg.apply_to_layer(generator, grey, tint=1)
    with pytest.raises(rg.InvalidConfig, match="fade is 2; expected a value from 0 to 1"):
        rg.apply_to_layer(generator, grey, fade=2)


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3), (40, 50, 4), (2, 40, 50), (2, 40, 50, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_shape_kind_and_limits_are_kept(generator, shape, dtype):
    values = np.random.default_rng(0).random(shape)
    data = values.astype(dtype) if dtype == np.float32 else (255 * values).astype(dtype)
    layer = Image(data)
    result = applied(generator, layer)
    assert result.data.shape == shape
    assert result.data.dtype == dtype
    assert result.rgb == layer.rgb == (shape[-1] in (3, 4))
    assert result.contrast_limits == layer.contrast_limits


def test_a_narrow_grey_stack_is_not_taken_for_rgb(generator):
    layer = Image(np.random.default_rng(0).random((20, 30, 3)), rgb=False)
    assert not applied(generator, layer).rgb


def test_grey_values_are_read_by_the_contrast_limits(generator):
    data = np.random.default_rng(0).uniform(1000, 3000, (40, 50)).astype(np.float32)
    layer = Image(data, contrast_limits=(1000, 3000), colormap="magma", gamma=0.8)
    result = applied(generator, layer)
    np.testing.assert_array_equal(result.data, generator.apply(data, value_range=(1000, 3000)))
    assert result.colormap.name == "magma"
    assert result.gamma == 0.8


def test_a_dask_layer_gives_a_lazy_result_that_was_not_computed(generator):
    seen = []

    def look(block, block_info=None):
        seen.append(block_info)
        return block

    data = da.random.default_rng(0).random((3, 40, 50), chunks=(1, 40, 50), dtype=np.float32)
    layer = Image(data.map_blocks(look, dtype=np.float32, meta=np.empty((0, 0, 0), np.float32)), contrast_limits=(0, 1))
    seen.clear()
    result, options, _ = rg.apply_to_layer(generator, layer)
    assert isinstance(result, da.Array)
    assert not seen
    assert options["contrast_limits"] == (0, 1)
    np.testing.assert_array_equal(result.compute(), generator.apply(data.compute(), value_range=(0, 1)))


def test_each_level_of_a_multiscale_layer_is_styled(generator, photograph):
    levels = [photograph, photograph[::2, ::2]]
    steps = []
    layer = Image(levels, multiscale=True)
    result = Layer.create(*rg.apply_to_layer(generator, layer, on_progress=lambda *step: steps.append(step)))
    assert result.multiscale
    for level, expected in zip(result.data, generator.apply(levels), strict=True):
        np.testing.assert_array_equal(level, expected)
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Labels(np.zeros((9, 9), int), name="cells"), "'cells' is a Labels layer; choose an Image layer."),
        (Points(name="spots"), "'spots' is a Points layer"),
    ],
)
def test_other_layers_are_refused_in_words(generator, layer, words):
    with pytest.raises(rg.InvalidImage, match="choose") as error:
        rg.apply_to_layer(generator, layer)
    assert words in str(error.value)
    assert unsuitable_reason(layer) == str(error.value)


def test_complex_numbers_are_refused_in_words(monkeypatch, photograph):
    layer = Image(photograph, name="wave")
    monkeypatch.setattr(Image, "dtype", np.dtype(np.complex64))
    assert unsuitable_reason(layer) == "Layer 'wave' holds values of type complex64; choose one with real numbers."


def test_only_suitable_layers_are_offered(photograph):
    image = Image(photograph)
    assert image_layers([Labels(np.zeros((9, 9), int)), image, Points()]) == [image]


def test_stopping_gives_no_result(generator, photograph):
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_layer(generator, Image(photograph), should_stop=lambda: True)


def test_names_are_numbered_where_they_are_taken():
    assert unique_name("a", []) == "a"
    assert unique_name("a", ["a"]) == "a [1]"
    assert unique_name("a", ["a", "a [1]"]) == "a [2]"


def test_a_snapshot_does_not_follow_its_layer(photograph):
    layer = Image(photograph, name="before", scale=(1, 2))
    snapshot = LayerSnapshot.of(layer)
    layer.name, layer.scale = "after", (3, 4)
    layer.metadata["new"] = 1
    assert snapshot.name == "before"
    assert list(snapshot.appearance["scale"]) == [1, 2]
    assert "new" not in snapshot.metadata


@pytest.fixture
def dask_cache(viewer):
    """Return napari's cache of Dask results, emptied, and given its size back in the end."""
    cache = resize_dask_cache()
    size = cache.cache.available_bytes
    cache.cache.clear()
    yield cache.cache
    resize_dask_cache(size)


def test_slices_computed_once_are_kept_within_naparis_bound(viewer, generator, monkeypatch, dask_cache):
    styled = []
    style_tile = lazy.style_tile
    monkeypatch.setattr(lazy, "style_tile", lambda *arguments: styled.append(1) or style_tile(*arguments))
    film = da.from_array(np.random.default_rng(0).integers(0, 256, (9, 40, 50), np.uint8), chunks=(1, 40, 50))
    viewer.add_layer(Layer.create(*rg.apply_to_layer(generator, Image(film, contrast_limits=(0, 255)))))

    def tiles_for(frame):
        styled.clear()
        viewer.dims.set_current_step(0, frame)
        return len(styled)

    assert [tiles_for(frame) for frame in (8, 7, 8, 7)] == [1, 1, 0, 0]
    resize_dask_cache(0)
    assert [tiles_for(frame) for frame in (8, 7, 8)] == [1, 1, 1]
    assert dask_cache.total_bytes == 0
