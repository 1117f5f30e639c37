"""What is drawn on the site is as new as what it shows; `python scripts/renew_docs.py` makes all of it."""

import json
from pathlib import Path

import pytest

import napari_retrogan as rg
from napari_retrogan.core.stages.chain import ADDED_STAGES, EXPOSURE_STAGES

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 5_000_000


@pytest.fixture
def script(monkeypatch):
    """Return what imports a script."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return __import__


def test_no_picture_is_older_than_the_widgets_that_it_shows(script):
    assert script("picture_digests").outdated() == [], "Run python scripts/renew_docs.py"


def test_a_widget_that_changes_makes_its_pictures_old(script, monkeypatch, tmp_path):
    digests = script("picture_digests")
    for room in (*digests.ALWAYS, "train", "apply", "files"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "a.py").write_text("width = 1\n")
    monkeypatch.setattr(digests, "PLUGIN", tmp_path)
    monkeypatch.setattr(digests, "RECORD", tmp_path / "made-from.json")
    assert digests.outdated() == list(digests.PICTURES)
    digests.note_all()
    missing = [name for name in digests.PICTURES if not (digests.FOLDER / name).exists()]
    assert digests.outdated() == missing
    (tmp_path / "apply" / "a.py").write_text("# A remark\n\nwidth = 1\n")
    assert digests.outdated() == missing
    (tmp_path / "apply" / "a.py").write_text("width = 2\n")
    assert {digests.PICTURES[name] for name in digests.outdated() if name not in missing} == {"apply"}


def test_every_look_is_in_the_gallery_with_its_card(script):
    page = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert page == script("make_gallery").page(rg.list_pretrained())
    drawn = {path.stem for path in (IMAGES / "gallery").glob("*.webp")}
    assert drawn == {look.name for look in rg.list_pretrained()} | {"photographs"}


def test_the_drawing_of_the_chain_has_every_stage(script):
    drawing = (IMAGES / "figures/stages.svg").read_text(encoding="utf-8")
    assert drawing == script("make_figures").stages()
    assert [stage.name for stage in (*EXPOSURE_STAGES, *ADDED_STAGES) if f">{stage.name}<" not in drawing] == []


def test_pictures_are_modest():
    assert sum(path.stat().st_size for path in IMAGES.rglob("*") if path.is_file()) <= MOST_BYTES


def test_the_record_is_of_the_pictures_that_there_are(script):
    record = json.loads((IMAGES / "made-from.json").read_text(encoding="utf-8"))
    assert record.keys() == script("picture_digests").PICTURES.keys()
