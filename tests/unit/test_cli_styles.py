"""Styles and the looks that come with the package on the command line."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli import looks
from napari_retrogan.cli.app import app
from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.library.library import open_library
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.pretrained import PretrainedLook
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.stages.chain import STYLE_NAMES

CARD = PretrainedLook(
    name="dim", title="Dim slides", group="", description="Half of red is gone.", source="", licence=""
)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def styles(request, make_weights):
    random = np.random.default_rng(0)
    mapping = {name: 0.3 * random.standard_normal(shape) for name, shape in MAPPING_SHAPES.items()}
    other = make_weights(1)
    return rg.VintageGenerator.from_weights(
        make_weights(),
        styles=[{name: other[name] for name in STYLE_NAMES}],
        mapping=mapping,
        provenance={"styles": [[1, 2], [3]], "notes": ["Two styles.", "A weak look."]},
    )


@pytest.fixture
def file(styles, tmp_path):
    return styles.save(tmp_path / "look.retrogan")


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "cat.png"
    write_picture(path, np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8))
    return path


@pytest.fixture
def references(tmp_path):
    folder = tmp_path / "references"
    folder.mkdir()
    for number in range(2):
        view = simulate_print(ordinary_photographs()[number], "silver_print", number)
        write_picture(folder / f"{number}.png", (255 * view).astype(np.uint8))
    return folder


@pytest.mark.parametrize("style", [0, 1, 9])
def test_a_number_picks_or_draws_a_style(styles, file, photograph, tmp_path, style):
    result = run("apply", file, photograph, "--style", style, "--output", tmp_path / "out.png")
    assert result.exit_code == 0, result.output
    expected = styles.apply(read_picture(photograph), style=style)
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png"), expected)


@pytest.mark.parametrize("given", ["0.png", ""])
def test_a_path_is_a_reference(styles, file, photograph, references, tmp_path, given):
    result = run("apply", file, photograph, "--style", references / given, "--output", tmp_path / "out.png")
    assert result.exit_code == 0, result.output
    expected = styles.apply(read_picture(photograph), style=references / given)
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png"), expected)


@pytest.mark.parametrize(("style", "words"), [("-1", "from 0"), ("nowhere.png", "does not exist")])
def test_what_is_no_style_is_told_before_anything_is_written(file, photograph, tmp_path, style, words):
    result = run("apply", file, photograph, "--style", style, "--output", tmp_path / "out.png")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert words in result.stderr
    assert not (tmp_path / "out.png").exists()


def test_the_card_tells_styles_and_notes(file):
    card = json.loads(run("info", file, "--json").stdout)
    assert (card["styles"], card["draws_styles"]) == (2, True)
    assert card["notes"] == ["Two styles.", "A weak look."]
    lines = [line.split() for line in run("info", file, "--all").stdout.splitlines()]
    assert ["draws_styles", "yes"] in lines
    assert ["notes", "A", "weak", "look."] in lines


@pytest.fixture
def look(monkeypatch, styles):
    """Put one look in place of those that come with the package."""
    monkeypatch.setattr(looks, "list_pretrained", lambda: (CARD,))
    monkeypatch.setattr(looks, "pretrained", lambda name: {CARD.name: styles}[name])
    return styles


def test_the_looks_are_listed(look):
    assert run("looks").stdout == "dim: Dim slides. Half of red is gone.\n"


def test_a_look_is_applied_by_name_unless_there_is_a_file(look, make_weights, photograph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("apply", "dim", photograph, "--output", "look.png").exit_code == 0
    np.testing.assert_array_equal(read_picture("look.png"), look.apply(read_picture(photograph)))
    other = rg.VintageGenerator.from_weights(make_weights(5))
    other.save("dim")
    assert run("apply", "dim", photograph, "--output", "file.png").exit_code == 0
    np.testing.assert_array_equal(read_picture("file.png"), other.apply(read_picture(photograph)))


def test_the_looks_of_the_library_are_listed_and_applied_by_name(look, make_weights, photograph, tmp_path):
    own = rg.VintageGenerator.from_weights(make_weights(7), provenance={"vintage": 2})
    open_library().add(own, "My slides")
    assert run("looks").stdout.splitlines()[1:] == [
        "My slides: In your library, learnt from 2 vintage pictures, without photographs."
    ]
    assert run("apply", "My slides", photograph, "--output", tmp_path / "out.png").exit_code == 0
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png"), own.apply(read_picture(photograph)))
    assert run("export", "My slides", "--output", tmp_path / "out.cube").exit_code == 0


def test_a_library_that_cannot_be_read_does_not_keep_the_others_from_being_applied(look, photograph, monkeypatch):
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", str(photograph))
    assert run("apply", "dim", photograph).exit_code == 0
    refused = run("apply", "My slides", photograph)
    assert refused.exit_code == 1
    assert "can't be used" in refused.stderr


@pytest.mark.parametrize(("given", "words"), [("sepya", "looks"), ("gone.retrogan", "gone.retrogan")])
def test_what_is_neither_file_nor_look_is_told(look, photograph, given, words):
    result = run("apply", given, photograph)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert words in result.stderr


def test_a_series_keeps_one_look_over_time(file, styles, tmp_path):
    frames = np.random.default_rng(2).integers(0, 256, (5, 20, 30), np.uint8)
    series, result = tmp_path / "series.tif", tmp_path / "result.tif"
    write_picture(series, frames)
    run("apply", file, series, "--output", result, "--time-axis", 0, "--grain-over-time", "fixed")
    expected = styles.apply(frames, time_axis=0, grain_over_time="fixed")
    np.testing.assert_array_equal(read_picture(result), expected)
    assert not np.array_equal(expected, styles.apply(frames))
    refused = run("apply", file, series, "--output-folder", tmp_path / "no", "--time-axis", 3)
    assert refused.exit_code == 1
    assert "time_axis" in refused.output
