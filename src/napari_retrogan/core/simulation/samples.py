"""Sample pictures to try everything with: photographs that come with scikit-image, some as simulated prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skimage import data

from napari_retrogan.core.simulation.prints import simulate_print

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.simulation.simulator import RandomLook


def sample_photographs() -> dict[str, NDArray[Any]]:
    """Return ordinary photographs by name: ``uint8``, (Y, X, 3) or, in black and white, (Y, X).

    None shows what a picture of :func:`sample_prints` shows.
    """
    return {"Astronaut": data.astronaut(), "Coffee": data.coffee(), "Photographer": data.camera()}


def sample_prints(look: str | RandomLook = "faded_slide") -> dict[str, NDArray[Any]]:
    """Return simulated vintage prints by name: ``uint8``, (Y, X, 3).

    Parameters
    ----------
    look
        A name in ``napari_retrogan.core.simulation.prints.PRINTS``, or a look of one's own.
    """
    scenes = {"Cat": data.chelsea(), "Motorcycle": data.stereo_motorcycle()[0], "Rocket": data.rocket()}
    return {
        f"{name} (print)": simulate_print(picture, look, seed) for seed, (name, picture) in enumerate(scenes.items())
    }
