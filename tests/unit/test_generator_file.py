"""The generator's file: there and back, and every way in which it can be wrong."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

WEIGHT = "weights/texture/detail_3/kernel.npy"


@pytest.fixture(scope="module")
def saved(make_weights, tmp_path_factory):
    history = [{"step": 1, "colour": 0.5}, {"step": 2, "colour": np.float32(0.25)}]
    generator = VintageGenerator.from_weights(make_weights(2), TrainingConfig(seed=4), history, {"note": "ü"})
    return generator.save(tmp_path_factory.mktemp("files") / "look.retrogan"), generator


def rewritten(saved, tmp_path, change, *, hashes=True):
    """A copy of the file whose members ``change`` has altered, with fitting hashes."""
    from napari_retrogan.core.generator_file import METADATA_MEMBER, hashlib

    with zipfile.ZipFile(saved[0]) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    if hashes and METADATA_MEMBER in members:
        metadata = json.loads(members[METADATA_MEMBER])
        others = {name: data for name, data in members.items() if name != METADATA_MEMBER}
        metadata["sha256"] = {name: hashlib.sha256(data).hexdigest() for name, data in others.items()}
        members[METADATA_MEMBER] = json.dumps(metadata).encode()
    path = tmp_path / "changed.retrogan"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_everything_comes_back(saved, photograph):
    path, generator = saved
    loaded = load_generator(path)
    assert loaded == generator
    assert loaded.graph == generator.graph
    assert loaded.config == TrainingConfig(seed=4)
    assert loaded.history == ({"step": 1, "colour": 0.5}, {"step": 2, "colour": 0.25})
    assert loaded.provenance == {"note": "ü"}
    assert np.array_equal(loaded.apply(photograph), generator.apply(photograph))


def test_a_generator_without_training_is_saved_too(make_weights, tmp_path):
    loaded = load_generator(str(VintageGenerator.from_weights(make_weights()).save(tmp_path / "a b.retrogan")))
    assert (loaded.config, loaded.history, loaded.provenance) == (None, (), {})


def test_the_same_generator_gives_the_same_file(saved, tmp_path):
    again = saved[1].save(tmp_path / "again.retrogan")
    assert again.read_bytes() == saved[0].read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.retrogan"]


def test_a_file_is_replaced_only_when_asked(saved, make_weights, tmp_path):
    other = VintageGenerator.from_weights(make_weights(9))
    path = saved[1].save(tmp_path / "look.retrogan")
    with pytest.raises(InvalidGeneratorFile, match="overwrite=True"):
        other.save(path)
    assert load_generator(path) == saved[1]
    other.save(path, overwrite=True)
    assert load_generator(path) == other


def test_the_home_folder_is_known(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    saved[1].save("~/look.retrogan")
    assert load_generator("~/look.retrogan") == saved[1]


def test_wrong_places_are_told_in_words(saved, tmp_path):
    with pytest.raises(InvalidGeneratorFile, match=r"folder .*nowhere doesn't exist"):
        saved[1].save(tmp_path / "nowhere" / "look.retrogan")
    with pytest.raises(InvalidGeneratorFile, match="is a folder"):
        saved[1].save(tmp_path)
    with pytest.raises(InvalidGeneratorFile, match="no file"):
        load_generator(tmp_path / "missing.retrogan")
    with pytest.raises(InvalidGeneratorFile, match="no file"):
        load_generator(tmp_path)


def test_provenance_must_be_plain(saved, tmp_path):
    generator = VintageGenerator(saved[1].weights, saved[1].graph, provenance={"layer": object()})
    with pytest.raises(InvalidGeneratorFile, match="plain values"):
        generator.save(tmp_path / "look.retrogan")
    assert list(tmp_path.iterdir()) == []


def metadata_with(**changes):
    def change(members):
        members["metadata.json"] = json.dumps({**json.loads(members["metadata.json"]), **changes}).encode()

    return change


def array_of(values, **options):
    def change(members):
        stream = io.BytesIO()
        np.save(stream, values, **options)
        members[WEIGHT] = stream.getvalue()

    return change


CHANGES = {
    "unknown": (lambda members: members.update({"more.txt": b""}), "holds 'more.txt'"),
    "outside": (lambda members: members.update({"../evil": b""}), "holds '../evil'"),
    "missing": (lambda members: members.pop(WEIGHT), "lacks"),
    "no metadata": (lambda members: members.pop("metadata.json"), "lacks"),
    "huge": (lambda members: members.update({WEIGHT: bytes(65 * 2**20)}), "would take"),
    "no json": (lambda members: members.update({"metadata.json": b"{"}), "metadata can't be read"),
    "no object": (lambda members: members.update({"metadata.json": b"[]"}), "version None"),
    "version": (metadata_with(format_version=2), "version 2"),
    "history": (metadata_with(history=[3]), "lack settings, history"),
    "settings": (metadata_with(config={"num_stepz": 3}), "num_stepz"),
    "shape": (array_of(np.zeros((3, 3, 8, 2), np.float32)), "shape"),
    "type": (array_of(np.zeros((3, 3, 8, 3))), "float64"),
    "pickle": (array_of(np.full((3, 3, 8, 3), None), allow_pickle=True), "type object"),
    "not finite": (array_of(np.full((3, 3, 8, 3), np.nan, np.float32)), "finite"),
    "short": (lambda members: members.update({WEIGHT: members[WEIGHT][:-4]}), "cut short"),
    "no array": (lambda members: members.update({WEIGHT: b"text"}), "damaged"),
    "graph": (lambda members: members.update({"generator.onnx": b"text"}), "graph"),
}


@pytest.mark.parametrize("fault", CHANGES)
def test_faulty_files_are_refused(saved, tmp_path, fault):
    change, words = CHANGES[fault]
    path = rewritten(saved, tmp_path, change, hashes=fault not in ("no json", "no object"))
    with pytest.raises(InvalidGeneratorFile, match=words):
        load_generator(path)


def test_changed_weights_are_noticed(saved, tmp_path):
    path = rewritten(saved, tmp_path, array_of(np.zeros((3, 3, 8, 3), np.float32)), hashes=False)
    with pytest.raises(InvalidGeneratorFile, match="hashes"):
        load_generator(path)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_refused_or_harmless(saved, tmp_path, data):
    content = bytearray(saved[0].read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        position = data.draw(st.integers(0, len(content) - 1) | st.integers(len(content) - 4000, len(content) - 1))
        content[position] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.retrogan"
    path.write_bytes(content)
    try:
        loaded = load_generator(path)
    except InvalidGeneratorFile:
        return
    assert loaded == saved[1]
    assert loaded.graph == saved[1].graph
