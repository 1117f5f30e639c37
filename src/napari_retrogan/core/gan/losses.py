"""Adversarial losses on the scores (logits) of real and fake pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.config import Loss

_NOTHING = 1e-30
"""Too small to change a number, and not zero, which a compiler would leave out."""


@dataclass(frozen=True, slots=True)
class AdversarialLoss:
    """What the discriminator and the generator minimise, each a function of (real scores, fake scores)."""

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any, Any], Any]


def _cross_entropy() -> AdversarialLoss:
    """Non-saturating cross-entropy: Goodfellow et al., "Generative Adversarial Nets" (2014), section 3."""
    return AdversarialLoss(
        lambda real, fake: ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)),
        lambda _, fake: ops.mean(ops.softplus(-fake)),
    )


def _least_squares() -> AdversarialLoss:
    """Least squares with targets 1 and 0: Mao et al., "Least Squares GAN" (2017), equation 9."""
    return AdversarialLoss(
        lambda real, fake: ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake)),
        lambda _, fake: ops.mean(ops.square(fake - 1.0)),
    )


def _hinge() -> AdversarialLoss:
    """Hinge: Lim and Ye, "Geometric GAN" (2017), equations 11 and 12."""
    return AdversarialLoss(
        lambda real, fake: ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake)),
        lambda _, fake: -ops.mean(fake),
    )


def _relativistic() -> AdversarialLoss:
    """Relativistic average: Jolicoeur-Martineau, "The relativistic discriminator" (2018), section 4.2."""

    def contrast(upper: Any, lower: Any) -> Any:
        above = ops.mean(ops.softplus(ops.mean(lower) - upper))
        below = ops.mean(ops.softplus(lower - ops.mean(upper)))
        return above + below

    return AdversarialLoss(contrast, lambda real, fake: contrast(fake, real))


_LOSSES: dict[Loss, Callable[[], AdversarialLoss]] = {
    "cross_entropy": _cross_entropy,
    "least_squares": _least_squares,
    "hinge": _hinge,
    "relativistic": _relativistic,
}


def adversarial_loss(name: Loss) -> AdversarialLoss:
    """Return the loss of that name."""
    return _LOSSES[name]()


def gradient_penalty(scores: Any, perturbed_scores: Any) -> Any:
    """Return mean((D(x + s n) - D(x))^2), a finite difference that stands for the squared gradient times s^2."""
    return ops.mean(ops.square(perturbed_scores - scores))


def wait_for(judged: Any, loss: Any) -> Any:
    """Return a discriminator's loss whose gradient waits until fakes are judged by its weights as they were.

    TensorFlow otherwise updates weights that are still to be read.
    """
    return (1.0 + _NOTHING * ops.mean(ops.stop_gradient(judged))) * loss
