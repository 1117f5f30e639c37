"""The demonstration, with a stand-in for the training, and the sheet it draws."""

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_retrogan.cli import demo
from napari_retrogan.cli.app import app
from napari_retrogan.cli.contact_sheet import detail_box, draw_contact_sheet
from napari_retrogan.core.images.files import read_picture
from napari_retrogan.core.simulation.samples import sample_photographs
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.vintage_generator import VintageGenerator


@pytest.fixture
def trained_on(monkeypatch):
    """Put a stand-in for the training in place, and return what it saw."""
    seen = {}

    def train(photographs, vintage, console, *, config):
        seen.update(photographs=photographs, vintage=vintage, config=config)
        weights = {name: np.zeros(shape) for name, shape in WEIGHT_SHAPES.items()}
        return VintageGenerator.from_weights(weights, config)  # As where no step was needed.

    monkeypatch.setattr(demo, "train_with_progress", train)
    monkeypatch.setattr(demo, "_show", lambda pictures, console: seen.update(shown=pictures))
    return seen


@pytest.mark.parametrize("display", [False, True])
def test_the_demo_writes_its_picture_and_opens_a_window_where_it_can(tmp_path, trained_on, monkeypatch, display):
    monkeypatch.setattr(demo, "has_display", lambda: display)
    result = CliRunner().invoke(app, ["demo", "--output", str(tmp_path / "sheet.png"), "--steps", "7"])
    assert result.exit_code == 0, result.output
    assert read_picture(tmp_path / "sheet.png").shape == (834, 1560, 3)
    assert trained_on["config"].num_steps == 7
    assert ("shown" in trained_on) == display
    assert ("no display" in result.output) == (not display)


def test_the_photograph_shown_was_held_out(tmp_path, trained_on, monkeypatch):
    monkeypatch.setattr(demo, "has_display", lambda: True)
    CliRunner().invoke(app, ["demo", "--no-window", "--output", str(tmp_path / "sheet.png")])
    held_out = sample_photographs()[demo.HELD_OUT]
    assert all(picture.shape != held_out.shape or (picture != held_out).any() for picture in trained_on["photographs"])
    assert "shown" not in trained_on


def test_the_detail_is_where_the_structure_is():
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[200:300:2, 300:420] = 255
    left, top, right, bottom = detail_box(picture)
    assert left <= 300 < 420 <= right
    assert top <= 200 < 300 <= bottom
    assert (right - left, bottom - top) == (240, 160)
    assert detail_box(picture[:100, :90]) == (0, 0, 90, 100)


def test_the_sheet_takes_pictures_of_any_shape():
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, shape, np.uint8) for shape in ((300, 700, 3), (500, 200, 3), (300, 700, 3))]
    assert draw_contact_sheet(*pictures, "a test").size == (1560, 834)
