"""The training process where memory, file descriptors, home, folder or standard input are lacking, and under attack."""

import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest
from counting import run_counting, uninterrupted
from engine_harness import find_trainings, no_engine_left, shared_blocks, stream, wait_until  # noqa: F401

from napari_retrogan.core.engine import client
from napari_retrogan.core.errors import EngineDied, InvalidCheckpoint, RetroGANError, TrainingDiscarded
from napari_retrogan.core.training import checkpoints

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and limits")
FOLDER = str(Path(__file__).parent)
MAX_SECONDS = 10
HEAD = f"""
import os, sys, time
sys.path.append({FOLDER!r})
import numpy as np
from napari_retrogan.core.engine import client
from napari_retrogan.core.errors import RetroGANError
def stream(name, payload=None, **options):
    task = client.Task("engine_trainings:" + name, payload)
    return client.stream(task, allowed="engine_trainings", **options)
LARGE = np.arange(1_000_000, dtype=np.float32)
def outcome(number=0):
    begun = time.monotonic()
    try:
        given, total = stream("double", {{"array": LARGE, "number": number}})
        words = "done" if (given["array"] == 2 * LARGE).all() and given["number"] == number else "wrong"
    except RetroGANError as error:
        words = str(error)
    except BaseException as error:
        words = f"raised {{error!r}}"
    return words, time.monotonic() - begun
"""


def script(tmp_path, body, *before, **options):
    """Run a script and return what it prints, as Python reads it."""
    path = tmp_path / "script.py"
    path.write_text(HEAD + body)
    command = [*before, sys.executable, str(path)]
    options = {"stdin": subprocess.DEVNULL, "cwd": tmp_path, **options}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, **options)
    assert done.returncode == 0, done.stderr
    return [ast.literal_eval(line) for line in done.stdout.splitlines()]


LIBRARIES = (
    "queue", "keras", "numpy", "socket", "pickle", "tempfile", "selectors", "typing", "signal", "multiprocessing",
    "threading", "importlib", "tensorflow", "sitecustomize", "usercustomize", "safetensors",
)  # fmt: skip


@pytest.mark.parametrize("path", [None, "", ".", "./", os.pathsep, "{cwd}", "{cwd}/../{name}", "elsewhere{sep}."])
def test_modules_in_the_current_folder_are_never_imported(tmp_path, path):
    attacked = tmp_path / "attacked"
    attacked.mkdir()
    mark = "import os, sys\nwith open({!r}, 'a') as file: file.write(repr(sys.orig_argv))\nraise ImportError"
    for name in LIBRARIES:
        (attacked / f"{name}.py").write_text(mark.format(str(tmp_path / "imported")))
    path = path and path.format(cwd=attacked, name="attacked", sep=os.pathsep)
    body = f"""
path = {path!r}
if path is not None:
    os.environ["PYTHONPATH"] = path
print(outcome())
"""
    ((words, _),) = script(tmp_path, body, cwd=attacked)
    assert words == "done"
    assert not (tmp_path / "imported").exists(), (tmp_path / "imported").read_text()


@pytest.mark.slow
@posix_only
def test_with_few_file_descriptors_it_ends_in_words_or_goes_on(tmp_path):
    body = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
def opened():
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
def take_all_but(free):
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    for number in [taken.pop() for _ in range(free)]:
        os.close(number)
    return taken
before = opened()
for free in (0, 1, 2, 3, 4, 6, 8, 12):
    for warm in (False, True):
        if not warm:
            client.shut_down()
        taken = take_all_but(free)
        told = outcome(free)
        for number in taken:
            os.close(number)
        print((free, warm, *told, *outcome()))
client.shut_down()
print(opened() - before)
"""
    blocks = shared_blocks()
    *told, left = script(tmp_path, body)
    assert left <= 1
    for free, warm, words, seconds, after, seconds_after in told:
        assert words == "done" or "file descriptors" in words or "Too many open files" in words, (free, warm, words)
        assert not words.startswith("raised"), (free, warm, words)
        assert after == "done", (free, warm, after)
        assert max(seconds, seconds_after) < MAX_SECONDS
    assert [words for *_, words, _, _, _ in told][-1] == "done"
    assert shared_blocks() <= blocks


@posix_only
@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "--mount", "--map-root-user", "true"], capture_output=True, check=False).returncode,
    reason="mounts a small /dev/shm",
)
@pytest.mark.parametrize("size", ["16m", "4k"])
def test_with_little_shared_memory_it_goes_on(tmp_path, size):
    (tmp_path / "mount").write_text(f'mount -t tmpfs -o size={size} tmpfs /dev/shm && exec "$@"')
    body = "LARGE = np.arange(10_000_000, dtype=np.float32)\nprint(outcome())\nprint(os.listdir('/dev/shm'))"
    before = ["unshare", "--mount", "--map-root-user", "sh", str(tmp_path / "mount")]
    (words, seconds), left = script(tmp_path, body, *before)
    assert words == "done"
    assert seconds < MAX_SECONDS
    assert left == []


@posix_only
@pytest.mark.parametrize("home", ["/proc/none", "", None])
def test_without_a_home_that_can_be_written_it_goes_on(tmp_path, home):
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_DATA_HOME")}
    environment |= {} if home is None else {"HOME": home}
    environment.pop(checkpoints.FOLDER_VARIABLE, None)
    body = """
from napari_retrogan.core.training.checkpoints import list_checkpoints, new_checkpoint_folder
print(outcome())
list_checkpoints()
print(new_checkpoint_folder().is_absolute())
"""
    (words, seconds), absolute = script(tmp_path, body, env=environment)
    assert (words, absolute) == ("done", True)
    assert seconds < MAX_SECONDS


@posix_only
def test_in_a_current_folder_that_is_gone_it_goes_on(tmp_path):
    body = """
