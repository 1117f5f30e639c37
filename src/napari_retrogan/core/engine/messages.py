"""What the two ends of the training process say to each other."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_retrogan.core.engine.shared_arrays import Packed


class Signal(enum.Enum):
    """One word from the caller about the run under way."""

    STOP = enum.auto()
    PAUSE = enum.auto()
    RESUME = enum.auto()
    ABANDON = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Run ``target`` on ``payload``; ``search_paths`` are appended to the import path first."""

    target: str
    payload: Packed
    search_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StayFor:
    """End the process after so many seconds without a run."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The payload is read, so its block may go."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the run."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The run ended by an error: the name of its class in ``core.errors``, its words and its traceback."""

    kind: str
    message: str
    trace: str


@dataclass(frozen=True, slots=True)
class Done:
    """The run ended, or was abandoned; the process waits for the next."""


Request = Begin | StayFor | Signal
Reply = Accepted | Event | Failed | Done
