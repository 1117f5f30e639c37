"""Writes a training's checkpoints while it runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.training.checkpoint_contents import state_arrays, task_arrays
from napari_retrogan.core.training.checkpoint_file import read_metadata, write_arrays
from napari_retrogan.core.training.checkpoints import (
    LEFT_OVER,
    PICTURES,
    checkpoints_folder,
    discard_checkpoint,
    is_training_folder,
    state_file,
    state_files,
)
from napari_retrogan.core.training.events import CheckpointFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.training.task import TrainingState, TrainingTask

_GENERATIONS = 2
KEPT_TRAININGS = 3


class CheckpointWriter:
    """Keeps one training's last two states on the disk.

    A failure to write is told once and tried again later; the training itself goes on in memory.

    Parameters
    ----------
    task
        Whose ``checkpoints`` names the folder and whose settings tell how often.
    backend
        Keras backend of the training, to be resumed on.
    """

    def __init__(self, task: TrainingTask, backend: str) -> None:
        self.folder = Path(task.checkpoints)
        self._task, self._backend = task, backend
        self._seconds = task.config.checkpoint_seconds
        self._last = time.monotonic()
        self._pictures = ""
        self._told = False

    def write_if_due(self, capture: Callable[[], TrainingState]) -> CheckpointFailed | None:
        """Write the state if the last one is old enough."""
        if not self._seconds or time.monotonic() - self._last < self._seconds:
            return None
        return self.write(capture)

    def write(self, capture: Callable[[], TrainingState]) -> CheckpointFailed | None:
        """Write the state now, unless no checkpoints are wanted; return why it could not be, the first time."""
        if not self._seconds:
            return None
        try:
            self._write(capture())
        except OSError as error:
            if not self._told:
                self._told = True
                return CheckpointFailed(message=_words(self.folder, error))
        finally:
            self._last = time.monotonic()
        return None

    def remove(self) -> None:
        """Forget the training, because it is done."""
        discard_checkpoint(self.folder)

    def _write(self, state: TrainingState) -> None:
        """Write the pictures, the first time, then the state, then let go of what is no longer needed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._pictures or not (self.folder / PICTURES).exists():
            self._pictures = self._write_pictures()
        metadata, arrays = state_arrays(state, self._task, self._backend, self._pictures)
        write_arrays(state_file(self.folder, state.step), metadata, arrays)
        for path in state_files(self.folder)[_GENERATIONS:]:
            path.unlink(missing_ok=True)

    def _write_pictures(self) -> str:
        """Write the pictures unless they are there since before an interruption; return their digest."""
        for path in self.folder.glob(LEFT_OVER):
            path.unlink(missing_ok=True)
        _forget_old_trainings(self.folder)
        path = self.folder / PICTURES
        try:
            return str(read_metadata(path)["arrays"])
        except InvalidCheckpoint:
            return write_arrays(path, *task_arrays(self._task))


def _forget_old_trainings(current: Path) -> None:
    """Remove all but the latest interrupted trainings beside the current one.

    Folders that this package did not make, or that lie elsewhere than where trainings are kept, are left alone.
    """
    if current.parent != checkpoints_folder():
        return
    others = [run for run in current.parent.iterdir() if run != current and is_training_folder(run)]
    for run in sorted(others, key=lambda run: run.stat().st_mtime)[: max(0, len(others) + 1 - KEPT_TRAININGS)]:
        discard_checkpoint(run)


def _words(folder: Path, error: OSError) -> str:
    """Say what the matter is and what to do."""
    return (
        f"No checkpoint can be written to {folder} ({error.strerror or error}): training goes on in memory, but could "
        "not be resumed after an interruption. Free some space, or name another folder by NAPARI_RETROGAN_CHECKPOINTS."
    )
