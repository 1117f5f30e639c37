"""Films styled: the look of a stack, and everything else as it was in the source."""

import threading

import av
import numpy as np
import pytest

from film_making import CONTAINERS, flat, make_film, moving, packets, shown, stored, tags
from napari_retrogan.core.errors import ApplyCancelled, InvalidImage
from napari_retrogan.core.films import encoders
from napari_retrogan.core.films.reading import Film
from napari_retrogan.core.films.writing import FilmWriter
from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.output.film import style_film

VARIABLE = [20, 60, 90, 150, 190, 220, 320, 330, 370, 520, 540, 580]


@pytest.fixture
def written(monkeypatch):
    """Return a list that gets the pixels of frames as they go to be encoded."""
    pixels = []
    write = FilmWriter.write
    monkeypatch.setattr(FilmWriter, "write", lambda *given: pixels.append(given[2]) or write(*given))
    return pixels


def rewritten(source, **changes):
    """Write a film's own frames again, and return where and what was said."""
    result = source.with_stem("result").with_suffix(changes.get("suffix", source.suffix))
    with Film(source) as film, FilmWriter(result, film) as writer:
        for frame in film.frames():
            writer.write(frame, frame.pixels)
        writer.finish()
    return result, writer.remarks


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_the_pixels_are_those_of_a_stack_along_time(tmp_path, generator, written, suffix):
    source = make_film(tmp_path / f"film{suffix}", moving(12), sound=True)
    with Film(source) as film:
        stack = np.stack([frame.pixels for frame in film.frames()])
    assert style_film(generator, source, tmp_path / f"result{suffix}", {"seed": 3}).remarks == ()
    np.testing.assert_array_equal(np.stack(written), generator.apply(stack, time_axis=0, seed=3))


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_times_sound_and_tags_are_those_of_the_source(tmp_path, generator, suffix):
    source = make_film(tmp_path / f"film{suffix}", moving(12), times=VARIABLE, matrix=6, tags=(6, 6, 6), sound=True)
    result = tmp_path / f"result{suffix}"
    style_film(generator, source, result, {})
    assert [time for time, *_ in packets(result, "video")] == [time for time, *_ in packets(source, "video")]
    assert packets(result) == packets(source)
    assert tags(result) == tags(source) == (6, 6, 6, 1)
    assert shown(result)[0] == [time / 1000 for time in VARIABLE]


def test_grain_is_new_in_each_frame_or_fixed(tmp_path, generator, written):
    source = make_film(tmp_path / "film.mp4", flat([(120, 110, 100)] * 3))
    style_film(generator, source, tmp_path / "new.mp4", {})
    assert not np.array_equal(written[0], written[1])
    written.clear()
    style_film(generator, source, tmp_path / "fixed.mp4", {"grain_over_time": "fixed"})
    assert (np.stack(written) == written[0]).all()


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6])
@pytest.mark.parametrize("suffix", CONTAINERS)
def test_colours_come_out_by_the_tags_they_came_in_with(tmp_path, suffix, matrix, full):
    colours = [(250, 250, 250), (5, 5, 5), (200, 40, 30), (30, 160, 60), (40, 60, 190)]
    source = make_film(tmp_path / f"film{suffix}", flat(colours), matrix=matrix, full=full)
    result, remarks = rewritten(source)
    assert remarks == []
    assert tags(result) == (matrix, 1, 1, 2 if full else 1)
    with av.open(str(result)) as file:
        for frame, colour in zip(file.decode(video=0), colours, strict=True):
            numbers = [np.frombuffer(plane, np.uint8)[0] for plane in frame.planes]
            assert numbers == pytest.approx(stored(np.array(colour) / 255, matrix, full=full), abs=2)


@pytest.mark.parametrize(
    ("suffix", "pixel_format", "kept"),
    [
        (".mp4", "yuv420p10le", "yuv420p10le"),
        (".mov", "yuv422p10le", "yuv422p10le"),
        (".mkv", "yuv444p", "yuv444p"),
        (".mkv", "yuv444p12le", "yuv444p12le"),
    ],
)
def test_depth_and_colour_resolution_stay(tmp_path, generator, written, suffix, pixel_format, kept):
    codec = "libx265" if pixel_format != "yuv444p" else "libx264"
    source = make_film(tmp_path / f"film{suffix}", moving(3), codec=codec, pixel_format=pixel_format)
    result = tmp_path / f"result{suffix}"
    assert style_film(generator, source, result, {}).remarks == ()
    with av.open(str(result)) as file:
        assert file.streams.video[0].codec_context.pix_fmt == kept
    with Film(source) as film:
        stack = np.stack([frame.pixels for frame in film.frames()])
    np.testing.assert_array_equal(np.stack(written), generator.apply(stack, time_axis=0))
    with Film(rewritten(source)[0]) as film:
        found = np.stack([frame.pixels for frame in film.frames()])
    assert found.dtype == stack.dtype
    white = np.iinfo(found.dtype).max
    assert np.abs(found.astype(float) - stack).mean() < (0.01 if white == 255 else 0.004) * white


