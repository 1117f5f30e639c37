"""The ``.retrogan`` file: a zip of plain data that is checked before any of it is used.

It holds ``metadata.json`` (versions, settings, history, provenance and the other members' hashes),
``generator.onnx`` and ``weights/NAME.npy``. Nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan import __version__
from napari_retrogan.core.architecture import MAPPING_SHAPES, STYLE_NAMES, WEIGHT_SHAPES
from napari_retrogan.core.atomic_file import write_whole
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.generator_file.archive import SafeArchive, read_bytes
from napari_retrogan.core.generator_file.metadata import (
    MAX_METADATA_BYTES,
    check_metadata,
    read_metadata,
    write_metadata,
)
from napari_retrogan.core.generator_file.versions import (
    FORMAT_VERSION,
    FORMATS,
    MAX_GRAPH_BYTES,
    MAX_STYLES,
    METADATA_MEMBER,
    add_lacking,
    array_bytes,
    named_arrays,
    read_array,
    split_arrays,
    write_array,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorContents:
    """What a file holds, as plain data.

    Attributes
    ----------
    weights
        Arrays by the names of ``architecture.WEIGHT_SHAPES``.
    graph
        The serialised ONNX graph.
    config
        The training's settings as plain values, if known.
    history
        One mapping a recorded step.
    provenance
        Where the generator comes from, as plain values.
    styles
        Arrays of further styles by the names of ``architecture.STYLE_NAMES``.
    mapping
        Arrays by the names of ``architecture.MAPPING_SHAPES``, or none.
    """

    weights: Mapping[str, NDArray[np.float32]]
    graph: bytes
    config: Mapping[str, Any] | None
    history: Sequence[Mapping[str, Any]]
    provenance: Mapping[str, Any]
    styles: Sequence[Mapping[str, NDArray[np.float32]]] = ()
    mapping: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


def write_generator_file(path: str | os.PathLike[str], contents: GeneratorContents, *, overwrite: bool = False) -> Path:
    """Write a file that appears whole or not at all, and only if it can be read again.

    Parameters
    ----------
    path
        Where to; ``~`` is the home folder.
    contents
        What to write.
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InvalidGeneratorFile
        If the file exists and may not be replaced, its folder doesn't exist or can't be written to, or the
        contents aren't those of a generator.
    """
    path = new_file(path, "look.retrogan", overwrite=overwrite)
    data = _pack(contents)
    try:
        _unpack(data)
    except InvalidGeneratorFile as error:
        raise InvalidGeneratorFile(f"This generator can't be saved, because nobody could open it: {error}") from None
    return write_file(path, data)


def write_file(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all, and return its path.

    Raises
    ------
    InvalidGeneratorFile
        If it can't be written.
    """
    try:
        write_whole(path, data)
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be written ({error}); choose another folder.") from error
    return path


def new_file(path: str | os.PathLike[str], example: str, *, overwrite: bool) -> Path:
    """Return the path of a file to write, with ``~`` as the home folder.

    Raises
    ------
    InvalidGeneratorFile
        If there is no such folder, or something that may not be replaced.
    """
    path = Path(path).expanduser()
    try:
        if not path.parent.is_dir():
            raise InvalidGeneratorFile(f"The folder {path.parent} doesn't exist; make it first or choose another one.")
        if path.is_dir():
            raise InvalidGeneratorFile(f"{path} is a folder; pass the name of a file, such as {path / example}.")
        if path.exists() and not overwrite:
            raise InvalidGeneratorFile(
                f"{path} exists already; pass overwrite=True to replace it or choose another name."
            )
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be written ({error}); choose another name.") from error
    return path


def read_generator_file(path: str | os.PathLike[str]) -> GeneratorContents:
    """Read a file of any known version and check everything in it, the graph included.

    Raises
    ------
    InvalidGeneratorFile
        If the file is missing, damaged, of an unknown version, or not a generator.
    """
    from napari_retrogan.core.graphs.graph_check import check_graph

    path = Path(path).expanduser()
    try:
        if not path.is_file():
            raise InvalidGeneratorFile(f"There is no file {path}; check its name and folder.")
        data = read_bytes(path)
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be read ({error}); check its name and permissions.") from error
    try:
        contents = _unpack(data)
        check_graph(contents.graph)
    except InvalidGeneratorFile as error:
        raise InvalidGeneratorFile(f"{path} is not a generator that can be opened: {error}") from error
    return contents


