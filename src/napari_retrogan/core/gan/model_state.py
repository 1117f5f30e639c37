"""A model made ready to train, and the state of its networks and optimiser taken out and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from napari_retrogan.core.errors import InvalidCheckpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

RATE = "learning_rate"


def compile_model(model: keras.Model, optimizer: keras.optimizers.Optimizer, **options: Any) -> None:
    """Compile a model whose optimiser has its variables: making them, TensorFlow would trace the first step twice."""
    model.compile(optimizer=optimizer, **options)
    optimizer.build(model.trainable_variables)


def capture_model(model: keras.Model) -> Arrays:
    """Return copies of all weights and of the optimiser's variables, by numbered names."""
    return {name: ops.convert_to_numpy(variable).copy() for name, variable in _variables(model).items()}


def restore_model(model: keras.Model, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put all weights and the optimiser's variables back.

    Raises
    ------
    InvalidCheckpoint
        If they are not those of such a model; the model is as it was then.
    """
    variables = _variables(model)
    for name, variable in variables.items():
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            shape = tuple(variable.shape)
            raise InvalidCheckpoint(
                f"The interrupted training lacks {name} of shape {shape}, so another version began it; start it anew."
            )
    for name, variable in variables.items():
        variable.assign(arrays[name].astype(str(variable.dtype)))


def slow_down(model: keras.Model, rate: float) -> None:
    """Forget the optimiser's momenta and multiply its learning rates."""
    for variable in model.optimizer.variables:
        if variable.path.endswith(RATE):
            variable.assign(np.asarray(variable.value) * rate if rate != 1 else variable.value)
        else:
            variable.assign(np.zeros(variable.shape, str(variable.dtype)))


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Return all variables in an order that depends on the architecture alone."""
    parts = {"networks": model.weights, "optimizer": model.optimizer.variables}
    return {f"{part}/{index:04}": each for part, variables in parts.items() for index, each in enumerate(variables)}
