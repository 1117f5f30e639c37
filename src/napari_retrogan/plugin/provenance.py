"""Where a layer came from, as its metadata tell it."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.vintage_generator import VintageGenerator


def provenance_of(
    generator: VintageGenerator, file: str | None, source: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Tell where a result came from, in plain values."""
    import napari
    import onnxruntime

    return {
        "generator": {"id": generator.id, "file": file},
        "parameters": dict(parameters),
        "source_layer": source,
        "versions": {
            "napari-retrogan": version("napari-retrogan"),
            "napari": napari.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
    }
