"""All that is known about napari's layers: which ones suit, what they hold, how a result becomes one."""

from __future__ import annotations

import itertools
import types
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from napari.layers import Image

from napari_retrogan.core.errors import InvalidImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from napari.layers import Layer
    from napari.types import LayerDataTuple

    from napari_retrogan.core.vintage_generator import VintageGenerator

Wrapped = TypeVar("Wrapped")

METADATA_KEY = "napari_retrogan"
_PROGRESS_STEPS = 1000
_SPATIAL = ("scale", "translate", "rotate", "shear", "units", "axis_labels")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSnapshot:
    """What a layer was at one moment, so that later changes of the viewer cannot leak into a result.

    ``levels`` holds one array, or the levels of a multiscale layer from the finest; the arrays
    themselves are not copied. ``appearance`` holds the keyword arguments that give another layer
    the same place, orientation, units and rendering; ``metadata`` is a copy.
    """

    name: str
    levels: tuple[Any, ...]
    multiscale: bool
    rgb: bool
    contrast_limits: tuple[float, float]
    appearance: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @classmethod
    def of(cls, layer: Layer) -> LayerSnapshot:
        """Capture an image layer.

        Raises
        ------
        InvalidImage
            If the layer is not an image that a generator can be applied to.
        """
        reason = unsuitable_reason(layer)
        if reason is not None:
            raise InvalidImage(reason)
        image = cast("Image", unwrap(layer))
        low, high = image.contrast_limits
        return cls(
            name=image.name,
            levels=tuple(image.data) if image.multiscale else (image.data,),
            multiscale=bool(image.multiscale),
            rgb=bool(image.rgb),
            contrast_limits=(float(low), float(high)),
            appearance=_appearance(image),
            metadata=dict(image.metadata),
        )


def apply_to_layer(
    generator: VintageGenerator,
    layer: Layer,
    *,
    strength: float = 1.0,
    grain: float = 1.0,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    name: str | None = None,
) -> LayerDataTuple:
    """Give an image layer a generator's look, as a new layer's data; the layer is untouched.

    A lazy (Dask) layer gives a lazy result, not computed. Each level of a multiscale layer is
    treated by itself, so that the result is multiscale too; grain keeps its size in pixels of the level.

    Parameters
    ----------
    generator
        What to apply.
    layer
        Image layer, grey or RGB(A), of any dtype that napari shows but complex. Grey values are
        read by the layer's contrast limits, RGB ones by their dtype.
    strength
        0 gives the picture back, 1 the trained look.
    grain
        0 gives no grain, 1 the trained amount.
    seed
        Of the grain.
    on_progress
        Called with the number of steps done and their total.
    should_stop
        Asked between tiles; true ends the work.
    name
        Of the new layer; by default the layer's name followed by "(vintage)".

    Returns
    -------
    tuple
        Data, keyword arguments and ``"image"``, as `napari.layers.Layer.create` takes them; where
        it came from stands in ``metadata["napari_retrogan"]``.

    Raises
    ------
    InvalidImage
        If the layer is not an image that a generator can be applied to.
    ApplyCancelled
        If ``should_stop`` said so.
    """
    return apply_to_snapshot(
        generator,
        LayerSnapshot.of(layer),
        strength=strength,
        grain=grain,
        seed=seed,
        on_progress=on_progress,
        should_stop=should_stop,
        name=name,
    )


def apply_to_snapshot(
    generator: VintageGenerator,
    snapshot: LayerSnapshot,
    *,
    strength: float,
    grain: float,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    name: str | None = None,
    file: str | None = None,
) -> LayerDataTuple:
    """Do the work of `apply_to_layer` on what a layer was; safe in any thread."""
    reports = _reports_by_level(snapshot.levels, on_progress)
    results = [
        generator.apply(
            level,
            strength=strength,
            grain=grain,
            seed=seed,
            rgb=snapshot.rgb,
            value_range=None if snapshot.rgb else snapshot.contrast_limits,
            on_progress=report,
            should_stop=should_stop,
        )
        for level, report in zip(snapshot.levels, reports, strict=True)
    ]
    parameters = {"strength": strength, "grain": grain, "seed": seed}
    provenance = _provenance(generator, file, snapshot.name, parameters)
    options = {
        **snapshot.appearance,
        "name": name or result_name(snapshot.name),
        "rgb": snapshot.rgb,
        "multiscale": snapshot.multiscale,
        "contrast_limits": snapshot.contrast_limits,
        "metadata": {**snapshot.metadata, METADATA_KEY: provenance},
    }
    return cast("LayerDataTuple", (results if snapshot.multiscale else results[0], options, "image"))


def result_name(source: str) -> str:
    """Return the name of the layer made from a layer of that name."""
    return f"{source} (vintage)"


def unique_name(base: str, existing: Iterable[str]) -> str:
    """Return the name, numbered as ``"name [1]"`` where it is taken already."""
    taken = set(existing)
    name, number = base, 0
    while name in taken:
        number += 1
        name = f"{base} [{number}]"
    return name


def image_layers(layers: Iterable[Layer]) -> list[Image]:
    """Return those of the layers that can be trained with and applied to, in their order."""
    return [cast("Image", layer) for layer in layers if unsuitable_reason(layer) is None]


def unsuitable_reason(layer: Layer) -> str | None:
    """Say in a sentence why a layer cannot be used, or return None when it can."""
    layer = unwrap(layer)
    if not isinstance(layer, Image):
        kind = type(layer).__name__
        return f"{getattr(layer, 'name', kind)!r} is a {kind} layer; choose an Image layer."
    dtype = np.dtype(layer.dtype)
    if dtype.kind not in "buif":
        return f"Layer {layer.name!r} holds values of type {dtype}; choose one with real numbers."
    return None


def unwrap(thing: Wrapped) -> Wrapped:
    """Return the layer or viewer itself where napari has handed out a proxy of it."""
    return cast("Wrapped", getattr(thing, "__wrapped__", thing))


def _appearance(image: Image) -> Mapping[str, Any]:
    """Copy what places and renders an image; older versions of napari know fewer of these."""
    kept = {name: getattr(image, name) for name in _SPATIAL if hasattr(image, name)}
    kept = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in kept.items()}
    kept |= {"affine": np.array(image.affine.affine_matrix), "blending": image.blending, "gamma": image.gamma}
    if not image.rgb:
        kept["colormap"] = image.colormap
    return types.MappingProxyType(kept)


def _provenance(
    generator: VintageGenerator, file: str | None, source: str, parameters: Mapping[str, float]
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


def _reports_by_level(
    levels: tuple[Any, ...], on_progress: Callable[[int, int], None] | None
) -> list[Callable[[int, int], None] | None]:
    """Return a progress callback for each level that moves one common bar, weighted by the levels' sizes."""
    if on_progress is None or len(levels) == 1:
        return [on_progress] * len(levels)
    ends = np.cumsum([float(np.prod(level.shape)) for level in levels])
    shares = np.concatenate([[0.0], ends / ends[-1]]) * _PROGRESS_STEPS

    def report_between(start: float, stop: float) -> Callable[[int, int], None]:
        return lambda done, total: on_progress(round(start + (stop - start) * done / total), _PROGRESS_STEPS)

    return [report_between(start, stop) for start, stop in itertools.pairwise(shares)]
