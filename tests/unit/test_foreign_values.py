"""Plain values from files of anywhere: what is read of them, and what is shown."""

import json
import tracemalloc
from collections import namedtuple
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.foreign import values
from napari_retrogan.core.foreign.values import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_NAME,
    MAX_TEXT,
    check_values,
    read_json,
    shown,
)
from napari_retrogan.core.looks import pretrained as looks_folder
from napari_retrogan.core.looks.style_groups import describe_findings
from napari_retrogan.core.training.train import look_title
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

FIXTURES = Path(__file__).parents[1] / "fixtures"
SHIPPED = Path(next(iter(looks_folder.__path__)))
FILES = [*FIXTURES.glob("*.retrogan"), *SHIPPED.glob("*.retrogan")]
LOSSES = (*(f"colour_{n}" for n in range(6)), *(f"texture_discriminator_{n}" for n in range(12)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b" " * (MAX_BYTES + 1), f"takes {MAX_BYTES + 1} bytes; at most {MAX_BYTES}"),
        (b'"%s"' % (b"n" * (MAX_TEXT + 1)), f"a text of {MAX_TEXT + 1} letters"),
        (b'{"%s": 1}' % (b"n" * (MAX_NAME + 1)), f"a name of {MAX_NAME + 1} letters"),
        (b"[%s0]" % (b"0," * MAX_ENTRIES), f"a list of {MAX_ENTRIES + 1} entries"),
        (json.dumps({str(n): n for n in range(MAX_ENTRIES + 1)}).encode(), f"a list of {MAX_ENTRIES + 1} entries"),
        (b"[" * 18 + b"]" * 18, "nested more than 16 times"),
        (b"[" * 300_000 + b"]" * 300_000, "nested more than 16 times"),
        (b"9" * 100_000, "a number of 100000 digits"),
        (b"0." + b"9" * 100_000, "isn't finite"),
        (b"-Infinity", "isn't finite"),
        (b"1e999", "isn't finite"),
        (b'["\\ud800"]', "isn't Unicode"),
        (b'{"\\ud800": 1}', "isn't Unicode"),
        (b"\xff", "isn't Unicode"),
        (b"{", "no JSON"),
    ],
)
def test_what_is_more_than_is_ever_shown_or_used_is_refused_in_words(text, words):
    with pytest.raises(ValueError, match=words) as caught:
        read_json(text)
    assert str(caught.value).startswith("it ")
    assert len(str(caught.value)) < 300


def test_what_lies_within_the_bounds_is_read():
    value = {"n" * MAX_NAME: ["n" * MAX_TEXT, 2**63, -0.5, None, True], "deep": json.loads("[" * 15 + "]" * 15)}
    value["many"] = [0] * MAX_ENTRIES
    assert read_json(json.dumps(value).encode()) == value
    assert len(read_json(b"[%s0]" % (b"0," * MAX_ENTRIES), most_entries=MAX_ENTRIES + 1)) == MAX_ENTRIES + 1
    check_values(value)


@pytest.mark.parametrize("unit", ["[],", "{},", '"ab",', "1.5,", "[[[[[[]]]]]],", "12345678901234567890,"])
def test_the_most_that_is_read_takes_little_memory(unit):
    text = f"[{unit * ((MAX_BYTES - 10) // len(unit))}0]".encode()
    tracemalloc.start()
    with pytest.raises(ValueError, match="a list of"):
        read_json(text)
    assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_ships_and_earlier_versions_stay_far_within_the_bounds(path):
    assert len(FILES) > 12
    with ZipFile(path) as archive:
        metadata = archive.read("metadata.json")
    assert len(metadata) < MAX_BYTES / 50
    load_generator(path)


def test_the_card_of_each_look_is_short():
    text = (SHIPPED / "cards.json").read_bytes()
    assert len(text) < MAX_BYTES / 50
    assert all(len(line) < MAX_TEXT / 2 for card in read_json(text) for line in card.values())


def test_the_longest_that_a_training_tells_of_itself_is_saved_and_read(make_weights, tmp_path):
    """As many rows, losses, styles and pictures as any training has, with numbers of full length."""
    look = namedtuple("Look", "weights expected_error share")(make_weights(), 1.23, 0.5)
    groups = [list(range(start, MAX_ENTRIES, 6)) for start in range(6)]
    findings = describe_findings([look] * 6, groups)
    assert [len(group) for group in findings["styles"]] == [len(group) for group in groups]
    history = [{"step": 100_000 + step, **dict.fromkeys(LOSSES, -0.12345678901234567)} for step in range(399)]
    generator = VintageGenerator.from_weights(make_weights(), TrainingConfig(), history, findings)
    loaded = load_generator(generator.save(tmp_path / "look.retrogan"))
    assert (loaded.provenance, len(loaded.history)) == (findings, 399)


def test_more_pictures_than_may_be_listed_are_told_by_their_styles_sizes_alone(make_weights, tmp_path):
    look = namedtuple("Look", "weights expected_error share")(make_weights(), 1.23, 1)
    findings = describe_findings([look] * 2, [range(4000), range(4000, 5000)])
    assert "styles" not in findings
    assert any("2 styles (4000, 1000 pictures)" in note for note in findings["notes"])
    VintageGenerator.from_weights(make_weights(), provenance=findings).save(tmp_path / "look.retrogan")


def test_the_title_of_a_training_is_short_and_steers_nothing():
    layer = namedtuple("Layer", "name rgb")("n" * 10_000 + "\x1b[2J", True)
    assert look_title(layer) == "n" * 99 + "…"
    assert look_title([layer, layer]) == "n" * 99 + "… and 1 more"
    assert look_title(namedtuple("Layer", "name rgb")("a\x1b[2J\nb", False)) == "a\\x1b[2J\\nb"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("été 📷 東京", "été 📷 東京"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("caf\udce9.jpg", "caf\\udce9.jpg"),
        ("one\ntwo", "one\\ntwo"),
        (Path("x"), "x"),
        (np.float64(1.5), "1.5"),
    ],
)
def test_what_is_shown_steers_nothing(text, expected):
    assert shown(text) == expected
    assert len(shown("n" * 10_000, 10)) == len(shown("\x1b" * 10_000, 10)) == 10
    assert shown("n" * 10, 10) == "n" * 10
    assert shown("one\ntwo", keep="\n") == "one\ntwo"
    assert values.MAX_TEXT >= 100
