"""A generator applied to many files: one after the other, going on after those that fail."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from napari_retrogan.core.atomic_file import refuse_existing
from napari_retrogan.core.errors import ApplyCancelled, InvalidImage, OutputExists, RetroGANError
from napari_retrogan.core.images.arrays import as_lazy
from napari_retrogan.core.images.files import (
    TIFF_SUFFIXES,
    WRITABLE_SUFFIXES,
    picture_paths,
    read_picture,
    write_picture,
)
from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.output.cluster import active_client
from napari_retrogan.core.output.open_source import is_store
from napari_retrogan.core.output.store import apply_to_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_retrogan.core.inference.pool import ShouldStop
    from napari_retrogan.core.vintage_generator import VintageGenerator

    AnyPath = str | os.PathLike[str]

LARGE_BYTES = 2**30
"""TIFF files of more pixels than so many bytes are not read whole but styled part by part."""

_FAILURES = (RetroGANError, OSError, ValueError, RuntimeError, MemoryError)


@dataclass(frozen=True, slots=True)
class FileStarted:
    """A file's turn has come; ``number`` counts from 1."""

    source: Path
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class FileProgress:
    """So many tiles of the present file are done."""

    source: Path
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileDone:
    """A result is written."""

    source: Path
    result: Path


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A file, folder or pattern gave no result, and why."""

    source: Path
    reason: str


FileEvent = FileStarted | FileProgress | FileDone | FileFailed
OnEvent = Callable[[FileEvent], object]


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Which file becomes which."""

    source: Path
    result: Path


@dataclass(slots=True)
class BatchResult:
    """What became of many files.

    Attributes
    ----------
    written
        The results, in order.
    failed
        What gave none, and why.
    stopped
        Whether the batch was stopped before its end.
    """

    written: list[Path] = field(default_factory=list)
    failed: list[FileFailed] = field(default_factory=list)
    stopped: bool = False


def apply_to_files(
    generator: VintageGenerator,
    sources: AnyPath | Iterable[AnyPath],
    output_folder: AnyPath | None = None,
    *,
    overwrite: bool = False,
    on_event: OnEvent | None = None,
    should_stop: ShouldStop | None = None,
    **options: Any,
) -> BatchResult:
    """Apply a generator to picture files; what fails is listed at the end, and the rest is done.

    A result keeps its source's name, format, size and depth (what can't be written becomes PNG or TIFF), its colour
    profile, the camera's notes and the resolution; it is upright. Large TIFF files and Zarr stores are styled part by
    part, as `apply_to_store` does it. Where a client of ``dask.distributed`` is active, its workers compute.

    Parameters
    ----------
    generator
        What to apply.
    sources
        Files, folders and patterns such as ``scans/**/*.tif``, whose subfolders the results keep.
    output_folder
        Made if need be. By default a result stands beside its source, named like ``cat-vintage.jpg``.
    overwrite
        Whether existing files may be replaced; never a source, nor a result of the same batch.
    on_event
        Called with `FileStarted`, `FileProgress`, `FileDone` and `FileFailed`, in this thread.
    should_stop
        Looked at between tiles.
    **options
        Those of ``generator.apply``: ``strength``, ``grain``, ``seed`` and so on.

    Returns
    -------
    BatchResult
        Its ``written`` and ``failed``.
    """
    folder = None if output_folder is None else Path(output_folder).expanduser()
    plans, failed = plan_files(sources, folder)
    for failure in failed:
        _tell(on_event, failure)
    result = run_plans(
        generator, plans, overwrite=overwrite, on_event=on_event, should_stop=should_stop, options=options
    )
    result.failed[:0] = failed
    return result


def plan_files(
    sources: AnyPath | Iterable[AnyPath], folder: Path | None = None
) -> tuple[list[FilePlan], list[FileFailed]]:
    """Return which files become which, each source once, and what holds no pictures."""
    plans: dict[Path, FilePlan] = {}
    failed = []
    for given in [sources] if isinstance(sources, str | os.PathLike) else sources:
        pattern = Path(given).expanduser()
        try:
            found = [pattern] if is_store(pattern) else picture_paths(pattern)
        except InvalidImage as error:
            failed.append(FileFailed(Path(given), str(error)))
            continue
        root = _root(pattern)
        for source in found:
            plans.setdefault(source, FilePlan(source, _result_path(source, folder, root)))
    return list(plans.values()), failed


