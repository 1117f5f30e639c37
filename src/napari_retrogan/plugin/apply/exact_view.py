"""What applying a look would give of what is in view, pixel for pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.plugin.apply.region_view import blend_part, blend_view
from napari_retrogan.plugin.window.preview_layer import pixel_size, plane_in_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.region_mask import FeatheredMask
    from napari_retrogan.core.vintage_generator import VintageGenerator
    from napari_retrogan.plugin.layers import LayerSnapshot
    from napari_retrogan.plugin.window.preview_layer import View

_STRIP_PIXELS = 2**22


def exact_view(
    generator: VintageGenerator,
    snapshot: LayerSnapshot,
    view: View,
    settings: Mapping[str, Any],
    region: FeatheredMask | None,
    should_stop: Callable[[], bool],
) -> NDArray[Any]:
    """Return those pixels of the styled picture that a view shows.

    A single picture is styled at full size in strips, of which only the view's pixels are kept. A level of a pyramid
    that is coarser than the finest is styled as such a level is, which takes no more than the view.

    Parameters
    ----------
    generator
        The look, in its style.
    snapshot
        Of the layer.
    view
        What of it.
    settings
        Amounts of `Taste`, ``seed`` and ``brightness``.
    region
        Where the look is applied; None for everywhere.
    should_stop
        Asked between tiles.

    Raises
    ------
    ApplyCancelled
        If ``should_stop`` said so.
    """
    value_range = None if snapshot.rgb else snapshot.contrast_limits
    if view.level:
        plane, part = plane_in_view(snapshot, view)
        taste = dict(settings)
        chosen = {name: taste.pop(name) for name in ("seed", "brightness")}
        preview = generator.preview(
            plane,
            **chosen,
            rgb=snapshot.rgb,
            value_range=value_range,
            region=part,
            pixel_size=pixel_size(snapshot, view),
        )
        return blend_view(preview.render(**taste), snapshot, view, region)
    plane = snapshot.levels[0][view.leading]
    step = view.stride
    top, left = step * view.rows[0], step * view.columns[0]
    bottom, right = min(step * view.rows[1], plane.shape[0]), min(step * view.columns[1], plane.shape[1])
    high = step * max(1, _STRIP_PIXELS // (step * (right - left)))
    strips = []
    for start in range(top, bottom, high):
        height = min(high, bottom - start)
        styled = generator.apply(
            plane,
            **settings,
            rgb=snapshot.rgb,
            value_range=value_range,
            region=(start, left, height, right - left),
            should_stop=should_stop,
        )
        if region is not None:
            before = np.asarray(plane[start : start + height, left:right])
            styled = blend_part(before, np.asarray(styled), snapshot, view, region, (start, left))
        strips.append(np.asarray(styled[::step, ::step]))
    return np.concatenate(strips)
