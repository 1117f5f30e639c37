"""What a file from anywhere may print."""

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
