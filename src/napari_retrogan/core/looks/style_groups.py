"""The styles, that is looks, within one set of vintage pictures."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.foreign.values import MAX_ENTRIES
from napari_retrogan.core.looks.palette import change, look_colours, look_distance
from napari_retrogan.core.looks.prior import LookEstimate, decode, estimate_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MONOCHROME_SPREAD = 3.5
"""Mean CIELAB distance of a look's colours from their mean below which it is one tone: told from single pictures,
looks of monochrome films have 0.3 to 3 and those of colour films nearly all 4 to 20."""

_MONOCHROME_SEPARATION, _COLOUR_SEPARATION = 5.0, 14.0
"""Mean distance of hue and chroma between two groups' looks from which they are styles of their own. Pictures of one
colour film differ by up to 12 when each is looked at alone, those of one monochrome film by up to 3."""

_MIN_SHARE, _FEW = 0.15, 3
"""Among more than three pictures a style holds at least two and this share of all, else they go to the nearest one."""


def separate_styles(views: Sequence[NDArray[Any]]) -> list[list[int]]:
    """Return which vintage pictures have a look in common, the largest group first.

    The prior tells the look of each picture alone. Looks of one tone and looks of many are different styles; within
    either kind, groups are joined by average linkage until they are too far apart.

    Parameters
    ----------
    views
        Whole pictures, small, (Y, X, 3) RGB in [0, 1].
    """
    looks = np.stack([look_colours(decode(estimate_code([view])))[:, 1:] for view in views])
    spread = np.linalg.norm(looks - looks.mean(1, keepdims=True), axis=-1).mean(1)
    groups = [
        *_cluster(looks, np.flatnonzero(spread < _MONOCHROME_SPREAD), _MONOCHROME_SEPARATION),
        *_cluster(looks, np.flatnonzero(spread >= _MONOCHROME_SPREAD), _COLOUR_SEPARATION),
    ]
    groups.sort(key=lambda group: (-len(group), group[0]))
    least = max(2, _MIN_SHARE * len(views)) if len(views) > _FEW else 1
    kept = [group for group in groups if len(group) >= least] or groups[:1]
    centres = [looks[group].mean(0) for group in kept]
    for index in sorted(set(range(len(views))).difference(*kept)):
        kept[int(np.argmin([look_distance(looks[index], centre) for centre in centres]))].append(index)
    return sorted((sorted(group) for group in kept), key=lambda group: (-len(group), group[0]))


def _cluster(looks: NDArray[np.float64], members: NDArray[np.intp], separation: float) -> list[list[int]]:
    """Return groups of members whose looks (N, P, 2) are near each other."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(members) < 2:
        return [members.tolist()] if len(members) else []
    pairs = itertools.combinations(members, 2)
    joined = linkage([look_distance(looks[first], looks[second]) for first, second in pairs], "average")
    labels = fcluster(joined, separation, "distance")
    return [members[labels == label].tolist() for label in np.unique(labels)]


def describe_findings(looks: Sequence[LookEstimate], groups: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return what the prior found, as plain values for a generator's provenance.

    ``styles`` lists the numbers of the pictures of each style, unless they are more than a file may list, ``change``
    how far the first one moves ordinary colours and ``expected_error`` how far it may be from the truth, both as mean
    colour differences; ``notes`` says in words what a person should know.
    """
    moved, error = change(looks[0].weights), looks[0].expected_error
    notes = []
    if moved < error or looks[0].share < 1:
        notes.append(
            "The look is too subtle to be told from so few pictures, so its colours are given weakly. More vintage "
            "pictures of other scenes make it surer."
        )
    if len(groups) > 1:
        counts = ", ".join(str(len(group)) for group in groups)
        notes.append(
            f"The vintage pictures hold {len(groups)} styles ({counts} pictures). The largest is used unless another "
            "one is chosen."
        )
    findings = {"change": round(moved, 2), "expected_error": round(error, 2), "notes": notes}
    if sum(map(len, groups)) > MAX_ENTRIES:
        return findings
    return {"styles": [[index + 1 for index in group] for group in groups], **findings}
