"""Pictures of one tone, such as silver prints, sepia and cyanotypes: a look of them is one curve and nothing beside it.

What the prior or a training tells of such pictures keeps a trace of the photograph's colours. So it is asked only how
light each colour becomes, and the tone of each lightness is read off the pictures themselves. The curve is written
into the colour branch exactly: with l = mix . x + w * r2 and u its K = 32 inner knots, ``hidden_1`` holds l - u_k,
``hidden_2`` passes it on, and what is linear in l stands in the map::

    y = a + b * l + sum_k c_k * relu(l - u_k),  relu(v) = (lrelu(lrelu(v)) - s^2 * v) / (1 - s^2),  s = 0.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE, NEGATIVE_SLOPE
from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHT_SHAPES
from napari_retrogan.core.stages.colour import HIDDEN, POSITION_CHANNELS, map_colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Weights = dict[str, "NDArray[np.float32]"]

_TONES = 24
"""Steps of lightness in which tones are told apart."""

_FAINT, _FAINTER = 2.5, 4.0
"""How far in CIELAB all but a twentieth of the pixels may lie from the tone of their lightness: in half of the pictures
and in nine tenths of them. Of 76 silver prints it is 0, of three toned portraits 2.0 to 2.3, of 69 colour pictures 2.3
to 50, 9 in the middle."""

_GREY = 0.5
"""A tone of less chroma is grey."""

_ROUNDED = 1e-5
"""Channels that differ by less are grey, which rounding coloured."""

_SURE_OF_POINTS = 8
"""From so many pictures on, black and white are those of the pictures; of fewer they may be their scenes'."""

_STEP = 8
_ROUNDS = 3
_POINTS = (1.0, 50.0, 99.0)
"""Percentiles at which lightness is brought to that of the pictures; the middle stays."""


def is_one_tone(views: Sequence[NDArray[Any]]) -> bool:
    """Tell whether pictures (Y, X, 3), RGB in [0, 1], have one tone each."""
    spread = [_spread(_lab(view[::2, ::2]).reshape(-1, 3)) for view in views]
    return bool(np.median(spread) <= _FAINT and np.percentile(spread, 90) <= _FAINTER)


def as_one_tone(weights: Mapping[str, NDArray[Any]], views: Sequence[NDArray[Any]]) -> Weights:
    """Return a look's weights with one tone, if the pictures that it was told from have one; else as they are.

    Parameters
    ----------
    weights
        Of a look, by the names of ``stages.chain.WEIGHT_SHAPES``, or of a style alone.
    views
        The pictures, small and whole, (Y, X, 3) RGB in [0, 1].
    """
    given = {name: np.asarray(values, np.float32) for name, values in weights.items()}
    if not is_one_tone(views):
        return given
    colours, positions = _ordinary_colours()
    mix, lightening, curve = _lightness_of(given, colours, positions)
    seen = colours @ mix + lightening * positions[:, 0]
    knots = np.linspace(seen.min(), seen.max(), HIDDEN + 2)
    lightness: NDArray[Any] = _lab(np.repeat(curve(knots)[:, None], 3, 1))[:, 0]
    pixels = np.concatenate([_lab(view[::2, ::2]).reshape(-1, 3) for view in views])
    if len(views) >= _SURE_OF_POINTS:
        found: NDArray[Any] = np.percentile(_lab(np.repeat(curve(seen)[:, None], 3, 1))[:, 0], _POINTS)
        wanted: NDArray[Any] = np.percentile(pixels[:, 0], _POINTS)
        wanted[1] = np.clip(found[1], wanted[0], wanted[2])
        lightness = _through(lightness, found, wanted)
    tones = _rgb(np.column_stack([lightness, *_tone_of(pixels, lightness).T]))
    return with_tones(given, mix, lightening, knots, tones)


def _spread(lab: NDArray[np.float64]) -> float:
    """Return how far from the tone of their lightness all but a twentieth of the pixels (N, 3) lie."""
    bins = np.clip(lab[:, 0] * _TONES / 100, 0, _TONES - 1).astype(int)
    tones = np.array([np.median(lab[bins == n, 1:], axis=0) if (bins == n).any() else (0, 0) for n in range(_TONES)])
    return float(np.percentile(np.linalg.norm(lab[:, 1:] - tones[bins], axis=1), 95))


