"""Networks of the look prior: from vintage pictures to a style code, and from a code to weights of the colour branch.

The encoder follows Zaheer et al., "Deep Sets" (2017), and Lee et al., "Set Transformer" (2019): each picture becomes
a token, tokens look at each other, and their order does not matter. The decoder is a hypernetwork (Ha et al.,
2016): it writes a linear map, what the first hidden layer makes of positions, its bias, a scale and shift between the
two hidden layers and the last layer; the rest of the colour branch is common to all looks.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from napari_retrogan.core.architecture import CODE_SIZE, NEGATIVE_SLOPE
from napari_retrogan.core.gan.look_fit import map_colours
from napari_retrogan.core.images.pixel_positions import picture_positions
from napari_retrogan.core.looks.prior import HIDDEN, NUM_LOOK_WEIGHTS
from napari_retrogan.core.looks.prior_inputs import NUM_SET_STATISTICS, NUM_STATISTICS, PRIOR_SIZE
from napari_retrogan.core.stages.colour import POSITION_CHANNELS

SHARED_SHAPES: dict[str, tuple[int, ...]] = {
    "hidden_1/kernel": (3, HIDDEN),
    "hidden_1/bias": (HIDDEN,),
    "hidden_2/kernel": (HIDDEN, HIDDEN),
    "hidden_2/bias": (HIDDEN,),
}
TOKEN = 128
HEADS = 4
LAB_WHITE = (0.95047, 1.0, 1.08883)
RGB_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))


def build_encoder() -> keras.Model:
    """Return the encoder.

    From the pictures of a set (N, 32, 32, 3), statistics of each (N, 86) and of the set (13,), all with a batch axis
    before, to the code (64,) and the error that the decoded look is expected to have, (1,) in CIELAB units.
    """
    pictures = keras.Input((None, PRIOR_SIZE, PRIOR_SIZE, 3), name="pictures")
    statistics = keras.Input((None, NUM_STATISTICS), name="statistics")
    of_set = keras.Input((NUM_SET_STATISTICS,), name="set_statistics")
    tokens = ops.concatenate([_PictureEncoder(name="picture")(pictures), statistics], axis=-1)
    tokens = keras.layers.LayerNormalization(name="token_norm")(_dense(TOKEN, "token")(tokens))
    for number in (1, 2):
        tokens = _attend(tokens, f"block_{number}")
    query = ops.expand_dims(_dense(TOKEN, "query")(of_set), 1)
    pooled = keras.layers.MultiHeadAttention(HEADS, TOKEN // HEADS, name="pool")(query, tokens)
    features = ops.concatenate([ops.squeeze(pooled, 1), ops.mean(tokens, axis=1), of_set], axis=-1)
    hidden = _activate(_dense(192, "summary_1")(features))
    hidden = _activate(_dense(192, "summary_2")(hidden))
    code = keras.layers.Dense(CODE_SIZE, name="code")(hidden)
    expected = keras.layers.Dense(1, activation="softplus", name="expected_error")(hidden)
    return keras.Model([pictures, statistics, of_set], [code, expected], name="style_encoder")


def build_decoder() -> keras.Model:
    """Return the decoder from a code (64,) to the numbers that make a look, (300,)."""
    code = keras.Input((CODE_SIZE,), name="code")
    hidden = _activate(_dense(192, "hidden")(code))
    small = keras.initializers.RandomNormal(stddev=0.01, seed=7)
    weights = keras.layers.Dense(NUM_LOOK_WEIGHTS, kernel_initializer=small, name="look")(hidden)
    return keras.Model(code, weights, name="style_decoder")


class LookPrior(keras.Model):
    """Encoder, decoder and the part of the colour branch that all looks share, trained end to end.

    A batch is a mapping: ``pictures`` (B, N, 32, 32, 3), ``statistics`` (B, N, 86) and ``set_statistics`` (B, 13) of
    the style sets; ``colours`` (B, Q, 3) to be mapped, their ``positions`` (B, Q, 3), ``targets`` (B, Q, 3) how they
    look.
    The loss is the mean CIEDE2000-like difference, so that what the evidence does not tell comes out as the mean of
    what is likely: little evidence, little change.
    """

    def __init__(self) -> None:
        super().__init__(name="look_prior")
        self.encoder = build_encoder()
        self.decoder = build_decoder()
        self.shared = {
            name: self.add_weight(
                shape=shape, name=name.replace("/", "_"), initializer="zeros" if len(shape) == 1 else "he_normal"
            )
            for name, shape in SHARED_SHAPES.items()
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in ("difference", "surprise")]

    def call(self, batch: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the mapped colours and the expected error."""
        code, expected = self.encoder([batch["pictures"], batch["statistics"], batch["set_statistics"]])
        mapped = map_colours(batch["colours"], batch["positions"], self.decoder(code), self.shared)
        return {"mapped": mapped, "expected": expected[:, 0]}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the mean colour difference, the range's violation and how wrong the expected error was."""
        targets = ops.convert_to_tensor(x["targets"])
        mapped = y_pred["mapped"]
        inside = ops.clip(mapped, 0.0, 1.0)
        difference = ops.mean(colour_difference(inside, targets), axis=1)
        surprise = ops.mean(ops.abs(ops.stop_gradient(difference) - y_pred["expected"]))
        self.trackers[0].update_state(ops.mean(difference))
        self.trackers[1].update_state(surprise)
        return ops.mean(difference) + 20.0 * ops.mean(ops.abs(mapped - inside)) + 0.1 * surprise


