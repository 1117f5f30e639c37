"""Measuring a look without photographs takes bounded memory, however many the pictures are."""

import subprocess
import sys

import pytest

MEASURE = """
import resource
import numpy as np
from napari_retrogan.core.images.training_image import TrainingImage
from napari_retrogan.core.imitation import imitate_images

random = np.random.default_rng(0)
view, thumbnail = (np.full((size, size, 3), 0.5, np.float32) for size in (96, 64))
detail = random.random((700, 700, 3), np.float32).astype(np.float16)
images = [TrainingImage(view, thumbnail, detail, (0, 0), detail.shape[:2]) for _ in range(12)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
imitate_images(images)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if MACOS else 1024) // 2**20)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no peak of memory this way.")
def test_six_megapixels_of_pictures_take_less_than_400_megabytes():
    """They are one array here, so they are no part of what is measured; the same bound holds for 40 megapixels."""
    code = f"MACOS = {sys.platform == 'darwin'}\n{MEASURE}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 400
