"""Straight to disk: the pixels of apply, in every form, resumed where it was left and never half under its name."""

import json

import dask.array as da
import numpy as np
import pytest
import tifffile
import zarr

import napari_retrogan as rg
from napari_retrogan.core.output import parts


@pytest.fixture
def small_parts(monkeypatch):
    """Make parts of one tile each, so that little pictures have several."""
    monkeypatch.setattr(parts, "PART_BYTES", 1)
    monkeypatch.setattr(parts, "CHUNK_SIZE", 512)


@pytest.fixture
def picture():
    return np.random.default_rng(3).integers(0, 256, (520, 300, 3), np.uint8)


def stop_after(count):
    """Return a question that is answered with yes after so many times."""
    answers = iter([False] * count)
    return lambda: next(answers, True)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def ome_store(path, levels, version="0.4"):
    """Write an OME-Zarr pyramid of arrays (c, y, x), said to be red, green and blue."""
    axes = [{"name": "c", "type": "channel"}, *({"name": n, "type": "space", "unit": "micrometer"} for n in "yx")]
    datasets = [
        {"path": f"s{i}", "coordinateTransformations": [{"type": "scale", "scale": [1, 0.5 * 2**i, 0.5 * 2**i]}]}
        for i in range(len(levels))
    ]
    described = {"multiscales": [{"axes": axes, "datasets": datasets, "name": "scan"}]}
    described["omero"] = {"channels": [{"color": colour} for colour in ("FF0000", "00FF00", "0000FF")]}
    if version == "0.4":
        described["multiscales"][0]["version"] = version
    else:
        described = {"ome": {"version": version, **described}}
    group = zarr.open_group(path, mode="w", zarr_format=2 if version == "0.4" else 3, attributes=described)
    for i, level in enumerate(levels):
        array = group.create_array(f"s{i}", shape=level.shape, dtype=level.dtype, chunks=(1, 100, 90))
        array[...] = level
    return path


