from __future__ import annotations

import threading

import pytest

from napari_retrogan.plugin.state import state


def test_generators_are_listed_in_order_under_names_of_their_own(generator):
    assert state().last is None
    first = state().add_generator("slides", generator)
    second = state().add_generator("slides", generator, "prints.retrogan")
    assert [entry.name for entry in state().generators] == ["slides", "slides [1]"]
    assert state().last is second
    assert state().find("slides") is first
    assert str(second.file) == "prints.retrogan"


def test_listeners_are_told(generator):
    told = []
    state().generator_added.connect(lambda entry: told.append(("added", entry.name)))
    state().generator_saved.connect(lambda entry: told.append(("saved", str(entry.file))))
    state().generator_removed.connect(lambda entry: told.append(("removed", entry.name)))
    entry = state().add_generator("slides", generator)
    state().mark_saved(entry, "slides.retrogan")
    state().remove(entry)
    state().remove(entry)
    assert told == [("added", "slides"), ("saved", "slides.retrogan"), ("removed", "slides")]
    assert state().generators == ()


def test_a_worker_thread_may_not_change_it(generator):
    errors = []

    def change():
        with pytest.raises(RuntimeError, match="main thread") as error:
            state().add_generator("slides", generator)
        errors.append(error)

    thread = threading.Thread(target=change)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert state().generators == ()
