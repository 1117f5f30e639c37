"""What is told of many files while they are styled, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileStarted:
    """A file's turn has come; ``number`` counts from 1."""

    source: Path
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class FileProgress:
    """So many tiles of the present file, or frames of a film, are done."""

    source: Path
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileDone:
    """A result is written, and what is to be said of it.

    Attributes
    ----------
    remarks
        What of the source isn't in the result, or is in it in another way.
    is_whole
        Whether it goes on to the source's end; a film that is stopped does not.
    """

    source: Path
    result: Path
    remarks: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file, folder or pattern gave no result, and why."""

    source: Path
    reason: str


FileEvent = FileStarted | FileProgress | FileDone | FileFailed
OnEvent = Callable[[FileEvent], object]
