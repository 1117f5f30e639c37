"""Sample pictures to try everything with: photographs that come with scikit-image, some as simulated prints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from napari_retrogan.core.simulation.prints import simulate_print

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.simulation.simulator import RandomLook


def sample_photographs() -> dict[str, NDArray[Any]]:
    """Return ordinary photographs by name: ``uint8``, (Y, X, 3) or, in black and white, (Y, X).

    None shows what a picture of :func:`sample_prints` shows.
    """
    return {
        "Astronaut": _picture("astronaut.png"),
        "Coffee": _picture("coffee.png"),
        "Photographer": _picture("camera.png"),
    }


def sample_photograph() -> NDArray[np.uint8]:
    """Return one ordinary photograph in colour, (Y, X, 3), which shows looks where there is no other."""
    return _picture("coffee.png")


def sample_prints(look: str | RandomLook = "faded_slide") -> dict[str, NDArray[Any]]:
    """Return simulated vintage prints by name: ``uint8``, (Y, X, 3).

    Parameters
    ----------
    look
        A name in ``napari_retrogan.core.simulation.prints.PRINTS``, or a look of one's own.
    """
    scenes = {
        "Cat": _picture("chelsea.png"),
        "Motorcycle": _picture("motorcycle_left.png"),
        "Rocket": _picture("rocket.jpg"),
    }
    pictures = list(scenes.values())
    with ThreadPoolExecutor() as pool:
        prints = pool.map(lambda number: simulate_print(pictures[number], look, number), range(len(pictures)))
        return {f"{name} (print)": picture for name, picture in zip(scenes, prints, strict=True)}


def _picture(name: str) -> NDArray[np.uint8]:
    """Return a picture of scikit-image's, whose own reader takes a third of a second to be imported."""
    with files("skimage").joinpath("data", name).open("rb") as file, Image.open(file) as picture:
        return np.array(picture)
