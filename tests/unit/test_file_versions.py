"""Files of every version that was ever written still open, and give the pixels that they gave then."""

from pathlib import Path

import numpy as np
import pytest

from napari_retrogan.core.generator_file.versions import FORMAT_VERSION, FORMATS
from napari_retrogan.core.vintage_generator import load_generator

FIXTURES = Path(__file__).parents[1] / "fixtures"
IDS = {
    1: "d7e22d187496",
    2: "b7ed361cbf9d",
    3: "a89230e22745",
    4: "a0945e787c97",
    5: "24fcbee2bcb5",
    6: "bc301016fdb1",
    7: "e3bfa7cb0676",
    8: "c7bcc80427d4",
    9: "f9cf244150d4",
    10: "7a83802bdaeb",
    11: "8f768d7ac84f",
}


def picture():
    """The colours that the fixtures' pixels were made from."""
    rows, columns = np.mgrid[0:24, 0:36]
    return np.stack([10 * rows, 7 * columns, 255 - 5 * (rows + columns) % 256], -1).astype(np.uint8)


def test_each_version_has_a_fixture():
    kept = {int(path.stem.removeprefix("version-")) for path in FIXTURES.glob("version-*.retrogan")}
    assert kept == set(FORMATS)


@pytest.mark.parametrize("version", FORMATS)
def test_a_file_opens_and_gives_the_same_pixels(version, tmp_path):
    generator = load_generator(FIXTURES / f"version-{version}.retrogan")
    assert generator.id == IDS[version]
    known = np.load(FIXTURES / f"version-{version}.npy")
    for each in (generator, load_generator(generator.save(tmp_path / "again.retrogan"))):
        styled = each.apply(picture(), grain=0.5, seed=2, brightness="learnt")
        assert np.abs(styled.astype(int) - known).max() <= 1


def test_the_newest_version_is_written(generator, tmp_path):
    from napari_retrogan.core.foreign.archive import SafeArchive
    from napari_retrogan.core.generator_file.metadata import read_metadata

    archive = SafeArchive(generator.save(tmp_path / "look.retrogan").read_bytes())
    assert read_metadata(archive.read("metadata.json", 2**20))["format_version"] == FORMAT_VERSION
