"""Measure what photographs look as if they had of a glow, from one to the next.

Random effects are fitted by expectation and maximisation (N. M. Laird and J. H. Ware, "Random-effects models for
longitudinal data", 1982): what each photograph has, given the mean and the covariance of all, and these given that of
each. What comes of it is kept beside ``halation.py``::

    python scripts/measure_photograph_glow.py FOLDER

FOLDER holds photographs as JPEG files, some hundreds. What ships was measured on 588, none of which stands in a
benchmark: of ``clothing-dataset-small`` (CC0-1.0), ``flower_photos`` (CC BY 2.0), ``codec-corpus`` (CID22, CC BY-SA
4.0), ``GroceryStoreDataset`` (MIT) and ``LIRE`` (CC BY 2.0 and CC BY-SA 2.0).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from napari_retrogan.core.looks import halation
from napari_retrogan.core.looks.each_picture import measure_each

ROUNDS = 200
LARGEST = 768
TARGET = Path(halation.__file__).parent / "photograph_glow.npz"


def main() -> None:
    """Read, measure and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    paths = sorted(parser.parse_args().folder.glob("*.jpg"))
    told = halation.information(measure_each(_products, paths))
    if told is None:
        parser.error(f"none of {len(paths)} photographs shows bright parts in the dark; expected some hundreds")
    mean, covariance = random_effects(told)
    np.savez_compressed(TARGET, mean=mean, covariance=covariance)
    print(f"{len(told.right)} of {len(paths)} photographs tell of a glow; of it there is, by colour and scale:")
    print(
        np.array_str(mean.reshape(3, 4), precision=4),
        np.array_str(np.sqrt(np.diag(covariance)).reshape(3, 4), precision=4),
    )


def random_effects(told: halation.Information) -> tuple[halation.Values, halation.Values]:
    """Return the mean (12,) and the covariance (12, 12) of what pictures tell."""
    mean, covariance = np.zeros(12), 0.05**2 * np.eye(12)
    for _ in range(ROUNDS):
        known = np.linalg.inv(covariance)
        narrow = np.linalg.inv(told.matrices + known)
        each = np.einsum("nij,nj->ni", narrow, told.right + known @ mean)
        mean = each.mean(0)
        covariance = (narrow + np.einsum("ni,nj->nij", each - mean, each - mean)).mean(0) + 1e-8 * np.eye(12)
    return mean, covariance


def _products(path: Path) -> halation.Values:
    """Return the products of the blocks of a photograph's middle at native size."""
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"), np.float32) / np.float32(255)
    top, left = (max(0, (extent - LARGEST) // 2) for extent in picture.shape[:2])
    return halation.block_products(picture[top : top + LARGEST, left : left + LARGEST])


if __name__ == "__main__":
    main()
