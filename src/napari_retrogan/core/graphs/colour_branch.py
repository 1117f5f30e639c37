"""The colour branch as plain arithmetic on colours: what a look's weights do where no thumbnail changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NEGATIVE_SLOPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray


def map_colours(
    weights: Mapping[str, NDArray[Any]], colours: NDArray[Any], places: NDArray[Any]
) -> NDArray[np.float32]:
    """Return colours (..., 3) at places (..., 3) through a colour branch whose thumbnail changes nothing."""
    mapped = colours + weights["colour/map/amount"] * (
        colours @ weights["colour/map/matrix"] + weights["colour/map/offset"] - colours
    )
    hidden = np.concatenate([colours, places], -1) @ first_kernel(weights) + weights["colour/hidden_1/bias"]
    hidden = np.where(hidden > 0, hidden, NEGATIVE_SLOPE * hidden)
    hidden = hidden @ weights["colour/hidden_2/kernel"] + weights["colour/hidden_2/bias"]
    hidden = np.where(hidden > 0, hidden, NEGATIVE_SLOPE * hidden)
    mapped = mapped + places @ weights["colour/map/uneven"]
    residual = hidden @ weights["colour/residual/kernel"] + weights["colour/residual/bias"]
    return np.asarray(np.clip(mapped + residual, 0, 1), np.float32)


def first_kernel(weights: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Return the kernel (6, C) from colour and place to the first hidden layer."""
    return np.concatenate([weights["colour/hidden_1/kernel"], weights["colour/place/kernel"]])


def linear_kernel(weights: Mapping[str, NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
    """Return the kernel (6, 3) from colour and place to colour of the linear map by its amount, computed in a type."""
    amount, matrix, uneven = (
        np.asarray(weights[f"colour/map/{name}"], dtype) for name in ("amount", "matrix", "uneven")
    )
    identity = np.eye(3, dtype=dtype)
    return np.concatenate([identity + amount * (matrix - identity), uneven])
