"""The field of grain, B(z), before any picture has a part in it: made once for a tile, and kept while it is used.

Noise repeats after `PERIOD` pixels, so a plane has 8 x 8 different tiles of field, however large the picture is and
however many there are. A field's bits depend on its key alone: whether it was kept changes nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.graphs.tile_graph import FIELD_GRAPH
from napari_retrogan.core.inference.noise import PERIOD, noise_field
from napari_retrogan.core.inference.session import carried_graph, open_session, run_session
from napari_retrogan.core.stages.grain import GRAIN

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.tiling import Tile

    _Part = OrderedDict[Hashable, NDArray[np.float32]]

FIELD_BYTES = 3 * TILE_SIZE * TILE_SIZE * np.dtype(np.float32).itemsize
"""What the field of one tile takes."""

TILES_A_PLANE = (PERIOD // TILE_SIZE) ** 2
"""How many fields differ on a plane."""


class KeptFields:
    """Fields by key, in two parts of equal size; the least recently used of each make room.

    A new field comes into the first part, and into the second once it is asked for again. So the planes of a stack,
    each of which has grain of its own and is met once, pass through the first and leave the second as it is.

    Parameters
    ----------
    most_bytes
        Of each part.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._once: _Part = OrderedDict()
        self._again: _Part = OrderedDict()
        self._lock = threading.Lock()

    @property
    def num_bytes(self) -> int:
        """How much memory all of them take."""
        with self._lock:
            return _bytes_of(self._once) + _bytes_of(self._again)

    def find(self, key: Hashable) -> NDArray[np.float32] | None:
        """Return a field, if it is kept."""
        with self._lock:
            if key in self._again:
                self._again.move_to_end(key)
                return self._again[key]
            field = self._once.pop(key, None)
            if field is not None:
                self._again[key] = field
                self._once.update(self._take_surplus(self._again))
                self._take_surplus(self._once)
            return field

    def keep(self, key: Hashable, field: NDArray[np.float32]) -> None:
        """Take a field in; another thread may have made the same one meanwhile."""
        with self._lock:
            if key not in self._again:
                self._once[key] = field
                self._take_surplus(self._once)

    def clear(self) -> None:
        """Give all memory back."""
        with self._lock:
            self._once.clear()
            self._again.clear()

    def _take_surplus(self, part: _Part) -> _Part:
        """Take out of a part those that are too many, and return them."""
        surplus: _Part = OrderedDict()
        excess = _bytes_of(part) - self._most_bytes
        while excess > 0:
            key, field = part.popitem(last=False)
            surplus[key] = field
            excess -= field.nbytes
        return surplus


kept_fields = KeptFields(TILES_A_PLANE * FIELD_BYTES)
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


def _bytes_of(part: _Part) -> int:
    """Return how much memory a part takes."""
    return sum(field.nbytes for field in part.values())
