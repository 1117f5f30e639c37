"""The ``.retrogan`` file: a zip of plain data that is checked before any of it is used.

It holds ``metadata.json`` (versions, settings, history, provenance and the other members' hashes),
``generator.onnx`` and ``weights/NAME.npy``. Nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.atomic_file import new_file, write_file
from napari_retrogan.core.config import GONE, TrainingConfig
from napari_retrogan.core.errors import InvalidConfig, InvalidGeneratorFile
from napari_retrogan.core.foreign.archive import SafeArchive, read_bytes
from napari_retrogan.core.foreign.values import MAX_BYTES
from napari_retrogan.core.generator_file.contents import (
    GeneratorContents,
    check_range,
    check_styles,
    check_weights,
)
from napari_retrogan.core.generator_file.metadata import check_metadata, read_metadata, write_metadata
from napari_retrogan.core.generator_file.versions import (
    FORMAT_VERSION,
    FORMATS,
    MAX_GRAPH_BYTES,
    METADATA_MEMBER,
    add_lacking,
    array_bytes,
    named_arrays,
    read_array,
    split_arrays,
    write_array,
)
from napari_retrogan.core.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping


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


def read_generator_file(path: str | os.PathLike[str]) -> GeneratorContents:
    """Read a file of any known version and check it; its graph is left out, for it is made anew from the weights.

    Raises
    ------
    InvalidGeneratorFile
        If the file is missing, damaged, of an unknown version, or not a generator.
    """
    path = Path(path).expanduser()
    try:
        if not path.is_file():
            raise InvalidGeneratorFile(f"There is no file {path}; check its name and folder.")
        data = read_bytes(path)
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be read ({error}); check its name and permissions.") from error
    try:
        return _unpack(data)
    except InvalidGeneratorFile as error:
        raise InvalidGeneratorFile(f"{path} is not a generator that can be opened: {error}") from error


def _pack(contents: GeneratorContents) -> bytes:
    """Return the bytes of a file of the newest version; the same contents give the same bytes."""
    layout = FORMATS[FORMAT_VERSION]
    metadata: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "versions": {"napari-retrogan": __version__, "numpy": np.__version__},
        "config": None if contents.config is None else contents.config.to_dict(),
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
    """Return what the bytes of a file hold, checked; its graph is compared with its hash and left out."""
    archive = SafeArchive(data)
    metadata = read_metadata(archive.read(METADATA_MEMBER, MAX_BYTES))
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
    check_range(weights, *styles)
    return GeneratorContents(
        weights=weights,
        config=_read_config(metadata["config"]),
        history=tuple(metadata["history"]),
        provenance=metadata["provenance"],
        styles=tuple(styles),
        mapping=mapping if layout.draws_styles else {},
    )


def _read_config(values: dict[str, Any] | None) -> TrainingConfig | None:
    """Return the training's settings, if there are any, but for those that there are no more."""
    if values is None:
        return None
    try:
        return TrainingConfig.from_dict({name: value for name, value in values.items() if name not in GONE})
    except InvalidConfig as error:
        raise InvalidGeneratorFile(f"it was trained with settings that this version lacks: {error}") from error


def _hashes(members: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each part."""
    return {member: hashlib.sha256(data).hexdigest() for member, data in members.items()}
