"""The library of looks: nothing that a person keeps is lost, written over, or able to stop the others from showing."""

import errno
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from napari_retrogan.core.errors import InvalidConfig, InvalidGeneratorFile, LibraryUnavailable
from napari_retrogan.core.library import library as library_module
from napari_retrogan.core.library.folder import library_folder
from napari_retrogan.core.library.library import Library, open_library
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home" / "looks")


@pytest.fixture
def generators(make_weights):
    return [VintageGenerator.from_weights(make_weights(seed), provenance={"vintage": 3}) for seed in range(3)]


def names(library):
    return sorted(entry.name for entry in library.entries())


def test_an_empty_library_needs_no_folder(library):
    assert library.entries() == library.deleted() == ()
    assert library.presets() == {}
    assert not library.folder.exists()


def test_a_look_outlives_the_session_with_all_that_is_noted_of_it(library, generators):
    entry = library.add(generators[0], "Sepia", "From the attic.\nSecond box.")
    library.set_favourite(entry.id, True)
    (again,) = Library(library.folder).entries()
    assert (again.name, again.notes, again.favourite) == ("Sepia", "From the attic.\nSecond box.", True)
    assert abs(again.added - datetime.now(UTC)) < timedelta(minutes=1)
    assert ("Learnt from", "3 vintage pictures, without photographs") in again.card
    assert library.load("Sepia") == library.load(again.id) == generators[0]


def test_the_same_look_is_kept_once(library, generators, tmp_path):
    generators[0].save(tmp_path / "sent.retrogan")
    first = library.add_file(tmp_path / "sent.retrogan")
    assert first.name == "sent"
    assert library.add(generators[0], "Other") == library.add_file(tmp_path / "sent.retrogan") == first
    assert len(library.entries()) == 1


def test_names_are_told_apart_and_the_newest_comes_first(library, generators):
    for generator, name in zip(generators, ("Sepia", "  sepia\n", "x" * 300), strict=True):
        library.add(generator, name)
    third, second, first = library.entries()
    assert (first.name, second.name) == ("Sepia", "sepia (2)")
    assert len(third.name) == 100
    assert library.rename(third.id, "Sepia").name == "Sepia (3)"
    assert library.rename(first.id, "SEPIA").name == "SEPIA"
    with pytest.raises(InvalidConfig, match="name is empty"):
        library.rename(first.id, " \n")


def test_a_duplicate_is_a_look_of_its_own(library, generators):
    entry = library.add(generators[0], "Sepia", "Mine.")
    twin = library.duplicate(entry.id)
    assert (twin.name, twin.notes, twin.facts) == ("Sepia copy", "Mine.", entry.facts)
    assert twin.generator_id == entry.generator_id
    assert twin.id != entry.id
    library.set_notes(twin.id, "Its own.")
    assert library.entry(entry.id).notes == "Mine."
    assert library.load(twin.id) == generators[0]


def test_deleting_can_be_undone(library, generators):
    entry = library.add(generators[0], "Sepia", "Mine.")
    gone = library.delete("Sepia")
    assert library.entries() == ()
    assert library.deleted() == (gone,)
    other = library.add(generators[0], "Sepia")
    back = library.restore(gone)
    assert (back.name, back.notes) == ("Sepia (2)", "Mine.")
    assert {other.id, back.id} == {entry.id, f"{entry.id}-2"}
    with pytest.raises(InvalidConfig, match="no longer in the trash"):
        library.restore(gone)
    with pytest.raises(InvalidConfig, match="no longer in the trash"):
        library.restore("../../elsewhere")


def test_the_trash_empties_itself_after_30_days(library, generators):
    for generator in generators[:2]:
        library.add(generator, "Sepia")
    old, young = (library.delete(entry.id) for entry in library.entries())
    trash = library.folder / "trash"
    for look, days in ((old, 31), (young, 29)):
        day = datetime.now(UTC) - timedelta(days=days)
        (trash / look.key).rename(trash / f"{day:%Y%m%d-%H%M%S}{look.key[15:]}")
    stranger = trash / "holiday.jpg"
    stranger.write_bytes(b"not ours")
    assert len(library.deleted()) == 2
    library.add(generators[2], "New")
    assert [look.key[15:] for look in library.deleted()] == [young.key[15:]]
    assert stranger.exists()


