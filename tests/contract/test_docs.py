"""Every code block of the README and of the site runs, on small pictures; links lead somewhere."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import napari_retrogan as rg
from documented_blocks import PAGES, ROOT, blocks_of, commands_in
from film_making import make_film, moving
from napari_retrogan.core.images.files import write_picture

TRAIN_THEIR_OWN = {"command-line.md", "console.md"}
"""Each training takes seconds, and no test may take a minute."""
RUN_ELSEWHERE = {"pip", "uv", "napari", ".ci/run", ".ci/weekly", "pre-commit"}
"""Commands that set up or check a whole machine."""


@pytest.fixture
def pictures(tmp_path):
    """Make the folder that the blocks speak of."""
    random = np.random.default_rng(0)

    def write(*names):
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            write_picture(tmp_path / name, random.integers(0, 256, (96, 128, 3), np.uint8))

    write("photographs/a.png", "photographs/b.png", "vintage/a.png", "vintage/b.png", "slides/a.tif", "slides/b.tif")
    write("holiday/cat.jpg", "holiday/dog.jpg", "postcard.jpg", "scan.tif")
    make_film(tmp_path / "holiday.mp4", moving(8))
    return tmp_path


def test_every_block_is_of_a_kind_that_is_run():
    told = {(page.name, language) for page in PAGES for language, _ in blocks_of(page)}
    assert {language for _, language in told} == {"python", "ipython", "sh"}, told


@pytest.mark.slow
@pytest.mark.parametrize(
    "alone", [False, True], ids=["pages that read what others write", "pages that train their own"]
)
def test_the_blocks_run_one_after_the_other(pictures, alone):
    given = {str(page.relative_to(ROOT)): blocks_of(page) for page in PAGES if (page.name in TRAIN_THEIR_OWN) == alone}
    assert given
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/documented_blocks.py")],
        input=json.dumps(given),
        cwd=pictures,
        env={**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_what_other_commands_name_is_there():
    for page in PAGES:
        for language, text in blocks_of(page):
            for words in commands_in(text) if language == "sh" else ():
                words = [word for word in words if not re.fullmatch(r"[A-Z_]+=\w+", word)]
                if words[0] == "napari-retrogan":
                    continue
                assert words[0] in RUN_ELSEWHERE, words
                files = [word for word in words if re.match(r"(tests|benchmarks|scripts|docs|\.ci)/", word)]
                assert [each for each in files if not (ROOT / each).exists()] == []


def test_every_linked_file_exists():
    for page in [*PAGES, *(ROOT / "docs/zh").rglob("*.md"), ROOT / "README.zh-CN.md"]:
        targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
        assert [target for target in targets if not (page.parent / target).exists()] == [], page


def test_the_reference_has_every_public_name():
    told = re.findall(
        r"^::: napari_retrogan\.(\w+)$", (ROOT / "docs/reference.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(told, key=str) == rg.__all__


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_the_pages_in_chinese_have_the_blocks_of_those_in_english():
    chinese = ROOT / "docs" / "zh"
    pairs = {page: ROOT / "docs" / page.relative_to(chinese) for page in chinese.rglob("*.md")}
    pairs[ROOT / "README.zh-CN.md"] = ROOT / "README.md"
    assert {page.name for page in (chinese / "tutorials").iterdir()} == {
        page.name for page in (ROOT / "docs/tutorials").iterdir()
    }
    for translated, page in pairs.items():
        assert blocks_of(translated) == blocks_of(page), translated