@pytest.mark.parametrize("suffix", [".zarr", ".tif"])
@pytest.mark.parametrize("kind", ["numpy", "dask", "zarr"])
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((300, 260), "u2"), ((257, 3, 3), "f4"), ((40, 600, 4), "u1"), ((2, 3, 30, 40), "?"), ((2, 270, 20, 3), ">u2")],
)
def test_any_array_gives_the_pixels_of_apply(generator, tmp_path, shape, dtype, kind, suffix):
    image = np.random.default_rng(0).random(shape)
    image = (image * (250 if np.dtype(dtype).kind == "u" else 1)).round(2).astype(dtype)
    source = image
    if kind == "dask":
        source = da.from_array(image, chunks=tuple(max(size // 2, 1) for size in shape))
    elif kind == "zarr":
        source = zarr.array(
            image, store=tmp_path / "source.zarr", overwrite=True, chunks=tuple(-(-n // 2) for n in shape)
        )
    path = rg.apply_to_store(generator, source, tmp_path / f"result{suffix}", overwrite=True, seed=3, grain=2)
    result = tifffile.imread(path) if suffix == ".tif" else zarr.open_array(path, mode="r")[...]
    expected = generator.apply(image, seed=3, grain=2)
    assert result.shape == expected.shape
    assert suffix == ".tif" or result.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
    np.testing.assert_array_equal(result, expected)


def test_parts_of_any_size_agree(generator, picture, tmp_path, small_parts):
    path = rg.apply_to_store(generator, picture, tmp_path / "a.zarr", vignette=0.5)
    np.testing.assert_array_equal(zarr.open_array(path)[...], generator.apply(picture, vignette=0.5))


def test_films_keep_their_time_axis(generator, tmp_path):
    film = np.random.default_rng(0).integers(0, 256, (2, 5, 20, 30), np.uint8)
    path = rg.apply_to_store(generator, film, tmp_path / "a.zarr", time_axis=1, grain_over_time="fixed")
    np.testing.assert_array_equal(
        zarr.open_array(path)[...], generator.apply(film, time_axis=1, grain_over_time="fixed")
    )


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_ome_pyramid_stays_one(generator, tmp_path, version):
    levels = [np.random.default_rng(0).integers(0, 256, (3, 620 >> i, 540 >> i), np.uint8) for i in range(3)]
    source = ome_store(tmp_path / "scan.ome.zarr", levels, version)
    path = rg.apply_to_store(generator, source, tmp_path / "styled.zarr")
    group = zarr.open_group(path, mode="r")
    attributes = dict(group.attrs)
    assert attributes.pop("napari_retrogan")["generator"] == generator.id
    assert attributes == dict(zarr.open_group(source, mode="r").attrs)
    assert group.metadata.zarr_format == (2 if version == "0.4" else 3)
    expected = generator.apply([np.moveaxis(level, 0, -1) for level in levels])
    for i, level in enumerate(expected):
        np.testing.assert_array_equal(np.moveaxis(group[f"s{i}"][...], 0, -1), level)


def test_channels_that_are_no_colours_are_planes(generator, tmp_path):
    levels = [np.random.default_rng(0).integers(0, 256, (3, 300, 280), np.uint8)]
    source = ome_store(tmp_path / "scan.zarr", levels)
    path = rg.apply_to_store(generator, source, tmp_path / "styled.zarr", rgb=False)
    np.testing.assert_array_equal(zarr.open_group(path)["s0"][...], generator.apply(levels[0]))


def test_a_plain_picture_becomes_a_pyramid_of_means(generator, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (1201, 700, 3), np.uint8)
    path = rg.apply_to_store(generator, picture, tmp_path / "a.ome.zarr")
    group = zarr.open_group(path, mode="r")
    (described,) = group.attrs["ome"]["multiscales"]
    assert [axis["name"] for axis in described["axes"]] == ["c", "y", "x"]
    shapes = [group[dataset["path"]].shape for dataset in described["datasets"]]
    assert shapes == [(3, 1201, 700), (3, 601, 350), (3, 301, 175)]
    scales = [dataset["coordinateTransformations"] for dataset in described["datasets"]]
    assert scales[2][0]["scale"] == [1, 4, 4]
    assert scales[2][1]["translation"] == [0, 1.5, 1.5]
    styled = group["0"][...]
    np.testing.assert_array_equal(np.moveaxis(styled, 0, -1), generator.apply(picture))
    means = styled[:, :1200].reshape(3, 600, 2, 350, 2).mean((2, 4))
    np.testing.assert_array_equal(group["1"][:, :600], np.rint(means))
    np.testing.assert_array_equal(group["1"][:, 600], np.rint(styled[:, 1200].reshape(3, 350, 2).mean(2)))


def test_layers_bring_their_scale_and_units(generator, tmp_path):
    class Layer:
        rgb, multiscale, data = False, False, np.zeros((3, 20, 30), np.uint8)
        axis_labels, scale, units = ("t", "y", "x"), (2.0, 0.5, 0.5), ("second", "micrometer", "pixel")

    path = rg.apply_to_store(generator, Layer, tmp_path / "a.ome.zarr")
    (described,) = zarr.open_group(path).attrs["ome"]["multiscales"]
    assert [axis.get("unit") for axis in described["axes"]] == ["second", "micrometer", None]
    assert [axis["type"] for axis in described["axes"]] == ["time", "space", "space"]
    assert described["datasets"][0]["coordinateTransformations"][0]["scale"] == [2.0, 0.5, 0.5]


def test_a_tiff_is_big_tiled_and_keeps_its_levels(generator, picture, tmp_path):
    with tifffile.TiffWriter(tmp_path / "scan.tif") as file:
        file.write(picture, tile=(128, 128), photometric="rgb", subifds=1)
        file.write(picture[::2, ::2], tile=(128, 128), photometric="rgb", subfiletype=1)
    path = rg.apply_to_store(generator, tmp_path / "scan.tif", tmp_path / "styled.tif")
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff
        assert file.pages[0].is_tiled
        assert len(file.series[0].levels) == 2
        expected = generator.apply([picture, picture[::2, ::2]])
        for level, styled in zip(file.series[0].levels, expected, strict=True):
            np.testing.assert_array_equal(level.asarray(), styled)
    assert names(tmp_path) == ["scan.tif", "styled.tif"]


@pytest.mark.parametrize("suffix", [".zarr", ".ome.zarr", ".tif"])
def test_a_stopped_run_leaves_nothing_under_its_name_and_is_resumed(generator, picture, tmp_path, small_parts, suffix):
    path, seen = tmp_path / f"a{suffix}", []
    with pytest.raises(rg.ApplyCancelled, match="go on"):
        rg.apply_to_store(generator, picture, path, should_stop=stop_after(4))
    assert not path.exists()
    rg.apply_to_store(generator, picture, path, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[0][0] > 1
    assert seen[-1][0] == seen[-1][1]
    assert names(tmp_path) == [path.name]
    whole = rg.apply_to_store(generator, picture, tmp_path / f"b{suffix}")
    if suffix == ".tif":
        np.testing.assert_array_equal(tifffile.imread(path), generator.apply(picture))
    else:
        resumed, straight = zarr.open(path, mode="r"), zarr.open(whole, mode="r")
        for name in ("0", "1") if suffix == ".ome.zarr" else (...,):
            np.testing.assert_array_equal(resumed[name][...], straight[name][...])


def test_what_is_finished_is_not_made_again(generator, picture, tmp_path, small_parts, monkeypatch):
    from napari_retrogan.core.output import styling

    path, made = tmp_path / "a.zarr", []
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_store(generator, picture, path, should_stop=stop_after(4))
    style_tile = styling.style_tile
    monkeypatch.setattr(styling, "style_tile", lambda *args: made.append(1) or style_tile(*args))
    rg.apply_to_store(generator, picture, path)
    assert 0 < len(made) < 6


@pytest.mark.parametrize("change", ["settings", "generator", "picture"])
def test_a_half_written_result_of_something_else_is_refused(
    generator, make_weights, picture, tmp_path, small_parts, change
):
    path = tmp_path / "a.zarr"
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_store(generator, picture, path, should_stop=stop_after(4))
    look, image, options = generator, picture, {}
    if change == "settings":
        options["grain"] = 0.5
    elif change == "generator":
        look = rg.VintageGenerator.from_weights(make_weights(1))
    else:
        image = 255 - picture
    with pytest.raises(rg.OutputExists, match="resume=False"):
        rg.apply_to_store(look, image, path, **options)
    rg.apply_to_store(look, image, path, resume=False, **options)
    np.testing.assert_array_equal(zarr.open_array(path)[...], look.apply(image, **options))


def test_a_journal_that_was_cut_short_counts_only_whole_lines(generator, picture, tmp_path, small_parts):
    path = tmp_path / "a.zarr"
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_store(generator, picture, path, should_stop=stop_after(4))
    journal = tmp_path / ".a.zarr.part.jsonl"
    journal.write_text(journal.read_text()[:-4])
    rg.apply_to_store(generator, picture, path)
    np.testing.assert_array_equal(zarr.open_array(path)[...], generator.apply(picture))


def test_an_existing_result_stands_until_the_new_one_is_whole(generator, picture, tmp_path):
    path = rg.apply_to_store(generator, picture, tmp_path / "a.zarr")
    with pytest.raises(rg.OutputExists, match="overwrite=True"):
        rg.apply_to_store(generator, picture, path, grain=0)
    with pytest.raises(rg.ApplyCancelled):
        rg.apply_to_store(generator, picture, path, grain=0, overwrite=True, should_stop=lambda: True)
    np.testing.assert_array_equal(zarr.open_array(path)[...], generator.apply(picture))
    rg.apply_to_store(generator, picture, path, grain=0, overwrite=True)
    np.testing.assert_array_equal(zarr.open_array(path)[...], generator.apply(picture, grain=0))
    assert names(tmp_path) == ["a.zarr"]


def test_neither_the_picture_nor_another_folder_is_ever_replaced(generator, picture, tmp_path):
    source = zarr.array(picture, store=tmp_path / "source.zarr")
    with pytest.raises(rg.OutputExists, match="picture itself"):
        rg.apply_to_store(generator, source, tmp_path / "source.zarr", overwrite=True)
    (tmp_path / "holiday.zarr").mkdir()
    with pytest.raises(rg.OutputExists, match="no Zarr store"):
        rg.apply_to_store(generator, picture, tmp_path / "holiday.zarr", overwrite=True)


@pytest.mark.parametrize(
    ("image", "name", "options", "error", "words"),
    [
        (np.zeros((9, 9)), "a.png", {}, rg.InvalidConfig, "neither"),
        (np.zeros((9, 9)), "a.zarr", {"format": "png"}, rg.InvalidConfig, "choose among"),
        (np.zeros((9, 9)), "missing/a.zarr", {}, rg.InvalidImage, "does not exist"),
        (np.zeros((9, 9), complex), "a.zarr", {}, rg.InvalidImage, "complex"),
        (np.zeros((1, 1, 1, 1, 9, 9)), "a.ome.zarr", {}, rg.InvalidImage, "five axes"),
        (np.zeros((9, 9)), "a.zarr", {"grain": -1}, rg.InvalidConfig, "grain"),
        ("no-such-picture.tif", "a.zarr", {}, rg.InvalidImage, "does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    generator, tmp_path, image, name, options, error, words
):
    with pytest.raises(error, match=words):
        rg.apply_to_store(generator, image, tmp_path / name, **options)
    assert names(tmp_path) == []


def change_ome(path, change):
    """Change what a store of version 0.5 says of itself."""
    document = json.loads((path / "zarr.json").read_text())
    change(document["attributes"]["ome"])
    (path / "zarr.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    "change",
    [
        lambda ome: ome.update(multiscales=[7]),
        lambda ome: ome.update(multiscales={"datasets": []}),
        lambda ome: ome["multiscales"][0].update(datasets=[]),
        lambda ome: ome["multiscales"][0].update(datasets=[{"path": "n" * 10_000}]),
        lambda ome: ome["multiscales"][0].update(datasets=[{"path": "0"}] * 10_000),
        lambda ome: ome["multiscales"][0].update(datasets=[{"path": "../outside"}]),
        lambda ome: ome["multiscales"][0].update(datasets=[{"path": "/0"}]),
        lambda ome: ome["multiscales"][0].update(datasets=[{"path": "missing"}]),
        lambda ome: ome["multiscales"][0].update(axes=["y", "x"]),
        lambda ome: ome["multiscales"][0].update(axes=[{"name": "c"}] * 10_000),
        lambda ome: ome["multiscales"][0].update(deep=json.loads("[" * 50 + "]" * 50)),
        lambda ome: ome.update(omero={"channels": 3}),
        lambda ome: ome.update(omero={"channels": [{"color": "F" * 10_000}]}),
    ],
)
def test_a_store_that_says_strange_things_of_itself_is_refused_in_words(generator, tmp_path, change):
    levels = [np.zeros((3, size, size), np.uint8) for size in (40, 20)]
    path = ome_store(tmp_path / "in.ome.zarr", levels, "0.5")
    change_ome(path, change)
    with pytest.raises(rg.InvalidImage) as caught:
        rg.apply_to_store(generator, path, tmp_path / "out.ome.zarr")
    assert len(str(caught.value)) < 1000
    assert names(tmp_path) == ["in.ome.zarr"]


@pytest.mark.parametrize("name", ["zarr.json", ".zattrs"])
def test_metadata_that_would_fill_memory_are_not_read(generator, picture, tmp_path, name):
    zarr.array(picture, store=tmp_path / "in.zarr", zarr_format=3 if name == "zarr.json" else 2)
    with (tmp_path / "in.zarr" / name).open("ab") as file:
        file.truncate(2**32)
    with pytest.raises(rg.InvalidImage, match="take more than"):
        rg.apply_to_store(generator, tmp_path / "in.zarr", tmp_path / "out.zarr")
