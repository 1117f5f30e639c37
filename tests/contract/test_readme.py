"""The README's Python examples run, each in an order of its own process, on small pictures."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_retrogan.core.images.files import write_picture

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
QUICK = """
import napari_retrogan.core.config as config
for field, value in {"num_steps": 2, "colour_batch_size": 2, "texture_batch_size": 2}.items():
    config.TrainingConfig.__init__.__kwdefaults__[field] = value
"""


@pytest.fixture
def pictures(tmp_path):
    """Make the folder that the examples speak of: photographs and vintage pictures."""
    random = np.random.default_rng(0)
    for folder in ("photographs", "vintage"):
        (tmp_path / folder).mkdir()
        for name in "ab":
            write_picture(tmp_path / folder / f"{name}.png", random.integers(0, 256, (96, 128, 3), np.uint8))
    return tmp_path


@pytest.mark.slow
def test_the_python_examples_run_one_after_the_other(pictures):
    assert BLOCKS
    script = pictures / "readme.py"
    script.write_text(QUICK + "\n".join(BLOCKS))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=pictures,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_linked_file_exists():
    root = Path(__file__).parents[2]
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", README)
    assert [target for target in targets if not (root / target).exists()] == []