from napari_retrogan.core.training.checkpoints import list_checkpoints
os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
os.environ["PYTHONPATH"] = "."
print(outcome())
sys.modules["__main__"].__file__ = "script.py"
client.shut_down()
print(outcome())
os.environ["NAPARI_RETROGAN_CHECKPOINTS"] = "relative"
print(list_checkpoints())
"""
    *told, listed = script(tmp_path, body)
    assert [words for words, _ in told] == ["done", "done"]
    assert max(seconds for _, seconds in told) < MAX_SECONDS
    assert listed == []


@posix_only
@pytest.mark.parametrize("closed", ["<&-", "<&- >&-", "<&- 2>&-", "</dev/full"])
def test_without_standard_streams_it_goes_on(tmp_path, closed):
    (tmp_path / "run").write_text(f'exec "$@" {closed}')
    body = """
with open("told", "w") as file:
    print(outcome(), file=file)
"""
    script(tmp_path, body, "sh", str(tmp_path / "run"))
    words, seconds = ast.literal_eval((tmp_path / "told").read_text())
    assert words == "done"
    assert seconds < MAX_SECONDS


@posix_only
def test_stopped_and_continued_it_goes_on():
    with closing(stream("until_stopped")) as events:
        assert next(events) == 0
        engine = client.engine_process_id()
        os.kill(engine, signal.SIGSTOP)
        time.sleep(0.5)
        os.kill(engine, signal.SIGCONT)
        assert next(event for event in events if event > 20)
        assert client.engine_process_id() == engine


@pytest.mark.slow
@posix_only
def test_stopped_and_never_continued_it_is_ended_and_the_next_run_gets_another():
    events = stream("until_stopped", grace_seconds=0.5)
    next(events)
    engine = client.engine_process_id()
    os.kill(engine, signal.SIGSTOP)
    begun = time.monotonic()
    events.close()
    assert time.monotonic() - begun < MAX_SECONDS
    assert not psutil.pid_exists(engine)
    assert list(stream("count", 2)) == [0, 1]


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("size", [10, 10_000_000])
def test_stopped_before_it_has_read_its_run_it_is_ended_once_the_caller_wants_to_stop(monkeypatch, size):
    """Whether the arrays fit into shared memory or travel in the message, which nobody reads."""
    from napari_retrogan.core.engine import shared_arrays

    monkeypatch.setattr(shared_arrays, "_SMALLEST_BLOCK", 1 << 60)
    list(stream("count", 1))
    engine, begun = client.engine_process_id(), time.monotonic()
    os.kill(engine, signal.SIGSTOP)
    with pytest.raises(TrainingDiscarded, match="before it had begun"):
        next(stream("double", {"array": np.zeros(size)}, should_stop=lambda: True, grace_seconds=0.5))
    assert time.monotonic() - begun < MAX_SECONDS
    assert not psutil.pid_exists(engine)
    assert list(stream("count", 2)) == [0, 1]


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("number", range(6))
def test_killed_while_it_starts_it_ends_in_words_or_goes_on(tmp_path, number):
    blocks = shared_blocks()
    client.shut_down()
    moment = random.Random(number).uniform(0, 2)
    body = f"""
import signal, threading
def kill():
    while client.engine_process_id() is None:
        time.sleep(0.001)
    time.sleep({moment})
    os.kill(client.engine_process_id(), signal.SIGKILL)
threading.Thread(target=kill, daemon=True).start()
print(outcome())
print(outcome())
"""
    (words, seconds), (again, _) = script(tmp_path, body)
    assert words == "done" or "was ended by SIGKILL" in words
    assert again == "done" or "was ended by SIGKILL" in again
    assert seconds < MAX_SECONDS
    assert shared_blocks() <= blocks


@pytest.mark.slow
@posix_only
def test_killed_with_its_caller_and_all_their_children_it_leaves_no_shared_memory(tmp_path):
    blocks = shared_blocks()
    path = tmp_path / "script.py"
    path.write_text(HEAD + "for number in range(10**6):\n    outcome(number)\n    print(number, flush=True)")
    for wait in (0.0, 0.02, 0.05):
        options = {"stdout": subprocess.PIPE, "start_new_session": True, "text": True}
        process = subprocess.Popen([sys.executable, str(path)], cwd=tmp_path, **options)
        assert process.stdout.readline() == "0\n"
        time.sleep(wait)
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        for number in family:
            os.kill(number, signal.SIGKILL)
        process.communicate()
        wait_until(lambda family=family: not any(map(psutil.pid_exists, family)))
        assert shared_blocks() <= blocks


@posix_only
def test_several_at_once_by_several_processes_leave_nothing_and_give_the_same(tmp_path, monkeypatch):
    """Each keeps checkpoints at every step beside the others', of which each forgets the old ones."""
    kept = tmp_path / "kept"
    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, str(kept))
    told = run_counting("several", 5, 30)
    assert told == [uninterrupted(30).snapshot()] * 5
    assert list(kept.iterdir()) == []


def test_a_home_that_nobody_knows_is_told(monkeypatch):
    def refuse(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv(checkpoints.FOLDER_VARIABLE, "~/kept")
    monkeypatch.setattr(Path, "expanduser", refuse)
    with pytest.raises(InvalidCheckpoint, match=checkpoints.FOLDER_VARIABLE):
        checkpoints.new_checkpoint_folder()
    assert issubclass(EngineDied, RetroGANError)
