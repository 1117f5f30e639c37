"""The ``.retrogan`` file: a zip of plain data that is checked before any of it is used.

It holds ``metadata.json`` (versions, settings, history, provenance and the other members' hashes),
``generator.onnx`` and ``weights/NAME.npy``. Nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan import __version__
from napari_retrogan.core.architecture import WEIGHT_SHAPES
from napari_retrogan.core.errors import InvalidGeneratorFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FORMAT_VERSION = 1
MAX_FILE_BYTES = 64 * 2**20
METADATA_MEMBER = "metadata.json"
GRAPH_MEMBER = "generator.onnx"
_WEIGHT_MEMBERS = {f"weights/{name}.npy": name for name in WEIGHT_SHAPES}
_MEMBERS = {METADATA_MEMBER, GRAPH_MEMBER, *_WEIGHT_MEMBERS}
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


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
    """

    weights: Mapping[str, NDArray[np.float32]]
    graph: bytes
    config: Mapping[str, Any] | None
    history: Sequence[Mapping[str, Any]]
    provenance: Mapping[str, Any]


def write_generator_file(path: str | os.PathLike[str], contents: GeneratorContents, *, overwrite: bool = False) -> Path:
    """Write a file beside its final place and move it there, so that no half-written one is left.

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
        metadata aren't plain values.
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise InvalidGeneratorFile(f"The folder {path.parent} doesn't exist; make it first or choose another one.")
    if path.is_dir():
        raise InvalidGeneratorFile(f"{path} is a folder; pass the name of a file, such as {path / 'look.retrogan'}.")
    if path.exists() and not overwrite:
        raise InvalidGeneratorFile(f"{path} exists already; pass overwrite=True to replace it or choose another name.")
    data = _pack(contents)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be written ({error}); choose another folder.") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def read_generator_file(path: str | os.PathLike[str]) -> GeneratorContents:
    """Read a file and check everything in it but the graph's operators.

    Raises
    ------
    InvalidGeneratorFile
        If the file is missing, damaged, of another version, or not a generator.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise InvalidGeneratorFile(f"There is no file {path}; check its name and folder.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = _read_members(archive)
        metadata = _read_metadata(members)
        weights = {name: _read_array(members[member], name) for member, name in _WEIGHT_MEMBERS.items()}
        check_weights(weights)
        return GeneratorContents(
            weights=weights,
            graph=members[GRAPH_MEMBER],
            config=metadata["config"],
            history=metadata["history"],
            provenance=metadata["provenance"],
        )
    except InvalidGeneratorFile as error:
        raise InvalidGeneratorFile(f"{path} is not a generator that can be opened: {error}") from None
    except _READ_ERRORS as error:
        raise InvalidGeneratorFile(
            f"{path} is damaged or no .retrogan file ({error}); save or copy it again."
        ) from error
    except OSError as error:
        raise InvalidGeneratorFile(f"{path} can't be read ({error}); check its permissions.") from error


def check_weights(weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Check that weights have the names and shapes of the architecture and are finite.

    Raises
    ------
    InvalidGeneratorFile
        If they don't.
    """
    wrong = sorted(set(weights) ^ set(WEIGHT_SHAPES))
    if wrong:
        raise InvalidGeneratorFile(f"The weights {wrong[0]} are {'unknown' if wrong[0] in weights else 'missing'}.")
    for name, values in weights.items():
        if values.shape != WEIGHT_SHAPES[name]:
            raise InvalidGeneratorFile(f"The weights {name} have shape {values.shape}, not {WEIGHT_SHAPES[name]}.")
        if not np.isfinite(values).all():
            raise InvalidGeneratorFile(f"The weights {name} aren't finite numbers.")


def _pack(contents: GeneratorContents) -> bytes:
    """Return the bytes of a file; the same contents give the same bytes."""
    members = {GRAPH_MEMBER: contents.graph}
    for member, name in _WEIGHT_MEMBERS.items():
        stream = io.BytesIO()
        np.save(stream, np.asarray(contents.weights[name], "<f4"), allow_pickle=False)
        members[member] = stream.getvalue()
    metadata = {
        "format_version": FORMAT_VERSION,
        "versions": {"napari-retrogan": __version__, "numpy": np.__version__},
        "config": None if contents.config is None else dict(contents.config),
        "history": [dict(entry) for entry in contents.history],
        "provenance": dict(contents.provenance),
        "sha256": {member: hashlib.sha256(data).hexdigest() for member, data in members.items()},
    }
    try:
        members[METADATA_MEMBER] = json.dumps(metadata, indent=1, sort_keys=True, default=_plain).encode()
    except (TypeError, ValueError) as error:
        raise InvalidGeneratorFile(
            f"History or provenance hold what JSON can't ({error}); use plain values."
        ) from error
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(members):
            archive.writestr(zipfile.ZipInfo(member), members[member], zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """Return a NumPy number as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__}")


def _read_members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the members' bytes, after a look at names and sizes in the directory."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    unknown, missing = sorted(set(names) - _MEMBERS), sorted(_MEMBERS - set(names))
    if unknown or missing or len(names) != len(_MEMBERS):
        fault = f"holds {unknown[0]!r}" if unknown else f"lacks {missing[0]!r}" if missing else "repeats a member"
        raise InvalidGeneratorFile(f"it {fault}. Use a file that napari-retrogan saved.")
    size = sum(entry.file_size for entry in entries)
    if size > MAX_FILE_BYTES:
        raise InvalidGeneratorFile(f"it would take {size} bytes; at most {MAX_FILE_BYTES} are read.")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise InvalidGeneratorFile("it is compressed in an unknown way.")
    return {entry.filename: archive.read(entry) for entry in entries}


def _read_metadata(members: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the metadata, whose hashes must be those of the other members."""
    try:
        metadata = json.loads(members[METADATA_MEMBER])
    except (ValueError, RecursionError) as error:
        raise InvalidGeneratorFile(f"its metadata can't be read ({error}).") from error
    if not isinstance(metadata, dict) or metadata.get("format_version") != FORMAT_VERSION:
        version = metadata.get("format_version") if isinstance(metadata, dict) else None
        raise InvalidGeneratorFile(
            f"it has format version {version!r}; napari-retrogan {__version__} reads {FORMAT_VERSION}: update it."
        )
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != METADATA_MEMBER}
    if metadata.get("sha256") != hashes:
        raise InvalidGeneratorFile("its parts don't match their hashes; copy it again.")
    config, history, provenance = (metadata.get(name) for name in ("config", "history", "provenance"))
    plain = isinstance(config, dict | None) and isinstance(history, list) and isinstance(provenance, dict)
    if not plain or not all(isinstance(entry, dict) for entry in history or ()):
        raise InvalidGeneratorFile("its metadata lack settings, history or provenance.")
    return metadata


def _read_array(data: bytes, name: str) -> NDArray[np.float32]:
    """Return one array, read only once its header fits the architecture."""
    npy: Any = np.lib.format
    stream = io.BytesIO(data)
    if npy.read_magic(stream) != (1, 0):
        raise InvalidGeneratorFile(f"the weights {name} are stored in an unknown way.")
    shape, in_columns, dtype = npy.read_array_header_1_0(stream)
    expected = WEIGHT_SHAPES[name]
    if shape != expected or dtype != np.dtype("<f4") or (in_columns and len(shape) > 1):
        raise InvalidGeneratorFile(
            f"the weights {name} have shape {shape} and type {dtype}, not {expected} and float32."
        )
    content = stream.read()
    if len(content) != 4 * math.prod(expected):
        raise InvalidGeneratorFile(f"the weights {name} are cut short or followed by something.")
    return np.frombuffer(content, "<f4").astype(np.float32).reshape(expected)
