"""What importing the package and reading its manifest costs: no framework, no napari, no Qt."""

import subprocess
import sys

import pytest

HEAVY = {"dask", "keras", "napari", "onnxruntime", "pyqtgraph", "qtpy", "skimage", "tensorflow"}
QT = {"PyQt5", "PyQt6", "PySide2", "PySide6"}
MANIFEST = """
from npe2 import PluginManifest
manifest = PluginManifest.from_distribution("napari-retrogan")
assert manifest.contributions.widgets
"""
HELP = """
from napari_retrogan.cli.app import app
try:
    app(["train", "--help"])
except SystemExit as end:
    assert end.code == 0
"""


@pytest.mark.parametrize("code", ["import napari_retrogan", MANIFEST, HELP], ids=["import", "manifest", "help"])
def test_it_stays_light(code):
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('LOADED', *{{n.split('.')[0] for n in sys.modules}})"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    loaded = set(told.rpartition("LOADED")[2].split())
    assert "napari_retrogan" in loaded or code == MANIFEST
    assert loaded & (HEAVY | QT) == set()
