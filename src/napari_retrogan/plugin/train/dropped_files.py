"""Files and folders that are given to a list of the training: opened as layers, or counted, in a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Layer

from napari_retrogan.core.errors import InvalidImage, RetroGANError
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import sentence, show_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari.viewer import Viewer

_NAMED_FAILURES = 3


def open_as_layers(viewer: Viewer, files: Sequence[Path], on_opened: Callable[[list[Layer]], None]) -> Job:
    """Read picture files as photographs and add them as layers; what can't be read is told of, and the rest is opened.

    Parameters
    ----------
    viewer
        Gets the layers.
    files
        Pictures.
    on_opened
        Gets new layers as they come.
    """
    failures: list[str] = []

    def read(job: Job) -> None:
        from napari_retrogan.plugin.photographs import read_photographs

        for file in files:
            if job.should_stop():
                return
            try:
                job.report(read_photographs([str(file)]))
            except RetroGANError as error:
                failures.append(sentence(error))

    def add(reports: list[Any]) -> None:
        layers = [Layer.create(*picture) for pictures in reports for picture in pictures]
        viewer.layers.extend(layers)
        on_opened(layers)

    def tell_failures(_: object) -> None:
        if failures:
            more = len(failures) - _NAMED_FAILURES
            others = [tr("{number} more could not be opened either.", number=more)] if more > 0 else []
            show_words("\n".join([*failures[:_NAMED_FAILURES], *others]))

    return run_job(read, title=tr("opening pictures"), on_events=add, on_done=tell_failures)


def count_pictures_in(folders: Sequence[Path], on_counted: Callable[[dict[Path, str]], None]) -> Job:
    """Find out how many pictures folders hold, and hand it on in words."""

    def count(job: Job) -> None:
        from napari_retrogan.core.images.files import picture_paths

        for folder in folders:
            try:
                number = len(picture_paths(folder))
                words = tr("1 picture") if number == 1 else tr("{number} pictures", number=number)
            except InvalidImage:
                words = tr("holds no pictures")
            job.report((folder, words))

    return run_job(count, title=tr("counting pictures"), on_events=lambda reports: on_counted(dict(reports)))
