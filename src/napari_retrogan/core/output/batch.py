"""A generator applied to many files: one after the other, going on after those that fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.atomic_file import refuse_existing, remove_abandoned
from napari_retrogan.core.errors import ApplyCancelled, InvalidImage, OutputExists, RetroGANError
from napari_retrogan.core.films.container import is_film
from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.output.file_events import FileDone, FileFailed, FileProgress, FileStarted
from napari_retrogan.core.output.file_plan import FilePlan, plan_files
from napari_retrogan.core.output.file_styling import style_picture
from napari_retrogan.core.output.film import style_film
from napari_retrogan.core.output.open_source import is_store
from napari_retrogan.core.output.store import apply_to_store
from napari_retrogan.core.picture_files.reading import DECODING_ERRORS, TIFF_SUFFIXES, read_picture_file
from napari_retrogan.core.picture_files.tiff import plain_series
from napari_retrogan.core.picture_files.tiff_opening import open_tiff
from napari_retrogan.core.picture_files.writing import fitted, suffix_for, write_picture_file

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from napari_retrogan.core.inference.pool import ShouldStop
    from napari_retrogan.core.output.file_events import FileEvent, OnEvent
    from napari_retrogan.core.vintage_generator import VintageGenerator

    AnyPath = str | os.PathLike[str]

LARGE_BYTES = 2**30
"""TIFF files of more pixels than so many bytes are not read whole but styled part by part."""


@dataclass(slots=True)
class BatchResult:
    """What became of many files.

    Attributes
    ----------
    written
        The results, in order.
    failed
        What gave none, and why.
    remarks
        What is to be said of results: each source and its remark.
    stopped
        Whether the batch was stopped before its end.
    """

    written: list[Path] = field(default_factory=list)
    failed: list[FileFailed] = field(default_factory=list)
    remarks: list[tuple[Path, str]] = field(default_factory=list)
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
    """Apply a generator to picture files and films; what fails is listed at the end, and the rest is done.

    A result keeps its source's name, format, size and depth (what can't be written becomes PNG or TIFF), its colour
    profile, the camera's notes and the resolution; it is upright. Large TIFF files and Zarr stores are styled part by
    part, as `apply_to_store` does it. Films are styled as stacks along time are, their sound is copied, and one that is
    stopped ends there. Where a client of ``dask.distributed`` is active, its workers compute, but for films.

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
        Those of ``generator.apply``: ``strength``, ``grain``, ``seed`` and so on; ``grain_over_time`` without a
        ``time_axis`` is that of films, whose time is known.

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
    for folder in {plan.result.parent for plan in plans}:
        remove_abandoned(folder)
    for number, plan in enumerate(plans, 1):
        if should_stop is not None and should_stop():
            result.stopped = True
            break
        _tell(on_event, FileStarted(plan.source, number, len(plans)))

        def report(done: int, total: int, source: Path = plan.source) -> None:
            _tell(on_event, FileProgress(source, done, total))

        try:
            done = _apply(generator, plan, written, overwrite, Progress(report, should_stop), options)
        except ApplyCancelled:
            result.stopped = True
            break
        except Exception as error:  # noqa: BLE001 - whatever one file brings about is that file's failure
            result.failed.append(FileFailed(plan.source, _reason(error, plan.source)))
            _tell(on_event, result.failed[-1])
            continue
        written.add(done.result.resolve())
        result.written.append(done.result)
        result.remarks += [(plan.source, remark) for remark in done.remarks]
        _tell(on_event, done)
        if not done.is_whole:
            result.stopped = True
            break
    return result


def _apply(
    generator: VintageGenerator,
    plan: FilePlan,
    written: set[Path],
    overwrite: bool,
    progress: Progress,
    options: dict[str, Any],
) -> FileDone:
    """Make one result and return where it is."""
    _check(plan.source, plan.result, written, overwrite=overwrite)
    plan.result.parent.mkdir(parents=True, exist_ok=True)
    if is_film(plan.source):
        return style_film(generator, plan.source, plan.result, options, progress)
    if options.get("time_axis") is None:
        # It is for films then, whose time is known.
        options = {key: value for key, value in options.items() if key != "grain_over_time"}
    if _is_large(plan):
        path = apply_to_store(
            generator,
            plan.source,
            plan.result,
            overwrite=overwrite,
            on_progress=progress.on_progress,
            should_stop=progress.should_stop,
            **options,
        )
        return FileDone(plan.source, path)
    picture, path = read_picture_file(plan.source), plan.result
    if plan.is_named:
        picture = fitted(picture, path)
    else:
        path = path.with_suffix(suffix_for(picture, plan.source.suffix))
        _check(plan.source, path, written, overwrite=overwrite)
    styled = style_picture(generator, picture, options, progress)
    return FileDone(plan.source, path, (*picture.remarks, *write_picture_file(path, styled)))


def _is_large(plan: FilePlan) -> bool:
    """Tell whether a file is to be styled part by part: a store, into a store, or a TIFF of many pixels."""
    suffix = plan.source.suffix.lower()
    if is_store(plan.source) or plan.result.suffix.lower() == ".zarr":
        return True
    return suffix in TIFF_SUFFIXES and plan.result.suffix.lower() in TIFF_SUFFIXES and _is_large_tiff(plan.source)


def _is_large_tiff(path: Path) -> bool:
    """Tell whether a TIFF file holds many pixels that can be read part by part."""
    try:
        with open_tiff(path) as file:
            series = plain_series(file)
    except (InvalidImage, *DECODING_ERRORS):
        return False
    return series is not None and int(series.nbytes) > LARGE_BYTES


def _reason(error: Exception, source: Path) -> str:
    """Say in words what a file failed of."""
    if isinstance(error, RetroGANError | OSError):
        return str(error)
    words = " ".join(str(error).split()) or "no reason given"
    advice = "export it again" if is_film(source) else "save it again as TIFF or PNG"
    return f"it couldn't be styled ({type(error).__name__}: {words}); {advice}."


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
