"""All that is known about napari's layers: which ones suit, what they hold, how a result becomes one."""

from __future__ import annotations

import types
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from napari.layers import Image

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.mark_layers import marks_inside
from napari_retrogan.core.inference.pool import UNWATCHED, Progress
from napari_retrogan.core.inference.region_blend import blend_inside
from napari_retrogan.core.inference.region_mask import DEFAULT_FEATHER
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.setting_hints import from_names
from napari_retrogan.plugin.provenance import provenance_of
from napari_retrogan.plugin.regions import region_of
from napari_retrogan.plugin.style_names import style_number, style_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari.layers import Layer
    from napari.types import LayerDataTuple

    from napari_retrogan.core.inference.pool import OnProgress, ShouldStop
    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.core.vintage_generator import VintageGenerator

_Wrapped = TypeVar("_Wrapped")

METADATA_KEY = "napari_retrogan"
_TIME_LABELS = frozenset({"t", "time"})
_SPATIAL = ("scale", "translate", "rotate", "shear", "units", "axis_labels")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerSnapshot:
    """What a layer was at one moment, so that later changes of the viewer cannot leak into a result.

    ``levels`` holds one array, or the levels of a multiscale layer from the finest; the arrays
    themselves are not copied. ``appearance`` holds the keyword arguments that give another layer
    the same place, orientation, units and rendering; ``metadata`` is a copy. Like a layer it can be passed
    to the core as a picture.
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

    @property
    def data(self) -> Any:
        """The array, or the list of a multiscale layer's levels."""
        return list(self.levels) if self.multiscale else self.levels[0]

    def with_levels(self, should_stop: ShouldStop) -> LayerSnapshot:
        """Return a large lazy picture of one level with coarser ones, for a window to draw; others as they are.

        Raises
        ------
        ApplyCancelled
            If ``should_stop`` said so.
        """
        from napari_retrogan.core.images.arrays import is_lazy, read_source
        from napari_retrogan.core.images.layout import read_layout
        from napari_retrogan.core.images.lazy_levels import lazy_levels

        array, rgb = (None, None) if self.multiscale else read_source(self.levels[0], self.rgb)
        if array is None or not is_lazy(array):
            return self
        levels = lazy_levels(array, read_layout(array.shape, rgb), should_stop)
        return replace(self, levels=tuple(levels), multiscale=len(levels) > 1)


def apply_to_layer(
    generator: VintageGenerator,
    layer: Layer,
    *,
    style: Any = None,
    marks_layer: bool = False,
    region: Any = None,
    feather: float = DEFAULT_FEATHER,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    name: str | None = None,
    **options: Any,
) -> LayerDataTuple | list[LayerDataTuple]:
    """Give an image layer a generator's look, as a new layer's data; the layer is untouched.

    A lazy (Dask) layer gives a lazy result, not computed. A multiscale layer gives a multiscale result, whose
    levels have one look and as much grain as shrinking the full size leaves.

    Parameters
    ----------
    generator
        What to apply.
    layer
        Image layer, grey or RGB(A), of any dtype that napari shows but complex. Grey values are
        read by the layer's contrast limits, RGB ones by their dtype.
    style
        As for `VintageGenerator.apply`: None, the number of a trained style or of one drawn from noise, or reference
        pictures, such as another layer. The result's name and metadata say which.
    marks_layer
        Whether marks are a layer of their own above the result, RGBA, instead of on it.
    region
        Where the look is applied: a Shapes layer, in what its closed shapes enclose; a Labels layer, where it has any
        label, both in their own place in space; or an array (Y, X), or with the layer's axes before, where it is not
        0. None is everywhere. Elsewhere the values of the layer stay bit for bit.
    feather
        Pixels of the layer, from 0 to 1000, over which the look fades out at the region's border, half of them inside;
        `core.inference.region_mask` states how.
    on_progress
        Called with the number of steps done and their total.
    should_stop
        Asked between tiles; true ends the work.
    name
        Of the new layer; by default the layer's name followed by "(vintage)", with the style if one is given.
    **options
        How much of the look, and how: ``strength``, ``grain``, ``seed``, ``time_axis`` and so on, as for
        `VintageGenerator.apply`.

    Returns
    -------
    tuple
        Data, keyword arguments and ``"image"``, as `napari.layers.Layer.create` takes them; where
        it came from stands in ``metadata["napari_retrogan"]``. With ``marks_layer`` a list, with that of marks if any.

    Raises
    ------
    InvalidConfig
        If an option or the feather is unknown or lies outside its range, or there is no style of that number.
    InvalidImage, NotEnoughImages
        If the layer is not an image that a generator can be applied to, the region is none of it, or the style can't
        be read as pictures.
    ApplyCancelled
        If ``should_stop`` said so.
    """
    layers = apply_to_snapshot(
        generator,
        LayerSnapshot.of(layer),
        from_names(ApplySettings, options),
        style=style,
        region=None if region is None else region_of(unwrap(region), cast("Image", unwrap(layer)), feather),
        progress=Progress(on_progress, should_stop),
        name=name,
        marks_layer=marks_layer,
    )
    return layers if marks_layer else layers[0]


