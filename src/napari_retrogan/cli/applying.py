"""Apply a generator to files: one after the other, going on after those that fail."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from napari_retrogan.cli.interrupt import stop_on_interrupt
from napari_retrogan.cli.looks import open_generator, read_style
from napari_retrogan.cli.warnings_in_words import warnings_in_words
from napari_retrogan.core.atomic_file import refuse_existing
from napari_retrogan.core.errors import BackendUnavailable, InvalidConfig, InvalidImage
from napari_retrogan.core.films.container import is_film
from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.batch import run_plans
from napari_retrogan.core.output.batch_estimate import estimate_files
from napari_retrogan.core.output.file_events import FileDone, FileEvent, FileProgress, FileStarted
from napari_retrogan.core.output.file_plan import FilePlan, plan_files
from napari_retrogan.core.output.open_source import is_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from napari_retrogan.core.vintage_generator import VintageGenerator

_MOST_LETTERS = 5000
"""Of a file's name with its folders, and why it failed."""
_STOPPING = "Stopping; what is finished stays, and a film ends where it is now. Ctrl-C again leaves at once."


def apply_to_files(
    generator: Path,
    pictures: Iterable[str],
    settings: Mapping[str, Any],
    *,
    style: str | None = None,
    output: Path | None,
    folder: Path | None,
    marks_layer: Path | None = None,
    overwrite: bool,
    scheduler: str | None = None,
) -> None:
    """Apply a generator to every picture of the paths; list what failed at the end.

    With a file for the layer of marks these are drawn there, as many as the settings say or else the look's own, and
    not on the result.

    Raises
    ------
    RetroGANError
        If the generator or the style cannot be read, one output is given for several photographs, there are no marks
        to draw, or no scheduler answers.
    typer.Exit
        With code 1 if a picture failed.
    KeyboardInterrupt
        If Ctrl-C stopped it; what was finished stays.
    """
    with warnings_in_words():
        look = open_generator(generator).with_style(read_style(style))
    plans, failed = plan_files(pictures, folder)
    if output is not None:
        if len(plans) > 1:
            raise InvalidImage(f"--output names one file for {len(plans)} photographs; pass --output-folder instead.")
        plans = [FilePlan(plan.source, output, is_named=True) for plan in plans]
    if marks_layer is not None:
        settings = _with_marks_apart(look, plans, settings, marks_layer, overwrite=overwrite)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if scheduler is None:
        _tell_estimate(plans, settings)
    with _connected(scheduler), _Display() as display, display.stop() as should_stop, warnings_in_words():
        result = run_plans(
            look, plans, overwrite=overwrite, on_event=display.show, should_stop=should_stop, options=dict(settings)
        )
    for failure in [*failed, *result.failed]:
        reason = failure.reason.replace("overwrite=True, --overwrite", "--overwrite")
        typer.secho(shown(f"Failed: {failure.source}: {reason}", _MOST_LETTERS), err=True, fg="red")
    if result.stopped:
        raise KeyboardInterrupt
    if failed or result.failed:
        raise typer.Exit(1)


def _with_marks_apart(
    look: VintageGenerator, plans: Sequence[FilePlan], settings: Mapping[str, Any], path: Path, *, overwrite: bool
) -> dict[str, Any]:
    """Write the marks of the only picture, and return settings without them."""
    if len(plans) != 1 or is_film(plans[0].source) or is_store(plans[0].source):
        raise InvalidImage("--marks-layer draws the marks of one photograph; give one picture file.")
    refuse_existing(path, overwrite=overwrite)
    chosen = {"marks": 1.0, **{name: settings[name] for name in ("marks", "seed") if name in settings}}
    write_picture(path, look.draw_marks(read_picture(plans[0].source), **chosen))
    typer.echo(str(path))
    return {**settings, "marks": 0.0}


def _tell_estimate(plans: Sequence[FilePlan], settings: Mapping[str, Any]) -> None:
    """Say beforehand how long it will take."""
    if any(is_film(plan.source) for plan in plans):
        settings = {"time_axis": 0, **settings}
    estimate = estimate_files(plans, ApplySettings(**settings))
    if estimate is not None:
        pictures = "1 photograph" if len(plans) == 1 else f"{len(plans)} photographs"
        typer.echo(f"{pictures}. {estimate}", err=True)


class _Display:
    """Two bars, of photographs and of the present one's tiles or a film's frames, and the names of results."""

    def __init__(self) -> None:
        self._console = Console()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        )
        self._files = self._progress.add_task("Photographs")
        self._tiles = self._progress.add_task("Tiles")

    def __enter__(self) -> _Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def stop(self) -> AbstractContextManager[Callable[[], bool]]:
        """Return what lets Ctrl-C stop the work, and says so."""
        return stop_on_interrupt(self._console.print, _STOPPING)

    def show(self, event: FileEvent) -> None:
        """Show what happened; failures are listed at the end."""
        match event:
            case FileStarted(source=source, number=number, total=total):
                self._progress.update(self._files, completed=number - 1, total=total)
                self._progress.update(self._tiles, description="Frames" if is_film(source) else "Tiles")
            case FileProgress(done=done, total=total):
                self._progress.update(self._tiles, completed=done, total=total)
            case FileDone(result=result, remarks=remarks):
                self._console.print(shown(result, _MOST_LETTERS), soft_wrap=True, highlight=False, markup=False)
                for remark in remarks:
                    words = f"  {shown(remark, _MOST_LETTERS)}"
                    self._console.print(words, soft_wrap=True, highlight=False, markup=False, style="yellow")


@contextmanager
def _connected(scheduler: str | None) -> Iterator[None]:
    """Let the workers of a Dask scheduler compute for a while, if one is given."""
    if scheduler is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise BackendUnavailable(
            "--scheduler needs the package distributed; install it with: pip install 'napari-retrogan[distributed]'."
        ) from error
    try:
        client = Client(scheduler)
    except (OSError, ValueError) as error:
        raise InvalidConfig(f"No Dask scheduler answers at {scheduler} ({error}); check its address.") from error
    with client:
        yield
