"""What a file from anywhere may print."""

import json

import pytest
from typer.testing import CliRunner

from napari_retrogan.cli.app import app
from napari_retrogan.core.vintage_generator import VintageGenerator


def test_a_file_steers_no_terminal(make_weights, tmp_path):
    words = {"[/red]note": "\x1b]0;owned\x07 [bold]b[/i] \u202egnp.exe", "names": ["\x1b[2J"], "emoji": "📷"}
    path = VintageGenerator.from_weights(make_weights(), provenance=words).save(tmp_path / "look.retrogan")
    for options in ([], ["--json"]):
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
    shown = CliRunner().invoke(app, ["info", str(path)]).output
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
