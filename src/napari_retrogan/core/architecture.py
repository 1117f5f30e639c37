"""Sizes and weight names of the vintage generator, shared by the Keras networks and the ONNX graph.

With x the photograph in [0, 1] (rows of RGB), r2 the squared distance from the picture's centre and p how far below
and to the right of it a pixel lies, in units of half the diagonal, t the picture's thumbnail and z noise of unit
variance::

    gamma, beta = context(t)
    h = lrelu(hidden_1([x, r2]) + place(p)) * (1 + gamma) + beta
    y = clip(x + amount * (x @ matrix + offset - x) + [r2, p] @ uneven + residual(lrelu(hidden_2(h))), 0, 1)
    styled = clip(y + softness * detail(y) + grain * amplitude(y) * grain_field(z), 0, 1)
    out = clip(x + strength * (styled - x), 0, 1)

``context`` sees t - 1/2 and is two 3 x 3 convolutions of stride 2, the mean over space and two dense layers;
``detail`` is three 3 x 3 convolutions and ``grain_field`` a 5 x 5 and a 3 x 3 one. ``lrelu`` stands
between all of them and convolutions take no padding, so a result needs ``HALO`` pixels around it.

A style is the colour branch alone: the arrays named by ``STYLE_NAMES``. New ones come from normal noise through a
mapping network of three dense layers to a style code, which the decoder of the look prior turns into such arrays.
"""

from __future__ import annotations

TILE_SIZE = 256
HALO = 3
THUMBNAIL_SIZE = 64
NOISE_CHANNELS = 3
NEGATIVE_SLOPE = 0.2
SEED_LIMIT = 2**63
"""Seeds are whole numbers from 0 to below it."""

PLACE_NAMES = ("colour/place/kernel", "colour/map/uneven")
"""What files of format versions 1 and 2 lack."""

WEIGHT_SHAPES: dict[str, tuple[int, ...]] = {
    "context/convolution_1/kernel": (3, 3, 3, 16),
    "context/convolution_1/bias": (16,),
    "context/convolution_2/kernel": (3, 3, 16, 32),
    "context/convolution_2/bias": (32,),
    "context/hidden/kernel": (32, 32),
    "context/hidden/bias": (32,),
    "context/modulation/kernel": (32, 64),
    "context/modulation/bias": (64,),
    "colour/map/matrix": (3, 3),
    "colour/map/offset": (3,),
    "colour/map/amount": (),
    "colour/hidden_1/kernel": (4, 32),
    "colour/hidden_1/bias": (32,),
    "colour/place/kernel": (2, 32),
    "colour/hidden_2/kernel": (32, 32),
    "colour/hidden_2/bias": (32,),
    "colour/residual/kernel": (32, 3),
    "colour/residual/bias": (3,),
    "texture/grain_1/kernel": (5, 5, 3, 8),
    "texture/grain_1/bias": (8,),
    "texture/grain_2/kernel": (3, 3, 8, 3),
    "texture/amplitude_1/kernel": (3, 8),
    "texture/amplitude_1/bias": (8,),
    "texture/amplitude_2/kernel": (8, 3),
    "texture/amplitude_2/bias": (3,),
    "texture/detail_1/kernel": (3, 3, 3, 8),
    "texture/detail_1/bias": (8,),
    "texture/detail_2/kernel": (3, 3, 8, 8),
    "texture/detail_2/bias": (8,),
    "texture/detail_3/kernel": (3, 3, 8, 3),
    "colour/map/uneven": (3, 3),
}

STYLE_NAMES = tuple(name for name in WEIGHT_SHAPES if name.startswith(("colour/", "context/modulation/")))

STYLE_NOISE = 100
CODE_SIZE = 64
MAPPING_SHAPES: dict[str, tuple[int, ...]] = {
    "hidden_1/kernel": (STYLE_NOISE, 64),
    "hidden_1/bias": (64,),
    "hidden_2/kernel": (64, 64),
    "hidden_2/bias": (64,),
    "code/kernel": (64, CODE_SIZE),
    "code/bias": (CODE_SIZE,),
}
