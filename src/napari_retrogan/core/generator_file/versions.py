"""The versions of the ``.retrogan`` file: which parts each of them has, and how arrays are stored in all of them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.stages.chain import (
    NAMES_OF_VERSION_3,
    NAMES_OF_VERSION_4,
    NAMES_OF_VERSION_5,
    NAMES_OF_VERSION_6,
    NAMES_OF_VERSION_7,
    NAMES_OF_VERSION_8,
    NAMES_OF_VERSION_9,
    NAMES_OF_VERSION_10,
    NAMES_OF_VERSION_11,
    STYLE_NAMES,
    WEIGHT_SHAPES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Shape = tuple[int, ...]
Arrays = Mapping[str, "NDArray[np.float32]"]

METADATA_MEMBER = "metadata.json"
MAX_GRAPH_BYTES = 4 * 2**20
MAX_STYLES = 64
"""Further styles that one generator may hold."""
_HEADER_BYTES = 512
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(rb"\{'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9, ]{0,60})\), \} *\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileFormat:
    """What the files of one version hold beside their metadata.

    Attributes
    ----------
    graph
        The name of the part that is the ONNX graph.
    arrays
        From the metadata, which are checked already, to the name of each part that is an array, the weights'
        name and their shape.
    lacking
        Names of weights that the version did not know. They are zero.
    draws_styles
        Whether its mapping network, if it has one, is kept; that of early versions writes codes of an earlier prior.
    """

    graph: str
    arrays: Callable[[Mapping[str, Any]], Mapping[str, tuple[str, Shape]]]
    lacking: tuple[str, ...] = ()
    draws_styles: bool = True

    def members(self, metadata: Mapping[str, Any]) -> Mapping[str, tuple[str, Shape]]:
        """Return what ``arrays`` does, without what the version did not know."""
        return {part: known for part, known in self.arrays(metadata).items() if not known[0].endswith(self.lacking)}


def _arrays_of_one_style(_: Mapping[str, Any]) -> Mapping[str, tuple[str, Shape]]:
    """Return the arrays of version 1: one style, in every file the same."""
    return {f"weights/{name}.npy": (name, shape) for name, shape in WEIGHT_SHAPES.items()}


def _arrays_of_styles(metadata: Mapping[str, Any]) -> Mapping[str, tuple[str, Shape]]:
    """Return the arrays of versions from 2 on: further styles and a mapping network, as many as the metadata tell."""
    count, mapping = metadata.get("further_styles"), metadata.get("mapping")
    if type(count) is not int or not 0 <= count <= MAX_STYLES or type(mapping) is not bool:
        raise InvalidGeneratorFile("its metadata don't tell how many styles it holds.")
    shapes = {**WEIGHT_SHAPES}
    for number in range(1, count + 1):
        shapes |= {f"styles/{number}/{name}": WEIGHT_SHAPES[name] for name in STYLE_NAMES}
    if mapping:
        shapes |= {f"mapping/{name}": shape for name, shape in MAPPING_SHAPES.items()}
    return {
        f"{name if name.startswith(('styles/', 'mapping/')) else f'weights/{name}'}.npy": (name, shape)
        for name, shape in shapes.items()
    }


def named_arrays(weights: Arrays, styles: Sequence[Arrays], mapping: Arrays) -> Arrays:
    """Return all arrays of a generator by the names that they have in a file."""
    further = {f"styles/{n}/{name}": each for n, style in enumerate(styles, 1) for name, each in style.items()}
    return {**weights, **further, **{f"mapping/{name}": each for name, each in mapping.items()}}


def split_arrays(arrays: Arrays) -> tuple[Arrays, list[Arrays], Arrays]:
    """Return weights, further styles and mapping network from the arrays of a file."""
    weights = {name: values for name, values in arrays.items() if name in WEIGHT_SHAPES}
    mapping = {name: arrays[f"mapping/{name}"] for name in MAPPING_SHAPES if f"mapping/{name}" in arrays}
    count = len({name.split("/")[1] for name in arrays if name.startswith("styles/")})
    styles: list[Arrays] = [{name: arrays[f"styles/{n}/{name}"] for name in STYLE_NAMES} for n in range(1, count + 1)]
    return weights, styles, mapping


def add_lacking(layout: _FileFormat, arrays: Arrays) -> Arrays:
    """Return the arrays of a file with those, as zeros, that its version did not know."""
    prefixes = {name.rpartition("colour/hidden_1/bias")[0] for name in arrays if name.endswith("colour/hidden_1/bias")}
    names = {
        prefix + name: name
        for prefix in prefixes
        for name in layout.lacking
        if not prefix or name in STYLE_NAMES  # A further style is colours alone.
    }
    return {**arrays, **{known: np.zeros(WEIGHT_SHAPES[name], np.float32) for known, name in names.items()}}


_NAMES_OF_VERSIONS = {
    3: NAMES_OF_VERSION_3,
    4: NAMES_OF_VERSION_4,
    5: NAMES_OF_VERSION_5,
    6: NAMES_OF_VERSION_6,
    7: NAMES_OF_VERSION_7,
    8: NAMES_OF_VERSION_8,
    9: NAMES_OF_VERSION_9,
    10: NAMES_OF_VERSION_10,
    11: NAMES_OF_VERSION_11,
}


def _lacking(version: int) -> tuple[str, ...]:
    """Return the names of weights that came after a version."""
    return tuple(name for later, names in _NAMES_OF_VERSIONS.items() if later > version for name in names)


FORMATS: Mapping[int, _FileFormat] = {
    1: _FileFormat(graph="generator.onnx", arrays=_arrays_of_one_style, lacking=_lacking(1), draws_styles=False),
    2: _FileFormat(graph="generator.onnx", arrays=_arrays_of_styles, lacking=_lacking(2), draws_styles=False),
    **{
        version: _FileFormat(graph="generator.onnx", arrays=_arrays_of_styles, lacking=_lacking(version))
        for version in _NAMES_OF_VERSIONS
    },
}
FORMAT_VERSION = max(FORMATS)
"""The version that is written; all versions of ``FORMATS`` are read."""


def array_bytes(shape: Shape) -> int:
    """Return the most bytes that a stored array of a shape takes."""
    return _HEADER_BYTES + 4 * math.prod(shape)


def write_array(values: Any) -> bytes:
    """Return weights as a .npy file of version 1.0: little-endian single precision, rows first."""
    stream = io.BytesIO()
    npy: Any = np.lib.format
    npy.write_array(stream, np.asarray(values, "<f4", order="C"), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def read_array(data: bytes, name: str, expected: Shape) -> NDArray[np.float32]:
    """Return the weights of a .npy file, whose header is matched and not evaluated.

    Raises
    ------
    InvalidGeneratorFile
        If the file is of another shape, type or length.
    """
    length = int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 2], "little")
    start = len(_MAGIC) + 2 + length
    header = _HEADER.fullmatch(data[len(_MAGIC) + 2 : start])
    if not data.startswith(_MAGIC) or header is None:
        raise InvalidGeneratorFile(f"the weights {name} aren't stored as an array of float32.")
    shape = tuple(int(size) for size in header[1].replace(b" ", b"").split(b",") if size)
    if shape != expected:
        raise InvalidGeneratorFile(f"the weights {name} have shape {shape}, not {expected}.")
    if len(data) - start != 4 * math.prod(expected):
        raise InvalidGeneratorFile(f"the weights {name} are cut short or followed by something.")
    return np.frombuffer(data, "<f4", offset=start).astype(np.float32).reshape(expected)
