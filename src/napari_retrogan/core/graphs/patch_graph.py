"""The noise-driven patch generator as an ONNX graph: each batch normalisation is folded into its layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper

from napari_retrogan.core.graphs.builder import GraphBuilder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_SEED_SIZE = 8
_EPSILON = 1e-3
NEGATIVE_SLOPE = 0.3
_STRIDES = (1, 2, 2)


def build_patch_graph(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the serialised graph of a patch generator.

    Parameters
    ----------
    weights
        ``dense/kernel`` (N, 8 * 8 * C), ``transpose_{1,2,3}/kernel`` (5, 5, out, in) and, before each of
        these, ``batch_normalization_{1,2,3}/{gamma,beta,moving_mean,moving_variance}``.

    Returns
    -------
    bytes
        A graph from ``noise`` (1, N, 1, 1) to ``patch`` (1, 3, 32, 32) in [0, 1].
    """
    builder = GraphBuilder()
    hidden = _add_seed(builder, weights)
    for number, stride in enumerate(_STRIDES, start=1):
        kernel = np.asarray(weights[f"transpose_{number}/kernel"])
        bias = None
        if number < len(_STRIDES):
            scale, bias = _normalisation(weights, number + 1)
            kernel = kernel * scale[:, None]
        hidden = _add_transposed(builder, hidden, kernel, bias, stride)
        if number < len(_STRIDES):
            hidden = builder.add("LeakyRelu", hidden, alpha=NEGATIVE_SLOPE)
    half = builder.constant(0.5)
    builder.add("Add", builder.add("Mul", builder.add("Tanh", hidden), half), half, output="patch")
    noise_length = weights["dense/kernel"].shape[0]
    noise = helper.make_tensor_value_info("noise", TensorProto.FLOAT, [1, noise_length, 1, 1])
    patch = helper.make_tensor_value_info("patch", TensorProto.FLOAT, [1, 3, 4 * _SEED_SIZE, 4 * _SEED_SIZE])
    return builder.build("patch_generator", [noise], [patch])


def _add_seed(builder: GraphBuilder, weights: Mapping[str, NDArray[Any]]) -> str:
    """Add the dense layer; its units are sorted channels first, as Keras reshapes them channels last."""
    scale, shift = _normalisation(weights, 1)
    kernel = np.asarray(weights["dense/kernel"]) * scale
    units = np.arange(kernel.shape[1]).reshape(_SEED_SIZE, _SEED_SIZE, -1).transpose(2, 0, 1)
    order = units.ravel()
    hidden = builder.convolve("noise", kernel[:, order], shift[order])
    hidden = builder.add("LeakyRelu", hidden, alpha=NEGATIVE_SLOPE)
    return builder.add("Reshape", hidden, builder.constant(np.array([1, *units.shape], np.int64)))


def _add_transposed(
    builder: GraphBuilder, source: str, kernel: NDArray[Any], bias: NDArray[Any] | None, stride: int
) -> str:
    """Add a transposed convolution that multiplies the size by its stride, padded as Keras' "same"."""
    padding = kernel.shape[0] - stride
    before, after = padding // 2, padding - padding // 2
    inputs = [source, builder.constant(kernel.transpose(3, 2, 0, 1))]
    inputs += [] if bias is None else [builder.constant(bias)]
    return builder.add("ConvTranspose", *inputs, strides=[stride] * 2, pads=[before, before, after, after])


def _normalisation(weights: Mapping[str, NDArray[Any]], number: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the scale and shift that a batch normalisation amounts to once it is trained."""
    gamma, beta, mean, variance = (
        np.asarray(weights[f"batch_normalization_{number}/{name}"], np.float64)
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + _EPSILON)
    return scale, beta - mean * scale
