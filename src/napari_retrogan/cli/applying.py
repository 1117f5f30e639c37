"""Apply a generator to files: one after the other, going on after those that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from napari_retrogan.core.errors import InvalidImage, RetroGANError
from napari_retrogan.core.images.files import WRITABLE_SUFFIXES, picture_paths, read_picture, write_picture
from napari_retrogan.core.vintage_generator import load_generator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from napari_retrogan.core.vintage_generator import VintageGenerator


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which photograph becomes which file."""

    source: Path
    result: Path


def apply_to_files(
    generator: Path,
    pictures: Iterable[str],
    settings: Mapping[str, Any],
    *,
    output: Path | None,
    folder: Path | None,
    overwrite: bool,
) -> None:
    """Apply a generator to every picture of the paths; list what failed at the end.

    Raises
    ------
    RetroGANError
        If the generator cannot be read, or one output is given for several photographs.
    typer.Exit
        With code 1 if a picture failed.
    """
    look = load_generator(generator)
    failures: dict[str, str] = {}
    sources = _sources(pictures, failures)
    if output is not None and len(sources) > 1:
        raise InvalidImage(f"--output names one file for {len(sources)} photographs; pass --output-folder instead.")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    plans = [_Plan(source, output or _result_path(source, folder)) for source in sources]
    _apply_all(look, plans, settings, failures, overwrite=overwrite)
    if failures:
        for name, words in failures.items():
            typer.secho(f"Failed: {name}: {words}", err=True, fg="red")
        raise typer.Exit(1)


def _sources(pictures: Iterable[str], failures: dict[str, str]) -> list[Path]:
    """Return the photographs of the paths, each once."""
    sources: dict[Path, None] = {}
    for path in pictures:
        try:
            sources.update(dict.fromkeys(picture_paths(path)))
        except InvalidImage as error:
            failures[path] = str(error)
    return list(sources)


def _result_path(source: Path, folder: Path | None) -> Path:
    """Return where a photograph's result goes; formats that cannot hold it become PNG."""
    suffix = source.suffix if source.suffix.lower() in WRITABLE_SUFFIXES else ".png"
    if folder is not None:
        return folder / f"{source.stem}{suffix}"
    return source.with_name(f"{source.stem}-vintage{suffix}")


def _apply_all(
    look: VintageGenerator,
    plans: list[_Plan],
    settings: Mapping[str, Any],
    failures: dict[str, str],
    *,
    overwrite: bool,
) -> None:
    """Apply to one photograph after the other and print the results' names."""
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    written: set[Path] = set()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tiles = progress.add_task("Tiles")
        for plan in progress.track(plans, description="Photographs"):
            try:
                _check_result(plan, written, overwrite=overwrite)
                styled = look.apply(
                    read_picture(plan.source),
                    **settings,
                    on_progress=lambda done, total: progress.update(tiles, completed=done, total=total),
                )
                write_picture(plan.result, styled, like=plan.source)
            except (RetroGANError, OSError) as error:
                failures[str(plan.source)] = str(error)
                continue
            written.add(plan.result.resolve())
            console.print(str(plan.result), soft_wrap=True, highlight=False, markup=False)


def _check_result(plan: _Plan, written: set[Path], *, overwrite: bool) -> None:
    """Refuse to replace a file that was there, the photograph itself, or a result of this run."""
    if plan.result.resolve() in written:
        raise InvalidImage(f"{plan.result} is the result of another photograph of this run; use another folder.")
    if not plan.result.exists():
        return
    if plan.result.samefile(plan.source):
        raise InvalidImage(f"{plan.result} is the photograph itself; choose another output.")
    if not overwrite:
        raise InvalidImage(f"{plan.result} exists already; pass --overwrite to replace it, or choose another output.")
