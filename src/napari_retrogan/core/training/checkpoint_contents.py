"""What a checkpoint holds, as named arrays and plain metadata, and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import THUMBNAIL_SIZE
from napari_retrogan.core.errors import InvalidCheckpoint
from napari_retrogan.core.images.training_image import TrainingImage
from napari_retrogan.core.training.task import TrainingState, TrainingTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.config import TrainingConfig

    Arrays = dict[str, NDArray[Any]]
    Metadata = dict[str, Any]

_HISTORY = "history"
_GOOD = "good/"
_MAX_NUMBERS = 3_000_000
"""Of a history: thirty losses of the longest training."""


def task_arrays(task: TrainingTask) -> tuple[Metadata, Arrays]:
    """Return the pictures of a training, and the weights that it went on from if there are any."""
    arrays: Arrays = {}
    boxes = {}
    for side, images in (("photographs", task.photographs), ("vintage", task.vintage)):
        boxes[side] = [[*image.origin, *image.shape] for image in images]
        for index, image in enumerate(images):
            parts: Arrays = {"view": image.view, "thumbnail": image.thumbnail, "detail": image.detail}
            arrays.update({f"{side}/{index}/{name}": values for name, values in parts.items()})
    arrays.update({f"initial/{name}": values for name, values in (task.initial or {}).items()})
    return {"boxes": boxes}, arrays


def task_from_arrays(
    run: Path,
    metadata: Mapping[str, Any],
    config: TrainingConfig,
    pictures: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
) -> TrainingTask:
    """Return the training whose pictures and state's metadata these are.

    Raises
    ------
    InvalidCheckpoint
        If a picture is missing or of a shape that no picture has.
    """
    try:
        photographs, vintage = (_images(side, pictures["boxes"][side], arrays) for side in ("photographs", "vintage"))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidCheckpoint(f"The pictures in {run} are damaged ({error!r}); start a new training.") from error
    initial = {name.partition("/")[2]: values for name, values in arrays.items() if name.startswith("initial/")}
    return TrainingTask(
        photographs,
        vintage,
        config,
        bool(metadata["paired"]),
        initial or None,
        title=str(metadata["title"]),
        checkpoints=str(run),
    )


def state_arrays(state: TrainingState, task: TrainingTask, backend: str, pictures: str) -> tuple[Metadata, Arrays]:
    """Return a state, with what tells whose it is; ``pictures`` is the digest of the pictures' file."""
    names = sorted({name for row in state.history for name in row} - {"step"})
    rows = [[row.get(name, np.nan) for name in ("step", *names)] for row in state.history]
    history = np.array(rows, np.float64).reshape(len(rows), 1 + len(names))
    metadata = {
        "title": task.title,
        "config": task.config.to_dict(),
        "paired": task.paired,
        "photographs": len(task.photographs),
        "vintage": len(task.vintage),
        "backend": backend,
        "step": state.step,
        "recoveries": state.recoveries,
        "good_step": None if state.good is None else state.good.step,
        "saved": datetime.now().astimezone().isoformat(),
        "pictures": pictures,
        "history": names,
    }
    good = {} if state.good is None else {f"{_GOOD}{name}": values for name, values in state.good.arrays.items()}
    return metadata, {_HISTORY: history, **state.arrays, **good}


def state_from_arrays(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> TrainingState:
    """Return the state that metadata and arrays hold.

    Raises
    ------
    InvalidCheckpoint
        If the metadata lack something or do not fit the arrays.
    """
    try:
        names, values = [str(name) for name in metadata["history"]], arrays[_HISTORY]
        if values.size > _MAX_NUMBERS:
            raise ValueError(f"a history of {values.size} numbers")
        rows = values.reshape(-1, 1 + len(names)).tolist()
        history = [
            {"step": int(step), **{name: loss for name, loss in zip(names, losses, strict=True) if loss == loss}}
            for step, *losses in rows
        ]
        rest = {name: each for name, each in arrays.items() if name != _HISTORY and not name.startswith(_GOOD)}
        return TrainingState(
            step=int(metadata["step"]),
            arrays=rest,
            history=history,
            recoveries=int(metadata["recoveries"]),
            good=_good_state(metadata["good_step"], arrays),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidCheckpoint(f"The state of the training is damaged ({error!r}); start a new one.") from error


def _good_state(step: int | None, arrays: Mapping[str, NDArray[Any]]) -> TrainingState | None:
    """Return the state that a training would go back to."""
    if step is None:
        return None
    good = {name.removeprefix(_GOOD): values for name, values in arrays.items() if name.startswith(_GOOD)}
    return TrainingState(step=int(step), arrays=good)


def _images(side: str, boxes: Sequence[Sequence[int]], arrays: Mapping[str, NDArray[Any]]) -> tuple[TrainingImage, ...]:
    """Return the pictures of one side, at least one."""
    images = []
    for index, (top, left, height, width) in enumerate(boxes):
        view, thumbnail, detail = (arrays[f"{side}/{index}/{name}"] for name in ("view", "thumbnail", "detail"))
        _check(view, np.float32, None)
        _check(thumbnail, np.float32, (THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3))
        _check(detail, np.float16, None)
        if not (0 <= top <= top + detail.shape[0] <= height and 0 <= left <= left + detail.shape[1] <= width):
            raise ValueError(f"picture {index} has a part outside of itself")
        images.append(TrainingImage(view, thumbnail, detail, (int(top), int(left)), (int(height), int(width))))
    if not images:
        raise ValueError(f"no {side}")
    return tuple(images)


def _check(values: NDArray[Any], dtype: type, shape: tuple[int, ...] | None) -> None:
    """Check a picture (Y, X, 3)."""
    fits = values.shape == shape if shape else values.ndim == 3 and values.shape[2] == 3 and 0 not in values.shape
    if values.dtype != dtype or not fits:
        raise ValueError(f"a picture is {values.dtype} {values.shape}")