def _ordinary_colours() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return colours (N, 3) of ordinary photographs, and where they lie in them."""
    colours, positions = [], []
    for view in ordinary_photographs():
        rows, columns = (np.arange(size)[_STEP // 2 :: _STEP] for size in view.shape[:2])
        colours.append(view[np.ix_(rows, columns)].reshape(-1, 3))
        positions.append(pixel_positions(view.shape[:2], rows + 0.5, columns + 0.5).reshape(-1, 3))
    return np.concatenate(colours).astype(np.float64), np.concatenate(positions).astype(np.float64)


def _lightness_of(
    weights: Mapping[str, NDArray[Any]], colours: NDArray[np.float64], positions: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, Any]:
    """Return how a look mixes channels, (3,), what the distance from the centre adds, and what becomes of both."""
    light = map_colours(weights, colours, positions).astype(np.float64) @ LUMINANCE
    mix, lightening = LUMINANCE.astype(np.float64), 0.0
    features = np.column_stack([colours, positions[:, 0]])
    for _ in range(_ROUNDS):
        seen = features @ np.append(mix, lightening)
        curve = _curve(seen, light)
        places = np.linspace(seen.min(), seen.max(), 256)
        heights = np.maximum.accumulate(curve(places)) + 1e-6 * places
        # Where the look's light comes from, were this its curve; what is clipped tells nothing.
        inside = (light > heights[0]) & (light < heights[-1])
        wanted = np.interp(light, heights, places)
        fitted = np.linalg.lstsq(features[inside], wanted[inside], rcond=None)[0]
        mix = np.clip(fitted[:3], 0, None) if fitted[:3].max() > 0 else mix
        mix, lightening = mix / mix.sum(), float(fitted[3] / max(fitted[:3].sum(), 0.5))
    seen = features @ np.append(mix, lightening)
    return mix, lightening, _curve(seen, light)


def _curve(seen: NDArray[np.float64], light: NDArray[np.float64]) -> Any:
    """Return the mean of light over what is seen, as a function."""
    order = np.argsort(seen, kind="stable")
    parts = [part for part in np.array_split(order, _TONES) if len(part)]
    places, heights = (np.array([values[part].mean() for part in parts]) for values in (seen, light))
    ends = np.array([seen.min(), seen.max()])
    slopes = [(heights[b] - heights[a]) / max(places[b] - places[a], 1e-6) for a, b in ((0, 1), (-2, -1))]
    outer = np.clip(
        [heights[0] + slopes[0] * (ends[0] - places[0]), heights[-1] + slopes[1] * (ends[1] - places[-1])], 0, 1
    )
    places, heights = np.r_[ends[0], places, ends[1]], np.r_[outer[0], heights, outer[1]]
    return lambda values: np.interp(values, places, heights)


def _through(
    values: NDArray[np.float64], found: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return lightness bent so that some of it becomes what is wanted, on straight lines that go on to the ends."""
    places = np.r_[found[0] - 100, found, found[2] + 100]
    ends = wanted[0] - 100 * _slope(found, wanted, 0), wanted[2] + 100 * _slope(found, wanted, 1)
    return np.clip(np.interp(values, places, np.r_[ends[0], wanted, ends[1]]), 0, 100)


def _slope(found: NDArray[Any], wanted: NDArray[Any], part: int) -> float:
    """Return how steep the line is that leads to one end."""
    return float((wanted[part + 1] - wanted[part]) / max(found[part + 1] - found[part], 1e-3))