def run_plans(
    generator: VintageGenerator,
    plans: Iterable[FilePlan],
    *,
    overwrite: bool,
    on_event: OnEvent | None,
    should_stop: ShouldStop | None = None,
    options: dict[str, Any],
) -> BatchResult:
    """Do what is planned, as `apply_to_files` does."""
    result, plans = BatchResult(), list(plans)
    written: set[Path] = set()
    for number, plan in enumerate(plans, 1):
        if should_stop is not None and should_stop():
            result.stopped = True
            break
        _tell(on_event, FileStarted(plan.source, number, len(plans)))

        def report(done: int, total: int, source: Path = plan.source) -> None:
            _tell(on_event, FileProgress(source, done, total))

        try:
            place = _apply(generator, plan, written, overwrite, Progress(report, should_stop), options)
        except ApplyCancelled:
            result.stopped = True
            break
        except _FAILURES as error:
            result.failed.append(FileFailed(plan.source, str(error) or type(error).__name__))
            _tell(on_event, result.failed[-1])
            continue
        written.add(place.resolve())
        result.written.append(place)
        _tell(on_event, FileDone(plan.source, place))
    return result


def _apply(
    generator: VintageGenerator,
    plan: FilePlan,
    written: set[Path],
    overwrite: bool,
    progress: Progress,
    options: dict[str, Any],
) -> Path:
    """Make one result and return where it is."""
    _check(plan.source, plan.result, written, overwrite=overwrite)
    plan.result.parent.mkdir(parents=True, exist_ok=True)
    watched: dict[str, Any] = {"on_progress": progress.on_progress, "should_stop": progress.should_stop}
    if _is_large(plan):
        return apply_to_store(generator, plan.source, plan.result, overwrite=overwrite, **watched, **options)
    picture = read_picture(plan.source)
    place = plan.result
    if plan.source.suffix.lower() not in WRITABLE_SUFFIXES and place.suffix == ".png" and not _fits_png(picture):
        place = place.with_suffix(".tif")
        _check(plan.source, place, written, overwrite=overwrite)
    if active_client() is None:
        styled = generator.apply(picture, **watched, **options)
    else:
        styled = np.asarray(generator.apply(as_lazy(picture), **options))
    write_picture(place, styled, like=plan.source)
    return place


def _is_large(plan: FilePlan) -> bool:
    """Tell whether a file is to be styled part by part: a store, into a store, or a TIFF of many pixels."""
    suffix = plan.source.suffix.lower()
    if is_store(plan.source) or plan.result.suffix.lower() == ".zarr":
        return True
    if suffix not in TIFF_SUFFIXES or plan.result.suffix.lower() not in TIFF_SUFFIXES:
        return False
    try:
        with tifffile.TiffFile(plan.source) as file:
            return int(file.series[0].nbytes) > LARGE_BYTES
    except _FAILURES:
        return False


def _fits_png(picture: np.ndarray[Any, Any]) -> bool:
    """Tell whether PNG can hold an array."""
    return picture.ndim <= 3 and picture.dtype in (np.uint8, np.uint16, np.bool_)


def _root(pattern: Path) -> Path | None:
    """Return the folder that a pattern with ``**`` starts from, whose subfolders results keep."""
    if "**" not in pattern.parts:
        return None
    fixed = pattern.parts[: next(i for i, part in enumerate(pattern.parts) if glob.has_magic(part))]
    return Path(*fixed) if fixed else Path()


def _result_path(source: Path, folder: Path | None, root: Path | None) -> Path:
    """Return where a file's result goes; formats that can't be written become PNG."""
    suffix = source.suffix if is_store(source) or source.suffix.lower() in WRITABLE_SUFFIXES else ".png"
    if folder is None:
        return source.with_name(f"{source.stem}-vintage{suffix}")
    inner = source.parent.relative_to(root) if root is not None else Path()
    return folder / inner / f"{source.stem}{suffix}"


def _check(source: Path, result: Path, written: set[Path], *, overwrite: bool) -> None:
    """Refuse to replace a file that was there, the picture itself, or a result of this batch."""
    if result.resolve() in written:
        raise OutputExists(f"{result} is the result of another picture of this batch; use another folder.")
    if result.exists() and result.samefile(source):
        raise OutputExists(f"{result} is the photograph itself; choose another output.")
    refuse_existing(result, overwrite=overwrite)


def _tell(on_event: OnEvent | None, event: FileEvent) -> None:
    """Tell the caller what happened, if it wants to know."""
    if on_event is not None:
        on_event(event)
