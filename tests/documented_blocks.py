"""The code blocks of the README and of the site, and what it takes to run them one after the other.

As a script it runs, in the current folder, the blocks that it gets as JSON on its standard input.
"""

import dataclasses
import glob
import json
import re
import shlex
import sys
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "docs" / "guide" / "scripts.md"
"""Trains the look that other pages load."""
PAGES = [FIRST, *sorted({ROOT / "README.md", *(ROOT / "docs").rglob("*.md")} - {FIRST, *(ROOT / "docs/zh").rglob("*")})]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
SCHEDULER = "tcp://scheduler:8786"
QUICK = {"num_steps": 2, "colour_batch_size": 2, "texture_batch_size": 3}
"""Settings of trainings, as far as there are such."""


def blocks_of(page):
    """The blocks of a page in their order, as (language, text)."""
    return [(name, textwrap.dedent(text)) for _, name, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


def commands_in(text):
    """The commands of a block for the shell, without comments and prompts."""
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words


def run_all(pages):
    """Run pages, each with names of its own; what one writes, the next may read."""
    train_quickly()
    for page, blocks in pages.items():
        print(page, round(time.process_time(), 1), flush=True)
        names = {"__name__": "__main__", "viewer": None}
        for language, text in blocks:
            if SCHEDULER in text:
                run_on_a_cluster(language, text, names, page)
            else:
                run(language, text, names, page)


def train_quickly():
    """Let trainings be two steps in this process, which compiling would take ten times as long as."""
    import keras

    from napari_retrogan.core import config
    from napari_retrogan.core.gan import style_mapping
    from napari_retrogan.core.training import train

    defaults = config.TrainingConfig.__init__.__kwdefaults__
    defaults.update({name: value for name, value in QUICK.items() if name in defaults})
    train.iter_train.__kwdefaults__["engine"] = "local"
    style_mapping.STEPS = 2
    keras.Model.run_eagerly = property(lambda model: True, lambda model, value: None)


def run(language, text, names, page):
    if language == "python":
        exec(compile(text, page, "exec"), names)
    elif language == "ipython":
        run_console(text, names)
    else:
        for words in commands_in(text):
            run_command(words)


def run_on_a_cluster(language, text, names, page):
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None
    ) as one:
        run(language, text.replace(SCHEDULER, one.scheduler_address), names, page)


def run_console(text, names):
    """Type what stands behind the prompts, wait for a training as people do, and compare what is answered."""
    from napari.components import ViewerModel

    from napari_retrogan.core.simulation.samples import sample_photographs, sample_prints

    names["viewer"] = ViewerModel()
    for name in ("Coffee", "Cat (print)"):
        names["viewer"].add_image((sample_photographs() | sample_prints())[name][::4, ::4], name=name)
    for said, _, answer in re.findall(r"^In \[\d+\]: (.*)\n(Out\[\d+\]: (.*)\n)?", text, re.MULTILINE):
        if "job.generator" in said:
            names["job"].wait()
        try:
            value = eval(said, names)
        except SyntaxError:
            exec(said, names)
            continue
        if answer and "Job" not in answer:
            plain = re.compile(r"0x[0-9a-f]+")
            assert plain.sub("", repr(value)) == plain.sub("", answer), (said, value)


def run_command(words):
    """Run a command of this package here; others are not run."""
    from typer.testing import CliRunner

    from napari_retrogan.cli.app import app
    from napari_retrogan.core.config import TrainingConfig

    if words[0] != "napari-retrogan":
        return
    spread = [name for word in words[1:] for name in (sorted(glob.glob(word)) or [word])]
    if spread[0] == "train":
        known = {each.name for each in dataclasses.fields(TrainingConfig)} & QUICK.keys()
        spread += [word for name in sorted(known) for word in (f"--{name.replace('_', '-')}", str(QUICK[name]))]
    done = CliRunner().invoke(app, spread)
    assert done.exit_code == 0, (words, done.output, done.exception)


if __name__ == "__main__":
    run_all(json.load(sys.stdin))
