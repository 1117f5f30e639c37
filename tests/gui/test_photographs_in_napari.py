"""Pictures that napari reads by itself too are opened as photographs where that is asked for."""

import re
from pathlib import Path

import numpy as np
import pytest
from napari.errors import MultipleReaderError
from PIL import Image

DOCUMENTS = [Path(__file__).parents[2] / name for name in ("docs/tutorials/files.md", "docs/inputs.md")]
CALL = re.compile(r'`viewer\.open\("holiday\.jpg", (.*?)\)`')


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_words_of_the_documents_open_a_photograph(viewer, tmp_path, document):
    turned = Image.Exif()
    turned[274] = 6
    for suffix in ("jpg", "png", "tif"):
        path = tmp_path / f"holiday.{suffix}"
        Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(path, exif=turned)
        with pytest.raises(MultipleReaderError):
            viewer.open(path, plugin=None)
        (said,) = CALL.findall(document.read_text())
        name, _, value = said.partition("=")
        (layer,) = viewer.open(path, **{name: value.strip('"')})
        assert layer.data.shape == (30, 20, 3)
        assert layer.metadata["photograph"] == str(path)


def test_what_only_this_package_reads_needs_no_name_where_any_reader_will_do(viewer, tmp_path):
    path = tmp_path / "holiday.avif"
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(path)
    with pytest.raises(ValueError, match="not a compatible reader"):
        viewer.open(path)
    (layer,) = viewer.open(path, plugin=None)
    assert layer.metadata["photograph"] == str(path)