def test_what_no_encoder_keeps_is_said(tmp_path, monkeypatch):
    source = make_film(tmp_path / "film.mkv", moving(3), codec="ffv1", pixel_format="yuv444p12le")
    assert rewritten(source)[1] == ["its pictures, ffv1 before, are H.265 now"]
    monkeypatch.setattr(encoders, "_OTHERS", ("libx264",))
    assert rewritten(source)[1][1:] == ["of its 12 bits a colour 10 are kept"]
    monkeypatch.setattr(encoders, "_OTHERS", ("none",))
    with pytest.raises(InvalidImage, match="no encoder"):
        rewritten(source)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm"])
def test_odd_sizes_stay(tmp_path, suffix):
    source = tmp_path / f"film{suffix}"
    codec = "libvpx-vp9" if suffix != ".mov" else "libx264"
    make_film(source, moving(3, 47, 63), codec=codec, pixel_format="yuv444p" if suffix == ".mov" else "yuv420p")
    assert shown(rewritten(source)[0])[1].shape == (3, 47, 63, 3)


def test_a_turned_film_becomes_an_upright_one(tmp_path, generator):
    source = make_film(tmp_path / "film.mp4", moving(3), rotation=90)
    with Film(source) as film:
        upright = np.stack([frame.pixels for frame in film.frames()])
    result = tmp_path / "result.mp4"
    style_film(generator, source, result, {"strength": 0, "vignette": 1e-6})
    with av.open(str(result)) as file:
        assert next(file.decode(video=0)).rotation == 0
    found = shown(result)[1]
    assert found.shape == upright.shape == (3, 64, 48, 3)
    assert np.abs(found.astype(int) - upright).mean() < 3


def test_pixels_that_are_not_square_stay(tmp_path):
    def wide(file, stream):
        stream.codec_context.sample_aspect_ratio = 2

    for rotation, aspect in ((0, 2), (90, 0.5)):
        source = make_film(tmp_path / "film.mp4", moving(3), prepare=wide, rotation=rotation)
        with Film(rewritten(source)[0]) as film:
            assert film.pixel_aspect == aspect
    with pytest.raises(InvalidImage, match=r"aren't square.*\.mkv"):
        rewritten(source, suffix=".webm")


def test_with_nothing_to_change_the_film_is_copied(tmp_path, generator):
    source = make_film(tmp_path / "film.mp4", moving(3), sound=True)
    style_film(generator, source, tmp_path / "result.mp4", {"strength": 0})
    assert (tmp_path / "result.mp4").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_a_stopped_film_ends_there_and_plays(tmp_path, generator, suffix):
    source = make_film(tmp_path / f"film{suffix}", moving(40), sound=True)
    wanted, told, result = threading.Event(), [], tmp_path / f"result{suffix}"

    def tell(done, total):
        told.append((done, total))
        if done == 15:
            wanted.set()

    done = style_film(generator, source, result, {}, Progress(tell, wanted.is_set))
    assert told == [(number, max(number, told[0][1])) for number in range(1, 16)]
    assert not done.is_whole
    assert done.remarks == (f"it was stopped, so that the film ends after 15 of {told[0][1]} frames",)
    assert shown(result)[0] == shown(source)[0][:15]
    sound = packets(result)
    assert sound == packets(source)[: len(sound)]
    assert 0.5 < sound[-1][0] <= 0.6
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_film_stopped_before_its_first_frame_leaves_nothing(tmp_path, generator):
    source = make_film(tmp_path / "film.mp4", moving(12))
    with pytest.raises(ApplyCancelled):
        style_film(generator, source, tmp_path / "result.mp4", {}, Progress(should_stop=lambda: True))
    assert list(tmp_path.iterdir()) == [source]


def test_a_failure_on_the_way_leaves_nothing(tmp_path, generator, monkeypatch):
    source = make_film(tmp_path / "film.mp4", moving(12), sound=True)
    from_rgb = film_colours = Film.pixels
    count = iter(range(100))
    monkeypatch.setattr(Film, "pixels", lambda *given: from_rgb(*given) if next(count) < 6 else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        style_film(generator, source, tmp_path / "result.mp4", {})
    assert list(tmp_path.iterdir()) == [source]
    monkeypatch.setattr(Film, "pixels", film_colours)
    monkeypatch.setattr(FilmWriter, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        style_film(generator, source, tmp_path / "result.mp4", {})
    assert list(tmp_path.iterdir()) == [source]
