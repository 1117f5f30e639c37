"""Which picture file becomes which: sources, without the results of earlier runs, and places for what comes of them."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.container import is_film
from napari_retrogan.core.images.files import picture_paths
from napari_retrogan.core.output.file_events import FileFailed
from napari_retrogan.core.output.open_source import is_store
from napari_retrogan.core.picture_files.writing import WRITABLE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    AnyPath = str | os.PathLike[str]

_RESULT_MARK = "-vintage"


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Which file becomes which.

    Attributes
    ----------
    source, result
        The result takes another ending where its source's format can't hold it.
    is_named
        Whether a person named the result: its ending says the format then.
    """

    source: Path
    result: Path
    is_named: bool = False


def plan_files(
    sources: AnyPath | Iterable[AnyPath], folder: Path | None = None
) -> tuple[list[FilePlan], list[FileFailed]]:
    """Return which files become which, each source once, and what holds no pictures."""
    plans: dict[str, FilePlan] = {}
    failed = []
    for given in [sources] if isinstance(sources, str | os.PathLike) else sources:
        pattern = Path(given).expanduser()
        try:
            found = [pattern] if is_store(pattern) else picture_paths(pattern)
        except InvalidImage as error:
            failed.append(FileFailed(Path(given), str(error)))
            continue
        root = _root(pattern)
        for source in _originals(found, pattern, folder):
            plans.setdefault(str(source), FilePlan(source, _result_path(source, folder, root)))
    return list(plans.values()), failed


def _originals(found: list[Path], pattern: Path, folder: Path | None) -> list[Path]:
    """Return what was found but for results of an earlier run: those in an output folder inside, or beside sources."""
    if len(found) == 1 and found[0] == pattern:
        return found
    if folder is None:
        bare = {path: os.path.splitext(path)[0] for path in map(str, found)}
        sources = set(bare.values())
        return [path for path in found if _source_of(bare[str(path)]) not in sources]
    target, start = folder.resolve(), _fixed_part(pattern).resolve()
    if target == start or not target.is_relative_to(start):
        return found
    return [path for path in found if not path.resolve().is_relative_to(target)]


def _source_of(bare: str) -> str:
    """Return the path of which one is named as the result, both less their endings; empty if it isn't."""
    source = bare.removesuffix(_RESULT_MARK)
    return source if source != bare else ""


def _fixed_part(pattern: Path) -> Path:
    """Return the folder that a pattern starts from."""
    parts = pattern.parts
    number = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:number]) if number else Path()


def _root(pattern: Path) -> Path | None:
    """Return the folder that a pattern with ``**`` starts from, whose subfolders results keep."""
    if "**" not in pattern.parts:
        return None
    return _fixed_part(pattern)


def _result_path(source: Path, folder: Path | None, root: Path | None) -> Path:
    """Return where a file's result goes; formats that can't be written become PNG."""
    stays = is_store(source) or source.suffix.lower() in WRITABLE_SUFFIXES or is_film(source)
    suffix = source.suffix if stays else ".png"
    if folder is None:
        return source.with_name(f"{source.stem}{_RESULT_MARK}{suffix}")
    inner = source.parent.relative_to(root) if root is not None else Path()
    return folder / inner / f"{source.stem}{suffix}"
