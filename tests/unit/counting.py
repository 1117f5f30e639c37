"""A training in NumPy whose every step depends on all before it, for tests of checkpoints.

As a script it forks trainings that write a large checkpoint at every step, kills each at a random moment, and prints
what the next one finds; or it trains where files may not grow as large as a checkpoint, or beside another process.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing

import numpy as np

import napari_retrogan.core.training.checkpoint_contents  # noqa: F401 - before the forks, which would each import it
from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.gan.training_loop import follow_steps
from napari_retrogan.core.images.training_image import TrainingImage
from napari_retrogan.core.training.checkpoint_writer import CheckpointWriter
from napari_retrogan.core.training.checkpoints import (
    LEFT_OVER,
    find_checkpoint,
    new_checkpoint_folder,
    read_checkpoint,
)
from napari_retrogan.core.training.events import (
    CheckpointFailed,
    TrainingFinished,
    TrainingProgress,
    TrainingRecovered,
)
from napari_retrogan.core.training.task import TrainingState, TrainingTask

EVERY_STEP = 1e-9
LARGE = 250_000
"""So many weights take several times longer to write than to train."""
ASTRAY = {40: "too far"}


def make_task(folder, **settings):
    """Return a task of two noisy pictures."""
    rng = np.random.default_rng(0)

    def picture():
        view, thumbnail = rng.random((9, 12, 3), np.float32), rng.random((64, 64, 3), np.float32)
        return TrainingImage(view, thumbnail, rng.random((30, 40, 3)).astype(np.float16), (5, 0), (36, 48))

    settings = {"num_steps": 100_000, "checkpoint_seconds": EVERY_STEP, **settings}
    return TrainingTask((picture(),), (picture(),), TrainingConfig(**settings), title="slides", checkpoints=str(folder))


class Counting:
    """Its weights are a chaotic function of the number of steps, at some of which it is astray."""

    settled = False

    def __init__(self, faults=(), size=1000):
        self.step, self.history, self.faults = 0, [], dict(faults)
        self.weights = np.random.default_rng(1).random(size)
        self.rate = 1.0

    def advance(self):
        self.weights = 3.9 * self.weights * (1 - self.weights)
        self.step += 1
        losses = {"loss": float(self.weights.mean())}
        self.history.append({"step": self.step, **losses})
        return losses

    def snapshot(self):
        return hashlib.sha256(self.weights.tobytes()).hexdigest()

    def result(self):
        return self.snapshot()

    def capture(self):
        arrays = {"networks/0000": self.weights.copy(), "rate": np.array(self.rate)}
        return TrainingState(step=self.step, arrays=arrays, history=tuple(self.history))

    def restore(self, state):
        self.weights, self.rate = state.arrays["networks/0000"].copy(), float(state.arrays["rate"])
        self.step, self.history = state.step, list(state.history)

    def roll_back(self, state, rate):
        self.weights, self.rate = state.arrays["networks/0000"].copy(), self.rate * rate

    def fault(self):
        return self.faults.pop(self.step, "")


def guarded(folder, training=None, **settings):
    """Return a training that goes on from what the folder holds."""
    found = find_checkpoint(folder) is not None
    task, state = read_checkpoint(folder) if found else (make_task(folder, **settings), None)
    return GuardedTraining(training or Counting(), CheckpointWriter(task, "none"), state)


def follow(training, num_steps=100_000, should_stop=bool):
    """Return the events of a training."""
    return follow_steps(training, num_steps, 60.0, should_stop, bool)


def uninterrupted(steps):
    """Return what a training holds after so many steps in one go."""
    training = Counting()
    for _ in range(steps):
        training.advance()
    return training


def large():
    """Return a training whose checkpoints are large and that goes astray once."""
    return Counting(ASTRAY, LARGE)


def interrupt(folder, steps, training=None):
    """Train until so many steps are done, and leave a checkpoint."""
    with closing(follow(guarded(folder, training))) as events:
        while not (isinstance(event := next(events), TrainingProgress) and event.step == steps):
            pass


def recoveries(events):
    """Return where a training went astray and how far it went back."""
    return [(event.step, event.good_step) for event in events if isinstance(event, TrainingRecovered)]


def run_counting(*arguments):
    """Run the stand-in as a script and return the lines that it prints."""
    done = subprocess.run(**_script(*arguments), capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def resume_in_another_process(folder, num_steps):
    """Return a process that has resumed a training and waits for a line to go on."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(**_script("resume", folder, num_steps), **pipes)
    assert process.stdout.readline() == "Resumed\n"
    return process