def test_files_that_are_not_ours_stay_in_an_emptied_trash(library, generators):
    entry = library.add(generators[0], "Sepia")
    (library.folder / entry.id / "holiday.jpg").write_bytes(b"not ours")
    look = library.delete(entry.id)
    trash, day = library.folder / "trash", datetime.now(UTC) - timedelta(days=40)
    (trash / look.key).rename(trash / f"{day:%Y%m%d-%H%M%S}{look.key[15:]}")
    library.add(generators[1], "New")
    assert [path.name for path in trash.glob("*/*")] == ["holiday.jpg"]


@pytest.mark.parametrize("ending", [".retrogan", ".cube", ".onnx"])
def test_a_look_is_exported_and_nothing_is_written_over(library, generators, tmp_path, ending):
    library.add(generators[0], "Sepia")
    path = library.export("Sepia", tmp_path / f"out{ending}")
    assert path.stat().st_size
    with pytest.raises(InvalidGeneratorFile, match="exists already"):
        library.export("Sepia", path)
    library.export("Sepia", path, overwrite=True)
    if ending == ".retrogan":
        assert load_generator(path) == generators[0]


def test_a_name_that_is_nearly_right_is_guessed(library, generators):
    library.add(generators[0], "Silver prints")
    with pytest.raises(InvalidConfig, match="did you mean 'Silver prints'"):
        library.load("silver print")
    with pytest.raises(InvalidConfig, match="choose one of Silver prints"):
        library.load("xyz")


def test_presets_hold_some_settings_by_name(library):
    assert library.save_preset("Warm", {"warmth": 0.5, "grain": 2}) == "Warm"
    assert library.save_preset("warm", {"warmth": 0.1}) == "warm (2)"
    library.save_preset("Warm", {"brightness": "kept"}, overwrite=True)
    assert Library(library.folder).presets() == {"warm (2)": {"warmth": 0.1}, "Warm": {"brightness": "kept"}}
    library.delete_preset("Warm")
    library.delete_preset("Never there")
    assert list(library.presets()) == ["warm (2)"]
    for wrong in ({"warmth": 7}, {"providers": ("x",)}, {"colour": 1}):
        with pytest.raises(InvalidConfig):
            library.save_preset("Wrong", wrong)


def test_presets_that_cannot_be_read_are_never_written_over(library):
    library.save_preset("Warm", {"warmth": 0.5})
    file = library.folder / "presets.json"
    for broken in (b"{", b"[1]", b"\xff", b"[" * 100_000):
        file.write_bytes(broken)
        for call in (library.presets, lambda: library.save_preset("Cold", {"warmth": -0.5})):
            with pytest.raises(LibraryUnavailable, match=r"presets\.json can't be read"):
                call()
        assert file.read_bytes() == broken
    file.write_text('{"Known": {"warmth": 0.5}, "Of later": {"sparkle": 1}, "Odd": 3}')
    assert library.presets() == {"Known": {"warmth": 0.5}}
    library.save_preset("Cold", {"warmth": -0.5})
    assert set(json.loads(file.read_text())) == {"Known", "Of later", "Odd", "Cold"}


def break_card(folder):
    (folder / "card.json").write_text('{"name": 3}')


def break_card_by_depth(folder):
    (folder / "card.json").write_text("[" * 100_000)


def remove_card(folder):
    (folder / "card.json").unlink()


def cut_file(folder):
    path = folder / "look.retrogan"
    path.write_bytes(path.read_bytes()[:1000])


def remove_file(folder):
    (folder / "look.retrogan").unlink()


def make_file_a_folder(folder):
    (folder / "look.retrogan").unlink()
    (folder / "look.retrogan").mkdir()


def make_card_a_pipe(folder):
    (folder / "card.json").unlink()
    os.mkfifo(folder / "card.json")


def lie_about_the_look(folder):
    folder.rename(folder.with_name("0" * 12))


