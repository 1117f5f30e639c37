"""A training beside the caller: what it tells, how it ends, and that its look is kept."""

import threading
import time
import warnings

import numpy as np
import psutil
import pytest

import napari_retrogan as rg
from napari_retrogan.core.errors import (
    EngineDied,
    InvalidConfig,
    LibraryUnavailable,
    NotEnoughImages,
    TrainingDiscarded,
)
from napari_retrogan.core.library.library import Library, open_library
from napari_retrogan.core.training.events import PreviewReady, TrainingFinished, TrainingProgress, TrainingStarted
from napari_retrogan.core.training.job import TrainingJob

STEPS = 5
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


class Training:
    """Takes a step whenever it is let to; without Keras."""

    def __init__(self, generator, error=None):
        self.steps, self.closed = threading.Semaphore(0), threading.Event()
        self._generator, self._error = generator, error

    def __call__(self, *, should_stop):
        try:
            yield TrainingStarted(backend="none", device="CPU", num_steps=STEPS)
            for step in range(1, STEPS + 1):
                while not self.steps.acquire(timeout=0.01):
                    if should_stop():
                        yield TrainingFinished(generator=self._generator, stopped=True)
                if self._error is not None:
                    raise self._error
                yield TrainingProgress(
                    step=step, num_steps=STEPS, losses={}, steps_per_second=1.0, seconds_left=float(STEPS - step)
                )
            yield TrainingFinished(generator=self._generator)
        finally:
            self.closed.set()


@pytest.fixture
def training(generator):
    return Training(generator)


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "looks")


def test_it_returns_at_once_and_ends_in_the_library(training, library, generator):
    job = TrainingJob(training, "Sepia", library)
    assert job.generator is None
    assert job.progress is None
    assert not job.done
    assert "starting" in repr(job)
    with pytest.raises(TimeoutError, match=r"'Sepia' goes on \(starting\)"):
        job.wait(0.01)
    heard, ended = [], threading.Event()
    job.progressed.connect(lambda progress: heard.append(progress.step))
    job.ended.connect(lambda job: ended.set() if job.done else None)
    training.steps.release(STEPS)
    assert job.wait(10) is job.generator is generator
    assert ended.wait(10)
    assert heard == list(range(1, STEPS + 1))
    assert job.progress.step == STEPS
    assert "done" in repr(job)
    assert library.entries() == (job.entry,)
    assert library.load("Sepia") == generator


def test_the_look_as_measured_is_there_before_the_first_step(library, generator):
    measured, seen = threading.Event(), threading.Event()

    def open_training(*, should_stop):
        yield TrainingStarted(backend="none", device="CPU", num_steps=STEPS)
        yield PreviewReady(step=0, generator=generator)
        measured.set()
        seen.wait(10)
        yield TrainingFinished(generator=generator, stopped=True)

    job = TrainingJob(open_training, "Sepia", library)
    assert measured.wait(10)
    assert job.preview is generator
    assert job.generator is None
    assert "measured" in repr(job)
    seen.set()
    assert job.wait(10) is generator


def test_stop_keeps_what_is_learnt_so_far(training, library, generator):
    job = TrainingJob(training, "Sepia", library)
    training.steps.release(2)
    job.stop()
    assert job.wait(10) is generator
    assert job.progress is None or job.progress.step <= 2
    assert [entry.name for entry in library.entries()] == ["Sepia"]


def test_cancel_keeps_nothing_and_leaves_the_training_at_once(training, library):
    job = TrainingJob(training, "Sepia", library)
    job.cancel()
    with pytest.raises(TrainingDiscarded, match="was cancelled"):
        job.wait(10)
    assert training.closed.is_set()
    assert job.generator is None
    assert isinstance(job.error, TrainingDiscarded)
    assert library.entries() == ()
    assert "without a generator" in repr(job)


def test_an_error_is_raised_in_words_where_one_waits(generator, library):
    training = Training(generator, EngineDied("The training process ended."))
    training.steps.release()
    job = TrainingJob(training, "Sepia", library)
    for _ in range(2):
        with pytest.raises(EngineDied, match="process ended"):
            job.wait(10)


def test_a_listener_that_fails_does_not_end_the_training(training, library, generator):
    job = TrainingJob(training, "Sepia", library)

    def fail(_):
        raise ZeroDivisionError("mine")

    job.progressed.connect(fail)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        training.steps.release(STEPS)
        assert job.wait(10) is generator
    assert any("ZeroDivisionError('mine')" in str(each.message) for each in told)


def test_a_library_that_fails_does_not_take_the_generator_with_it(training, generator, tmp_path):
    (tmp_path / "file").write_text("")
    job = TrainingJob(training, "Sepia", Library(tmp_path / "file"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        training.steps.release(STEPS)
        assert job.wait(10) is generator
    assert job.entry is None
    assert any("ready but not in the library" in str(each.message) for each in told)


def test_settings_are_checked_at_once_and_pictures_where_one_waits(monkeypatch):
    picture = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(InvalidConfig):
        rg.start_training([picture], [picture], config=3)
    with pytest.raises(InvalidConfig):
        rg.start_training([picture], [picture], devices=0)
    with pytest.raises(NotEnoughImages, match="No photograph"):
        rg.start_training([], [picture]).wait(60)
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", "~nobody-of-that-name/looks")
    with pytest.raises(LibraryUnavailable, match="no place"):
        rg.start_training([picture], [picture])


def test_without_photographs_the_look_is_measured_and_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", str(tmp_path))
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    job = rg.start_training(None, picture, name="Old")
    generator = job.wait(60)
    assert generator == rg.imitate(picture)
    assert open_library().load("Old") == generator


@pytest.mark.slow
def test_measuring_alone_is_left_at_once_and_leaves_no_process(tmp_path, monkeypatch):
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", str(tmp_path))
    random = np.random.default_rng(0)
    pictures = 5 * [random.integers(0, 256, (300, 400, 3), np.uint8) for _ in range(40)]
    before = {child.pid for child in psutil.Process().children()}
    for seconds in (0.2, 2.5):
        job = rg.start_training(None, pictures)
        time.sleep(seconds)
        asked = time.perf_counter()
        job.cancel() if seconds < 1 else job.stop()
        if not job.done:
            with pytest.raises(TrainingDiscarded, match=r"cancelled, so there is no generator\.|nothing to keep"):
                job.wait(10)
            assert time.perf_counter() - asked < 1
    assert {child.pid for child in psutil.Process().children()} == before
