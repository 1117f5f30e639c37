"""What lens and film do to a tile before the look sees it: fringes and halation, by a graph that the look's carries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.inference.session import carried_graph, open_session, run_session
from napari_retrogan.core.stages.fringes import FRINGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.settings import ApplySettings

EXPOSURE_GRAPH = "exposure_graph"
"""The property by which a look's graph carries this one, in base 64."""


def exposed(
    session: Any,
    image: NDArray[np.float32],
    positions: NDArray[np.float32],
    shape: tuple[int, int],
    settings: ApplySettings,
) -> NDArray[np.float32]:
    """Return a part of a picture as the film has it, with the halo that the look needs.

    Parameters
    ----------
    session
        Of the look's graph.
    image, positions
        (1, 3, Y, X) in [0, 1] and (Y, X, 3), with `ApplySettings.outer_halo` around whole blocks; the same array is
        returned where nothing happens before colours.
    shape
        Height and width of the whole picture.
    settings
        Those that are ``for_look`` of this one.
    """
    if not settings.exposures:
        return image
    graph = carried_graph(session, EXPOSURE_GRAPH)
    amounts = {name: np.array(getattr(settings, name), np.float32) for name in settings.exposures}
    if FRINGES.name in amounts:
        amounts[FRINGES.name] = np.array(settings.fringes * math.hypot(*shape) / 2, np.float32)
    place = np.ascontiguousarray(positions.transpose(2, 0, 1)[None])
    feeds = {"image": image, "place": place, **amounts}
    return run_session(open_session(graph, settings.providers), "exposed", feeds)