@pytest.mark.parametrize(
    "damage",
    [
        break_card,
        break_card_by_depth,
        remove_card,
        cut_file,
        remove_file,
        make_file_a_folder,
        pytest.param(
            make_card_a_pipe, marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes.")
        ),
        lie_about_the_look,
    ],
)
def test_what_is_broken_is_listed_in_words_and_can_only_be_deleted(library, generators, damage):
    whole, damaged = library.add(generators[0], "Whole"), library.add(generators[1], "Damaged")
    damage(library.folder / damaged.id)
    listed = {entry.id: entry for entry in library.entries()}
    (broken,) = [entry for entry in listed.values() if entry.broken]
    assert listed[whole.id].broken == ""
    assert broken.broken.endswith(".")
    assert broken.name
    for change in (library.rename, library.set_notes):
        with pytest.raises(LibraryUnavailable, match="only deleted"):
            change(broken.id, "New")
    gone = library.delete(broken.id)
    assert names(library) == ["Whole"]
    assert library.restore(gone).broken == broken.broken.replace(gone.key, broken.id)


def test_words_of_a_hostile_card_steer_nothing(library, generators):
    entry = library.add(generators[0], "Sepia")
    card = library.folder / entry.id / "card.json"
    facts = {"vintage": float("inf"), "steps": -1, "notes": ["\x1b[31m" * 50, 7], "grain_distance": {"kept": []}}
    words = json.loads(card.read_text()) | {"name": "\x1b[2J\u202eevil", "facts": facts}
    card.write_text(json.dumps(words).replace("Infinity", "3"))
    (listed,) = library.entries()
    assert listed.name.isprintable()
    assert all(words.isprintable() for row in listed.card for words in row)


def test_links_out_of_the_library_are_not_followed(library, generators, tmp_path):
    entry = library.add(generators[0], "Sepia")
    elsewhere = tmp_path / "elsewhere"
    shutil.move(library.folder / entry.id, elsewhere)
    try:
        (library.folder / entry.id).symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        pytest.skip("Links can't be made here.")
    assert library.entries() == ()


def test_a_full_disk_is_told_in_words_and_leaves_nothing_behind(library, generators, monkeypatch):
    library.add(generators[0], "Sepia", "Mine.")

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    for change in (
        lambda: library.add(generators[1], "New"),
        lambda: library.rename("Sepia", "Other"),
        lambda: library.set_notes("Sepia", "Other"),
        lambda: library.save_preset("Warm", {"warmth": 1}),
    ):
        with pytest.raises(LibraryUnavailable, match=r"No space left on device.*Free some space.*Preferences"):
            change()
    assert [(entry.name, entry.notes) for entry in library.entries()] == [("Sepia", "Mine.")]
    assert library.presets() == {}
    assert sorted(path.name for path in library.folder.iterdir() if path.is_dir()) == [library.entry("Sepia").id]


def test_a_read_only_home_is_told_in_words(tmp_path, generators):
    home = Path("/sys")  # Where Linux lets nobody write, also root.
    if not (home / "kernel").is_dir():
        home = tmp_path / "home"
        home.mkdir(mode=0o500)
    with pytest.raises(LibraryUnavailable, match=r"Permission denied|not permitted|Read-only"):
        Library(home / "looks").add(generators[0], "Sepia")


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_library_that_became_read_only_loses_nothing_and_says_so(library, generators, monkeypatch, code):
    entry = library.add(generators[0], "Sepia", "Mine.")
    library.save_preset("Warm", {"warmth": 0.5})

    def refuse(*_, **__):
        raise OSError(code, os.strerror(code))

    for name in ("mkdir", "rename", "replace", "unlink", "rmdir"):
        monkeypatch.setattr(os, name, refuse)
    really_open = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, mode="r", *rest, **more: refuse() if set(mode) & set("wax+") else
        really_open(self, mode, *rest, **more)
    )  # fmt: skip
    changes = {
        "add": lambda: library.add(generators[1], "New"),
        "rename": lambda: library.rename("Sepia", "Other"),
        "notes": lambda: library.set_notes("Sepia", "Other"),
        "favourite": lambda: library.set_favourite("Sepia", True),
        "duplicate": lambda: library.duplicate("Sepia"),
        "delete": lambda: library.delete("Sepia"),
        "preset": lambda: library.save_preset("Cool", {"warmth": -0.5}),
        "forget preset": lambda: library.delete_preset("Warm"),
    }
    for change in changes.values():
        with pytest.raises(LibraryUnavailable, match=rf"{os.strerror(code)}.*allow writing there"):
            change()
    assert [(each.name, each.notes, each.favourite) for each in library.entries()] == [("Sepia", "Mine.", False)]
    assert library.presets() == {"Warm": {"warmth": 0.5}}
    assert library.load(entry.id) == generators[0]


