"""Random squares of pictures, in any orientation."""

import numpy as np
import pytest

from napari_retrogan.core.images.patch_sampler import orient, random_patch
from napari_retrogan.core.images.training_images import training_images


@pytest.mark.parametrize("shape", [(70, 90), (8, 9), (1, 50), (33, 200)])
def test_patches_are_of_the_picture_and_small_ones_are_continued(shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    (image,) = training_images([picture], 0)
    random = np.random.default_rng(1)
    patches = [random_patch(image, 32, random) for _ in range(8)]
    assert {patch.shape for patch in patches} == {(32, 32, 3)}
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert {tuple(colour) for colour in np.rint(255 * np.concatenate(patches)).astype(int).reshape(-1, 3)} <= colours


def test_eight_orientations_of_a_square_differ():
    square = np.arange(9).reshape(3, 3, 1)
    assert len({orient(square, number).tobytes() for number in range(8)}) == 8
