"""The look and the settings that a result was made with, as its metadata tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.setting_hints import from_names, hints
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import METADATA_KEY

if TYPE_CHECKING:
    from napari.layers import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """What a result was made with.

    ``look`` is the title of the look, ``generator_id`` and ``file`` tell it from others of that title, and ``style`` is
    a number if the style was given by one.
    """

    settings: ApplySettings
    generator_id: str
    look: str = ""
    file: str = ""
    style: int | None = None

    @property
    def missing_words(self) -> str:
        """Say that its look isn't there."""
        if not self.look:
            return tr("Its look is not here any more: choose another one.")
        return tr("Its look {name} is not here any more: choose another one.", name=self.look)


def made_with(layer: Layer | None) -> MadeWith | None:
    """Return what a layer was made with; None where it doesn't tell, or tells what no such layer can be made with."""
    provenance = None if layer is None else layer.metadata.get(METADATA_KEY)
    if not isinstance(provenance, dict):
        return None
    parameters, generator = provenance.get("parameters"), provenance.get("generator")
    if not isinstance(parameters, dict) or not isinstance(generator, dict):
        return None
    known = {name: value for name, value in parameters.items() if name in hints(ApplySettings)}
    style = parameters.get("style")
    try:
        settings = from_names(ApplySettings, known)
    except InvalidConfig:
        return None
    return MadeWith(
        settings=settings,
        generator_id=_text(generator.get("id")),
        look=_text(provenance.get("look")),
        file=_text(generator.get("file")),
        style=style if isinstance(style, int) and style >= 0 else None,
    )


def _text(value: Any) -> str:
    """Return a text, or nothing where it is none."""
    return value if isinstance(value, str) else ""
