"""Looks of silver prints, sepia and cyanotypes: one curve, and no trace of the photograph's colours beside it."""

import numpy as np
import pytest
from skimage.color import rgb2lab

import napari_retrogan as rg
from napari_retrogan.core.looks.one_tone import as_one_tone, is_one_tone, with_grain_of_one_tone
from napari_retrogan.core.looks.statistics import ordinary_photographs

CURVES = {
    "silver": [(0.06, 0.06, 0.06), (0.42, 0.42, 0.42), (0.9, 0.9, 0.9)],
    "sepia": [(0.10, 0.06, 0.03), (0.48, 0.37, 0.25), (0.97, 0.92, 0.82)],
    "cyanotype": [(0.04, 0.11, 0.26), (0.22, 0.40, 0.60), (0.95, 0.94, 0.88)],
}


def prints(curve, count=12):
    """Ordinary photographs in one tone."""
    pictures = []
    for view in ordinary_photographs()[:: len(ordinary_photographs()) // count][:count]:
        light = view @ [0.3, 0.5, 0.2]
        pictures.append(np.stack([np.interp(light, (0, 0.5, 1), channel) for channel in zip(*curve, strict=True)], -1))
    return pictures


@pytest.fixture(scope="module", params=CURVES)
def toned(request):
    pictures = prints(CURVES[request.param])
    return request.param, pictures, rg.imitate([(255 * picture).round().astype(np.uint8) for picture in pictures])


@pytest.fixture(scope="module")
def every_colour():
    """All colours in steps, each in a square so large that no neighbour matters; as seen and not as measured."""
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(27, 27, 3)
    return colours.repeat(8, 0).repeat(8, 1)


def test_every_colour_comes_out_on_the_one_curve(toned, every_colour):
    name, pictures, look = toned
    smooth = look.apply(every_colour / np.float32(255), grain=0, brightness="learnt")
    lab = rgb2lab(smooth).reshape(-1, 3)
    known = np.concatenate([rgb2lab(picture).reshape(-1, 3) for picture in pictures])
    order = np.argsort(known[:, 0])
    inside = (lab[:, 0] > known[:, 0].min() + 2) & (lab[:, 0] < known[:, 0].max() - 2)
    for channel in (1, 2):
        expected = np.interp(lab[inside, 0], known[order, 0], known[order, channel])
        assert np.abs(lab[inside, channel] - expected).max() < (0.05 if name == "silver" else 4)
    # Whatever the colour was, the tone of a lightness is the same.
    own = lab[np.argsort(lab[:, 0])]
    near = np.diff(own[:, 0]) < 0.01
    assert np.abs(np.diff(own[:, 1:], axis=0)[near]).max() < 0.05
    if name == "silver":
        grainy = look.apply(every_colour, brightness="kept")
        assert np.linalg.norm(rgb2lab(grainy)[..., 1:], axis=-1).max() < 0.05


def test_black_and_white_are_those_of_the_pictures(toned):
    _, pictures, look = toned
    unseen = ordinary_photographs()[3::5]
    results = [look.apply(view.astype(np.float32), grain=0, brightness="learnt") for view in unseen]
    found, known = (
        np.percentile(np.concatenate([rgb2lab(each)[..., 0].ravel() for each in side]), (1, 99))
        for side in (results, pictures)
    )
    assert np.abs(found - known).max() < 3


def test_colour_pictures_are_left_alone(make_weights):
    weights, views = make_weights(), ordinary_photographs()[:6]
    assert not is_one_tone(views)
    assert all(np.array_equal(values, weights[name]) for name, values in as_one_tone(weights, views).items())


def test_a_silver_print_among_colour_pictures_does_not_make_them_one_tone():
    assert is_one_tone(prints(CURVES["sepia"], 4))
    assert not is_one_tone([*prints(CURVES["silver"], 2), *ordinary_photographs()[:2]])


def test_what_has_one_tone_keeps_it(toned):
    _, pictures, look = toned
    again = as_one_tone(look.weights, pictures)
    picture = ordinary_photographs()[7]
    changed = rg.VintageGenerator.from_weights(again).apply(picture, grain=0, brightness="learnt")
    assert np.abs(changed - look.apply(picture, grain=0, brightness="learnt")).mean() < 0.01


def test_rounding_moves_it_little(make_weights):
    views = prints(CURVES["sepia"])
    random = np.random.default_rng(0)
    shaken = [view + 1e-7 * random.standard_normal(view.shape) for view in views]
    weights = rg.imitate(views).weights
    first, second = (rg.VintageGenerator.from_weights(as_one_tone(weights, each)) for each in (views, shaken))
    picture = ordinary_photographs()[5]
    assert np.abs(first.apply(picture, grain=0) - second.apply(picture, grain=0)).max() < 1e-3


def test_grain_that_training_coloured_takes_the_tone_of_the_look(toned):
    name, _, look = toned
    random = np.random.default_rng(4)
    coloured = {
        name: values + 0.01 * random.standard_normal(values.shape)
        for name, values in look.weights.items()
        if name.startswith(("texture/grain_2", "texture/amplitude_2"))
    }
    brought_back = rg.VintageGenerator.from_weights(with_grain_of_one_tone({**look.weights, **coloured}))
    grey = np.full((64, 64, 3), 0.5, np.float32)
    plain, grainy = (brought_back.apply(grey, grain=grain, brightness="learnt") for grain in (0.0, 1.0))
    moved = (grainy - plain).reshape(-1, 3).astype(np.float64)
    strengths = np.linalg.svd(moved, compute_uv=False)
    assert strengths[0] > 0.05
    assert strengths[1] < 0.02 * strengths[0]
    if name == "silver":
        assert (grainy == grainy[..., :1]).all()
