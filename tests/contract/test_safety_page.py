"""The tests that the page on safety names exist, and run."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
CHECKS = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
CITED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
OF_THE_SYSTEM = re.compile(r"\b(os\.name|sys\.platform|hasattr\(os, |os\.geteuid)")


def find_test(path, name):
    """The definition of a test in a file, as a syntax tree; None if there is none."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next((each for each in ast.walk(tree) if isinstance(each, kinds) and each.name == name), None)


def installed_for_the_checks():
    """The names of everything that the checks install by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.match(r"[\w-]+", each)[0].lower().replace("-", "_") for each in wanted}
    return names | set(re.findall(r"--with (\w+)", CHECKS))


def test_every_promise_names_tests():
    tables = re.findall(r"^\| Promise .*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.M)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 40
    for row in rows:
        assert "`tests/" in row, row


@pytest.mark.parametrize(("path", "name"), CITED)
def test_what_is_named_exists_and_is_not_skipped_where_the_checks_run(path, name):
    found = find_test(path, name)
    assert found is not None
    for mark in map(ast.unparse, found.decorator_list):
        assert ".mark.skip" not in mark or OF_THE_SYSTEM.search(mark), mark
    needed = re.findall(r"importorskip\(['\"](\w+)", (ROOT / path).read_text(encoding="utf-8").split("\ndef ")[0])
    needed += re.findall(r"importorskip\(['\"](\w+)", ast.unparse(found))
    assert set(needed) <= installed_for_the_checks()


def test_the_lowest_versions_are_tested_too():
    for script in ("run", "weekly"):
        assert re.search(r"xargs \.ci/test-lowest [^<]*<\.ci/lowest-tests", (ROOT / ".ci" / script).read_text("utf-8"))
    script = (ROOT / ".ci/test-lowest").read_text(encoding="utf-8")
    assert "--resolution lowest-direct --extra all --group dev pyproject.toml" in script
    tests = (ROOT / ".ci/lowest-tests").read_text(encoding="utf-8").split()
    assert {path.split("/")[1] for path in tests} == {"unit", "gan", "gui"}
    assert all((ROOT / path).exists() for path in tests)
    assert len({path for path, _ in CITED} & set(tests)) > len({path for path, _ in CITED}) / 2


def test_linked_pages_exist():
    for page in (ROOT / "docs").glob("*.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
