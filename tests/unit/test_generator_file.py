"""The generator's file: there and back, and every way in which it can be wrong."""

import io
import json
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
import zlib

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
    from napari_retrogan.core.generator_file.file import METADATA_MEMBER, hashlib

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
    with pytest.raises(InvalidGeneratorFile, match=r"folder .*nowhere does not exist"):
        saved[1].save(tmp_path / "nowhere" / "look.retrogan")
    with pytest.raises(InvalidGeneratorFile, match="is a folder"):
        saved[1].save(tmp_path)
    with pytest.raises(InvalidGeneratorFile, match="no file"):
        load_generator(tmp_path / "missing.retrogan")
    with pytest.raises(InvalidGeneratorFile, match="no file"):
        load_generator(tmp_path)


def test_provenance_must_be_plain(saved, tmp_path):
    generator = VintageGenerator(saved[1].weights, provenance={"layer": object()})
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


def text_of(text):
    return lambda members: members.update({"metadata.json": text.encode()})


def inside_metadata(text):
    """Put JSON in the place of the provenance."""

    def change(members):
        members["metadata.json"] = members["metadata.json"].replace(
            b'"provenance": {', b'"provenance": {"x": ' + text + b", "
        )

    return change


def header_of(text):
    """Give an array another header of the same length."""

    def change(members):
        data = members[WEIGHT]
        length = int.from_bytes(data[8:10], "little")
        members[WEIGHT] = data[:10] + text.encode().ljust(length - 1)[: length - 1] + b"\n" + data[10 + length :]

    return change


CHANGES = {
    "unknown": (lambda members: members.update({"more.txt": b""}), "holds 'more.txt'"),
    "outside": (lambda members: members.update({"../evil": b""}), r"holds '\.\./evil'"),
    "missing": (lambda members: members.pop(WEIGHT), "lacks"),
    "no metadata": (lambda members: members.pop("metadata.json"), "lacks"),
    "huge file": (lambda members: members.update({WEIGHT: bytes(65 * 2**20)}), "larger than"),
    "large part": (lambda members: members.update({WEIGHT: bytes(2**20)}), "would take"),
    "large graph": (lambda members: members.update({"generator.onnx": bytes(5 * 2**20)}), "would take"),
    "large metadata": (text_of("[" + " " * 5 * 2**20 + "]"), "would take"),
    "no json": (text_of("{"), "metadata can't be read"),
    "no object": (text_of("[]"), "no format version"),
    "no text": (lambda members: members.update({"metadata.json": b"\xff\xfe{"}), "metadata can't be read"),
    "version": (metadata_with(format_version=99), "version 99"),
    "no version": (metadata_with(format_version=True), "no format version"),
    "field": (metadata_with(provenance=3), "lack 'provenance'"),
    "versions": (metadata_with(versions={"numpy": [2, 0]}), "versions hold something else"),
    "long versions": (metadata_with(versions={"numpy": "2" * 200}), "versions hold something else"),
    "history": (metadata_with(history=[3]), "history holds something else"),
    "words in history": (metadata_with(history=[{"step": 1, "loss": "low"}]), "history holds something else"),
    "half a step": (metadata_with(history=[{"step": 1.5}]), "history holds something else"),
    "settings": (metadata_with(config={"num_stepz": 3}), "num_stepz"),
    "range of settings": (metadata_with(config={"num_steps": -3}), "num_steps"),
    "nested settings": (metadata_with(config={"num_steps": [3]}), "settings hold"),
    "long settings": (metadata_with(config={"x" * 60: "3" * 60}), "settings hold"),
    "not a number": (inside_metadata(b"NaN"), "isn't finite"),
    "infinite": (inside_metadata(b"1e999"), "isn't finite"),
    "long integer": (inside_metadata(b"9" * 100_000), "digits"),
    "long real": (inside_metadata(b"0." + b"9" * 100_000), "isn't finite"),
    "deep": (inside_metadata(b"[" * 50 + b"]" * 50), "nested"),
    "very deep": (inside_metadata(b"[" * 200_000 + b"]" * 200_000), "metadata can't be read"),
    "long text": (metadata_with(provenance={"notes": ["n" * 10_000]}), "a text of 10000 letters; at most 500"),
    "long name": (metadata_with(provenance={"n" * 10_000: 1}), "a name of 10000 letters; at most 100"),
    "long list": (metadata_with(provenance={"notes": [""] * 10_000}), "a list of 10000 entries; at most 2000"),
    "long mapping": (metadata_with(provenance={str(n): n for n in range(10_000)}), "10000 entries; at most 2000"),
    "long history": (metadata_with(history=[{"step": n} for n in range(10_000)]), "10000 entries; at most 2000"),
    "much metadata": (metadata_with(provenance={"notes": ["n" * 500] * 1600}), "would take"),
    "no Unicode": (inside_metadata(b'"\\ud800"'), "Unicode"),
    "shape": (array_of(np.zeros((3, 3, 8, 2), np.float32)), "shape"),
    "type": (array_of(np.zeros((3, 3, 8, 3))[..., :1]), "array of float32"),
    "order": (array_of(np.zeros((3, 8, 3, 3), np.float32).T), "array of float32"),
    "pickle": (array_of(np.full(3, None), allow_pickle=True), "array of float32"),
    "code in header": (header_of("__import__('os').system('true')"), "array of float32"),
    "parentheses in header": (header_of("(" * 60), "array of float32"),
    "not finite": (array_of(np.full((3, 3, 8, 3), np.nan, np.float32)), "finite"),
    "large weights": (array_of(np.full((3, 3, 8, 3), -1001, np.float32)), "larger than 1000"),
    "short": (lambda members: members.update({WEIGHT: members[WEIGHT][:-4]}), "cut short"),
    "long": (lambda members: members.update({WEIGHT: members[WEIGHT] + b"more"}), "cut short"),
    "no array": (lambda members: members.update({WEIGHT: b"text"}), "array of float32"),
    "long graph": (lambda members: members.update({"generator.onnx": bytes(5 * 2**20)}), "at most"),
}  # fmt: skip
NO_HASHES = ("no json", "no object", "no text", "large metadata", "not a number", "infinite", "long integer",
             "long real", "deep", "very deep", "no Unicode")  # fmt: skip


