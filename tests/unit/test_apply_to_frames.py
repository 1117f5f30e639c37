"""Frames styled as they come: the pixels of a stack, few frames held, and an end at any time."""

import threading

import numpy as np
import pytest

from napari_retrogan.core.errors import ApplyCancelled
from napari_retrogan.core.inference.apply_to_frames import apply_to_frames
from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.time_smoothing import REACH


@pytest.fixture(scope="module")
def film(photograph):
    """Frames (T, Y, X, 3) of several tiles that change from one to the next."""
    return np.stack([photograph[shift : shift + 270, 2 * shift : 2 * shift + 290] for shift in range(22)])


def styled(generator, frames, **options):
    settings = ApplySettings(time_axis=0, **options)
    return np.stack(list(apply_to_frames(generator.graph_for(settings), iter(frames), settings)))


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9, 10, 17, 18, 22])
def test_a_film_of_any_length_has_the_pixels_of_a_stack(generator, film, length):
    frames = film[:length, :40, :50]
    np.testing.assert_array_equal(styled(generator, frames), generator.apply(frames, time_axis=0))


@pytest.mark.parametrize("options", [{"grain_over_time": "fixed"}, {"seed": 5, "strength": 1.4, "vignette": 0.5}])
def test_of_several_tiles_and_with_any_settings_too(generator, film, options):
    frames = film[:11]
    np.testing.assert_array_equal(styled(generator, frames, **options), generator.apply(frames, time_axis=0, **options))


def test_grey_deep_and_transparent_frames_too(generator, film):
    small = film[:11, :40, :50]
    alpha = np.full((*small.shape[:3], 1), 100, np.uint8)
    for frames in (small[..., 0], small.astype(np.uint16) * 257, np.concatenate([small, alpha], -1)):
        np.testing.assert_array_equal(styled(generator, frames), generator.apply(frames, time_axis=0))


def test_nothing_to_change_hands_frames_on(generator, film):
    np.testing.assert_array_equal(styled(generator, film, strength=0), film)


def test_frames_are_taken_a_few_ahead_and_not_kept(generator, film):
    taken = []

    def frames():
        for number in range(60):
            taken.append(number)
            yield film[number % 22]

    settings = ApplySettings(time_axis=0)
    for done, _ in enumerate(apply_to_frames(generator.graph_for(settings), frames(), settings, threads=2)):
        assert len(taken) <= done + REACH + 4


def test_a_stop_ends_within_a_frame_and_leaves_no_thread(generator, film):
    settings, wanted = ApplySettings(time_axis=0), threading.Event()
    progress = Progress(should_stop=wanted.is_set)
    stream = apply_to_frames(generator.graph_for(settings), iter(film), settings, progress=progress)
    next(stream)
    wanted.set()
    with pytest.raises(ApplyCancelled, match="stopped"):
        next(stream)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("retrogan-apply")]


def test_a_frame_that_cannot_be_read_ends_it(generator, film):
    def frames():
        yield from film[:12]
        raise OSError("the disk is gone")

    settings = ApplySettings(time_axis=0)
    stream = apply_to_frames(generator.graph_for(settings), frames(), settings)
    with pytest.raises(OSError, match="the disk is gone"):
        list(stream)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("retrogan-apply")]
