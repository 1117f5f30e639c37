"""The demonstration: train on sample pictures, apply, draw a sheet, open the layers."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console

from napari_retrogan.cli.contact_sheet import draw_contact_sheet
from napari_retrogan.cli.training import train_with_progress
from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.engine.client import shut_down
from napari_retrogan.core.inference.in_words import in_time
from napari_retrogan.core.simulation.samples import sample_photographs, sample_prints

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HELD_OUT = "Astronaut"
_REFERENCE = "Motorcycle (print)"


def run_demo(output: Path, steps: int, *, window: bool) -> None:
    """Train on all sample pictures but one, give that one the style, and write and show the outcome.

    Parameters
    ----------
    output
        The picture to write.
    steps
        Of the training.
    window
        Whether to open the layers in napari, where there is a display.
    """
    console = Console()
    photographs, prints = sample_photographs(), sample_prints()
    photograph = photographs.pop(HELD_OUT)
    console.print(f"Learning the style of {len(prints)} vintage prints (simulated) from sample pictures.")
    began = time.monotonic()
    generator = train_with_progress(
        list(photographs.values()), list(prints.values()), console, config=TrainingConfig(num_steps=steps)
    )
    trained = time.monotonic() - began
    shut_down()
    result = generator.apply(photograph)
    subtitle = f"{len(photographs)} photographs and {len(prints)} prints, {in_time(trained)}"
    draw_contact_sheet(photograph, prints[_REFERENCE], result, subtitle).save(output)
    words = f"Trained in {in_time(trained)}, start of the framework included. Wrote {output}."
    console.print(words, markup=False, soft_wrap=True)
    if window and has_display():
        _show({HELD_OUT: photograph, **prints, f"{HELD_OUT} (vintage)": result}, console)
    elif window:
        console.print("There is no display, so no window opens.")


def has_display() -> bool:
    """Tell whether a window could open here."""
    if sys.platform.startswith("linux"):
        return any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return True


def _show(pictures: dict[str, NDArray[Any]], console: Console) -> None:
    """Open the pictures as layers of a napari window and wait until it is closed."""
    try:
        import napari
        import qtpy.QtWidgets  # noqa: F401 - tells whether there is a Qt
    except ImportError as error:
        console.print(f"No window opens ({error}); install napari with a Qt: pip install 'napari-retrogan\\[all]'")
        return
    console.print("Opening napari; close its window to end.")
    viewer = napari.Viewer(title="napari-retrogan demo")
    for name, picture in pictures.items():
        viewer.add_image(picture, name=name, visible=name.startswith(HELD_OUT))
    napari.run()