def apply_to_snapshot(
    generator: VintageGenerator,
    snapshot: LayerSnapshot,
    settings: ApplySettings,
    *,
    style: Any = None,
    region: FeatheredMask | None = None,
    progress: Progress = UNWATCHED,
    name: str | None = None,
    file: str | None = None,
    look: str = "",
    marks_layer: bool = False,
) -> list[LayerDataTuple]:
    """Do the work of `apply_to_layer` on what a layer was, with a look of that name; safe in any thread."""
    apart = replace(settings, marks=settings.marks * marks_layer).for_look(generator.weights)
    settings = replace(settings, marks=settings.marks * (not marks_layer))
    parameters = {name: value for name, value in asdict(settings).items() if value is not None}
    if settings.time_axis is None:
        del parameters["grain_over_time"]
    result = generator.apply(
        snapshot.data,
        **({} if snapshot.rgb else {"value_range": snapshot.contrast_limits}) | parameters,
        style=style,
        rgb=snapshot.rgb,
        multiscale=snapshot.multiscale,
        on_progress=progress.on_progress,
        should_stop=progress.should_stop,
    )
    if region is not None:
        kind = {"rgb": snapshot.rgb, "multiscale": snapshot.multiscale}
        result = blend_inside(snapshot.data, result, region, **kind, progress=progress)
    title, number = style_title(style, generator), style_number(style)
    parameters |= {} if number is None else {"style": number}
    provenance = provenance_of(generator, file, snapshot.name, parameters)
    provenance |= {key: value for key, value in (("look", look), ("style", title)) if value}
    provenance |= {} if region is None else {"region": region.name or "a mask", "feather": region.feather}
    options = {
        **snapshot.appearance,
        "name": name or result_name(snapshot.name, title, look),
        "rgb": snapshot.rgb,
        "multiscale": snapshot.multiscale,
        "contrast_limits": snapshot.contrast_limits,
        "metadata": {**snapshot.metadata, METADATA_KEY: provenance},
    }
    layers = [cast("LayerDataTuple", (result, options, "image"))]
    if apart.marks:
        chosen = {name: getattr(apart, name) for name in ("marks", "seed", "time_axis", "grain_over_time")}
        drawn = generator.draw_marks(snapshot.data, rgb=snapshot.rgb, multiscale=snapshot.multiscale, **chosen)
        layers.append(_above(drawn if region is None else marks_inside(drawn, region), chosen, options))
    return layers


def _above(drawn: Any, chosen: Mapping[str, Any], below: Mapping[str, Any]) -> LayerDataTuple:
    """Return the layer of marks for a result with these keyword arguments."""
    provenance = {**below["metadata"][METADATA_KEY], "parameters": chosen}
    options = {name: value for name, value in below.items() if name not in ("colormap", "gamma")}
    options |= {"name": f"{below['name']}, marks", "rgb": True, "contrast_limits": (0, 255)}
    options |= {"blending": "translucent_no_depth", "metadata": {**below["metadata"], METADATA_KEY: provenance}}
    return cast("LayerDataTuple", (drawn, options, "image"))


def result_name(source: str, style: str = "", look: str = "") -> str:
    """Return the name of the layer made from a layer of that name, in a style of that title of a look of that name."""
    return f"{source} ({look or 'vintage'}, {style})" if style else f"{source} ({look or 'vintage'})"


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


def stack_axes(layer: Image) -> tuple[str, ...]:
    """Return what people call each axis of a layer that comes before rows and columns: its label, and its size."""
    shape = layer.data.shape[: max(layer.ndim - 2, 0)]
    labels = getattr(layer, "axis_labels", None) or [f"axis {number - layer.ndim}" for number in range(layer.ndim)]
    return tuple(f"{label} ({size})" for label, size in zip(labels, shape, strict=False))


def labelled_time_axis(layer: Image) -> int | None:
    """Return the number of the axis that a layer's labels call time, if one does."""
    labels = getattr(layer, "axis_labels", ())[: max(layer.ndim - 2, 0)]
    return next((number for number, label in enumerate(labels) if label.lower() in _TIME_LABELS), None)


def unwrap(thing: _Wrapped) -> _Wrapped:
    """Return the layer or viewer itself where napari has handed out a proxy of it."""
    return cast("_Wrapped", getattr(thing, "__wrapped__", thing))


def _appearance(image: Image) -> Mapping[str, Any]:
    """Copy what places and renders an image; older versions of napari know fewer of these."""
    kept = {name: getattr(image, name) for name in _SPATIAL if hasattr(image, name)}
    kept = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in kept.items()}
    kept |= {"affine": np.array(image.affine.affine_matrix), "blending": image.blending, "gamma": image.gamma}
    if not image.rgb:
        kept["colormap"] = image.colormap
    return types.MappingProxyType(kept)