def check_styles(
    styles: Sequence[Mapping[str, NDArray[np.float32]]], mapping: Mapping[str, NDArray[np.float32]]
) -> None:
    """Check further styles, and the mapping network if there is one, as `check_weights` does."""
    if len(styles) > MAX_STYLES:
        raise InvalidGeneratorFile(f"There are {len(styles)} further styles; a generator holds at most {MAX_STYLES}.")
    for style in styles:
        check_weights(style, {name: WEIGHT_SHAPES[name] for name in STYLE_NAMES})
    if mapping:
        check_weights(mapping, MAPPING_SHAPES)


def check_weights(
    weights: Mapping[str, NDArray[np.float32]], shapes: Mapping[str, tuple[int, ...]] = WEIGHT_SHAPES
) -> None:
    """Check that weights have the names and shapes of the architecture and are finite.

    Raises
    ------
    InvalidGeneratorFile
        If they don't.
    """
    wrong = sorted(set(weights) ^ set(shapes))
    if wrong:
        raise InvalidGeneratorFile(f"The weights {wrong[0]} are {'unknown' if wrong[0] in weights else 'missing'}.")
    for name, values in weights.items():
        if values.shape != shapes[name]:
            raise InvalidGeneratorFile(f"The weights {name} have shape {values.shape}, not {shapes[name]}.")
        if not np.isfinite(values).all():
            raise InvalidGeneratorFile(f"The weights {name} aren't finite numbers.")


def _pack(contents: GeneratorContents) -> bytes:
    """Return the bytes of a file of the newest version; the same contents give the same bytes."""
    layout = FORMATS[FORMAT_VERSION]
    metadata: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "versions": {"napari-retrogan": __version__, "numpy": np.__version__},
        "config": None if contents.config is None else dict(contents.config),
        "history": list(contents.history),
        "provenance": contents.provenance,
        "further_styles": len(contents.styles),
        "mapping": bool(contents.mapping),
    }
    members = {layout.graph: contents.graph}
    arrays = named_arrays(contents.weights, contents.styles, contents.mapping)
    for member, (name, _) in layout.members(metadata).items():
        members[member] = write_array(arrays[name])
    metadata["sha256"] = _hashes(members)
    members[METADATA_MEMBER] = write_metadata(metadata)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(members):
            archive.writestr(zipfile.ZipInfo(member), members[member], zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _unpack(data: bytes) -> GeneratorContents:
    """Return what the bytes of a file hold, everything but the graph checked."""
    archive = SafeArchive(data)
    metadata = read_metadata(archive.read(METADATA_MEMBER, MAX_METADATA_BYTES))
    layout = FORMATS.get(metadata["format_version"])
    if layout is None:
        known = " and ".join(map(str, FORMATS))
        raise InvalidGeneratorFile(
            f"it has format version {metadata['format_version']}; napari-retrogan {__version__} reads {known}: "
            "update it."
        )
    check_metadata(metadata)
    arrays = layout.members(metadata)
    unknown = sorted(archive.names - {METADATA_MEMBER, layout.graph, *arrays})
    if unknown:
        raise InvalidGeneratorFile(f"it holds {unknown[0][:100]!r}. Use a file that napari-retrogan saved.")
    sizes = {layout.graph: MAX_GRAPH_BYTES, **{member: array_bytes(shape) for member, (_, shape) in arrays.items()}}
    members = {member: archive.read(member, most) for member, most in sizes.items()}
    if metadata["sha256"] != _hashes(members):
        raise InvalidGeneratorFile("its parts don't match their hashes; copy it again.")
    values = {name: read_array(members[member], name, shape) for member, (name, shape) in arrays.items()}
    weights, styles, mapping = split_arrays(add_lacking(layout, values))
    check_weights(weights)
    check_styles(styles, mapping)
    outdated = bool(layout.lacking)
    return GeneratorContents(
        weights=weights,
        graph=_graph_of(weights) if outdated else members[layout.graph],
        config=metadata["config"],
        history=metadata["history"],
        provenance=metadata["provenance"],
        styles=styles,
        mapping={} if outdated else mapping,
    )


def _graph_of(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the graph of weights."""
    from napari_retrogan.core.graphs.generator_graph import build_graph

    return build_graph(weights)


def _hashes(members: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each part."""
    return {member: hashlib.sha256(data).hexdigest() for member, data in members.items()}
