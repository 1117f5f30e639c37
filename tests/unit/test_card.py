"""What a file from anywhere may print."""

import json

import pytest
from typer.testing import CliRunner

from napari_retrogan.cli.app import app
from napari_retrogan.core.library.library import open_library
from napari_retrogan.core.pretrained import list_pretrained
from napari_retrogan.core.vintage_generator import VintageGenerator


def test_a_file_steers_no_terminal(make_weights, tmp_path):
    words = {"[/red]note": "\x1b]0;owned\x07 [bold]b[/i] \u202egnp.exe", "names": ["\x1b[2J"], "emoji": "📷"}
    path = VintageGenerator.from_weights(make_weights(), provenance=words).save(tmp_path / "look.retrogan")
    for options in (["--all"], ["--json"]):
        result = CliRunner().invoke(app, ["info", str(path), *options])
        assert result.exit_code == 0, result.output
        assert "📷" in result.output or "\\ud83d" in result.output
        assert all(character.isprintable() or character == "\n" for character in result.output)


@pytest.mark.parametrize(
    ("provenance", "words"),
    [
        ({"notes": ["n" * 500] * 1000}, "and 976 more, which --json prints"),
        ({f"name {number}": "v" * 300 for number in range(1500)}, "and 1476 more, which --json prints"),
        ({"deep": [[[0] * 60] * 1500]}, "…"),
        ({"lines": ["\n" * 500] * 24}, "…"),
    ],
    ids=["notes", "names", "numbers", "lines"],
)
def test_at_most_a_screenful_is_shown_and_all_is_there_for_programs(make_weights, tmp_path, provenance, words):
    path = VintageGenerator.from_weights(make_weights(), provenance=provenance).save(tmp_path / "look.retrogan")
    shown = CliRunner().invoke(app, ["info", str(path), "--all"]).output
    assert words in shown
    assert len(shown) < 20_000
    assert shown.count("\n") < 250
    card = json.loads(CliRunner().invoke(app, ["info", str(path), "--json"]).output)
    assert {"notes": card["notes"], **card["provenance"]} == {"notes": [], **provenance}


def test_what_is_no_generator_is_told_in_short_words_that_steer_nothing(tmp_path):
    path = tmp_path / "a\x1b[2J\u202e.retrogan"
    path.write_bytes(b"no zip")
    result = CliRunner().invoke(app, ["info", str(path)])
    assert result.exit_code == 1
    assert "\\x1b[2J\\u202e" in result.output
    assert all(character.isprintable() or character == "\n" for character in result.output)


def info(*arguments):
    result = CliRunner().invoke(app, ["info", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert all(character.isprintable() or character == "\n" for character in result.output)
    return " ".join(result.output.split())


def test_the_card_is_short_and_in_a_photographers_words(make_weights, tmp_path):
    provenance = {
        **{"vintage": 12, "photographs": 30, "steps": 300, "change": 8.2, "expected_error": 3.1},
        "grain_distance": {"start": 4.0, "refined": 2.0, "kept": "refined"},
        "held_out_distance": {"start": 0.1, "refined": 0.2, "kept": "start"},
        "notes": ["For colours nothing came nearer than what was measured before the first step.", "Two styles."],
    }
    path = VintageGenerator.from_weights(make_weights(), provenance=provenance).save(tmp_path / "slides.retrogan")
    words = info(path)
    assert words.startswith("Look slides Learnt from 12 vintage pictures and 30 photographs")
    assert "300 steps; it brought grain 50% closer to the vintage pictures; colours could not be improved" in words
    assert "a clear change of colours" in words
    assert "sure, the pictures agree on one look" in words
    assert "nothing came nearer" not in words
    assert "Two styles." in words
    assert len(words) < 600


def test_the_card_says_when_measuring_was_enough(make_weights, tmp_path):
    provenance = {"vintage": 12, "photographs": 30, "steps": 0, "grain_beyond_noise": {"ratio": 1.1, "skew": 0.05}}
    path = VintageGenerator.from_weights(make_weights(), provenance=provenance).save(tmp_path / "slides.retrogan")
    told = (
        "measuring brought grain about as near to the vintage pictures as they are to each other, so no step was needed"
    )
    assert f"measured from the pictures at once; {told}" in info(path)


def test_a_card_of_anything_stays_short(make_weights, tmp_path):
    odd = {"vintage": "many", "steps": -3, "change": [], "notes": ["n\x1b[2J" * 60] * 1000, "grain_distance": 1}
    path = VintageGenerator.from_weights(make_weights(), provenance=odd).save(tmp_path / "slides.retrogan")
    assert len(info(path)) < 3000


def test_info_takes_what_apply_takes(make_weights):
    look = list_pretrained()[0]
    assert look.title in info(look.name)
    open_library().add(VintageGenerator.from_weights(make_weights()), "My slides", "From the attic.")
    assert "My slides" in info("My slides")
    assert "From the attic." in info("My slides")
    result = CliRunner().invoke(app, ["info", "my slide"])
    assert result.exit_code == 1
    assert "did you mean 'My slides'?" in result.output
