"""Try what a fresh environment has of the package; arguments say what is missing from it: qt, photo, keras.

Run by `.ci/test-wheel`, in a folder of its own, with the environment's Python.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from npe2 import PluginManifest

import napari_retrogan as rg

MISSING = set(sys.argv[1:])
BINDINGS = ("PyQt5", "PyQt6", "PySide2", "PySide6")
assert any(map(find_spec, BINDINGS)) != ("qt" in MISSING)
assert (find_spec("pillow_heif") is None) == ("photo" in MISSING)
assert (find_spec("keras") is None) == (find_spec("tensorflow") is None) == ("keras" in MISSING)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    name = Path(sys.executable).with_name("napari-retrogan")
    return subprocess.run([str(name), *words], capture_output=True, text=True, check=False)


def main() -> None:
    """Try it."""
    from PIL import Image

    manifest = PluginManifest.from_distribution("napari-retrogan")
    assert manifest.display_name == "RetroGAN"
    picture = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    Image.fromarray(picture).save("a.png")

    looks = rg.list_pretrained()
    styled = rg.pretrained(looks[0].name).apply(picture)
    assert styled.shape == picture.shape and (styled != picture).any()
    rg.imitate(picture).save("imitated.retrogan")
    assert len(rg.apply_to_files(rg.load_generator("imitated.retrogan"), "a.png", "out").written) == 1
    done = command("apply", looks[0].name, "a.png", "--output", "b.png")
    assert done.returncode == 0, done.stderr
    assert (np.asarray(Image.open("b.png")) == styled).all()
    assert looks[-1].name in command("looks").stdout

    if "qt" not in MISSING:
        manifest.validate_imports()
    else:
        from napari.layers import Image as ImageLayer

        data, _, kind = rg.apply_to_layer(rg.pretrained(looks[0].name), ImageLayer(picture))
        assert kind == "image" and (data == styled).all()

    config = rg.TrainingConfig(num_steps=2, colour_batch_size=2, texture_batch_size=2)
    if "keras" not in MISSING:
        assert rg.train(picture, picture // 2, config=config).apply(picture).shape == picture.shape
        print(rg.__version__, "trains and applies.")
        return
    try:
        rg.train(picture, picture // 2, config=config)
    except rg.BackendUnavailable as error:
        assert "pip install" in str(error), error
        print(rg.__version__, "applies. Train says:", error)
    else:
        raise AssertionError("It trained without Keras.")
    done = command("train", "--photographs", "a.png", "--vintage", "a.png", "--output", "c.retrogan")
    assert done.returncode == 1 and "pip install" in done.stderr, done.stderr


if __name__ == "__main__":
    main()
