"""Trainings that were interrupted: where they are kept, which there are, and how they are read.

Each has a folder of its own: ``pictures.safetensors`` holds the pictures as the training had read them, written once,
and ``step-N.safetensors`` everything else after step N, of which the last two are kept.
"""

from __future__ import annotations

import os
import re
import secrets
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import InvalidCheckpoint, InvalidConfig
from napari_retrogan.core.foreign.values import MAX_NAME, shown
from napari_retrogan.core.training.checkpoint_file import is_array_file, read_arrays, read_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.training.task import TrainingState, TrainingTask

FOLDER_VARIABLE = "NAPARI_RETROGAN_CHECKPOINTS"
PICTURES = "pictures.safetensors"
LEFT_OVER = ".[0-9]*-????????.part.safetensors"
"""What a process that was killed in the middle of writing leaves."""
_STATES = f"step-{'[0-9]' * 8}.safetensors"
_OWN = (_STATES, PICTURES, LEFT_OVER)
_EARLIER = tuple(name.replace("safetensors", "zip") for name in _OWN)
"""Up to version 3 they were zips: no longer read, but forgotten in time."""
_FOLDER = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
_MOST_STEPS = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """An interrupted training that can be resumed, as `list_checkpoints` tells of it.

    Attributes
    ----------
    folder
        Where it lies.
    title
        What it learns the look of.
    step, num_steps
        Steps done, and to do in all.
    saved
        When, in local time.
    backend
        Keras backend that it ran on.
    photographs, vintage
        How many pictures it has of each.
    paired
        Whether they are before and after.
    """

    folder: Path
    title: str
    step: int
    num_steps: int
    saved: datetime
    backend: str
    photographs: int
    vintage: int
    paired: bool = False
    config: TrainingConfig = field(repr=False, default_factory=TrainingConfig)

    def __str__(self) -> str:
        return f"step {self.step} of {self.num_steps} of {self.title or 'a look'}, {self.saved:%Y-%m-%d %H:%M}"


def checkpoints_folder() -> Path:
    """Return where interrupted trainings are kept.

    It is the folder that the variable ``NAPARI_RETROGAN_CHECKPOINTS`` names, else ``trainings`` in this package's
    folder among the person's application data. It need not exist.

    Raises
    ------
    InvalidCheckpoint
        If it can't be told, for there is no home or current folder.
    """
    from platformdirs import user_data_path

    named = os.environ.get(FOLDER_VARIABLE)
    try:
        folder = Path(named) if named else user_data_path("napari-retrogan", appauthor=False) / "trainings"
        return folder.expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise InvalidCheckpoint(
            f"There is no place for checkpoints ({error}); name a folder by {FOLDER_VARIABLE}, with its full path."
        ) from error


def new_checkpoint_folder() -> Path:
    """Return the name of a folder for one more training, in order of time; it is made with the first checkpoint."""
    return checkpoints_folder() / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def list_checkpoints(folder: str | os.PathLike[str] | None = None) -> list[Checkpoint]:
    """Return the interrupted trainings that can be resumed, the one saved last first.

    Parameters
    ----------
    folder
        Where to look; by default where trainings are kept.
    """
    try:
        folder = checkpoints_folder() if folder is None else Path(folder)
        found = [checkpoint for run in folder.iterdir() if (checkpoint := find_checkpoint(run)) is not None]
    except (OSError, InvalidCheckpoint):
        return []
    return sorted(found, key=lambda checkpoint: checkpoint.saved, reverse=True)


def last_checkpoint() -> Checkpoint:
    """Return the interrupted training that was saved last.

    Raises
    ------
    InvalidCheckpoint
        If there is none.
    """
    found = list_checkpoints()
    if not found:
        raise InvalidCheckpoint(
            f"No interrupted training that this version can resume is kept in {checkpoints_folder()}; start a new one."
        )
    return found[0]


def find_checkpoint(run: Path) -> Checkpoint | None:
    """Return what a training's folder holds, or None if nothing in it can be resumed."""
    for path in state_files(run) if (run / PICTURES).is_file() else ():
        try:
            return _describe(run, read_metadata(path))
        except InvalidCheckpoint:
            continue
    return None


