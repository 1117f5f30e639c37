"""The ONNX graph computes what the architecture states, and nothing else is let in."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from napari_retrogan.core.graphs.generator_graph import SOURCES, build_graph
from napari_retrogan.core.graphs.tile_graph import build_field_graph, build_tile_graph
from napari_retrogan.core.inference.session import open_session, run_session
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.stages.chain import HALO, render
from napari_retrogan.core.stages.numpy_operations import NUMPY
from napari_retrogan.core.stages.softness import SOFTNESS


def lrelu(values):
    return np.where(values >= 0, values, 0.2 * values)


def convolve(values, kernel, bias=0.0, stride=1):
    """A convolution without padding of (Y, X, C), in double precision."""
    windows = sliding_window_view(values, kernel.shape[:2], (0, 1))[::stride, ::stride]
    return np.einsum("yxchw,hwcf->yxf", windows, kernel.astype(np.float64)) + bias


def forward(w, image, place, thumbnail, noise, strength, grain, softness):
    """The formulas of the stages, written out, channels last."""
    hidden = lrelu(convolve(thumbnail - 0.5, w["context/convolution_1/kernel"], w["context/convolution_1/bias"], 2))
    hidden = lrelu(convolve(hidden, w["context/convolution_2/kernel"], w["context/convolution_2/bias"], 2))
    hidden = lrelu(hidden.mean((0, 1)) @ w["context/hidden/kernel"] + w["context/hidden/bias"])
    gamma, beta = np.split(hidden @ w["context/modulation/kernel"] + w["context/modulation/bias"], 2)
    features = np.concatenate([image, place[..., :1]], -1)
    first = (
        features @ w["colour/hidden_1/kernel"] + w["colour/hidden_1/bias"] + place[..., 1:] @ w["colour/place/kernel"]
    )
    hidden = lrelu(first) * (1 + gamma) + beta
    hidden = lrelu(hidden @ w["colour/hidden_2/kernel"] + w["colour/hidden_2/bias"])
    residual = hidden @ w["colour/residual/kernel"] + w["colour/residual/bias"]
    mapped = image @ w["colour/map/matrix"] + w["colour/map/offset"]
    mapped = image + w["colour/map/amount"] * (mapped - image) + place @ w["colour/map/uneven"]
    toned = np.clip(mapped + residual, 0, 1)
    detail = lrelu(convolve(toned, w["texture/detail_1/kernel"], w["texture/detail_1/bias"]))
    detail = lrelu(convolve(detail, w["texture/detail_2/kernel"], w["texture/detail_2/bias"]))
    detail = convolve(detail, w["texture/detail_3/kernel"])
    field = lrelu(convolve(noise, w["texture/grain_1/kernel"], w["texture/grain_1/bias"]))
    field = convolve(field, w["texture/grain_2/kernel"])
    inner, photograph = toned[3:-3, 3:-3], image[3:-3, 3:-3]
    amplitude = lrelu(inner @ w["texture/amplitude_1/kernel"] + w["texture/amplitude_1/bias"])
    amplitude = amplitude @ w["texture/amplitude_2/kernel"] + w["texture/amplitude_2/bias"]
    styled = np.clip(inner + softness * detail + grain * amplitude * field, 0, 1)
    return np.clip(photograph + strength * (styled - photograph), 0, 1)


AMOUNTS = [(1.0, 1.0, 1.0), (2.0, 4.0, 2.0), (0.5, 0.0, 0.0), (0.0, 1.0, 0.5)]


def random_inputs(shape):
    rng = np.random.default_rng(0)
    sizes = {"image": (*shape, 3), "place": (*shape, 3), "thumbnail": (64, 64, 3), "noise": (*shape, 3)}
    draw = {"noise": rng.standard_normal}
    inputs = {name: draw.get(name, rng.random)(size) for name, size in sizes.items()}
    return {name: values.transpose(2, 0, 1)[None].astype(np.float32) for name, values in inputs.items()}


def check_formula(graph, weights, shape, amounts, field_graph=None, halo=HALO):
    """Compare with the formula; return how far the picture is from what it was. A graph may need less halo."""
    feeds = random_inputs(shape)
    amounts = dict(zip(("strength", "grain", "softness"), amounts, strict=True))
    expected = forward(weights, **{name: each[0].transpose(1, 2, 0) for name, each in feeds.items()}, **amounts)
    feeds |= {name: np.array(amount, np.float32) for name, amount in amounts.items()}
    if field_graph is not None:
        feeds["field"] = run_session(open_session(field_graph), "field", feeds)
    rows, columns = (slice(HALO - halo, size - HALO + halo) for size in shape)
    cut = {name: np.ascontiguousarray(feeds[name][:, :, rows, columns]) for name in ("image", "place")}
    result = run_session(open_session(graph), "result", {**feeds, **cut})
    assert np.allclose(result[0].transpose(1, 2, 0), expected, atol=1e-5)
    return np.abs(expected - feeds["image"][0].transpose(1, 2, 0)[3:-3, 3:-3]).max()


@pytest.mark.parametrize("amounts", AMOUNTS, ids=str)
@pytest.mark.parametrize("shape", [(20, 31), (7, 7)])
def test_the_graph_computes_the_formula(make_weights, shape, amounts):
    weights = make_weights(4)
    change = check_formula(build_graph(weights), weights, shape, amounts)
    assert change > 0.05 or not amounts[0]


@pytest.mark.parametrize("amounts", AMOUNTS, ids=str)
@pytest.mark.parametrize("shape", [(22, 36), (134, 134)])
def test_the_graph_for_tiles_computes_it_too(make_weights, shape, amounts):
    weights = make_weights(4)
    _, grain, softness = amounts
    graph = build_tile_graph(weights, detail=softness > 0, grain=grain > 0)
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)
    settings = ApplySettings(strength=amounts[0] or 1, grain=grain, softness=softness)
    check_formula(graph, weights, shape, amounts, build_field_graph(weights), settings.halo)


@pytest.mark.parametrize("amounts", AMOUNTS, ids=str)
def test_the_stages_in_numpy_compute_it_too(make_weights, amounts):
    weights = make_weights(4)
    pictures = {name: each[0].transpose(1, 2, 0).astype(np.float64) for name, each in random_inputs((12, 17)).items()}
    strength, grain, softness = amounts
    expected = forward(weights, **pictures, strength=strength, grain=grain, softness=softness)
    sources = {name: pictures[called] for name, called in SOURCES.items()}
    result = render(NUMPY, weights, sources, strength, {"grain": grain, "softness": softness})
    assert np.allclose(result, expected, atol=1e-12)


def test_the_halo_is_what_the_stages_in_use_reach():
    everything = ApplySettings()
    assert everything.halo == HALO == SOFTNESS.reach
    assert replace(everything, softness=0.0).halo == 0
    assert replace(everything, grain=0.0).halo == HALO
    assert replace(everything, strength=0.0).halo == 0
    assert replace(everything, softness=0.0, providers=("CUDAExecutionProvider",)).halo == HALO


def test_what_is_not_wanted_is_not_asked_for(make_weights):
    weights = make_weights(0)
    plain = open_session(build_tile_graph(weights, detail=False, grain=False))
    assert [value.name for value in plain.get_inputs()] == ["image", "place", "thumbnail", "strength"]


def test_widths_come_from_the_weights(make_weights):
    weights = make_weights(0)
    weights["texture/detail_1/kernel"] = weights["texture/detail_1/kernel"][..., :5]
    weights["texture/detail_1/bias"] = weights["texture/detail_1/bias"][:5]
    weights["texture/detail_2/kernel"] = weights["texture/detail_2/kernel"][:, :, :5]
    graph = build_graph(weights)
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)


def test_a_generators_graph_is_valid_small_and_the_same_every_time(make_weights):
    graph = build_graph(make_weights(0))
    onnx.checker.check_model(onnx.load_model_from_string(graph), full_check=True)
    assert len(graph) < 200_000
    assert graph == build_graph(make_weights(0))
    assert graph != build_graph(make_weights(1))
