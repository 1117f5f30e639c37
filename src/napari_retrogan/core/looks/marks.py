"""Marks on vintage pictures: how many there are of each kind, how large they are, how light and how opaque.

What flat areas show more of than those of ordinary photographs, and than scenes usually do, are marks. Faint stains
and clouds of specks can't be told from scenes: as many are taken as usually lie with the marks that were counted.
What a threshold and a scene leave of a mark is not the mark itself, so marks as they were measured are laid on
ordinary photographs and measured again, and what is missing is made good: indirect inference (Gourieroux, Monfort and
Renault 1993).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.inference.mark_plane import MarkPlane, marked
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.mark_search import NUM_FOUND, Found, find_marks, middle, ramp
from napari_retrogan.core.stages.marks import MARK_KINDS, MOST_RATES, USUAL_MARKS, MarkStatistics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Values = NDArray[np.float64]

_MAX_PICTURES = 12
_STAIN = MARK_KINDS.index("stain")
_CHANCE, _SURE = 1.5, 3.0
"""Standard errors by which vintage pictures have to show more than ordinary ones."""
_SCATTER = 1.0
"""Deviation of what scenes of one picture show, as a share of it; of several it is less by the root of their number."""
_USUAL_SPECKS, _USUAL_LINES = 14.0, 13.0
"""Things a megapixel that flat areas of photographs show which have no marks: medians over sets of twelve of 728.
Scenes that show fewer do so by chance."""
_GRAIN, _ONLY_GRAIN = 400.0, 900.0
"""So many specks a megapixel are grain and no dust."""
_ROUNDS = 2
_LEAST_SPREAD = 0.1
_MOST_CORRECTION = 3.0
_FEW = 3.0
"""Marks of the usual kind that are counted with those that were found, so that few do not tell it all."""
_CLOUDS, _STAINS = 0.06, 0.022
"""Clouds of specks and stains that lie with each mark that was counted, about as in collections of cut-outs."""
_STAIN_SIDES = np.log([(190.0, 1.5), (160.0, 1.5)])
"""Logarithms of the long and the short side of a stain that is seen, and their deviations."""
_LEAST_TOLD = 1.0
"""Marks a megapixel that are worth a word."""


def measure_marks(
    vintage: Sequence[NDArray[Any]], ordinary: Sequence[NDArray[Any]], *, specks: bool = True
) -> MarkStatistics:
    """Measure the marks that vintage pictures have over ordinary photographs.

    Parameters
    ----------
    vintage, ordinary
        Pictures at native size, (Y, X, 3) RGB in [0, 1]; of each up to 12, evenly chosen, and of these the middle, up
        to 512 px wide and high, are looked at.
    specks
        Whether dust is looked for: where the dots of a screen were taken off it can't be told from what they leave.

    Returns
    -------
    MarkStatistics
        With rates of 0 where vintage pictures show no more than chance tells; tones, how much pictures differ, stains
        and clouds are the usual ones, the latter as many as lie with so many other marks.
    """
    shown, scenes = (
        [middle(picture) for picture in choose_evenly(each, _MAX_PICTURES)] for each in (vintage, ordinary)
    )
    found, beside = find_marks(shown), find_marks(scenes)
    sure = _sureness(found, beside, _SCATTER * np.sqrt(sum(1 / max(len(each), 1) for each in (shown, scenes))))
    if not specks:
        sure[0] = 0
    excess = found.without(beside)
    told = wanted = _statistics(sure * _rates(excess), excess)
    for number in range(_ROUNDS if sure.any() else 0):
        again = find_marks([_with_marks(told, picture, number, index) for index, picture in enumerate(scenes)])
        told = _corrected(told, wanted, _statistics(_rates(again.without(beside)), again.without(beside)))
    return told


def describe_marks(weights: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return in a sentence or none that vintage pictures show marks, and how they come into results."""
    counted = np.asarray(weights["marks/rate"], np.float64).tolist()[:NUM_FOUND]
    if sum(counted) < _LEAST_TOLD:
        return []
    dust, hair, lint, scratch = counted
    words = {"dust": dust, "hairs": hair + lint, "scratches": scratch}
    named = [name for name, rate in words.items() if rate >= _LEAST_TOLD / 4]
    told = " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
    return [
        f"The vintage pictures show {told}: about {sum(counted):.0f} marks on 1000 x 1000 pixels. They are left out "
        "until you want them: the slider Marks, marks=1, lays as many on a result, and the stains and sprays of specks "
        "that usually lie with them."
    ]