def test_a_file_in_the_place_of_the_folder_is_told_in_words(tmp_path, generators):
    (tmp_path / "looks").write_text("a file")
    library = Library(tmp_path / "looks")
    for call in (library.entries, lambda: library.add(generators[0], "Sepia")):
        with pytest.raises(LibraryUnavailable, match="can't be used"):
            call()


def add_all(folder, weights, start):
    start.wait()
    library = Library(folder)
    for each in weights:
        library.add(VintageGenerator.from_weights(each), "Sepia")


def test_two_processes_add_the_same_looks_once(library, make_weights):
    context = multiprocessing.get_context("spawn")
    start, weights = context.Event(), [make_weights(seed) for seed in range(4)]
    others = [context.Process(target=add_all, args=(library.folder, weights, start)) for _ in range(2)]
    for process in others:
        process.start()
    start.set()
    for process in others:
        process.join(60)
        assert process.exitcode == 0
    assert names(library) == ["Sepia", "Sepia (2)", "Sepia (3)", "Sepia (4)"]


ADDING = """
import sys
import numpy as np
from napari_retrogan.core.library.library import Library
from napari_retrogan.core.vintage_generator import load_generator
library, generator = Library(sys.argv[1]), load_generator(sys.argv[2])
print("ready", flush=True)
while True:
    entry = library.add(generator, "Sepia")
    library.set_notes(entry.id, "n" * 5000)
    library.rename(entry.id, "Other")
    library.delete(entry.id)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal.")
def test_a_process_that_is_killed_leaves_a_library_that_works(library, generators, tmp_path):
    path = generators[0].save(tmp_path / "look.retrogan")
    kept = library.add(generators[1], "Kept")
    for delay in (0.0, 0.013, 0.029, 0.047):
        with subprocess.Popen([sys.executable, "-c", ADDING, library.folder, path], stdout=subprocess.PIPE) as process:
            assert process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        assert all(entry.broken == "" for entry in library.entries())
        assert library.entry(kept.id).name == "Kept"
        assert all(look.name in ("Sepia", "Other") for look in library.deleted())
        for entry in library.entries():
            if entry.id != kept.id:
                assert entry.notes in ("", "n" * 5000)
                library.delete(entry.id)
    leftovers = [each for each in library.folder.iterdir() if each.name.startswith(".new-")]
    for each in leftovers:
        os.utime(each, (0, 0))
    library.rename(kept.id, "Still kept")
    assert [each for each in leftovers if each.exists()] == []


def test_a_library_that_is_held_by_another_program_is_told_in_words(library, generators, monkeypatch):
    monkeypatch.setattr("napari_retrogan.core.library.folder._PATIENCE_SECONDS", 0.05)
    with library_module.alone(library.folder), pytest.raises(LibraryUnavailable, match="Another program"):
        library.add(generators[0], "Sepia")
    library.add(generators[0], "Sepia")


def test_changes_are_told_to_all_who_listen_to_that_folder(tmp_path, generators, monkeypatch):
    monkeypatch.delenv("NAPARI_RETROGAN_LIBRARY")
    library, heard = open_library(tmp_path / "looks"), []
    assert open_library(tmp_path / "looks") is library
    library.changed.connect(lambda: heard.append(names(library)))
    entry = library.add(generators[0], "Sepia")
    library.rename(entry.id, "Other")
    library.delete(entry.id)
    assert heard == [["Sepia"], ["Other"], []]


def test_the_variable_comes_before_what_is_preferred(monkeypatch, tmp_path):
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", str(tmp_path / "named"))
    assert library_folder(tmp_path / "preferred") == tmp_path / "named"
    monkeypatch.delenv("NAPARI_RETROGAN_LIBRARY")
    assert library_folder(tmp_path / "preferred") == tmp_path / "preferred"
    assert library_folder().name == "looks"
    assert library_folder("").name == "looks"


def test_listing_a_hundred_looks_again_is_fast(library, generators):
    entry = library.add(generators[0], "Sepia")
    for number in range(2, 101):
        shutil.copytree(library.folder / entry.id, library.folder / f"{entry.id}-{number}")
    assert len(library.entries()) == 100
    start = time.perf_counter()
    library.entries()
    assert time.perf_counter() - start < 1.0
