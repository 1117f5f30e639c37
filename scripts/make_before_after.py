"""Train, apply to a picture, and write it before and after side by side, as the README shows it.

    python scripts/make_before_after.py [--photographs PATH ...] [--vintage PATH ...] [--output FILE]

Files and folders may be given; without any, the sample photographs and simulated prints are used.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import napari_retrogan as rg
from napari_retrogan.core.simulation.samples import sample_photographs, sample_prints

PICTURE = "Astronaut"
GAP = 8


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", nargs="+", type=Path)
    parser.add_argument("--vintage", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, default=Path("docs/images/before-after.png"))
    arguments = parser.parse_args()
    samples = sample_photographs()
    before = samples.pop(PICTURE)
    photographs = arguments.photographs or list(samples.values())
    vintage = arguments.vintage or list(sample_prints().values())
    after = rg.train(photographs, vintage).apply(before)
    gap = np.full((before.shape[0], GAP, 3), 255, np.uint8)
    sheet = Image.fromarray(np.hstack([before, gap, after]))
    sheet.quantize(128, dither=Image.Dither.NONE).save(arguments.output, optimize=True)


if __name__ == "__main__":
    main()
