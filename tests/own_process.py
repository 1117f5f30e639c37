"""Run the tests of ``gan/`` in a pytest of their own, as part of this session.

TensorFlow and a window cannot share a process on Linux (two LLVMs, one symbol table). So where a session
covers more than ``gan/``, that folder is collected and run by a child process, and each of its tests is
reported here as if it had run here. ``pytest tests/gan`` alone stays in one process.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from multiprocessing.connection import Connection

FOLDER = Path(__file__).parent / "gan"


class Child:
    """The child pytest, as the parent sees it; it waits, once it has collected, to be told what to run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.output = Path(tempfile.mkstemp(suffix=".txt")[1])
        spawn = multiprocessing.get_context("spawn")
        self.connection, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, str(self.output), str(config.rootpath)))
        self.process.start()
        theirs.close()
        self.tests, self.errors = self.receive() or ({}, {FOLDER: self.last_words()})

    def receive(self) -> Any:
        """Return the child's next message, or None where it has died."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return None

    def last_words(self) -> str:
        return f"The process of tests/{FOLDER.name} died.\n{self.output.read_text(errors='replace')[-8000:]}"

    def stop(self) -> None:
        self.connection.close()
        self.process.join(10)
        self.process.kill()
        self.process.join()
        self.output.unlink()


class ChildFile(pytest.File):
    """A test file that the child has collected."""

    def collect(self) -> Iterator[pytest.Item]:
        child = child_of(self.config)
        for path, words in child.errors.items():
            if self.path.is_relative_to(path):
                raise self.CollectError(words)
        for nodeid, markers in child.tests.get(self.path, {}).items():
            item = ChildItem.from_parent(self, name=nodeid.partition("::")[2], nodeid=nodeid)
            for marker in markers:
                item.add_marker(marker)
            yield item


class ChildItem(pytest.Item):
    """A test that the child runs."""

    def runtest(self) -> None:
        raise NotImplementedError(f"{self.nodeid} runs in the child.")

    def reports(self) -> Iterator[pytest.TestReport]:
        """Yield the reports of the test as the child makes them."""
        child = child_of(self.config)
        while message := child.receive():
            if message == self.nodeid:
                return
            yield self.config.hook.pytest_report_from_serializable(config=self.config, data=message)
        yield pytest.TestReport(self.nodeid, self.location, {}, "failed", child.last_words(), "call")


CHILD = pytest.StashKey[Child]()


def child_of(config: pytest.Config) -> Child:
    """Return the session's child, started when it is first asked for."""
    if CHILD not in config.stash:
        config.stash[CHILD] = Child(config)
    return config.stash[CHILD]


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    collectors = yield
    paths = [(parent.config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in parent.config.args]
    alone = all(path.is_relative_to(FOLDER) for path in paths)
    if collectors and file_path.is_relative_to(FOLDER) and not alone:
        return [ChildFile.from_parent(parent, path=file_path)]
    return collectors


def pytest_collection_finish(session: pytest.Session) -> None:
    nodeids = [item.nodeid for item in session.items if isinstance(item, ChildItem)]
    if nodeids and not session.config.option.collectonly:
        child_of(session.config).connection.send(nodeids)


def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    if not isinstance(item, ChildItem):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in item.reports():
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_unconfigure(config: pytest.Config) -> None:
    if CHILD in config.stash:
        config.stash[CHILD].stop()


def _serve(connection: Connection, output: str, root: str) -> None:
    """Be the child: run pytest on the folder, its terminal in a file."""
    with open(output, "wb", buffering=0) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.chdir(root)
    arguments = [str(FOLDER), "-p", "no:cacheprovider", "-p", f"no:{__name__}", "--continue-on-collection-errors"]
    sys.exit(pytest.main(arguments, plugins=[_Reporter(connection)]))


class _Reporter:
    """Tells the parent what was collected, waits for its choice, and sends it every report."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
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
        session.items[:] = [by_id[nodeid] for nodeid in chosen]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.connection.send(self.config.hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.connection.send(nodeid)
