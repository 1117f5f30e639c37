"""The training process as seen by whole scripts: no window, no guard, and gone with its parent."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and process ids")
FOLDER = str(Path(__file__).parent)
HEAD = f"""
import sys
sys.path.append({FOLDER!r})
from napari_retrogan.core.engine import client
def stream(name, payload=None):
    return client.stream(client.Task("engine_trainings:" + name, payload), allowed="engine_trainings")
def tell(*words):
    with open("told", "a") as file:
        print(*words, file=file, flush=True)
"""


def start(tmp_path, body, **options):
    script = tmp_path / "script.py"
    script.write_text(HEAD + body)
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, text=True, **streams)


def run(tmp_path, body, **options):
    process = start(tmp_path, body, **options)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output, errors


def run_command(tmp_path, code):
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def told(tmp_path):
    file = tmp_path / "told"
    return file.read_text().split() if file.exists() else []


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(process_id):
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_script_without_a_guard(tmp_path):
    output, errors = run(tmp_path, "print('once'); print(list(stream('count', 3)))")
    assert output.splitlines() == ["once", "[0, 1, 2]"]
    assert errors == ""


@pytest.mark.parametrize("way", ["script", "command"])
def test_files_beside_the_script_do_not_pose_as_libraries(tmp_path, way):
    for name in ("keras", "a_library_that_is_not_installed"):
        (tmp_path / f"{name}.py").write_text("")
    body = "print(list(stream('find', ('keras', 'a_library_that_is_not_installed', 'engine_trainings'))))"
    if way == "script":
        output, _ = run(tmp_path, body)
    else:
        output = run_command(tmp_path, HEAD + body)
    keras, other, trainings = ast.literal_eval(output)
    assert keras is None or not Path(keras).is_relative_to(tmp_path)
    assert other is None
    assert Path(trainings).parent == Path(FOLDER)


@posix_only
def test_a_package_found_only_through_changes_of_the_path(tmp_path):
    import napari_retrogan

    home = Path(napari_retrogan.__file__).parents[1]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "napari_retrogan").symlink_to(home / "napari_retrogan")
    code = f"import sys; sys.path.insert(0, {str(elsewhere)!r})\n{HEAD}\nprint(list(stream('where')))"
    assert str(elsewhere) in run_command(tmp_path, code)


def test_a_process_whose_standard_streams_are_closed(tmp_path):
    body = """
import os
os.close(0); os.close(1); os.close(2)
sys.stdin = sys.stdout = sys.stderr = None
tell(sum(len(part) for part in stream("printing", 3)))
tell(client._keeper.engine._channel.fileno() > 2)
"""
    process = start(tmp_path, body)
    process.communicate(timeout=60)
    assert told(tmp_path) == ["3000", "True"]


def test_a_script_that_ends_in_mid_run_ends_quietly_and_leaves_nothing(tmp_path):
    body = "events = stream('until_stopped')\nnext(events)\ntell(client.engine_process_id())"
    _, errors = run(tmp_path, body)
    assert errors == ""
    wait_until(lambda: not is_alive(int(told(tmp_path)[0])), 5)


def test_a_script_that_ends_while_a_thread_follows_a_run_leaves_nothing(tmp_path):
    body = """
import threading
started = threading.Event()
def follow():
    try:
        for _ in stream("silent_until_stopped"):
            started.set()
    except Exception as error:
        tell(type(error).__name__)
threading.Thread(target=follow, daemon=True).start()
assert started.wait(30)
tell(client.engine_process_id())
"""
    run(tmp_path, body)
    wait_until(lambda: not is_alive(int(told(tmp_path)[0])), 5)


def test_an_error_at_the_top_of_a_script_leaves_nothing(tmp_path):
    process = start(
        tmp_path, "events = stream('until_stopped')\nnext(events)\ntell(client.engine_process_id())\nraise KeyError(5)"
    )
    _, errors = process.communicate(timeout=60)
    assert errors.splitlines()[-1] == "KeyError: 5"
    wait_until(lambda: not is_alive(int(told(tmp_path)[0])), 5)


@posix_only
@pytest.mark.parametrize("name", ["until_stopped", "deaf", "flood"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_nothing(tmp_path, name, end):
    body = f"""
import time
events = stream({name!r})
next(events)
tell(client.engine_process_id(), "ready")
time.sleep(600)
"""
    process = start(tmp_path, body, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: "ready" in told(tmp_path))
    engine = int(told(tmp_path)[0])
    assert is_alive(engine)
    process.send_signal(end)
    process.wait(30)
    wait_until(lambda: not is_alive(engine), 5)


@posix_only
def test_a_killed_parent_with_a_forked_child_leaves_no_engine(tmp_path):
    body = """
import os, time
events = stream("until_stopped")
next(events)
forked = os.fork()
if forked == 0:
    time.sleep(60)
    os._exit(0)
tell(client.engine_process_id(), forked, "ready")
time.sleep(600)
"""
    process = start(tmp_path, body, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: "ready" in told(tmp_path))
    engine, forked = map(int, told(tmp_path)[:2])
    process.kill()
    process.wait(30)
    try:
        wait_until(lambda: not is_alive(engine), 5)
        assert is_alive(forked)
    finally:
        os.kill(forked, signal.SIGKILL)


@posix_only
def test_a_forked_child_leaves_the_engine_to_its_parent(tmp_path):
    body = """
import os
events = stream("until_stopped")
next(events)
engine = client.engine_process_id()
forked = os.fork()
if forked == 0:
    own = list(stream("count", 2))
    events.close()
    tell(own == [0, 1] and client.engine_process_id() != engine)
    sys.exit(0)
assert os.waitpid(forked, 0)[1] == 0
tell(next(events) > 0 and client.engine_process_id() == engine)
"""
    run(tmp_path, body)
    assert told(tmp_path) == ["True", "True"]


@posix_only
def test_ctrl_c_reaches_the_caller_alone(tmp_path):
    body = """
import time
try:
    for event in stream("until_stopped"):
        tell(client.engine_process_id(), "ready") if event == 0 else None
except KeyboardInterrupt:
    first = client.engine_process_id()
    assert list(stream("count", 2)) == [0, 1]
    tell("same" if client.engine_process_id() == first else "other")
"""
    process = start(tmp_path, body, start_new_session=True)
    wait_until(lambda: "ready" in told(tmp_path))
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert told(tmp_path)[-1] == "same"


@posix_only
def test_an_interrupt_sent_to_the_engine_itself_is_ignored(tmp_path):
    body = """
import os, signal
events = stream("until_stopped")
next(events)
os.kill(client.engine_process_id(), signal.SIGINT)
print([next(events) for _ in range(20)][-1])
"""
    output, errors = run(tmp_path, body)
    assert (output.strip(), errors) == ("20", "")
