"""A film as a lazy stack: any frame in any order, decoded from the key frame before; and what training takes of it."""

import pickle

import numpy as np
import pytest

from film_making import CONTAINERS, flat, make_film, moving
from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films import lazy
from napari_retrogan.core.films.lazy import open_film
from napari_retrogan.core.films.reading import Film
from napari_retrogan.core.images import source_planes, training_images
from napari_retrogan.core.images.source_planes import SourcePlanes
from slow_tests import slow_but_for

VARIABLE = [0, 40, 70, 130, 170, 200, 300, 310, 350, 500, 520, 560, *range(600, 1160, 20)]


def with_open_groups(file, stream):
    """Let frames that are shown before a key frame be coded after it, and many of them by later ones."""
    stream.options = {"qp": "0", "x264-params": "open-gop=1:bframes=6:b-adapt=0:keyint=12:min-keyint=4"}


@pytest.fixture
def decoded(monkeypatch):
    """Count the frames that films convert to RGB, and those that they decode."""
    counts = {"pixels": 0, "seeks": 0}

    def counted(name, function):
        def wrapper(*arguments):
            counts[name] += 1
            return function(*arguments)

        return wrapper

    monkeypatch.setattr(Film, "pixels", counted("pixels", Film.pixels))
    monkeypatch.setattr(Film, "decode_from", counted("seeks", Film.decode_from))
    return counts


@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("key_distance", slow_but_for([1, 7, 250, "open"], 7, "open"))
def test_any_frame_in_any_order_is_that_of_the_whole(tmp_path, suffix, key_distance):
    options = {"prepare": with_open_groups} if key_distance == "open" and suffix != ".webm" else {}
    distance = 12 if key_distance == "open" else key_distance
    path = make_film(
        tmp_path / f"film{suffix}", moving(40), times=VARIABLE, sound=True, key_distance=distance, **options
    )
    with Film(path) as film:
        whole = np.stack([frame.pixels for frame in film.frames()])
    film = open_film(path)
    assert film.frames.shape == (40, 48, 64, 3)
    assert film.frames.dtype == np.uint8
    for number in np.random.default_rng(0).permutation(40).tolist():
        np.testing.assert_array_equal(film.frames[number].compute(), whole[number])
    np.testing.assert_array_equal(film.frames[::-3, 5:9, 30].compute(), whole[::-3, 5:9, 30])
    assert film.seconds_a_frame == pytest.approx(1.14 / 39)


def test_frames_in_a_row_are_read_on_and_far_ones_sought(tmp_path, decoded):
    film = open_film(make_film(tmp_path / "film.mp4", moving(40), key_distance=10))
    assert decoded == {"pixels": 0, "seeks": 0}
    for number in range(20, 29):
        film.frames[number].compute()
    assert decoded == {"pixels": 9, "seeks": 1}
    film.frames[28, :5].compute()
    assert decoded == {"pixels": 9, "seeks": 1}
    film.frames[39].compute()
    film.frames[3].compute()
    assert decoded == {"pixels": 11, "seeks": 3}


def test_a_lazy_film_travels_to_other_processes(tmp_path):
    film = open_film(make_film(tmp_path / "film.mkv", moving(6)))
    travelled = pickle.loads(pickle.dumps(film.frames))
    np.testing.assert_array_equal(travelled.compute(), film.frames.compute())


def test_pixels_that_are_not_square_are_told(tmp_path):
    def wide(file, stream):
        stream.codec_context.sample_aspect_ratio = 2

    assert open_film(make_film(tmp_path / "film.mkv", moving(3), prepare=wide)).pixel_aspect == 2


def test_frames_are_spread_evenly_and_key_frames_are_preferred(tmp_path):
    film = open_film(make_film(tmp_path / "film.mp4", moving(40), key_distance=10))
    assert film.spread(100) == list(range(40))
    assert film.spread(40) == list(range(40))
    assert film.spread(5) == [0, 10, 20, 29, 39]
    assert film.spread(4) == [0, 10, 26, 39]
    assert film.spread(1) == [0]


def test_training_takes_frames_of_films_at_even_distances(tmp_path, monkeypatch):
    greys = [(6 * number,) * 3 for number in range(40)]
    make_film(tmp_path / "film.mp4", flat(greys), key_distance=250)
    monkeypatch.setattr(source_planes, "MAX_PICTURES", 5)
    for source in (tmp_path / "film.mp4", str(tmp_path / "film.mp4")):
        planes = [np.asarray(plane) for plane, _ in SourcePlanes(source)]
        assert [plane.shape for plane in planes] == [(48, 64, 3)] * 5
        assert [plane.mean() for plane in planes] == pytest.approx(
            [6 * number for number in (0, 10, 20, 29, 39)], abs=1
        )
    images = training_images.training_images(tmp_path / "film.mp4", 0)
    assert [image.view.mean() for image in images] == pytest.approx(
        [6 * n / 255 for n in (0, 10, 20, 29, 39)], abs=0.01
    )


def test_a_film_that_does_not_tell_times_is_refused(tmp_path, monkeypatch):
    path = make_film(tmp_path / "film.mp4", moving(3))
    monkeypatch.setattr(lazy, "_is_shown", lambda packet: False)
    with pytest.raises(InvalidImage, match="when its frames are shown"):
        open_film(path)
