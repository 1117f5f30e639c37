"""What benchmarks, scripts and pages of the documentation call by its name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from npe2 import PluginManifest

import napari_retrogan as rg

ROOT = Path(__file__).parents[2]
TEXTS = [
    path
    for folder in ("benchmarks", "scripts", "docs", "src", ".ci", ".github")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".md", ".yml", ".sh", ""} and path.is_file()
] + [ROOT / "README.md"]
LOOK = re.compile(r"""pretrained\(\s*["']([\w-]+)["']""")
WIDGET = re.compile(r"""add_plugin_dock_widget\(\s*["']napari-retrogan["'],\s*["']([^"']+)["']""")


def _used(pattern: re.Pattern[str]) -> dict[str, list[str]]:
    """Return the names that texts use, with the files that use them."""
    used: dict[str, list[str]] = {}
    for path in TEXTS:
        for name in pattern.findall(path.read_text(encoding="utf-8")):
            used.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return used


def _widgets() -> set[str]:
    manifest = PluginManifest.from_distribution("napari-retrogan")
    return {widget.display_name for widget in manifest.contributions.widgets or ()}


@pytest.mark.parametrize(
    ("pattern", "there"),
    [(LOOK, {look.name for look in rg.list_pretrained()}), (WIDGET, _widgets())],
    ids=["looks", "widgets"],
)
def test_names_are_those_of_something(pattern: re.Pattern[str], there: set[str]) -> None:
    used = _used(pattern)
    assert used
    assert {name: files for name, files in used.items() if name not in there} == {}
