"""What one more amount at applying costs: two files, of which the rest of the package is made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import napari_retrogan

PACKAGE = Path(napari_retrogan.__file__).parent

EDITS = {
    "core/inference/taste.py": {
        "    def __post_init__(self)": """\
    tint: Annotated[
        float, {"min": -1.0, "max": 1.0, "label": "Tint", "tooltip": "Shifts colours to magenta, or to green."}
    ] = 0.0

    def __post_init__(self)""",
        "    return unit\n\n\ndef blend": """\
    if taste.tint:
        unit = np.clip(unit * _by_channel(np.exp2(taste.tint * np.array([0.2, -0.2, 0.2]))), 0, 1)
    return unit


def blend""",
    },
    "core/vintage_generator.py": {
        "        fade: float = 0.0,\n": "        fade: float = 0.0,\n        tint: float = 0.0,\n",
        "            fade=fade,\n": "            fade=fade,\n            tint=tint,\n",
    },
}

SCRIPT = """
import sys
from pathlib import Path

import dask.array as da
import numpy as np
import zarr
from napari.layers import Image
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli.app import app
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.inference import estimate
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.inference.taste import Taste
from napari_retrogan.core.setting_hints import hints

package, here = map(Path, sys.argv[1:])
assert Path(rg.__file__).parent == package
generator = rg.pretrained("faded-slides-1970s")
picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
plain, tinted = generator.apply(picture), generator.apply(picture, tint=0.5)
assert (tinted[..., 1] < plain[..., 1]).mean() > 0.9
assert np.array_equal(generator.apply(da.from_array(picture), tint=0.5).compute(), tinted)
assert np.array_equal(generator.apply(picture, strength=0), picture)
assert (generator.apply(picture, strength=0, tint=0.5) != picture).any()

preview = generator.preview(picture).render(tint=0.5)
assert np.abs(preview.astype(int) - tinted).max() <= 1

data, options, _ = rg.apply_to_layer(generator, Image(picture), tint=0.5)
assert np.array_equal(data, tinted)
assert options["metadata"]["napari_retrogan"]["parameters"]["tint"] == 0.5

source = here / "picture.png"
write_picture(source, picture)
assert np.array_equal(read_picture(rg.apply_to_files(generator, source, here / "out", tint=0.5).written[0]), tinted)

stopped = []
try:
    rg.apply_to_store(generator, picture, here / "a.zarr", tint=0.5, should_stop=lambda: stopped.append(1) or True)
except rg.ApplyCancelled:
    pass
assert '"tint": 0.5' in (here / ".a.zarr.part.jsonl").read_text().splitlines()[0]
store = zarr.open_array(rg.apply_to_store(generator, picture, here / "a.zarr", tint=0.5))
assert np.array_equal(store[...], tinted)
assert store.attrs["napari_retrogan"]["settings"]["tint"] == 0.5

said = " ".join(CliRunner().invoke(app, ["apply", "--help"]).output.split())
assert "--tint" in said and "-1.0<=x<=1.0" in said and "to magenta" in said
arguments = ["apply", "faded-slides-1970s", str(source), "--output", str(here / "b.png"), "--tint", "0.5"]
done = CliRunner().invoke(app, arguments)
assert done.exit_code == 0, done.output
assert np.array_equal(read_picture(here / "b.png"), tinted)

slider = hints(Taste)["tint"]
assert (slider.min, slider.max, slider.default, slider.label) == (-1, 1, 0, "Tint")

estimate._measured.clear()
estimate._measure = lambda settings: 2.0 if settings.tint else 1.0
assert estimate.tile_seconds(ApplySettings()) == 1.0
assert not estimate.is_measured(ApplySettings(tint=0.5))
assert estimate.tile_seconds(ApplySettings(tint=0.5)) == 2.0
"""


@pytest.fixture
def package(tmp_path):
    """Copy the package and put the amount in."""
    copy = tmp_path / "src" / PACKAGE.name
    shutil.copytree(PACKAGE, copy)
    for name, replacements in EDITS.items():
        text = (copy / name).read_text(encoding="utf-8")
        for old, new in replacements.items():
            assert text.count(old) == 1, (name, old)
            text = text.replace(old, new)
        (copy / name).write_text(text, encoding="utf-8")
    return copy


@pytest.mark.slow
def test_one_more_amount_costs_two_files(package, tmp_path):
    assert len(EDITS) == 2
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(package), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
