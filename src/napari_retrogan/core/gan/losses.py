"""Adversarial losses on the scores (logits) of real and fake pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

_NOTHING = 1e-30
"""Too small to change a number, and not zero, which a compiler would leave out."""


@dataclass(frozen=True, slots=True)
class AdversarialLoss:
    """What the discriminator and the generator minimise, each a function of (real scores, fake scores)."""

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any, Any], Any]


def adversarial_loss() -> AdversarialLoss:
    """Return non-saturating cross-entropy: Goodfellow et al., "Generative Adversarial Nets" (2014), section 3."""
    return AdversarialLoss(
        lambda real, fake: ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)),
        lambda _, fake: ops.mean(ops.softplus(-fake)),
    )


def gradient_penalty(scores: Any, perturbed_scores: Any) -> Any:
    """Return mean((D(x + s n) - D(x))^2), a finite difference that stands for the squared gradient times s^2."""
    return ops.mean(ops.square(perturbed_scores - scores))


def wait_for(judged: Any, loss: Any) -> Any:
    """Return a discriminator's loss whose gradient waits until fakes are judged by its weights as they were.

    TensorFlow otherwise updates weights that are still to be read.
    """
    return (1.0 + _NOTHING * ops.mean(ops.stop_gradient(judged))) * loss
