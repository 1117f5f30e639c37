"""Training on several devices at once: each takes a share of every batch (Keras' data parallelism, on JAX)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from napari_retrogan.core.errors import BackendUnavailable, InvalidConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_retrogan.core.config import TrainingConfig


def on_devices(make: Callable[[], Any], devices: int | None, config: TrainingConfig) -> Any:
    """Return a training whose every method runs on several devices, or an ordinary one where one device does it.

    Parameters
    ----------
    make
        Makes the training.
    devices
        How many; None takes as many accelerators as there are and as divide the batches evenly.
    config
        Of which the batch size counts.

    Raises
    ------
    BackendUnavailable
        If several devices are asked for on another backend than JAX, or there are fewer.
    InvalidConfig
        If the batches can't be divided evenly.
    """
    names = _several(devices, config.texture_batch_size)
    return make() if names is None else _OnDevices(make, names)


def _several(devices: int | None, batches: int) -> list[str] | None:
    """Return the names of the devices to use if it is more than one."""
    backend = keras.backend.backend()
    if devices is None:
        if backend != "jax":
            return None
        found = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
        count = max((number for number in range(1, len(found) + 1) if batches % number == 0), default=1)
        return found[:count] if count > 1 else None
    if devices == 1:
        return None
    if backend != "jax":
        raise BackendUnavailable(
            f"Training on {devices} devices was asked for, which Keras does on JAX alone, not on {backend}; pass "
            "backend='jax' or devices=1."
        )
    found = keras.distribution.list_devices()
    if not 1 <= devices <= len(found):
        raise BackendUnavailable(
            f"Training on {devices} devices was asked for and JAX has {len(found)} here ({', '.join(found)})."
        )
    if batches % devices:
        raise InvalidConfig(
            f"{devices} devices can't share the batches evenly; make texture_batch_size a multiple of {devices}."
        )
    names: list[str] = found[:devices]
    return names


class _OnDevices:
    """A training whose methods are called with its devices as Keras' distribution, and with none in between."""

    def __init__(self, make: Callable[[], Any], names: list[str]) -> None:
        self._distribution = keras.distribution.DataParallel(devices=names)
        with self._distribution.scope():
            self._training = make()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._training, name)
        if not callable(value):
            return value

        def call(*values: Any, **options: Any) -> Any:
            with self._distribution.scope():
                return value(*values, **options)

        return call
