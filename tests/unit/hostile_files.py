"""Files made by hand, each the largest, deepest, longest or strangest that is read, and all that is done with one.

Run ``python hostile_files.py FOLDER NAME...``: it makes these of ``FILES`` in the folder, does everything in ``USES``
with each, and prints for every use what became of it, how long it computed and how much memory it took, as JSON.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import pickle
import sys
import time
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from generator_fuzzing import forget, forget_peak, peak_megabytes
from PIL import Image
from typer.testing import CliRunner

from napari_retrogan.cli.app import app
from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.core.foreign.values import MAX_BYTES, MAX_ENTRIES, MAX_NAME, MAX_TEXT
from napari_retrogan.core.generator_file.contents import MAX_WEIGHT
from napari_retrogan.core.generator_file.versions import MAX_GRAPH_BYTES, MAX_STYLES
from napari_retrogan.core.output.batch import apply_to_files
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHT_SHAPES
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator
from napari_retrogan.plugin.layers import LayerSnapshot, result_name
from napari_retrogan.plugin.shared.look_thumbnails import render_thumbnails, small_layer
from napari_retrogan.plugin.style_names import count_pictures, style_title

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PICTURE = np.linspace(0, 255, 24 * 30 * 3).reshape(24, 30, 3).astype(np.uint8)
STRANGE = "\x1b]0;owned\x07\x1b[2J <img src='/dev/zero'> [red]\u202egnp \u2028\n\t\0 \U0001f4f7 {0} %s &lt; 1e999"
NO_END = 2**63 - 1
ORDINARY = "ordinary"


def weights(value: Any, shapes: Mapping[str, tuple[int, ...]] = WEIGHT_SHAPES) -> dict[str, Any]:
    """Return weights that a function of their shape gives."""
    return {name: np.asarray(value(shape), np.float32) for name, shape in shapes.items()}


def small(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(len(shape)).normal(0, 0.1, shape)


def either(size: float) -> Callable[[tuple[int, ...]], Any]:
    """Return a function that gives numbers of this size, of either sign."""
    return lambda shape: np.random.default_rng(0).choice([-size, size], shape)


def full(mapping: Callable[[tuple[int, ...]], Any] = small, count: int = 2, **changes: Any) -> VintageGenerator:
    """Return a generator that holds everything that one can."""
    own = {name: values for name, values in weights(small).items() if name in STYLE_NAMES}
    further = [{name: values * number for name, values in own.items()} for number in range(count)]
    return VintageGenerator.from_weights(
        changes.pop("weights", weights(small)), mapping=weights(mapping, MAPPING_SHAPES), styles=further, **changes
    )


def parts(generator: VintageGenerator) -> dict[str, bytes]:
    """Return the parts of a generator's file."""
    from napari_retrogan.core.generator_file import file

    with zipfile.ZipFile(io.BytesIO(file._pack(generator))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: dict[str, bytes], change: Callable[[dict[str, Any]], object] = lambda _: None) -> bytes:
    """Return a file of these parts, with their hashes and with changed metadata, as short as JSON can be."""
    metadata = json.loads(members["metadata.json"])
    others = {name: data for name, data in members.items() if name != "metadata.json"}
    metadata["sha256"] = {name: hashlib.sha256(data).hexdigest() for name, data in others.items()}
    change(metadata)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**others, "metadata.json": json.dumps(metadata, separators=(",", ":")).encode()}.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def told(**fields: Any) -> Callable[[], bytes]:
    """Return a maker of a file whose metadata hold this."""
    return lambda: packed(parts(full()), lambda metadata: metadata.update(fields))


def provenance(value: Any) -> Callable[[], bytes]:
    return told(provenance=value)


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "deep"


def branching(breadth: int, depth: int) -> Any:
    return [branching(breadth, depth - 1) for _ in range(breadth)] if depth else 0


def of_weights(value: Callable[[tuple[int, ...]], Any], mapping: Any = small) -> Callable[[], bytes]:
    return lambda: packed(parts(full(mapping, weights=weights(value))))


def with_graph(data: bytes) -> Callable[[], bytes]:
    return lambda: packed({**parts(full()), "generator.onnx": data})


def amid_other_bytes() -> bytes:
    """Return a file after as many other bytes, and before as long a comment, as are read."""
    content = bytearray(packed(parts(full())))
    content[-2:] = (65_535).to_bytes(2, "little")
    return bytes(64 * 2**20 - len(content) - 65_535) + bytes(content) + bytes(65_535)