def read_checkpoint(run: str | os.PathLike[str]) -> tuple[TrainingTask, TrainingState]:
    """Read an interrupted training, from its last state that is whole.

    Returns
    -------
    task
        Its pictures and settings; further checkpoints go to the same folder.
    state
        How far it had come.

    Raises
    ------
    InvalidCheckpoint
        If no state or the pictures can't be read.
    """
    from napari_retrogan.core.training.checkpoint_contents import state_from_arrays, task_from_arrays

    run = Path(run)
    failure = InvalidCheckpoint(f"{run} holds no training to resume; see napari_retrogan.list_checkpoints().")
    if not state_files(run):
        if _earlier_files(run):
            failure = InvalidCheckpoint(
                f"{run} was written by an earlier version of napari-retrogan; resume it with that version, or start a "
                "new training."
            )
        raise failure
    pictures, images = read_arrays(run / PICTURES)
    for path in state_files(run):
        try:
            metadata, arrays = read_arrays(path)
            if metadata.get("pictures") != pictures["arrays"]:
                raise InvalidCheckpoint(f"{path} belongs to other pictures than those beside it.")
            config = _describe(run, metadata).config
            return task_from_arrays(run, metadata, config, pictures, images), state_from_arrays(metadata, arrays)
        except InvalidCheckpoint as error:
            failure = error
    raise failure


def discard_checkpoint(run: str | os.PathLike[str]) -> None:
    """Remove an interrupted training; what is not there, or can't be removed, is passed over."""
    run = Path(run)
    with suppress(OSError):
        for pattern in _OWN + _EARLIER:
            for path in run.glob(pattern):
                path.unlink(missing_ok=True)
        run.rmdir()


def is_training_folder(run: Path) -> bool:
    """Tell whether a folder was made by this package, in any version: by its name, and by the files that it holds."""
    if not _FOLDER.fullmatch(run.name) or run.is_symlink() or not run.is_dir():
        return False
    present = [path for path in (run / PICTURES, *state_files(run)) if path.exists()]
    return all(map(is_array_file, present)) and all(map(_is_earlier_file, _earlier_files(run)))


def state_files(run: Path) -> list[Path]:
    """Return the files of a training's states, the last step first."""
    return sorted(run.glob(_STATES), reverse=True)


def state_file(run: Path, step: int) -> Path:
    """Return the name of the file of the state after a step."""
    return run / f"step-{step:08}.safetensors"


def _earlier_files(run: Path) -> list[Path]:
    """Return the files of states and pictures that an earlier version wrote."""
    return [path for pattern in _EARLIER[:2] for path in run.glob(pattern)]


def _is_earlier_file(path: Path) -> bool:
    """Tell whether a zip is one that an earlier version wrote, by its list of parts alone."""
    if not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "metadata.json" in archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False


def _describe(run: Path, metadata: Mapping[str, Any]) -> Checkpoint:
    """Return what a state's metadata tell."""
    try:
        config = TrainingConfig.from_dict(dict(metadata["config"]))
        return Checkpoint(
            folder=run,
            title=shown(metadata["title"], 2 * MAX_NAME),
            step=_count(metadata, "step"),
            num_steps=config.num_steps,
            saved=datetime.fromisoformat(metadata["saved"]).astimezone(),
            backend=shown(metadata["backend"], MAX_NAME),
            photographs=_count(metadata, "photographs"),
            vintage=_count(metadata, "vintage"),
            paired=bool(metadata["paired"]),
            config=config,
        )
    except (KeyError, TypeError, ValueError, OverflowError, InvalidConfig) as error:
        raise InvalidCheckpoint(f"{run} was written by another version or is damaged ({error!r}).") from error


def _count(metadata: Mapping[str, Any], name: str) -> int:
    """Return a number of steps or pictures."""
    value = metadata[name]
    if type(value) is not int or not 0 <= value <= _MOST_STEPS:
        raise ValueError(f"{name} is {value!r:.100}")
    return value
