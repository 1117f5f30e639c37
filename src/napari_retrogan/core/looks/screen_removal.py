"""Pictures as they were before they were printed in dots, for what these would hide: colours, grain, softness, dust."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.fft import irfft2, rfft2

from napari_retrogan.core.inference.screen_dots import ScreenPlane, screen_bytes
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.each_picture import measure_each
from napari_retrogan.core.stages.screen import tone_of_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.images.training_image import TrainingImage

_DOTS_A_BLOCK = 14
_MOST_ORDERS = 5
_NOTCH = 2.5
"""How far from a wave, in frequencies of a block, its power lies: tapered blocks spread it over two."""
_RING = 2
"""Width in frequencies of a block over which what is no screen is about the same."""


def images_without_screen(
    images: Sequence[TrainingImage], weights: Mapping[str, NDArray[Any]]
) -> Sequence[TrainingImage]:
    """Return pictures to train on as they were before they were printed in dots; the same ones if they are not."""
    if not weights["screen/strength"].any():
        return images

    def unprinted(image: TrainingImage) -> TrainingImage:
        view = _unprinted(image.view.astype(np.float32), weights).astype(image.view.dtype)
        return replace(image, detail=without_screen(image.detail, weights).astype(np.float16), view=view)

    return measure_each(unprinted, images)


def images_as_printed(images: Sequence[TrainingImage], weights: Mapping[str, NDArray[Any]]) -> Sequence[TrainingImage]:
    """Return photographs whose details were printed and freed of dots again; the same ones if there is no screen.

    What that takes of their details, and leaves of dots, is no softness and no grain of pages.
    """
    if not weights["screen/strength"].any():
        return images
    screen = screen_bytes(weights)

    def printed(numbered: tuple[int, TrainingImage]) -> TrainingImage:
        number, image = numbered
        plane, part = ScreenPlane(screen, number, 0), Region(0, 0, *image.detail.shape[:2])
        channels = np.ascontiguousarray(image.detail.astype(np.float32).transpose(2, 0, 1))
        page = plane.laid_on(channels, plane.thresholds(part), 1.0).transpose(1, 2, 0)
        return replace(image, detail=without_screen(page, weights).astype(np.float16))

    return measure_each(printed, enumerate(images))


def without_screen(picture: NDArray[Any], weights: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Return a picture or part (Y, X, 3) at full resolution without the dots of a screen, in the tones that they show.

    Overlapping blocks are looked at, since grain and tone differ from place to place. In each, the spectrum around the
    frequencies of the dots, their multiples and sums, is brought down to what it is elsewhere as far from its middle.

    Parameters
    ----------
    picture
        RGB in [0, 1].
    weights
        Those of the screen.
    """
    told = [complex(*each) for each in weights["screen/frequency"].astype(np.float64).tolist()]
    # Inks take a little of the light of other colours too, and JPEG files share fine detail between colours.
    waves = [wave for frequency in dict.fromkeys(told) if frequency for wave in _lattice(frequency)]
    plain = np.array(picture, np.float32)
    for channel in range(3 if waves else 0):
        plain[..., channel] = np.clip(_without_waves(plain[..., channel], waves), 0, 1)
    return _unprinted(plain, weights)


def _unprinted(picture: NDArray[np.float32], weights: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Return a picture without dots (Y, X, 3) in the tones that the page shows: stored values average to less."""
    if not weights["screen/light"]:
        return picture
    channels = []
    for channel, frequency in enumerate(weights["screen/frequency"].astype(np.float64)):
        dots = float(weights["screen/strength"][channel]), float(np.hypot(*frequency)), float(weights["screen/blur"])
        channels.append(tone_of_page(picture[..., channel], *dots) if any(frequency) else picture[..., channel])
    return np.stack(channels, -1)


def _lattice(frequency: complex) -> list[complex]:
    """Return the frequencies at which dots show: multiples of both waves and their sums, as far as pixels show them."""
    orders = range(-_MOST_ORDERS, _MOST_ORDERS + 1)
    every = (frequency * complex(m, n) for m in orders for n in orders if 0 < abs(m) + abs(n) <= _MOST_ORDERS)
    return [wave for wave in every if abs(wave) < 1]


def _without_waves(channel: NDArray[np.float32], waves: Sequence[complex]) -> NDArray[np.float32]:
    """Return a channel (Y, X) without waves, of which the longest are those of a screen."""
    side = 2 ** round(float(np.log2(_DOTS_A_BLOCK / min(map(abs, waves)))))
    hop = side // 2
    ends = [-extent % hop for extent in channel.shape]
    padded = np.pad(channel, [(hop, end + hop) for end in ends], mode="symmetric")
    taper = np.sin(np.pi * (np.arange(side, dtype=np.float32) + 0.5) / side) ** 2
    result = np.zeros_like(padded)
    rings = _rings(side, tuple(waves))
    for top in range(0, padded.shape[0] - side + 1, hop):
        row = np.lib.stride_tricks.sliding_window_view(padded[top : top + side], side, axis=1)[:, ::hop]
        spectrum = rfft2(row.swapaxes(0, 1) * taper[:, None] * taper)
        numbers = spectrum.reshape(len(spectrum), -1)
        size = np.abs(numbers)
        for inside, beside in rings:
            level = np.median(size[:, beside], axis=1, keepdims=True)
            numbers[:, inside] *= np.minimum(1, level / np.maximum(size[:, inside], 1e-9))
        for number, block in enumerate(irfft2(numbers.reshape(spectrum.shape), s=(side, side))):
            result[top : top + side, number * hop : number * hop + side] += block
    return result[hop : hop + channel.shape[0], hop : hop + channel.shape[1]]


@lru_cache(maxsize=4)
def _rings(side: int, waves: tuple[complex, ...]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Return the numbers of a block's frequencies of waves, and of the others about as high, ring by ring.

    Rings without either are left out.
    """
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)
    near = np.zeros((side, side // 2 + 1), bool)
    for wave in waves:
        # Pixels can't tell waves of whole cycles a pixel apart.
        away = [each - np.rint(each) for each in (down - wave.real, across - wave.imag)]
        near |= np.hypot(*away) < _NOTCH / side
    radius = np.hypot(down, across)
    near &= radius > min(map(abs, waves)) / 2  # Tone itself is no wave, wherever multiples may fall on it.
    numbers = (radius * side / _RING).astype(int)
    rings = [
        (np.flatnonzero((numbers == ring) & near), np.flatnonzero((numbers == ring) & ~near))
        for ring in range(numbers.max() + 1)
    ]
    return [(inside, beside) for inside, beside in rings if len(inside) and len(beside)]
