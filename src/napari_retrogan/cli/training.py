"""Train from files, with the training's progress on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from napari_retrogan.cli.interrupt import stop_on_interrupt
from napari_retrogan.cli.looks import open_generator
from napari_retrogan.cli.warnings_in_words import warnings_in_words
from napari_retrogan.core.atomic_file import new_file
from napari_retrogan.core.errors import LibraryUnavailable, TrainingDiscarded
from napari_retrogan.core.foreign.values import shown
from napari_retrogan.core.images.files import picture_paths
from napari_retrogan.core.library.card import summary
from napari_retrogan.core.library.library import open_library
from napari_retrogan.core.training.checkpoints import last_checkpoint
from napari_retrogan.core.training.events import (
    CheckpointFailed,
    TrainingFinished,
    TrainingProgress,
    TrainingRecovered,
    TrainingStarted,
)
from napari_retrogan.core.training.losses_in_words import LOSSES_EXPLAINED, loss_in_words
from napari_retrogan.core.training.resume import iter_resume_training
from napari_retrogan.core.training.step_time import describe_pace
from napari_retrogan.core.training.train import iter_train
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.training.events import TrainingEvent

_LINES_WITHOUT_TERMINAL = 10
_MOST_LETTERS = 4000
_STOPPING = "Stopping after this step and keeping what is trained; Ctrl-C again abandons it."


def train_to_file(
    photographs: Sequence[str],
    vintage: Iterable[str],
    output: Path,
    *,
    config: TrainingConfig,
    paired: bool,
    initial: Path | None,
    backend: str | None,
    devices: int | None,
    name: str,
    overwrite: bool,
) -> None:
    """Train on the pictures of the paths, or without photographs measure the look, and keep it.

    Raises
    ------
    RetroGANError
        If a picture or the initial generator cannot be read, training fails, or the output exists.
    """
    new_file(output, "look.retrogan", overwrite=overwrite)
    console = Console()
    generator = train_with_progress(
        _files(photographs) if photographs else None,
        _files(vintage),
        console,
        config=config,
        paired=paired,
        initial=None if initial is None else open_generator(initial),
        backend=backend,
        devices=devices,
    )
    _save(generator, output, name, overwrite, console)


def resume_to_file(output: Path, *, name: str, backend: str | None, overwrite: bool) -> None:
    """Go on with the training that was interrupted last and save the generator.

    Raises
    ------
    RetroGANError
        If there is none, it fails, or the output exists.
    """
    new_file(output, "look.retrogan", overwrite=overwrite)
    console, checkpoint = Console(), last_checkpoint()
    console.print(f"Resuming {checkpoint}.", markup=False, soft_wrap=True)
    with stop_on_interrupt(console.print, _STOPPING) as should_stop, warnings_in_words():
        events = iter_resume_training(checkpoint, should_stop=should_stop, backend=backend)
        generator = _follow(events, console)
    _save(generator, output, name, overwrite, console)


def _save(generator: VintageGenerator, output: Path, name: str, overwrite: bool, console: Console) -> None:
    """Save the look, keep it in the library too, and say how to go on."""
    generator.save(output, overwrite=overwrite)
    try:
        kept = f"It is in your library as {open_library().add(generator, name or output.stem).name!r}."
    except LibraryUnavailable as error:
        kept = f"It is not in your library: {error}"
    words = f"Saved {output}. {kept} Apply it by: napari-retrogan apply {output} PICTURE"
    console.print(words, markup=False, soft_wrap=True)


def _files(paths: Iterable[str]) -> list[Path]:
    """Return the pictures that files, folders and patterns stand for."""
    return [file for path in paths for file in picture_paths(path)]


def train_with_progress(photographs: Any, vintage: Any, console: Console, **options: Any) -> VintageGenerator:
    """Train as `iter_train` does, and show how it goes; Ctrl-C stops and keeps what is trained.

    Raises
    ------
    TrainingDiscarded
        If it was stopped before the first step.
    """
    with stop_on_interrupt(console.print, _STOPPING) as should_stop, warnings_in_words():
        return _follow(iter_train(photographs, vintage, should_stop=should_stop, **options), console)


def _follow(events: Iterator[TrainingEvent], console: Console) -> VintageGenerator:
    """Show a training's events to its end and return the generator."""
    with _Display(console) as display:
        for event in events:
            display.show(event)
            if isinstance(event, TrainingFinished) and isinstance(event.generator, VintageGenerator):
                console.print(shown(summary(event.generator), _MOST_LETTERS), markup=False, soft_wrap=True)
                return event.generator
    raise TrainingDiscarded("Training was stopped before it had begun, so there is nothing to keep.")


class _Display(Progress):
    """A progress bar on a terminal; elsewhere a line now and then."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TaskProgressColumn(),
            TextColumn("{task.fields[details]}"),
        )
        super().__init__(*columns, console=console, disable=not console.is_terminal)
        self.task = self.add_task("Starting the training process", total=None, details="")
        self._next_line = 0

    def show(self, event: TrainingEvent) -> None:
        """Show what an event says."""
        match event:
            case TrainingStarted():
                done = f" after {event.step} of" if event.step else ""
                steps = f"{done} at most {event.num_steps} steps"
                self.console.print(f"Training with {event.backend} on {event.device},{steps}.")
                if event.num_steps:
                    self.console.print(LOSSES_EXPLAINED, markup=False, soft_wrap=True)
                self.update(self.task, description="Training", total=event.num_steps)
            case TrainingProgress():
                pace = describe_pace(event.step, event.num_steps, event.steps_per_second, event.seconds_left)
                losses = _describe_losses(event.losses)
                details = f"{pace}\n{losses}"
                self.update(self.task, completed=event.step, details=details)
                if self.disable and event.step >= self._next_line:
                    self.console.print(f"{pace}: {losses}", soft_wrap=True)
                    self._next_line = event.step + max(1, event.num_steps // _LINES_WITHOUT_TERMINAL)
            case TrainingRecovered() | CheckpointFailed():
                self.console.print(event.message, markup=False, soft_wrap=True)
            case TrainingFinished():
                kept = "The interrupted training is kept; --resume goes on with it." if event.stopped else ""
                if words := event.reason or kept:
                    self.console.print(words, markup=False, soft_wrap=True)


def _describe_losses(losses: Mapping[str, float]) -> str:
    """Return how far the look still is from the vintage pictures, on one line."""
    return ", ".join(f"{loss_in_words(name)} {value:.2f}" for name, value in losses.items() if name != "drift")
