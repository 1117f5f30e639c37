"""The generator as a value: made, compared, pickled, and light to import."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.vintage_generator import VintageGenerator


def test_it_owns_its_weights(make_weights):
    weights = make_weights()
    generator = VintageGenerator.from_weights(weights)
    weights["colour/map/offset"][:] = 9
    assert generator.weights["colour/map/offset"].max() < 9


def test_generators_are_told_apart_by_their_weights(make_weights):
    first, same, other = (VintageGenerator.from_weights(make_weights(seed)) for seed in (0, 0, 1))
    assert first == same
    assert hash(first) == hash(same)
    assert first != other
    assert first != "a generator"
    assert len(first.id) == 12
    assert int(first.id, 16) >= 0


def test_its_words_name_it(make_weights):
    trained = VintageGenerator.from_weights(make_weights(), TrainingConfig(), [{"step": 7}])
    assert repr(trained) == f"<VintageGenerator {trained.id}, 7 steps>"
    assert repr(VintageGenerator.from_weights(make_weights())) == f"<VintageGenerator {trained.id}>"


@pytest.mark.parametrize("name", ["colour/map/amount", "colour/place/kernel", "colour/map/uneven"])
def test_weights_whose_sums_are_no_numbers_give_a_picture_and_no_warning(make_weights, photograph, name):
    weights = {**make_weights(), "colour/map/matrix": np.full((3, 3), 1e38, np.float32)}
    weights[name] = np.full_like(weights[name], 3e38)
    styled = VintageGenerator.from_weights(weights).apply(photograph)
    assert (styled.shape, styled.dtype) == (photograph.shape, photograph.dtype)


def test_it_pickles_after_use(generator, photograph):
    styled = generator.apply(photograph)
    copy = pickle.loads(pickle.dumps(generator))
    assert copy == generator
    assert np.array_equal(copy.apply(photograph), styled)


def change_shape(weights):
    weights["colour/residual/bias"] = np.zeros(4, np.float32)


def change_names(weights):
    weights["colour/other"] = weights.pop("colour/map/offset")


def change_value(weights):
    weights["colour/map/offset"][1] = np.inf


@pytest.mark.parametrize("change", [change_shape, change_names, change_value])
def test_weights_that_do_not_fit_are_refused(make_weights, change):
    weights = make_weights()
    change(weights)
    with pytest.raises(InvalidGeneratorFile, match="colour"):
        VintageGenerator.from_weights(weights)


APPLY = """
import sys
import numpy as np
from napari_retrogan import load_generator
loaded = load_generator(sys.argv[1])
assert "onnxruntime" not in sys.modules and "dask" not in sys.modules
loaded.apply(np.full((20, 30, 3), 100, np.uint8))
if sys.argv[2] == "lazy":
    import dask.array
    loaded.apply(dask.array.zeros((20, 30, 3), dtype=np.uint8)).compute()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("way", ["eager", "lazy"])
def test_loading_and_applying_stay_light(generator, tmp_path, way):
    path = generator.save(tmp_path / "look.retrogan")
    run = subprocess.run([sys.executable, "-c", APPLY, path, way], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    heavy = {
        "keras",
        "tensorflow",
        "napari",
        "qtpy",
        "zarr",
        "xarray",
        "skimage",
        *(["dask", "scipy"] if way == "eager" else []),
    }
    assert not heavy & set(run.stdout.split())