def write(folder, steps, **settings):
    """Write the checkpoint of a training that was never astray; return the writer."""
    training = uninterrupted(steps)
    writer = CheckpointWriter(make_task(folder, **settings), "none")
    assert writer.write(training.capture) is None
    return writer


def _script(*arguments):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {"args": [sys.executable, __file__, *map(str, arguments)], "env": environment, "text": True}


def _train_until_killed(folder):
    for _ in follow(guarded(folder, large())):
        pass


def _start(folder):
    child = os.fork()
    if child == 0:
        try:
            _train_until_killed(folder)
        finally:
            os._exit(1)
    return child


def _kill(child):
    os.kill(child, signal.SIGKILL)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def _time_to_three_steps(folder):
    """Return how long a training takes to read, train and write, on a machine that may be busy."""
    begun, child = time.monotonic(), _start(folder)
    while (found := find_checkpoint(folder)) is None or found.step < 3:
        time.sleep(0.002)
    _kill(child)
    return time.monotonic() - begun


def _kill_at_random(folder, kills, seed):
    """Print for each kill its signal, the step that is kept and whether it left a file half written."""
    moments, scale = random.Random(seed), 2 * _time_to_three_steps(folder)
    left_before = set(folder.glob(LEFT_OVER))
    for _ in range(kills):
        child = _start(folder)
        time.sleep(moments.uniform(0, scale))
        number = _kill(child)
        found, left = find_checkpoint(folder), set(folder.glob(LEFT_OVER))
        print(number, 0 if found is None else found.step, int(bool(left - left_before)), flush=True)
        left_before = left


def _train_with_limit(folder, num_bytes, num_steps):
    """Stop after so many steps where no file may grow beyond so many bytes; print what is told, and the generator."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, resource.RLIM_INFINITY))
    training = guarded(folder, large())
    for event in follow(training, should_stop=lambda: training.step == num_steps):
        if isinstance(event, CheckpointFailed):
            print(event.message)
        if isinstance(event, TrainingFinished):
            print(event.generator)


def _go_on_when_told(folder, num_steps):
    """Resume, wait for a line, go on until so many steps are done, and print what is told, and the generator."""
    training = guarded(folder, large())
    print("Resumed", flush=True)
    sys.stdin.readline()
    for event in follow(training, num_steps):
        if isinstance(event, CheckpointFailed):
            print(event.message)
        if isinstance(event, TrainingFinished):
            print(event.generator)


def _several_at_once(processes, num_steps):
    """Train in so many processes at once, each in a folder of its own, and print the generators."""
    children = []
    for _ in range(processes):
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            try:
                *_, last = follow(guarded(new_checkpoint_folder()), num_steps)
                os.write(writing, last.generator.encode())
            finally:
                os._exit(0)
        os.close(writing)
        children.append((child, reading))
    for child, reading in children:
        with open(reading) as file:
            print(file.read())
        os.waitpid(child, 0)


if __name__ == "__main__":
    from pathlib import Path

    if sys.argv[1] == "several":
        _several_at_once(*map(int, sys.argv[2:]))
    else:
        actions = {"kill": _kill_at_random, "limit": _train_with_limit, "resume": _go_on_when_told}
        actions[sys.argv[1]](Path(sys.argv[2]), *map(int, sys.argv[3:]))
