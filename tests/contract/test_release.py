"""What a release ships: a small wheel, the licences of all that is in it, and what napari's hub and npe2 ask for."""

import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder
from npe2 import PluginManifest
from packaging.metadata import Metadata
from packaging.requirements import Requirement

import napari_retrogan as rg

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RECIPE = (ROOT / "recipe" / "recipe.yaml").read_text(encoding="utf-8")
MOST_BYTES = 8_000_000
ELSEWHERE = {"dask": "dask-core", "napari": "napari-base"}
"""Names of packages that conda-forge calls otherwise where they come without what they needn't bring."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel and open it."""
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def metadata(wheel):
    """Return the wheel's metadata, checked against their specification."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Metadata.from_email(wheel.read(name))


@pytest.fixture
def script(monkeypatch):
    """Return what imports a script."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return __import__


def test_the_wheel_is_small(wheel):
    assert Path(wheel.filename).stat().st_size <= MOST_BYTES


def test_everything_in_the_wheel_has_its_licence_in_one_file(wheel, script):
    (name,) = (name for name in wheel.namelist() if name.endswith("licenses/LICENSES.md"))
    page = wheel.read(name).decode()
    assert page == script("list_licences").page()
    rows = dict(re.findall(r"^\| (\S+) \| .+ \| (.+) \|$", page, re.MULTILINE))
    inside = {name.removeprefix("napari_retrogan/") for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name for name in inside if not name.endswith(".py")} == {name for name in rows if name != "file"} - {"---"}
    assert all(licence.strip() for licence in rows.values())


def test_the_hub_finds_what_it_asks_for(metadata):
    assert metadata.summary
    assert metadata.description_content_type == "text/markdown"
    assert "# napari-retrogan" in metadata.description
    assert metadata.license_expression == "BSD-3-Clause"
    assert "Framework :: napari" in metadata.classifiers
    assert any(each.startswith("Operating System") for each in metadata.classifiers)
    assert any(each.startswith("Development Status") for each in metadata.classifiers)
    assert str(metadata.version) == rg.__version__
    manifest = PluginManifest.from_distribution("napari-retrogan")
    assert 3 <= len(manifest.display_name) <= 90
    assert manifest.categories
    assert not manifest.is_visible or manifest.contributions.widgets
    assert manifest.contributions.sample_data
    assert {command.python_name.split(":")[0].split(".")[0] for command in manifest.contributions.commands} == {
        "napari_retrogan"
    }


def test_the_citation_tells_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == rg.__version__
    assert citation["license"] == PROJECT["license"]
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


def test_the_recipe_asks_for_what_the_package_asks_for():
    recipe = yaml.safe_load(RECIPE.replace("${{", "{{").replace(": {{", ": #{{"))
    assert recipe["context"]["version"] == rg.__version__
    asked = {}
    for line in recipe["requirements"]["run"]:
        name, _, least = line.partition(" ")
        asked[name] = least
    declared = {each.name: str(each.specifier) for each in map(Requirement, PROJECT["dependencies"])}
    expected = {ELSEWHERE.get(name, name): least for name, least in declared.items()}
    assert asked == expected | {"python": PROJECT["requires-python"]}


def test_the_notes_are_those_of_the_changelog(script):
    notes = script("release_notes").notes(rg.__version__)
    assert notes.startswith("- ")
    assert "\n## " not in notes


def test_applying_alone_takes_everything_but_what_trains(script):
    told = (ROOT / "docs/guide/apply-only.txt").read_text(encoding="utf-8").split()
    assert told == script("list_apply_only").requirements()
    assert len(told) == len(PROJECT["dependencies"]) - 2


def test_a_tag_tries_the_wheel_in_every_kind_of_environment():
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    kinds = re.findall(r"^  ([\w-]+)\)", (ROOT / ".ci/test-wheel").read_text(encoding="utf-8"), re.MULTILINE)
    assert [each["kind"] for each in jobs["try"]["strategy"]["matrix"]["include"]] == kinds
    assert {"newest", "oldest", "plain", "apply-only"} == set(kinds)
    assert jobs["release"]["needs"] == "try"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