def _tone_of(pixels: NDArray[np.float64], lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the tone (N, 2) of each lightness, as pixels (M, 3) in CIELAB have it; grey is grey throughout."""
    if np.median(np.linalg.norm(pixels[:, 1:], axis=1)) < _GREY:
        return np.zeros((len(lightness), 2))
    order = np.argsort(pixels[:, 0], kind="stable")
    parts = np.array_split(pixels[order], _TONES)
    medians = np.array([np.median(part, axis=0) for part in parts])
    smooth = np.array([medians[max(n - 1, 0) : n + 2].mean(0) for n in range(len(medians))])
    return np.column_stack([np.interp(lightness, smooth[:, 0], smooth[:, channel]) for channel in (1, 2)])


def with_tones(
    weights: Weights,
    mix: NDArray[np.float64],
    lightening: float,
    knots: NDArray[np.float64],
    tones: NDArray[np.float64],
) -> Weights:
    """Return weights whose colours are a curve of tones (K + 2, 3) through knots, and whose texture is of them."""
    steps = np.diff(tones, axis=0) / np.diff(knots)[:, None]
    bends = np.diff(steps, axis=0) / (1 - NEGATIVE_SLOPE**2)
    inner = knots[1:-1]
    slope = steps[0] - NEGATIVE_SLOPE**2 * bends.sum(0)
    start = tones[0] - steps[0] * knots[0] + NEGATIVE_SLOPE**2 * (inner[:, None] * bends).sum(0)
    first = np.zeros(WEIGHT_SHAPES["colour/hidden_1/kernel"])
    first[:3], first[3] = mix[:, None], lightening
    uneven = np.zeros(WEIGHT_SHAPES["colour/map/uneven"])
    uneven[0] = lightening * slope
    zeros = {name: np.zeros(WEIGHT_SHAPES[name], np.float32) for name in STYLE_NAMES}
    colours = {
        "colour/map/matrix": mix[:, None] * slope,
        "colour/map/offset": start,
        "colour/map/amount": np.array(1.0),
        "colour/map/uneven": uneven,
        "colour/hidden_1/kernel": first,
        "colour/hidden_1/bias": -inner,
        "colour/hidden_2/kernel": np.eye(HIDDEN),
        "colour/residual/kernel": bends,
    }
    known = {**zeros, **{name: np.asarray(values, np.float32) for name, values in colours.items()}}
    given = {name: values for name, values in known.items() if name in weights}
    return {**weights, **given, **_toned_texture(weights, tones[-1] - tones[0])}


def with_grain_of_one_tone(weights: Mapping[str, NDArray[Any]]) -> Weights:
    """Return the weights of a look of one tone with its texture, which training may have coloured, of that tone."""
    ends = map_colours(weights, np.repeat([[0.0], [1.0]], 3, 1), np.zeros((2, POSITION_CHANNELS)))
    direction = np.diff(ends.astype(np.float64), axis=0)[0]
    grey = np.ptp(direction) < _ROUNDED
    return {**weights, **_toned_texture(weights, np.full(3, direction.mean()) if grey else direction)}


def _toned_texture(weights: Mapping[str, NDArray[Any]], direction: NDArray[np.float64]) -> Weights:
    """Return weights of texture with grain and softness of luminance alone, as colours change from dark to light."""
    direction = direction / max(abs(float(direction @ LUMINANCE)), 1e-3)
    toned = {
        name: np.asarray((weights[name] @ LUMINANCE)[..., None] * direction, np.float32)
        for name in ("texture/detail_3/kernel", "texture/amplitude_2/kernel", "texture/amplitude_2/bias")
        if name in weights
    }
    if "texture/grain_2/kernel" in weights:
        grain = weights["texture/grain_2/kernel"]
        # The grain of luminance, in all channels alike; as strong as before.
        toned["texture/grain_2/kernel"] = np.repeat((grain @ LUMINANCE)[..., None], 3, -1).astype(np.float32)
    return toned


def _lab(colours: NDArray[Any]) -> NDArray[np.float64]:
    """Return colours (..., 3), RGB in [0, 1], in CIELAB."""
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(colours), np.float64)


def _rgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colours in CIELAB (N, 3) as RGB in [0, 1]; grey is the same in all channels to the last bit."""
    import warnings

    from skimage.color import lab2rgb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of tones beyond what RGB holds, which are clipped.
        found = np.asarray(lab2rgb(lab), np.float64)
    grey = ~lab[:, 1:].any(1)
    found[grey] = found[grey, 1:2]
    return found