def _rates(found: Found) -> Values:
    """Return numbers a megapixel."""
    return np.asarray(np.maximum(found.counts, 0) / max(found.area, 1e-9), np.float64)


def _sureness(shown: Found, scenes: Found, scatter: float) -> Values:
    """Return how surely there are more marks of each kind than scenes have: of lines together, for each kind is rare.

    Specks that are as many as grain are no marks, and lines among them are rows of such. ``scatter`` is the
    deviation of what scenes show, as a share of it.
    """
    if not (shown.area and scenes.area):
        return np.zeros(NUM_FOUND)

    def sure(kinds: slice, usual: float) -> float:
        count = shown.counts[kinds].sum()
        expected = shown.area * max(scenes.counts[kinds].sum() / scenes.area, usual)
        error = np.sqrt(count + expected + (scatter * expected) ** 2 + 1)
        return float(ramp((count - expected) / error, _CHANCE, _SURE))

    lines = [sure(slice(1, None), _USUAL_LINES)] * (NUM_FOUND - 1)
    no_grain = 1 - ramp(_rates(shown)[0], _GRAIN, _ONLY_GRAIN)
    return np.asarray(no_grain * np.array([sure(slice(1), _USUAL_SPECKS), *lines]))


def _statistics(rates: Values, found: Found) -> MarkStatistics:
    """Return statistics of what was found, with some of the usual kind among them."""
    usual = {name: np.array(getattr(USUAL_MARKS, name), np.float64) for name in ("length", "width", "opacity", "light")}
    part = slice(NUM_FOUND)
    sides = [usual[name][part] for name in ("length", "width")]
    known = np.column_stack(
        [
            *(side[:, 0] for side in sides),
            *(np.square(side).sum(1) for side in sides),
            usual["opacity"][part].mean(1),
            usual["light"][part],
        ]
    )
    counted = np.where(found.counts[:, None] > 0, found.sums, 0)
    means = (counted + _FEW * known) / (np.maximum(found.counts, 0) + _FEW)[:, None]
    spread = np.sqrt(np.maximum(means[:, 2:4] - means[:, :2] ** 2, 0.01))
    for number, name in enumerate(("length", "width")):
        usual[name][part] = np.stack([means[:, number], spread[:, number]], 1)
    usual["opacity"][part] = np.clip(means[:, 4:5] * [0.7, 1.3], 0, 1)
    usual["light"][part] = np.clip(means[:, 5], 0, 1)
    rate = np.zeros(len(MARK_KINDS))
    rate[part] = np.minimum(rates, MOST_RATES[part])
    rate[_STAIN], clouds = np.array([_STAINS, _CLOUDS]) * rate.sum()
    usual["length"][_STAIN], usual["width"][_STAIN] = _STAIN_SIDES
    arrays = {name: each.astype(np.float32) for name, each in {**usual, "rate": rate}.items()}
    return replace(USUAL_MARKS, **arrays, clouds=np.array(clouds, np.float32))


def _with_marks(told: MarkStatistics, picture: NDArray[np.float32], seed: int, number: int) -> NDArray[np.float32]:
    """Return a picture with marks."""
    plane = MarkPlane(told.to_bytes(), 1.0, seed, number)
    layer = plane.layer(Region(0, 0, picture.shape[0], picture.shape[1]))
    return np.moveaxis(marked(np.moveaxis(picture, -1, 0), layer), 0, -1)


def _corrected(told: MarkStatistics, wanted: MarkStatistics, again: MarkStatistics) -> MarkStatistics:
    """Return statistics of which what is measured comes nearer to what was wanted."""
    rate = told.rate.copy()
    for kinds in (slice(1), slice(1, NUM_FOUND)):
        # Lines together: of each kind alone there are too few to tell chance from what was missed.
        missing = (wanted.rate[kinds].sum() + _FEW) / (again.rate[kinds].sum() + _FEW)
        rate[kinds] *= np.clip(missing, 1 / _MOST_CORRECTION, _MOST_CORRECTION)

    def moved(name: str) -> NDArray[np.float32]:
        values = np.array(getattr(told, name), np.float32)
        values += np.clip(getattr(wanted, name) - getattr(again, name), [-0.7, -0.2], [0.7, 0.2])
        return np.maximum(values, [-np.inf, _LEAST_SPREAD]).astype(np.float32)

    brought = (wanted.opacity + 0.05) / (again.opacity + 0.05)
    return replace(
        told,
        rate=np.minimum(rate, MOST_RATES).astype(np.float32),
        length=moved("length"),
        width=moved("width"),
        opacity=np.clip(told.opacity * np.clip(brought, 0.5, 2), 0, 1).astype(np.float32),
    )
