"""The public names, and what the package says of itself."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import napari_retrogan as rg

ROOT = Path(__file__).parents[2]


def test_all_is_sorted_and_every_name_is_there():
    assert rg.__all__ == sorted(rg.__all__, key=str)
    for name in rg.__all__:
        assert getattr(rg, name).__name__ == name
    assert set(dir(rg)) == {*rg.__all__, "__version__"}


def test_every_public_name_is_documented():
    assert [name for name in rg.__all__ if not (getattr(rg, name).__doc__ or "").strip()] == []


def test_every_error_is_public():
    from napari_retrogan.core import errors

    named = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert named <= set(rg.__all__)


def test_the_version_is_the_same_everywhere():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert rg.__version__ == declared == version("napari-retrogan")
    assert f"## {declared}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_manifest_at_the_top_is_the_one_inside_the_package():
    top, packaged = ROOT / "napari.yaml", ROOT / "src" / "napari_retrogan" / "napari.yaml"
    # Where git makes no links, a link is a file that names its target.
    target = top if top.read_text() == packaged.read_text() else ROOT / top.read_text()
    assert target.samefile(packaged) or not top.is_symlink()
    assert target.read_text() == packaged.read_text()
