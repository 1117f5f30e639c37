"""The direction of imports and the size of files, read from the source."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "napari_retrogan"
FILES = sorted(PACKAGE.rglob("*.py"))
WINDOWS = {"magicgui", "napari", "pyqtgraph", "qtpy", "superqt", "vispy"}
FRAMEWORKS = {"keras", "tensorflow"}


def imports(path, *, module_level=False):
    """Return the dotted names that a file imports when it runs, not only for type checkers."""
    tree = ast.parse(path.read_text())
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        or (module_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield f"{node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(path, **options):
    return {name.split(".")[0] for name in imports(path, **options)}


def within(path, *parts):
    return path.relative_to(PACKAGE).parts[: len(parts)] == parts


def reaches(path, *packages):
    prefixes = tuple(f"napari_retrogan.{package}" for package in packages)
    return {name for name in imports(path) if name.startswith(prefixes)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_the_right_way(path):
    if within(path, "core"):
        assert tops(path) & WINDOWS == set()
        assert reaches(path, "plugin", "cli") == set()
    if not within(path, "core", "gan"):
        assert tops(path, module_level=True) & FRAMEWORKS == set()
    if within(path, "plugin"):
        assert tops(path) & FRAMEWORKS == set()
        assert reaches(path, "core.gan", "cli") == set()
    if within(path, "cli"):
        assert reaches(path, "core.gan", "plugin") == set()
    if within(path, "core", "images"):
        assert reaches(path, "core.inference", "core.gan", "core.looks", "core.engine", "core.export") == set()
    if within(path, "core", "inference"):
        assert tops(path) & FRAMEWORKS == set()
        assert reaches(path, "core.gan", "core.engine") == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_import_is_a_declared_dependency(path):
    import sys
    import tomllib

    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]
    names = {"PIL": "pillow", "skimage": "scikit-image"}
    declared = {requirement.split("[")[0].split(">")[0] for requirement in project["dependencies"]}
    optional = {"distributed", "jax", "torch"}
    foreign = tops(path) - set(sys.stdlib_module_names) - {"napari_retrogan"} - optional
    assert {names.get(name, name) for name in foreign} <= declared
