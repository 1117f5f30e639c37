"""Reading the looks that are chosen, or that the mouse is at, in workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.state import GeneratorEntry, keep_in_library, state
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from napari_retrogan.core.vintage_generator import VintageGenerator
    from napari_retrogan.plugin.shared.look_shelf import LookShelf, ShelfLook


class LookReading:
    """Reads one look to choose and one to glance at; who asks for another wants the last one no more.

    Parameters
    ----------
    shelf
        Tells which looks the session has read.
    on_error
        Gets the exception when a look that was chosen can't be read.
    """

    def __init__(self, shelf: LookShelf, on_error: Callable[[Exception], None]) -> None:
        self._shelf, self._on_error = shelf, on_error
        self._chosen: Job | None = None
        self._glanced: Job | None = None

    def choose(self, look: ShelfLook, take: Callable[[GeneratorEntry], None]) -> None:
        """Make a look one of the session's and hand it over, at once if it is one already."""
        if self._chosen is not None:
            self._chosen.abandon()
        known = self._shelf.entry_of(look)
        if known is not None:
            take(known)
            return

        def add(generator: VintageGenerator) -> None:
            # Another tab may have chosen it meanwhile.
            known = self._shelf.entry_of(look)
            take(known or state().add_generator(look.title, generator, look=look.key))

        self._chosen = run_job(
            lambda _: look.load(), title=tr("reading {look}", look=look.title), on_done=add, on_error=self._on_error
        )

    def glance(self, look: ShelfLook, take: Callable[[VintageGenerator], None]) -> None:
        """Hand over a look's generator; one that can't be read says so when it is chosen."""
        if self._glanced is not None:
            self._glanced.abandon()
        self._glanced = run_job(lambda _: look.load(), title=tr("reading {look}", look=look.title), on_done=take)

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        for job in (self._chosen, self._glanced):
            if job is not None:
                job.abandon()


def read_file(path: Path, name: str) -> VintageGenerator:
    """Read a generator and keep it in the library; the first one imports ONNX Runtime."""
    from napari_retrogan.core.vintage_generator import load_generator

    generator = load_generator(path)
    keep_in_library(name, generator)
    return generator
