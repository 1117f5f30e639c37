"""Run the tests of ``gan/`` in a pytest of their own, as part of this session and beside its other tests.

TensorFlow and a window cannot share a process on Linux (two LLVMs, one symbol table). So where a session
covers more than ``gan/``, that folder is collected and run by a child process, and each of its tests is
reported here as if it had run here. Files that take long and need no window are run by the process that comes to
them first: the child takes the first one once it is done with its own, this one the last. So both end at about the same
time, on any machine. ``pytest tests/gan`` alone stays in one process.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import sys
import tempfile
import threading
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnContext

TESTS = Path(__file__).parent
FOLDER = TESTS / "gan"
SHARED = [
    TESTS / "unit" / f"test_{name}.py"
    for name in (
        "apply",
        "apply_to_frames",
        "arrays",
        "bad_inputs",
        "batch_goes_on",
        "brightness",
        "checkpoints",
        "cli",
        "cluster",
        "engine",
        "engine_lifetime",
        "engine_under_pressure",
        "exactness",
        "exposure",
        "film_files",
        "film_lazy",
        "films",
        "folders_under_pressure",
        "foreign_values",
        "frame",
        "fringes",
        "fuzz_generator_file",
        "generator_file",
        "grain_fields",
        "halation",
        "hostile_files",
        "lazy",
        "library",
        "look_prior",
        "mark_measures",
        "marks",
        "multiscale",
        "one_tone",
        "picture_bombs",
        "picture_results",
        "pretrained",
        "regions",
        "results_under_pressure",
        "rounding",
        "softness",
        "store",
        "styles",
        "texture_measures",
        "time_smoothing",
        "training_images",
        "training_job",
        "truths",
        "uneven_light",
    )
]
"""Files that take long and need no window: either process may run them, whole."""
ONE_THREAD = dict.fromkeys(
    ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
)
"""The other processor has the other process' tests to run; the small networks of tests are no slower for it."""


class Claims:
    """Which process runs each of the shared files: the one that asks first."""

    def __init__(self, spawn: SpawnContext) -> None:
        self._owners = spawn.Array("i", len(SHARED))

    def take(self, path: Path) -> bool:
        """Return whether this process runs a file, and claim it if nobody has; other files are nobody's to claim."""
        if path not in SHARED:
            return True
        with self._owners.get_lock():
            number = SHARED.index(path)
            self._owners[number] = self._owners[number] or os.getpid()
            return bool(self._owners[number] == os.getpid())


class Child:
    """The child pytest, as the parent sees it; it waits, once it has collected, to be told what to run.

    A thread takes what the child tells, so that the child never waits for the parent to listen.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.output = Path(tempfile.mkstemp(suffix=".txt")[1])
        self.messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.reports: dict[str, list[Any]] = {}
        self.unfinished: set[str] = set()
        self.ended = False
        spawn = multiprocessing.get_context("spawn")
        self.claims = Claims(spawn)
        self.connection, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, self.claims, str(self.output), str(config.rootpath)))
        self.process.start()
        theirs.close()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self.messages.put(self.connection.recv())
        self.messages.put(None)

    @cached_property
    def collected(self) -> tuple[dict[Path, dict[str, list[str]]], dict[Path, str]]:
        """The tests of each file with their markers, and what kept files from being collected."""
        return self.messages.get() or ({}, {TESTS: self.last_words()})

    def run(self, nodeids: list[str]) -> None:
        """Have the child run these tests, but for those of files that are claimed before, and end."""
        self.unfinished = set(nodeids)
        with suppress(OSError):
            self.connection.send(nodeids)

    def wait_for(self, nodeid: str) -> list[Any]:
        """Return the reports of a test, once the child has run it or died."""
        while nodeid in self.unfinished and not self.ended:
            message = self.messages.get()
            if message is None:
                self.ended = True
            elif isinstance(message, str):
                self.unfinished.discard(message)
            else:
                self.reports.setdefault(message["nodeid"], []).append(message)
        return self.reports.pop(nodeid, [])

    def last_words(self) -> str:
        return f"The process of tests/{FOLDER.name} died.\n{self.output.read_text(errors='replace')[-8000:]}"

    def stop(self) -> None:
        """Let the child end in its own time, or at once if not all of its tests were waited for."""
        self.process.join(0 if self.unfinished else 10)
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.output.unlink()


class ChildFile(pytest.File):
    """A test file that the child has collected."""

    def collect(self) -> Iterator[pytest.Item]:
        tests, errors = child_of(self.config).collected
        for path, words in errors.items():
            if self.path.is_relative_to(path):
                raise self.CollectError(words)
        for nodeid, markers in tests.get(self.path, {}).items():
            item = ChildItem.from_parent(self, name=nodeid.partition("::")[2], nodeid=nodeid)
            for marker in markers:
                item.add_marker(marker)
            yield item


class ChildItem(pytest.Item):
    """A test that the child runs."""

    def runtest(self) -> None:
        raise NotImplementedError(f"{self.nodeid} runs in the child.")


class AllTests(pytest.Dir):
    """The folder of all tests: the child collects its own while the others are collected here."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        child_of(self.config)
        return sorted(super().collect(), key=lambda collector: collector.path == FOLDER)