@pytest.mark.parametrize("fault", CHANGES)
def test_faulty_files_are_refused(saved, tmp_path, fault):
    change, words = CHANGES[fault]
    path = rewritten(saved, tmp_path, change, hashes=fault not in NO_HASHES)
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


@pytest.mark.parametrize("graph", [b"", b"text", b"\x12\x08..ORTM..", bytes(10**6)])
def test_the_graph_of_a_file_is_never_run_but_made_anew_from_its_weights(saved, tmp_path, graph):
    loaded = load_generator(rewritten(saved, tmp_path, lambda members: members.update({"generator.onnx": graph})))
    assert loaded.graph == saved[1].graph
    picture = np.linspace(0, 255, 8 * 9 * 3).reshape(8, 9, 3).astype(np.uint8)
    assert (loaded.apply(picture) == saved[1].apply(picture)).all()


def test_a_saved_file_holds_the_graph_for_other_programs(saved):
    with zipfile.ZipFile(saved[0]) as archive:
        assert archive.read("generator.onnx") == saved[1].graph


def peak_of_loading(path):
    """The most memory that refusing a file takes, in bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(InvalidGeneratorFile):
            load_generator(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_part_that_unpacks_to_more_than_it_says_fills_no_memory(saved, tmp_path):
    path = rewritten(saved, tmp_path, lambda members: members.update({WEIGHT: bytes(10)}))
    bomb = zlib.compress(bytes(200 * 2**20), wbits=-15)
    with zipfile.ZipFile(path, "a") as archive:
        entry = archive.getinfo(WEIGHT)
        start = entry.header_offset
        entry.compress_type, entry.compress_size, entry.header_offset = (
            zipfile.ZIP_DEFLATED,
            len(bomb),
            archive.start_dir,
        )
        archive.fp.seek(archive.start_dir)
        header = path.read_bytes()[start : start + 30]
        archive.fp.write(header[:26] + len(WEIGHT).to_bytes(2, "little") + bytes(2) + WEIGHT.encode() + bomb)
        archive.start_dir = archive.fp.tell()
        archive._didModify = True
    assert path.stat().st_size < 2**20
    assert peak_of_loading(path) < 20 * 2**20


def test_a_directory_of_a_million_parts_is_not_read(tmp_path):
    path = tmp_path / "many.retrogan"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5000):
            archive.writestr(f"{number}", b"")
    with pytest.raises(InvalidGeneratorFile, match="more than 4096 parts"):
        load_generator(path)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_repeated_part_is_refused(saved, tmp_path):
    path = rewritten(saved, tmp_path, lambda members: None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(WEIGHT, b"")
    with pytest.raises(InvalidGeneratorFile, match="repeats"):
        load_generator(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(saved, tmp_path, method):
    path = tmp_path / "packed.retrogan"
    with zipfile.ZipFile(saved[0]) as source, zipfile.ZipFile(path, "w", method) as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name))
    with pytest.raises(InvalidGeneratorFile, match="unknown way"):
        load_generator(path)


def test_weights_in_any_memory_order_come_back(make_weights, tmp_path):
    weights = {name: np.asfortranarray(values).reshape(values.shape) for name, values in make_weights().items()}
    weights["context/hidden/kernel"] = np.asfortranarray(make_weights()["context/hidden/kernel"])
    generator = VintageGenerator.from_weights(weights)
    assert load_generator(generator.save(tmp_path / "look.retrogan")) == generator


def test_a_history_with_gaps_is_saved(make_weights, tmp_path):
    history = [{"step": 1, "loss": float("nan")}, {"step": 2, "loss": np.float32(np.inf)}]
    generator = VintageGenerator.from_weights(make_weights(), history=history)
    assert load_generator(generator.save(tmp_path / "look.retrogan")).history == (
        {"step": 1, "loss": None},
        {"step": 2, "loss": None},
    )


def test_what_could_not_be_opened_again_is_not_saved_over_what_can(saved, make_weights, tmp_path):
    path = saved[1].save(tmp_path / "look.retrogan")
    large = VintageGenerator.from_weights(make_weights(), provenance={"note": "x" * 5 * 2**20})
    with pytest.raises(InvalidGeneratorFile, match="nobody could open it"):
        large.save(path, overwrite=True)
    assert load_generator(path) == saved[1]


@pytest.mark.parametrize("length", [250, 300])
def test_long_names_are_written_or_refused_in_words(saved, tmp_path, length):
    path = tmp_path / ("x" * (length - len(".retrogan")) + ".retrogan")
    if length == 250:
        assert load_generator(saved[1].save(path)) == saved[1]
        return
    for act in (saved[1].save, load_generator):
        with pytest.raises(InvalidGeneratorFile, match="name"):
            act(path)


def test_a_failure_leaves_the_former_file_and_nothing_beside_it(saved, make_weights, tmp_path, monkeypatch):
    path = saved[1].save(tmp_path / "look.retrogan")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("napari_retrogan.core.atomic_file.os.fsync", full)
    with pytest.raises(InvalidGeneratorFile, match="no space left"):
        VintageGenerator.from_weights(make_weights(9)).save(path, overwrite=True)
    assert load_generator(path) == saved[1]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_a_link(saved, tmp_path):
    target, link = tmp_path / "target.retrogan", tmp_path / "link.retrogan"
    target.write_bytes(b"")
    link.symlink_to(target)
    saved[1].save(link, overwrite=True)
    assert link.is_symlink()
    assert load_generator(target) == saved[1]


LOAD = """
import sys
import napari_retrogan as rg
try:
    rg.load_generator(sys.argv[1])
except rg.InvalidGeneratorFile:
    print("refused")
print(*sorted({"keras", "tensorflow", "torch", "pickle5", "dill", "cloudpickle"} & set(sys.modules)))
"""


@pytest.mark.parametrize("fault", [None, "pickle", "long graph"])
def test_opening_a_file_never_reaches_keras(saved, tmp_path, fault):
    path = saved[0] if fault is None else rewritten(saved, tmp_path, CHANGES[fault][0])
    run = subprocess.run([sys.executable, "-c", LOAD, path], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ([] if fault is None else ["refused"])


def test_opening_a_file_unpickles_nothing(saved, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("something was unpickled")

    for name in ("loads", "load", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert load_generator(saved[0]) == saved[1]
