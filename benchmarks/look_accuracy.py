"""How near unseen photographs come to a known look, for every number of images, beside what is commonly done.

Films that the prior never saw and filters of the web are put on photographs that it never saw; 12 other photographs
then show how near the look is. Every line is printed as it comes: mean CIEDE2000 untouched, by Reinhard's method,
histogram matching and the linear map (all fitted to the same layers), by the linear map against broad statistics,
by the prior alone and by ours; then grain, edges, artefacts and the time of training. Means and aims follow.

    python benchmarks/look_accuracy.py PHOTOGRAPHS TABLES [--looks PART ...] [--cases CASE ...] [--draws 0 1 2]
        [--steps N] [--jobs N] [--prior-only] [--output FILE] [--resume] [--sheet FOLDER]

PHOTOGRAPHS is a folder of JPEG pictures, 60 or more of them with a long side of 768 px; TABLES one of HaldCLUT tables
in subfolders. A full run trains 360 times. Times mean something with one job only.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from look_measurement import Result, Settings, measure
from look_sheets import save_row, save_sheets
from look_tables import header, run_line, summary
from protocol import CASES, NUM_DRAWS, Run, look_names, plan

import napari_retrogan as rg

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    """Run what is asked for and print it."""
    parser = _parser()
    arguments = parser.parse_args()
    names = look_names(arguments.tables)
    looks = [name for name in names if any(part in name for part in arguments.looks)]
    if not looks:
        parser.error(f"no look's name holds any of {arguments.looks}; there are {', '.join(names)}")
    if min(arguments.draws) < 0:
        parser.error(f"draws are numbered from 0 on, and {min(arguments.draws)} is not among them")
    if arguments.output and arguments.output.exists() and not arguments.resume:
        parser.error(f"{arguments.output} exists; give --resume to go on with it, or another name")
    config = rg.TrainingConfig(num_steps=arguments.steps)
    settings = Settings(arguments.photographs, arguments.tables, config, arguments.prior_only)
    mode = "prior" if arguments.prior_only else f"{arguments.steps} steps"
    runs = plan(looks, arguments.cases, arguments.draws)
    known = _read(arguments.output, mode)
    results = [Result(run, known[run]) for run in runs if run in known]
    print(header())
    for result in results:
        print(run_line(result))
    for result in _measure_all([run for run in runs if run not in known], settings, arguments.jobs):
        print(run_line(result), flush=True)
        _append(arguments.output, mode, result)
        if arguments.sheet:
            save_row(result, arguments.sheet)
        results.append(Result(result.run, result.figures))
    if arguments.sheet:
        save_sheets(results, arguments.sheet)
    print("\n" + summary(results))


def _parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--looks", nargs="+", default=[""], metavar="PART", help="parts of names; all by default")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--draws", nargs="+", type=int, default=list(range(NUM_DRAWS)), help="numbers from 0 on")
    parser.add_argument("--steps", type=int, default=rg.TrainingConfig().num_steps)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, each with its own training process")
    parser.add_argument("--prior-only", action="store_true", help="train nothing: the prior by itself")
    parser.add_argument("--output", type=Path, help="file to add a line of JSON to for each run")
    parser.add_argument("--resume", action="store_true", help="take from --output what it holds already")
    parser.add_argument("--sheet", type=Path, metavar="FOLDER", help="folder for pictures: a sheet a case")
    return parser


def _measure_all(runs: list[Run], settings: Settings, jobs: int) -> Iterator[Result]:
    """Yield results as they come."""
    if jobs == 1:
        yield from (measure(run, settings) for run in runs)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        futures = [pool.submit(measure, run, settings) for run in runs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _read(path: Path | None, mode: str) -> dict[Run, dict[str, float]]:
    """Return the figures that a file holds for a mode of training."""
    if path is None or not path.exists():
        return {}
    lines = [json.loads(text) for text in path.read_text().splitlines()]
    return {Run(line["look"], line["case"], line["draw"]): line["figures"] for line in lines if line["mode"] == mode}


def _append(path: Path | None, mode: str, result: Result) -> None:
    """Add a run's figures to a file."""
    if path is None:
        return
    run = result.run
    entry = {"look": run.look, "case": run.case, "draw": run.draw, "mode": mode, "figures": result.figures}
    with path.open("a") as stream:
        stream.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
