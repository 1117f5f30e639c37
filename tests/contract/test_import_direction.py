"""The floors of the house: imports only go down. And what else is read from the source: sizes and dependencies."""

import ast
import sys
import tomllib
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "napari_retrogan"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
WINDOWS = {"magicgui", "napari", "pyqtgraph", "qtpy", "superqt", "vispy"}
FRAMEWORKS = {"keras", "tensorflow"}

FLOORS = (
    ("__init__",),
    ("cli", "plugin.commands", "plugin.console", "plugin.look_reader"),
    ("plugin.studio",),
    ("plugin.files", "plugin.train", "plugin.apply"),
    ("plugin.shared",),
    ("plugin.window",),
    ("plugin.state",),
    ("plugin.photographs",),
    ("plugin.film_reader", "plugin.layers", "plugin.sample_data"),
    ("plugin.language",),
    ("plugin.preferences", "plugin.provenance", "plugin.regions", "plugin.remembered", "plugin.style_names"),
    ("core.gan",),
    ("core.training",),
    ("core.output",),
    ("core.library",),
    ("core.imitation", "core.pretrained"),
    ("core.vintage_generator",),
    ("core.patch_generator",),
    ("core.export",),
    ("core.looks",),
    ("core.inference",),
    ("core.generator_file",),
    ("core.graphs",),
    ("core.simulation",),
    ("core.images",),
    ("core.picture_files",),
    ("core.films",),
    ("core.engine",),
    ("core.config",),
    ("core.setting_hints",),
    ("core.atomic_file",),
    ("core.backend",),
    ("core.stages",),
    ("core.foreign",),
    ("core.architecture", "core.version", "core.errors"),
)
"""From the top: a room, that is a folder or a loose file, imports itself and what stands further down, and no other
room of its own floor; imports for type checkers and those inside functions count too."""

FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MOST_LOOSE_FILES = 12
MOST_LINES = 300


def module_of(path):
    """The dotted name of a file below the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_of(path) for path in FILES}


def room_of(module):
    """The room that a module stands in; None for the folders that hold rooms, which hold no code of their own."""
    parts = module.split(".")
    rooms = {".".join(parts[:length]) for length in range(1, len(parts) + 1)} & FLOOR_OF.keys()
    return rooms.pop() if rooms else None


def imported(path, *, module_level=False):
    """The dotted names that a file imports, wherever in it, or at module level and not for type checkers alone."""
    hidden = {
        id(inner)
        for node in ast.walk(TREES[path])
        if module_level
        and (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        )
        for inner in ast.walk(node)
    }
    for node in ast.walk(TREES[path]):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner.removeprefix("napari_retrogan.") in MODULES else f"{node.module}"


def imported_rooms(path):
    """The rooms of this package that a file imports."""
    for name in imported(path):
        if name.split(".")[0] == "napari_retrogan":
            yield room_of(name.removeprefix("napari_retrogan.")) if "." in name else "__init__"


def tops(path, **options):
    return {name.split(".")[0] for name in imported(path, **options)}


def test_every_file_stands_in_a_room():
    homeless = [module_of(path) for path in FILES if room_of(module_of(path)) is None]
    assert homeless == ["core", "plugin"]
    assert all((PACKAGE / room.replace(".", "/")).is_dir() or room in MODULES for room in FLOOR_OF)


def test_imports_only_go_down():
    climbing = [
        f"{module_of(path)} imports {room}"
        for path in FILES
        if (own := room_of(module_of(path))) is not None
        for room in imported_rooms(path)
        if room != own and FLOOR_OF[room] <= FLOOR_OF[own]
    ]
    assert climbing == []


def test_neither_widgets_nor_command_line_reach_into_the_networks():
    reaching = [
        f"{module_of(path)} imports core.gan"
        for path in FILES
        if module_of(path).startswith(("cli", "plugin")) and "core.gan" in imported_rooms(path)
    ]
    assert reaching == []


def test_windows_and_frameworks_stay_in_their_rooms():
    wrong = [
        f"{module_of(path)} imports {name}"
        for path in FILES
        for name in (
            *(tops(path) & WINDOWS if module_of(path).startswith("core") else ()),
            *(tops(path, module_level=True) & FRAMEWORKS if room_of(module_of(path)) != "core.gan" else ()),
            *(tops(path) & FRAMEWORKS if module_of(path).startswith(("plugin", "core.inference")) else ()),
        )
    ]
    assert wrong == []


def test_few_files_of_core_stand_loose():
    assert len(list((PACKAGE / "core").glob("*.py"))) <= MOST_LOOSE_FILES


def test_files_are_short():
    lengths = {module_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {module: length for module, length in lengths.items() if length > MOST_LINES} == {}


def test_every_import_is_a_declared_dependency():
    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {"OpenEXR": "openexr", "PIL": "pillow", "pillow_heif": "pillow-heif", "skimage": "scikit-image"}
    requirements = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    declared = {requirement.split("[")[0].split(">")[0] for requirement in requirements}
    known = {*sys.stdlib_module_names, "napari_retrogan", "jax", "torch"}
    foreign = {name: path for path in FILES for name in tops(path) - known}
    assert {name: path for name, path in foreign.items() if names.get(name, name) not in declared} == {}
