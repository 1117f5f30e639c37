"""The pictures to try a first training with, opened by one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Layer

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import METADATA_KEY
from napari_retrogan.plugin.window.jobs import Job, run_job

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.types import LayerDataTuple
    from napari.viewer import Viewer

SAMPLES_TICKED = (
    "Three photographs and three prints are ticked. Press Start training: it learns the look of the prints, within a "
    "minute."
)


def open_samples(
    viewer: Viewer,
    on_opened: Callable[[list[Layer], list[Layer]], None],
    on_error: Callable[[Exception], None],
) -> Job:
    """Open the sample photographs and prints that aren't open yet; they are made in a worker.

    Parameters
    ----------
    viewer
        Gets the layers.
    on_opened
        Gets the layers of the photographs, and those of the prints.
    on_error
        Gets the exception if they can't be made.
    """

    def make(_: Job) -> tuple[list[LayerDataTuple], list[LayerDataTuple]]:
        from napari_retrogan.plugin.sample_data import photographs, vintage_prints

        return photographs(), vintage_prints()

    def add(samples: Any) -> None:
        on_opened(*([_opened(viewer, sample) for sample in kind] for kind in samples))

    return run_job(make, title=tr("opening samples"), on_done=add, on_error=on_error)


def _opened(viewer: Viewer, sample: Any) -> Layer:
    """Return the layer of a sample; it is added if there is none of that name and size."""
    data, options, kind = sample
    for layer in viewer.layers:
        is_own = METADATA_KEY in layer.metadata
        if layer.name == options["name"] and not is_own and getattr(layer.data, "shape", None) == data.shape:
            return layer
    return viewer.add_layer(Layer.create(data, options, kind))
