"""What was ticked in a list, kept until napari's next start: layers by name, files and folders by path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.plugin.remembered import keep, recall

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST = 200


@dataclass(frozen=True, slots=True)
class RememberedChoice:
    """Names of layers that were ticked, and each file or folder that was listed, with whether it was ticked."""

    names: frozenset[str]
    paths: Mapping[Path, bool]


def keep_choice(place: str, names: Iterable[str], paths: Mapping[Path, bool]) -> None:
    """Keep a choice under a name; without a name, nowhere."""
    if place:
        listed = [[str(path), ticked] for path, ticked in paths.items()]
        keep(place, {"layers": list(names)[:_MOST], "paths": listed[:_MOST]})


def recall_choice(place: str) -> RememberedChoice:
    """Return what was kept under a name, less files and folders that have gone; nothing under no name."""
    known: dict[str, Any] = recall(place, {}) if place else {}
    names, paths = known.get("layers"), known.get("paths")
    found: dict[Path, bool] = {}
    for each in paths if isinstance(paths, list) else ():
        match each:
            case [str(path), bool(ticked)] if Path(path).exists():
                found[Path(path)] = ticked
    known_names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return RememberedChoice(frozenset(known_names), found)