NAMES = [f"{number:04}".ljust(MAX_NAME, "n") for number in range(MAX_ENTRIES)]
TEXTS = MAX_BYTES // (MAX_TEXT + 20)
ROWS = [{"step": NO_END, **{f"{STRANGE[:9]}{loss}": -1.7976931348623157e308 for loss in range(8)}} for _ in range(1700)]
FILES: dict[str, Callable[[], bytes]] = {
    ORDINARY: lambda: packed(parts(full())),
    "versions": told(versions=dict.fromkeys(NAMES, "")),
    "strange versions": told(versions={STRANGE[:60]: STRANGE[:30]}),
    "largest settings": told(config={"num_steps": 100_000, "seed": 2**31 - 1, "texture_batch_size": 256}),
    "no settings": told(config={}),
    "history": told(history=ROWS),
    "rows of nothing": told(history=[{}] * MAX_ENTRIES),
    "a row of many losses": told(history=[dict.fromkeys(NAMES, None), dict.fromkeys(NAMES, 1e-320)]),
    "steps beyond 64 bits": told(history=[{"step": 1 - 10**19}, {"step": 10**20 - 1}]),
    "many notes": provenance({"notes": ["n" * MAX_TEXT] * TEXTS}),
    "many notes of nothing": provenance({"notes": [""] * MAX_ENTRIES}),
    "notes that are a text": provenance({"notes": "n" * MAX_TEXT}),
    "notes that are a number": provenance({"notes": NO_END}),
    "notes that are a mapping": provenance({"notes": {name: [STRANGE] for name in NAMES}}),
    "strange notes": provenance({"notes": [STRANGE] * 24}),
    "lines": provenance({"notes": ["\n" * MAX_TEXT] * 24, "\n" * MAX_NAME: "\r" * MAX_TEXT}),
    "names": provenance(dict.fromkeys(NAMES, "v" * 200)),
    "strange names": provenance({STRANGE: STRANGE, "": "", "file": 1, "notes": {}, "id": "other"}),
    "depth": provenance({"deep": nested(13)}),
    "depth and breadth": provenance({"deep": branching(2, 12), "broad": branching(500, 2)[:400]}),
    "a list of lists": provenance({"lists": [[[] for _ in range(100)] for _ in range(MAX_ENTRIES)]}),
    "styles of many pictures": provenance({"styles": [[0] * MAX_ENTRIES for _ in range(3)]}),
    "styles of no pictures": provenance({"styles": [[], [], []]}),
    "styles that are no lists": provenance({"styles": [STRANGE, {}, None]}),
    "styles that are a text": provenance({"styles": STRANGE}),
    "most styles": lambda: packed(parts(full(count=MAX_STYLES))),
    "a large graph": with_graph(np.random.default_rng(0).bytes(MAX_GRAPH_BYTES)),
    "a graph of zeros": with_graph(bytes(MAX_GRAPH_BYTES)),
    "no graph": with_graph(b""),
    "amid other bytes": amid_other_bytes,
    "weights of zero": of_weights(np.zeros),
    "weights of minus zero": of_weights(lambda shape: np.full(shape, -0.0)),
    "tiniest weights": of_weights(lambda shape: np.full(shape, 1e-45)),
    "largest weights": of_weights(lambda shape: np.full(shape, MAX_WEIGHT)),
    "most negative weights": of_weights(lambda shape: np.full(shape, -MAX_WEIGHT)),
    "large weights of either sign": of_weights(either(MAX_WEIGHT), either(1)),
    "a mapping network of large weights": of_weights(small, either(3e38)),
}  # fmt: skip


def print_info(path: Path, _: VintageGenerator) -> str:
    return told_by("info", str(path))


def print_json(path: Path, _: VintageGenerator) -> str:
    text = told_by("info", str(path), "--json")
    assert json.loads(text)["bytes"] == path.stat().st_size
    return text


def told_by(*arguments: str) -> str:
    """Return what the command line prints."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def show_in_gallery(path: Path, _: VintageGenerator) -> str:
    """Draw the look's thumbnail as the gallery does."""
    told: list[Any] = []
    snapshot = LayerSnapshot(
        name="a", levels=(PICTURE,), multiscale=False, rgb=True, contrast_limits=(0, 255), appearance={}, metadata={}
    )
    job: Any = SimpleNamespace(should_stop=lambda: False, report=told.append)
    render_thumbnails(job, {str(path): lambda: load_generator(path)}, lambda: small_layer(snapshot, ()))
    ((name, picture),) = told
    assert (name, picture.dtype) == (str(path), np.uint8)
    return ""


def choose(_: Path, generator: VintageGenerator) -> str:
    """Return what the widgets say of it, and look at each of its styles."""
    counts = count_pictures(generator)
    assert all(isinstance(count, int) and count <= MAX_ENTRIES for count in counts)
    styles = [generator.with_style(number) for number in range(generator.num_styles)]
    titles = [result_name("a", style_title(number, generator)) for number in range(generator.num_styles)]
    return f"{generator!r} {counts} {styles[-1]!r} {titles}"


