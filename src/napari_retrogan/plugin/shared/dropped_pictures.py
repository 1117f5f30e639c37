"""Pictures that are dropped on the looks: imitated at once, each drop a look of the library."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.foreign.values import MAX_NAME, shown
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.state import keep_in_library, state
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def imitate_files(files: list[Path], say: Callable[[str], None]) -> Job:
    """Tell the look of pictures in a process beside the window, and offer it; call from the main thread.

    Parameters
    ----------
    files
        Pictures, or folders of them, that have one look.
    say
        Gets sentences about what happens.
    """
    name = shown(files[0].stem if len(files) == 1 else f"{files[0].stem} and {len(files) - 1} more", MAX_NAME)
    say(tr("Looking at {name}...", name=name))

    def work(job: Job) -> Any:
        from napari_retrogan.core.training.events import TrainingFinished
        from napari_retrogan.core.training.train import iter_train

        for event in iter_train(None, files, should_stop=job.should_stop):
            if isinstance(event, TrainingFinished):
                generator: Any = event.generator
                keep_in_library(name, generator)
                return generator
        return None

    def add(generator: Any) -> None:
        if generator is not None:
            state().add_generator(name, generator)

    return run_job(work, title=tr("imitating {name}", name=name), on_done=add, on_error=partial(show_failure, say=say))
