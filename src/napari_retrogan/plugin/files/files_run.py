"""One run over files: what it is asked for, and its work beside the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_retrogan.plugin.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from napari_retrogan.core.output.batch import BatchResult
    from napari_retrogan.core.vintage_generator import VintageGenerator


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRequest:
    """A look for files, as chosen at one moment.

    Attributes
    ----------
    sources, folder, overwrite
        As for `apply_to_files`.
    style
        As for `VintageGenerator.with_style`.
    options
        How much of the look, and how.
    only
        Sources that are tried again, out of all; None for all.
    """

    generator: VintageGenerator
    sources: Path
    folder: Path
    overwrite: bool
    style: Any
    options: Mapping[str, Any]
    only: frozenset[Path] | None = None


def outcome_words(result: BatchResult) -> str:
    """Say what became of the files."""
    number = len(result.written)
    said = [tr("1 result written.") if number == 1 else tr("{number} results written.", number=number)]
    if result.failed:
        said.append(tr("{number} failed, listed above.", number=len(result.failed)))
    if result.stopped:
        said.append(tr("Stopped before the end."))
    return " ".join(said)


def style_files(request: FilesRequest, report: Callable[[Any], object], should_stop: Callable[[], bool]) -> BatchResult:
    """Do what is asked for; what is tried again gets the place that it would have got the first time.

    Raises
    ------
    InvalidImage, InvalidConfig
        If the style can't be told.
    """
    from napari_retrogan.core.output.batch import run_plans
    from napari_retrogan.core.output.file_plan import plan_files

    generator = request.generator if request.style is None else request.generator.with_style(request.style)
    plans, failed = plan_files(request.sources, request.folder)
    if request.only is not None:
        plans = [plan for plan in plans if plan.source in request.only]
        failed = [failure for failure in failed if failure.source in request.only]
    for failure in failed:
        report(failure)
    result = run_plans(
        generator,
        plans,
        overwrite=request.overwrite,
        on_event=report,
        should_stop=should_stop,
        options=dict(request.options),
    )
    result.failed[:0] = failed
    return result
