"""A training that runs beside the caller, in a thread that only follows the training process."""

from __future__ import annotations

import threading
import warnings
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from psygnal import EmitLoopError, Signal, SignalInstance

from napari_retrogan.core.errors import RetroGANError, TrainingDiscarded
from napari_retrogan.core.training.events import PreviewReady, TrainingFinished, TrainingProgress, TrainingStarted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_retrogan.core.library.entry import LookEntry
    from napari_retrogan.core.library.library import Library
    from napari_retrogan.core.training.events import TrainingEvent
    from napari_retrogan.core.training.run_task import Question
    from napari_retrogan.core.vintage_generator import VintageGenerator


class _OpensTraining(Protocol):
    """Begins a training, given the question that it asks between its steps."""

    def __call__(self, *, should_stop: Question) -> Iterator[TrainingEvent]:
        """Return the iterator over the training's events."""


class TrainingJob:
    """A training under way, as `start_training` returns it.

    Attributes
    ----------
    name
        What the look is called in the library.
    generator
        None before the end, and for ever if there is none.
    preview
        The look so far, which `stop` keeps: None until it is measured, which takes seconds, then what judged best of
        the steps.
    progress
        The last step's `TrainingProgress`; None before the first step.
    entry
        The look in the library, once it is there.
    error
        Why there is no generator, if there is none at the end.
    progressed, ended
        Signals to connect functions to, which are called in the job's own thread: ``progressed`` with each step's
        `TrainingProgress`, ``ended`` with the job, once and last.

    Parameters
    ----------
    open_training
        Called in the thread to begin.
    name
        For the look.
    library
        Where the look is kept.
    """

    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, open_training: _OpensTraining, name: str, library: Library) -> None:
        self.name = name
        self.generator: VintageGenerator | None = None
        self.preview: VintageGenerator | None = None
        self.progress: TrainingProgress | None = None
        self.entry: LookEntry | None = None
        self.error: Exception | None = None
        self._library = library
        self._is_kept = False
        self._stop, self._cancel, self._done = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(open_training,), name="retrogan-training", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {self._state()}>"

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._done.is_set()

    def stop(self) -> None:
        """End after the present step and keep what is learnt by then, as the generator."""
        self._stop.set()

    def cancel(self) -> None:
        """End without a generator; `resume_training` can go on with it."""
        self._cancel.set()

    def wait(self, timeout: float | None = None) -> VintageGenerator:
        """Wait for the end and return the generator.

        Parameters
        ----------
        timeout
            Seconds to wait at most; the training goes on after them.

        Raises
        ------
        TimeoutError
            If it isn't done by then.
        TrainingDiscarded
            If it was cancelled.
        RetroGANError
            Whatever else it ended by; `train` tells what.
        """
        if not self._done.wait(timeout):
            raise TimeoutError(f"The training of {self.name!r} goes on ({self._state()}); wait again, or stop() it.")
        if self.error is not None:
            raise self.error
        assert self.generator is not None  # noqa: S101 - one of the two is there at the end
        return self.generator

    def _state(self) -> str:
        """Say in a few words how far it is."""
        if self.generator is not None:
            return f"done, {self.generator!r}"
        if self.done:
            return f"ended without a generator ({type(self.error).__name__})"
        if self.progress is None:
            return "starting" if self.preview is None else "measured, to be refined"
        return f"step {self.progress.step} of at most {self.progress.num_steps}"

    def _run(self, open_training: _OpensTraining) -> None:
        """Follow the training to its end; in the job's thread."""
        try:
            self.generator = self._follow(open_training)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits, whatever it is
            self.error = error
        else:
            self._keep(self.generator)
        self._done.set()
        _tell(self.ended, self)

    def _follow(self, open_training: _OpensTraining) -> VintageGenerator:
        events: Any = open_training(should_stop=self._asked)
        with closing(events):
            for event in events:
                self._asked()
                if isinstance(event, TrainingStarted):
                    self._is_kept = event.checkpoint is not None
                elif isinstance(event, PreviewReady):
                    so_far: Any = event.generator
                    self.preview = so_far
                elif isinstance(event, TrainingProgress):
                    self.progress = event
                    _tell(self.progressed, event)
                elif isinstance(event, TrainingFinished):
                    generator: Any = event.generator
                    return generator  # type: ignore[no-any-return]
        raise TrainingDiscarded("Training ended without a generator; start it again.")

    def _asked(self) -> bool:
        """Tell whether to stop; a cancelled training is left by an error, which abandons the run at once."""
        if self._cancel.is_set():
            more = "; resume_training() goes on with it" if self._is_kept else ""
            raise TrainingDiscarded(f"The training was cancelled, so there is no generator{more}.")
        return self._stop.is_set()

    def _keep(self, generator: VintageGenerator) -> None:
        """Put the look into the library; where that fails the generator is there all the same."""
        try:
            self.entry = self._library.add(generator, self.name)
        except RetroGANError as error:
            warnings.warn(f"The look is ready but not in the library: {error} Save it to a file.", stacklevel=1)


def _tell(signal: SignalInstance, value: Any) -> None:
    """Emit a signal; a listener that fails doesn't take the training with it."""
    try:
        signal.emit(value)
    except EmitLoopError as error:
        warnings.warn(f"A function that listens to a training failed: {error.__cause__!r}", stacklevel=1)
