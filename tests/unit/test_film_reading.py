"""What is read from a film: every frame, upright, in its colours, at its time, and what else is in it."""

import struct
import sys

import av
import numpy as np
import pytest

from film_making import CONTAINERS, add_sound, flat, make_film, moving, mux_sound, packets
from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.reading import Film

COLOURS = [(255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 40, 30), (30, 160, 60), (40, 60, 190), (255, 0, 128)]
VARIABLE = [0, 40, 70, 130, 170, 200, 300, 310, 350, 500, 520, 560]


def read(path):
    with Film(path) as film:
        return list(film.frames())


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_every_frame_is_read_at_its_time_and_sound_is_put_aside(tmp_path, suffix):
    frames = moving(12)
    path = make_film(tmp_path / f"film{suffix}", frames, times=VARIABLE, sound=True)
    with Film(path) as film:
        found = list(film.frames())
        assert film.size == (48, 64)
        assert [float(frame.time * film.stream.time_base) for frame in found] == pytest.approx(
            [t / 1e3 for t in VARIABLE]
        )
        assert sorted(bytes(packet) for waiting in film.packets.values() for packet in waiting) == sorted(
            data for *_, data in packets(path)
        )
    pixels = np.stack([frame.pixels for frame in found])
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - frames).mean() < 2


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6])
@pytest.mark.parametrize(("codec", "pixel_format"), [("libx264", "yuv420p"), ("libx265", "yuv420p10le")])
def test_colours_are_those_that_the_tags_tell(tmp_path, full, matrix, codec, pixel_format):
    path = make_film(
        tmp_path / "film.mp4", flat(COLOURS), codec=codec, pixel_format=pixel_format, matrix=matrix, full=full
    )
    for frame, colour in zip(read(path), COLOURS, strict=True):
        white = np.iinfo(frame.pixels.dtype).max
        assert (frame.pixels == frame.pixels[0, 0]).all()
        assert frame.pixels[0, 0] / white * 255 == pytest.approx(colour, abs=1 if white == 255 else 0.4)


def test_more_than_eight_bits_stay(tmp_path):
    path = make_film(tmp_path / "film.mkv", flat([(100, 100, 100)]), codec="ffv1", pixel_format="yuv444p12le")
    (frame,) = read(path)
    assert frame.pixels.dtype == np.uint16
    assert np.abs(frame.pixels / 65535 * 255 - 100).max() < 1 / 16


@pytest.mark.parametrize(("size", "matrix"), [((48, 64), 6), ((720, 1280), 1)])
def test_without_tags_the_matrix_is_what_is_usual_at_the_size(tmp_path, size, matrix):
    frames = flat(COLOURS[3:5], *size)
    path = make_film(tmp_path / "film.mp4", frames, matrix=matrix, tags=(2, 2, 2))
    for frame, colour in zip(read(path), COLOURS[3:5], strict=True):
        assert frame.pixels[0, 0].tolist() == pytest.approx(colour, abs=1)


def test_grey_and_rgb_need_no_matrix(tmp_path):
    frames = moving(2)
    for pixel_format, wanted in (("gray", frames[..., :1].repeat(3, -1)), ("bgr0", frames)):
        path = tmp_path / f"{pixel_format}.mkv"
        with av.open(str(path), "w") as file:
            stream = file.add_stream("ffv1", rate=25)
            stream.height, stream.width, stream.pix_fmt = 48, 64, pixel_format
            for pixels in frames:
                source = pixels[..., 0] if pixel_format == "gray" else pixels
                frame = av.VideoFrame.from_ndarray(
                    np.ascontiguousarray(source), "gray" if source.ndim == 2 else "rgb24"
                )
                file.mux(stream.encode(frame.reformat(format=pixel_format)))
            file.mux(stream.encode())
        np.testing.assert_array_equal(np.stack([frame.pixels for frame in read(path)]), wanted)


MATRICES = {
    "as it is": ((1, 0, 0, 1), lambda frames: frames),
    "a quarter to the right": ((0, 1, -1, 0), lambda frames: np.rot90(frames, -1, (1, 2))),
    "upside down": ((-1, 0, 0, -1), lambda frames: np.rot90(frames, 2, (1, 2))),
    "a quarter to the left": ((0, -1, 1, 0), lambda frames: np.rot90(frames, 1, (1, 2))),
    "mirrored": ((-1, 0, 0, 1), lambda frames: frames[:, :, ::-1]),
    "mirrored and turned": ((0, 1, 1, 0), lambda frames: frames.swapaxes(1, 2)),
}


@pytest.mark.parametrize("turn", MATRICES)
def test_frames_are_turned_upright(tmp_path, turn):
    (a, b, c, d), upright = MATRICES[turn]
    path = make_film(tmp_path / "film.mp4", moving(3))
    lying = np.stack([frame.pixels for frame in read(path)])
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    data[place : place + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    with Film(path) as film:
        found = np.stack([frame.pixels for frame in film.frames()])
        assert film.size == found.shape[1:3]
    np.testing.assert_array_equal(found, upright(lying))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ((9, 16, 9), r"HDR \(PQ\)"),
        ((9, 18, 9), r"HDR \(HLG\)"),
        ((9, 14, 9), r"BT\.2020"),
        ((1, 1, 9), r"BT\.2020"),
        ((1, 1, 12), "Display P3"),
    ],
)
def test_colours_of_other_screens_are_refused_in_words(tmp_path, tags, words):
    path = make_film(tmp_path / "film.mp4", moving(2), tags=tags)
    with pytest.raises(InvalidImage, match=rf"{words}.*standard range"):
        Film(path)


@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("part", [0.02, 0.4, 0.9])
def test_a_film_half_copied_is_refused_in_words(tmp_path, suffix, part):
    path = make_film(tmp_path / f"film{suffix}", moving(12), sound=True)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(InvalidImage, match=r"isn't whole|can't be read"):
        read(path)


def test_damaged_frames_are_counted_and_the_rest_is_read(tmp_path):
    path = make_film(tmp_path / "film.mp4", moving(20))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as file:
        broken = [packet for packet in file.demux(video=0) if packet.size][9]
    data[broken.pos : broken.pos + broken.size] = bytes(broken.size)
    path.write_bytes(data)
    with Film(path) as film:
        found = list(film.frames())
        assert film.damaged == 1
    assert len(found) == 19
    assert all(frame.pixels.shape == (48, 64, 3) for frame in found)


def test_what_is_no_film_is_refused_in_words(tmp_path):
    sound = tmp_path / "sound.mp4"
    with av.open(str(sound), "w") as file:
        mux_sound(file, add_sound(file, sound), 0.2)
    text, empty = tmp_path / "text.mkv", tmp_path / "empty.mov"
    text.write_text("This is no film. " * 100)
    empty.write_bytes(b"")
    for path, words in (
        (sound, "no moving pictures"),
        (text, "can't be read"),
        (empty, "can't be read"),
        (tmp_path / "absent.mp4", "does not exist"),
    ):
        with pytest.raises(InvalidImage, match=words):
            Film(path)


def test_without_pyav_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    path = make_film(tmp_path / "film.mp4", moving(2))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InvalidImage, match=r"package av; install it with: pip install 'napari-retrogan\[photo\]'"):
        Film(path)