class _PictureEncoder(keras.layers.Layer):
    """Turns each picture of a set into 160 numbers: a small convolutional network, and a learned histogram.

    Both see of each pixel where it lies, which tells dark corners and uneven light from scenes.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.convolutions = [
            keras.layers.Conv2D(width, 3, strides=2, padding="same", name=f"convolution_{width}")
            for width in (32, 64, 96)
        ]
        self.histogram = [keras.layers.Dense(width, name=f"histogram_{width}") for width in (32, 64)]

    def call(self, pictures: Any) -> Any:
        """Encode (B, N, 32, 32, 3) to (B, N, 160)."""
        count = ops.shape(pictures)[1]
        flat = ops.reshape(pictures, (-1, PRIOR_SIZE, PRIOR_SIZE, 3)) - 0.5
        where = ops.convert_to_tensor(picture_positions((PRIOR_SIZE, PRIOR_SIZE)))[None]
        flat = ops.concatenate([flat, ops.zeros_like(flat) + where], axis=-1)
        seen = flat
        for layer in self.convolutions:
            seen = _activate(layer(seen))
        counted = ops.reshape(flat, (-1, PRIOR_SIZE * PRIOR_SIZE, 3 + POSITION_CHANNELS))
        for layer in self.histogram:
            counted = _activate(layer(counted))
        features = ops.concatenate([ops.mean(seen, axis=(1, 2)), ops.mean(counted, axis=1)], axis=-1)
        return ops.reshape(features, (-1, count, 160))


def colour_difference(first: Any, second: Any) -> Any:
    """Return a smooth stand-in for CIEDE2000 between RGB (..., 3): its weights of lightness, chroma and hue.

    Without the rotation term and the blue correction; see Sharma, Wu and Dalal (2005), equations 14 to 22.
    """
    first, second = _lab(first), _lab(second)
    chroma = ops.sqrt(ops.sum(ops.square(second[..., 1:]), axis=-1) + 1e-3)
    lightness = second[..., 0]
    delta = first - second
    towards = ops.sum(delta[..., 1:] * second[..., 1:], axis=-1) / chroma
    around = ops.maximum(ops.sum(ops.square(delta[..., 1:]), axis=-1) - ops.square(towards), 0.0)
    offset = ops.square(lightness - 50.0)
    weight = 1.0 + 0.015 * offset / ops.sqrt(20.0 + offset)
    terms = ops.square(delta[..., 0] / weight) + ops.square(towards / (1.0 + 0.045 * chroma))
    return ops.sqrt(terms + around / ops.square(1.0 + 0.015 * chroma) + 0.01)


def _lab(colours: Any) -> Any:
    """Return sRGB (..., 3) in [0, 1] as CIELAB under D65."""
    light = ops.where(colours <= 0.04045, colours / 12.92, ((ops.maximum(colours, 0.04) + 0.055) / 1.055) ** 2.4)
    white = ops.convert_to_tensor(LAB_WHITE, colours.dtype)
    ratio = ops.matmul(light, ops.transpose(ops.convert_to_tensor(RGB_TO_XYZ, colours.dtype))) / white
    root = ops.where(ratio > 0.008856, ops.maximum(ratio, 0.008) ** (1.0 / 3.0), 7.787 * ratio + 16.0 / 116.0)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return ops.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def _attend(tokens: Any, name: str) -> Any:
    """Add a block of attention among the pictures of a set and a small network for each."""
    seen = keras.layers.LayerNormalization(name=f"{name}_norm_1")(tokens)
    tokens = tokens + keras.layers.MultiHeadAttention(HEADS, TOKEN // HEADS, name=f"{name}_attention")(seen, seen)
    hidden = keras.layers.LayerNormalization(name=f"{name}_norm_2")(tokens)
    hidden = _activate(_dense(2 * TOKEN, f"{name}_hidden")(hidden))
    return tokens + _dense(TOKEN, f"{name}_out")(hidden)


def _dense(width: int, name: str) -> keras.layers.Dense:
    """Return a dense layer."""
    return keras.layers.Dense(width, name=name)


def _activate(values: Any) -> Any:
    """Apply the generator's one activation."""
    return ops.leaky_relu(values, negative_slope=NEGATIVE_SLOPE)
