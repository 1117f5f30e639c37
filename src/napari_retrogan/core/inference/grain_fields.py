"""The field of grain, B(z), before any picture has a part in it: made once for a tile, and kept while it is used.

Noise repeats after `PERIOD` pixels, so a plane has 8 x 8 different tiles of field, however large the picture is and
however many there are. A field's bits depend on its key alone: whether it was kept changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.graphs.tile_graph import FIELD_GRAPH
from napari_retrogan.core.inference.kept import Kept
from napari_retrogan.core.inference.noise import PERIOD, noise_field
from napari_retrogan.core.inference.session import carried_graph, open_session, run_session
from napari_retrogan.core.stages.grain import GRAIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.inference.tiling import Tile

FIELD_BYTES = 3 * TILE_SIZE * TILE_SIZE * np.dtype(np.float32).itemsize
"""What the field of one tile takes."""

TILES_A_PLANE = (PERIOD // TILE_SIZE) ** 2
"""How many fields differ on a plane."""


kept_fields: Kept[NDArray[np.float32]] = Kept(TILES_A_PLANE * FIELD_BYTES)
"""Those of this process: at most two planes."""


def takes_field(session: Any) -> bool:
    """Tell whether the graph of a session takes a field instead of noise."""
    return FIELD_GRAPH in session.get_modelmeta().custom_metadata_map


def grain_field(session: Any, seed: int, plane: int, tile: Tile, block: tuple[int, int]) -> NDArray[np.float32]:
    """Return the field of grain (1, 3, y, x) of a tile without its halo, which can't be written to.

    Parameters
    ----------
    session
        Of a graph of `build_tile_graph` that takes a field.
    seed, plane, block
        As for `noise_field`.
    tile
        A cell of the grid, or a part of one.
    """
    graph = carried_graph(session, FIELD_GRAPH)
    rows, columns = block
    key = graph, seed, plane, block, tile.top * rows % PERIOD, tile.left * columns % PERIOD, tile.size
    field = kept_fields.find(key)
    if field is None:
        region = tile.cell.widened(GRAIN.noise_reach)
        noise = noise_field(seed, plane, region.top, region.left, region.height, region.width, block)
        feeds = {"noise": np.ascontiguousarray(noise.transpose(2, 0, 1)[None])}
        field = run_session(open_session(graph), "field", feeds)
        field.setflags(write=False)
        kept_fields.keep(key, field)
    return field