CHILD = pytest.StashKey[Child]()


def child_of(config: pytest.Config) -> Child:
    """Return the session's child, started when it is first asked for."""
    if CHILD not in config.stash:
        config.stash[CHILD] = Child(config)
    return config.stash[CHILD]


def runs_apart(config: pytest.Config) -> bool:
    """Tell whether the session covers tests of the child's folder, and others."""
    paths = [(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args]
    inside = [path.is_relative_to(FOLDER) for path in paths]
    return not all(inside) and (any(inside) or any(FOLDER.is_relative_to(path) for path in paths))


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return AllTests.from_parent(parent, path=path) if path == TESTS and runs_apart(parent.config) else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    collectors = yield
    if collectors and file_path.is_relative_to(FOLDER) and runs_apart(parent.config):
        return [ChildFile.from_parent(parent, path=file_path)]
    return collectors


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the child's tests come last, when it has run most of them, and shared ones before, from the last file on."""
    if runs_apart(config):
        items.sort(key=_turn)


def pytest_collection_finish(session: pytest.Session) -> None:
    if CHILD not in session.config.stash:
        return
    chosen = [item for item in session.items if isinstance(item, ChildItem)]
    shared = [item for item in session.items if _is_shared(item)]
    shared.sort(key=lambda item: SHARED.index(item.path))
    everything = [] if session.config.option.collectonly else [item.nodeid for item in (*chosen, *shared)]
    child_of(session.config).run(everything)


def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    if CHILD not in item.config.stash or not (isinstance(item, ChildItem) or _is_shared(item)):
        return None
    child = child_of(item.config)
    if _is_shared(item) and child.claims.take(item.path):
        child.unfinished.discard(item.nodeid)
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = child.wait_for(item.nodeid)
    for data in reports:
        report = item.config.hook.pytest_report_from_serializable(config=item.config, data=data)
        item.ihook.pytest_runtest_logreport(report=report)
    if item.nodeid in child.unfinished:
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", child.last_words(), "call")
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _is_shared(item: pytest.Item) -> bool:
    return item.path in SHARED


def _turn(item: pytest.Item) -> tuple[int, int]:
    """Return what is smaller for what this process runs earlier."""
    if _is_shared(item):
        return 1, -SHARED.index(item.path)
    return (2 if isinstance(item, ChildItem) else 0), 0


def pytest_unconfigure(config: pytest.Config) -> None:
    if CHILD in config.stash:
        config.stash[CHILD].stop()


def _serve(connection: Connection, claims: Claims, output: str, root: str) -> None:
    """Be the child: run pytest on the folder and the shared files, its terminal in a file."""
    with open(output, "wb", buffering=0) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ.update(ONE_THREAD)
    os.chdir(root)
    paths = [str(path) for path in (FOLDER, *SHARED) if path.exists()]
    options = [
        "-p",
        "no:cacheprovider",
        "-p",
        f"no:{__name__}",
        "-p",
        "no:slow_tests",
        "--continue-on-collection-errors",
    ]
    sys.exit(pytest.main([*paths, *options], plugins=[_Reporter(connection, claims)]))


class _Reporter:
    """Tells the parent what was collected, waits for its choice, and sends it every report."""

    def __init__(self, connection: Connection, claims: Claims) -> None:
        self.connection, self.claims = connection, claims
        self.errors: dict[Path, str] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors[self.config.rootpath / report.nodeid.split("::")[0]] = report.longreprtext

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        tests: dict[Path, dict[str, list[str]]] = {}
        for item in session.items:
            tests.setdefault(item.path, {})[item.nodeid] = [marker.name for marker in item.iter_markers()]
        self.connection.send((tests, self.errors))
        try:
            chosen = self.connection.recv()
        except EOFError:
            chosen = []
        by_id = {item.nodeid: item for item in session.items}
        session.items[:] = [by_id[nodeid] for nodeid in chosen if nodeid in by_id]

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        return None if self.claims.take(item.path) else True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.connection.send(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.connection.send(nodeid)