def preview(_: Path, generator: VintageGenerator) -> str:
    shown = generator.preview(PICTURE)
    for amounts in ({}, {"strength": 2, "grain": 4, "softness": 2}, {"strength": 0}):
        check(shown.render(**amounts))
    return ""


def apply(_: Path, generator: VintageGenerator) -> str:
    check(generator.apply(PICTURE))
    unit = (PICTURE / 255).astype(np.float32)
    check(generator.apply(unit, strength=2, grain=4, softness=2, vignette=1, warmth=1, fade=1))
    check(generator.apply(unit, style=generator.num_styles - 1))
    return ""


def draw_a_style(_: Path, generator: VintageGenerator) -> str:
    check(generator.apply((PICTURE / 255).astype(np.float32), style=1000))
    return ""


def imitate(_: Path, generator: VintageGenerator) -> str:
    check(generator.apply((PICTURE / 255).astype(np.float32), style=PICTURE[::-1]))
    return ""


def check(picture: Any) -> None:
    assert picture.shape == PICTURE.shape
    assert np.isfinite(picture).all()


def apply_to_a_file(path: Path, generator: VintageGenerator) -> str:
    source, folder = path.parent / "a.png", path.parent / "results"
    Image.fromarray(PICTURE).save(source)
    result = apply_to_files(generator, source, folder, overwrite=True)
    assert [place.name for place in result.written] == ["a.png"]
    return told_by("apply", str(path), str(source), "--output-folder", str(folder), "--overwrite")


def save(path: Path, generator: VintageGenerator) -> str:
    place = generator.save(path.with_name("again.retrogan"), overwrite=True)
    again = load_generator(place)
    assert (again, again.provenance, again.history) == (generator, generator.provenance, generator.history)
    return ""


def export(path: Path, generator: VintageGenerator) -> str:
    table = generator.export(path.with_name("look.cube"), size=3, overwrite=True).read_text("ascii")
    values = np.array([line.split() for line in table.splitlines()[2:]], float)
    assert values.shape == (27, 3)
    assert np.isfinite(values).all()
    assert generator.export(path.with_name("look.onnx"), overwrite=True).stat().st_size < MAX_GRAPH_BYTES
    return told_by("export", str(path), "--output", str(path.with_name("look.cube")), "--size", "3", "--overwrite")


def duplicate(_: Path, generator: VintageGenerator) -> str:
    assert pickle.loads(pickle.dumps(generator)) == generator
    assert copy.deepcopy(generator) == generator
    return ""


USES: tuple[Callable[[Path, VintageGenerator], str], ...] = (
    print_info, print_json, show_in_gallery, choose, preview, apply, draw_a_style, imitate, apply_to_a_file, save,
    export, duplicate,
)  # fmt: skip


def measure(use: Callable[[], str]) -> dict[str, Any]:
    """Say what became of a use, and what it took."""
    forget_peak()
    start, megabytes = time.process_time(), peak_megabytes()
    try:
        outcome, text = "done", use()
    except RetroGANError as error:
        outcome, text = "refused", str(error)
    except Exception as error:  # noqa: BLE001 - the test shows it
        outcome, text = f"failed: {error!r}"[:2000], ""
    seconds, megabytes = time.process_time() - start, peak_megabytes() - megabytes
    steering = sorted({each for each in text if not (each.isprintable() or each == "\n")})
    return {
        "outcome": outcome, "seconds": seconds, "megabytes": megabytes, "letters": len(text), "lines": text.count("\n"),
        "steering": steering,
    }  # fmt: skip


def try_everything(path: Path, known: VintageGenerator | None = None) -> dict[str, dict[str, Any]]:
    """Return what became of opening a file and of each use of it.

    Between the uses nothing that is made of its arrays is kept, but where they are those of a known generator: another
    file tells what these take.
    """
    opened: list[VintageGenerator] = []
    results = {"load": measure(lambda: opened.append(load_generator(path)) or "")}
    for use in USES if opened else ():
        results[use.__name__] = measure(lambda use=use: use(path, opened[0]))
        if opened[0] != known:
            forget(None)
    return results


def main(folder: str, *names: str) -> None:
    warnings.simplefilter("error")
    path = Path(folder, "hostile.retrogan")
    path.write_bytes(FILES[ORDINARY]())
    ordinary = load_generator(path)
    try_everything(path)  # What is imported and prepared once is not a file's.
    results = {}
    for name in names:
        path.write_bytes(FILES[name]())
        results[name] = try_everything(path, ordinary if name != ORDINARY else None)
    print(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
