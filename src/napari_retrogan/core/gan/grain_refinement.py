"""What is learnt of grain beyond what is measured: the stage of grain, drawn nearer to the grain of real squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from napari_retrogan.core.gan.grain_distance import grain_distance
from napari_retrogan.core.gan.model_state import compile_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.gan.keras_operations import StageLayer

DRIFT = 1000.0
"""Weight of the squared mean of grain over a square, by which it changes tones: a step of eight bits costs 0.015."""

_MOMENTA = {"beta_1": 0.5, "beta_2": 0.99}


class GrainRefinement(keras.Model):
    """The stage of grain, descended on the distance of the squares that it draws from real ones.

    There is no second network: the distance itself is minimised, through random filters that change with each step
    (Elnekave and Weiss 2022). A training starts at the measured field, so the first distance is that of the closed
    form.

    Parameters
    ----------
    grain
        The stage, with the weights to begin with.
    learning_rate
        Of Adam.
    """

    def __init__(self, grain: StageLayer, learning_rate: float) -> None:
        super().__init__(name="grain_refinement")
        self.grain = grain
        self.trackers = {name: keras.metrics.Mean(name=name) for name in ("grain", "drift")}
        compile_model(
            self, keras.optimizers.Adam(learning_rate, **_MOMENTA), jit_compile=keras.backend.backend() == "jax"
        )

    def call(self, batch: dict[str, Any], training: bool = False) -> Any:
        """Return what squares with drawn grain are beside their planes, (N, 32, 32, 3)."""
        return draw_grain(self.grain([batch["ground"], batch["noise"]]), batch)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the distance and what the grain changes of tones."""
        x = {name: ops.convert_to_tensor(values) for name, values in x.items()}  # On torch they come as NumPy.
        losses = {
            "grain": grain_distance(x["real"], y_pred, x["filters"]),
            "drift": DRIFT * ops.mean(ops.square(ops.mean(y_pred, axis=(1, 2)))),
        }
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return losses["grain"] + losses["drift"]


def draw_field(grain: StageLayer, weights: Mapping[str, Any], batch: Mapping[str, Any]) -> Any:
    """Return the grain (N, 32, 32, 3) that other weights of the stage add to the planes of a batch."""
    tensors = {name: ops.convert_to_tensor(weights[name]) for name in grain.variables_by_name}
    return grain.with_weights(tensors, *(ops.convert_to_tensor(batch[name]) for name in ("ground", "noise")))


def draw_grain(grain: Any, batch: dict[str, Any]) -> Any:
    """Return what planes are with grain, and with what photographs hold themselves, beside those planes."""
    return ops.clip(batch["ground"] + grain + batch["clean"], 0.0, 1.0) - batch["ground"]
