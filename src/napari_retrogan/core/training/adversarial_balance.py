"""How the contest between generator and discriminators stands, and what a step's losses are, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = 0.9
"""Share of the past in the running mean of the scores, which jump from step to step."""

WINNING = 4.0
"""By how much real pictures score higher than fakes when a discriminator hardly errs any more: in logits."""

BALANCED = "balanced: the judge can't easily tell styled from real vintage pictures, and both sides go on learning"
DISCRIMINATOR_WINS = (
    "the judge is winning: it tells styled from real vintage pictures with ease, so the look learns slowly"
)
FOOLED = "the judge is fooled: it takes styled pictures for real, so the look learns little from it"
_REAL, _FAKE = "_real_score", "_fake_score"
LOSSES_EXPLAINED = (
    "Numbers (losses) say how far drawn grain still is from that of the vintage pictures, or, of patches, what the "
    "generator and its judge (the discriminator) still get wrong. None need fall to 0."
)
_LOSSES = {"drift": "change of tones"}
_NETWORKS = {"_generator": " (look)", "_discriminator": " (judge)"}


def loss_in_words(name: str) -> str:
    """Return what people call a loss."""
    for ending, network in _NETWORKS.items():
        if name.endswith(ending):
            return f"{name.removesuffix(ending)}{network}"
    return _LOSSES.get(name, name.replace("_", " "))


class Balance:
    """The scores that discriminators give to real pictures and to fakes, averaged over the last steps."""

    def __init__(self) -> None:
        self._scores: dict[str, tuple[float, float]] = {}

    def add(self, losses: Mapping[str, float]) -> None:
        """Take in one step's losses; those without scores change nothing."""
        for name in losses:
            branch = name.removesuffix(_REAL)
            if name.endswith(_REAL) and f"{branch}{_FAKE}" in losses:
                self._mix(branch, (losses[name], losses[f"{branch}{_FAKE}"]))

    def judge(self, branch: str) -> str:
        """Return a word on one discriminator's contest."""
        real, fake = self._scores[branch]
        gap = (real - fake) / WINNING
        if gap > 1:
            return DISCRIMINATOR_WINS
        return FOOLED if gap < -0.25 else BALANCED

    def words(self) -> list[str]:
        """Return a line for each discriminator, with its scores."""
        return [
            f"{branch.capitalize()}: {self.judge(branch)} (its scores: real {real:.2f}, styled {fake:.2f})."
            for branch, (real, fake) in self._scores.items()
        ]

    def _mix(self, branch: str, scores: tuple[float, float]) -> None:
        """Move the running mean towards new scores."""
        if all(map(math.isfinite, scores)):
            before = self._scores.get(branch, scores)
            real, fake = (MEMORY * old + (1 - MEMORY) * new for old, new in zip(before, scores, strict=True))
            self._scores[branch] = (real, fake)
