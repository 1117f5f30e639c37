"""Everything that opens a picture file, tried on bombs.

Run as a script it tries each of the files that it is given at as many doors as it is told and prints what came of it as
JSON.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator_fuzzing import forget_peak, peak_megabytes
from picture_bombs import BOMBS, SMALL_WITH_MUCH_BESIDE
from picture_bytes import FIELDS, png
from typer.testing import CliRunner

import napari_retrogan as rg
from napari_retrogan.cli.app import app
from napari_retrogan.core.images.files import read_picture
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.batch_estimate import estimate_files
from napari_retrogan.core.output.file_plan import plan_files
from napari_retrogan.plugin.photographs import photograph_reader


def _napari_reader(path: Path) -> str:
    read = photograph_reader([str(path)])
    assert read is not None
    assert read([str(path)])
    return ""


def _files(path: Path) -> str:
    batch = rg.apply_to_files(LOOK, path, path.parent / "out", strength=0, grain=0, overwrite=True)
    return "; ".join(failure.reason for failure in batch.failed)


def _estimate(path: Path) -> str:
    return "refused" if estimate_files(plan_files([path])[0], ApplySettings()) is None else ""


def _told_by(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return "" if result.exit_code == 0 else result.output


def _train_in_a_folder(path: Path) -> str:
    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        assert len(training_images(path.parent, 0)) == 1 + (path.name in SMALL_WITH_MUCH_BESIDE)
    return "; ".join(str(warning.message) for warning in left_out)


LOOK = rg.pretrained("warm-print")
DOORS: dict[str, Callable[[Path], str]] = {
    "read_picture": lambda path: str(read_picture(path).shape) and "",
    "apply_to_files": _files,
    "apply_to_store": lambda path: str(rg.apply_to_store(LOOK, path, path.parent / "a.zarr", overwrite=True)) and "",
    "style": lambda path: str(LOOK.apply(FIELDS, style=str(path)).shape) and "",
    "imitate": lambda path: rg.imitate(path) and "",
    "train": lambda path: rg.train(path, FIELDS) and "",
    "training folder": _train_in_a_folder,
    "napari reader": _napari_reader,
    "Apply to files, estimate": _estimate,
    "command line: apply": lambda path: _told_by(
        "apply", "warm-print", str(path), "--output-folder", str(path.parent / "out"), "--overwrite"
    ),
    "command line: train": lambda path: _told_by(
        "train", "--photographs", str(path), "--vintage", str(path), "--output", str(path.parent / "x.retrogan")
    ),
}
MUST_NOT_READ = ("train", "command line: train")
"""These would train if they could read."""


def some_doors(number: int, count: int) -> list[str]:
    """Return the names of so many doors, in turn others for each number of a file."""
    names = [*DOORS]
    return [names[(number * count + further) % len(names)] for further in range(min(count, len(names)))]


def try_doors(path: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Say what each door said, which is nothing where it let the file in, and what that took."""
    results = {}
    for name in names:
        door = DOORS[name]
        if path.name in SMALL_WITH_MUCH_BESIDE and name in MUST_NOT_READ:
            continue
        forget_peak()
        start, megabytes = time.process_time(), peak_megabytes()
        try:
            words = door(path)
        except rg.RetroGANError as error:
            words = str(error)
        except BaseException as error:  # noqa: BLE001 - the test shows it
            words = f"UNFORESEEN {error!r}"[:2000]
        seconds, megabytes = time.process_time() - start, peak_megabytes() - megabytes
        results[name] = {"words": words, "seconds": seconds, "megabytes": megabytes}
    return results


def main(folder: str, doors: str, *names: str) -> None:
    place = Path(folder)
    (place / "in").mkdir()
    (place / "in" / "good.png").write_bytes(png())
    made = BOMBS | SMALL_WITH_MUCH_BESIDE
    results = {}
    for number, name in enumerate(("warm.png", *names)):
        path = place / "in" / name
        path.write_bytes(png() if name == "warm.png" else made[name]())
        if name != "warm.png":
            results[name] = try_doors(path, some_doors(number, int(doors)))
        else:
            for door in set(DOORS) - {*MUST_NOT_READ, "training folder"}:
                DOORS[door](path)
        path.unlink()
    print(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
