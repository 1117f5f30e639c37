"""What is typed to get the pixels that Apply gives: into napari's console, or on the command line."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.images.intensity import value_range
from napari_retrogan.core.inference.typed_settings import as_arguments, as_options
from napari_retrogan.plugin.layers import LayerSnapshot
from napari_retrogan.plugin.style_names import style_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_retrogan.plugin.apply.apply_request import ApplyRequest
    from napari_retrogan.plugin.shared.look_shelf import LookShelf
    from napari_retrogan.plugin.state import GeneratorEntry

_PROGRAM = "napari-retrogan"
_NO_FILE = "{} is in no file yet, so it can't be named: Save... writes it to one."
_NO_PICTURE = "{} was not read from a file, and the command line takes files: save it first, or copy as Python."
_NO_REGION = "The command line knows no regions: copy as Python, or choose the whole layer."


def as_python(request: ApplyRequest, shelf: LookShelf, viewer: Viewer) -> str:
    """Return lines for napari's console that add the layers which applying gives.

    Raises
    ------
    InvalidConfig
        If the look or its style can't be named there.
    """
    arguments: dict[str, str] = {name: repr(value) for name, value in as_arguments(request.settings).items()}
    if request.style is not None:
        number = style_number(request.style)
        arguments["style"] = _layer(_style_layer(request, viewer)) if number is None else repr(number)
    if request.region is not None:
        arguments |= {"region": _layer(request.region.drawn), "feather": repr(float(request.region.feather))}
    given = "".join(f", {name}={value}" for name, value in arguments.items())
    names = [layer.name for layer in request.layers]
    return (
        "import napari_retrogan as rg\n\n"
        f"look = {_look_in_python(request.entry, shelf)}\n"
        f"for name in {names!r}:\n"
        f"    data, options, kind = rg.apply_to_layer(look, viewer.layers[name]{given})\n"
        "    viewer.add_image(data, **options)\n"
    )


def as_command(request: ApplyRequest, shelf: LookShelf, viewer: Viewer) -> str:
    """Return a command line that writes files with the pixels which applying gives.

    Raises
    ------
    InvalidConfig
        If the look, its style or a picture can't be named there, or is not what a file alone tells.
    """
    if request.region is not None:
        raise InvalidConfig(_NO_REGION)
    words = [_PROGRAM, "apply", _look_on_command_line(request.entry, shelf)]
    words += [_file(layer) for layer in request.layers]
    words += as_options(request.settings)
    limits = {_limits(layer) for layer in request.layers} - {None}
    if limits:
        first = limits.pop()
        if limits or any(_limits(layer) is None for layer in request.layers):
            raise InvalidConfig("The layers have different contrast limits: copy the command of one after the other.")
        words += ["--value-range", *map(str, first or ())]
    if request.style is not None:
        number = style_number(request.style)
        words += ["--style", _file(_style_layer(request, viewer)) if number is None else str(number)]
    return _quoted(words)


def _look_in_python(entry: GeneratorEntry, shelf: LookShelf) -> str:
    """Return an expression for a look."""
    look = shelf.looks().get(shelf.key_of(entry) or "")
    if look is not None and look.group:
        return f"rg.pretrained({look.key!r})"
    if look is not None and look.stored is not None and shelf.library is not None:
        return f"rg.load_generator({str(shelf.library.file(look.stored.id))!r})"
    return f"rg.load_generator({_saved(entry)!r})"


def _look_on_command_line(entry: GeneratorEntry, shelf: LookShelf) -> str:
    """Return the word for a look: its name, or its id or file where that says too little."""
    look = shelf.looks().get(shelf.key_of(entry) or "")
    if look is None or (look.stored is None and not look.group):
        return _saved(entry)
    named_so = [each for each in shelf.looks().values() if look.title in (each.title, each.key)]
    return look.key if look.group or len(named_so) > 1 or look.title.startswith("-") else look.title


def _saved(entry: GeneratorEntry) -> str:
    """Return the file that a look was saved to."""
    if entry.file is None or not entry.file.is_file():
        raise InvalidConfig(_NO_FILE.format(entry.name))
    return str(entry.file)


def _layer(layer: Any) -> str:
    """Return an expression for a layer."""
    return f"viewer.layers[{layer.name!r}]"


def _style_layer(request: ApplyRequest, viewer: Viewer) -> Any:
    """Return the layer whose style is taken."""
    name = request.style.name if isinstance(request.style, LayerSnapshot) else ""
    if name not in viewer.layers:
        raise InvalidConfig("The layer whose style is taken is gone: choose another style.")
    return viewer.layers[name]


def _file(layer: Image) -> str:
    """Return the file that a layer was read from."""
    path = getattr(layer.source, "path", None)
    if not path or not Path(path).exists():
        raise InvalidConfig(_NO_PICTURE.format(layer.name))
    return str(path)


def _limits(layer: Image) -> tuple[float, float] | None:
    """Return the values of black and white in a grey layer where its type doesn't tell them."""
    low, high = (float(limit) for limit in layer.contrast_limits)
    by_type = layer.dtype.kind != "f" and (low, high) == value_range(layer.dtype)
    return None if layer.rgb or by_type else (low, high)


def _quoted(words: Sequence[str]) -> str:
    """Return words as a shell of this system takes them."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
