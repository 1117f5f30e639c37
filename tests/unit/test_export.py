"""What is exported, read by other libraries than those that wrote it."""

import numpy as np
import onnx
import pillow_lut
import pytest
from onnx.reference import ReferenceEvaluator
from PIL import Image
from typer.testing import CliRunner

from napari_retrogan.cli.app import app
from napari_retrogan.core.errors import InvalidConfig, InvalidGeneratorFile
from napari_retrogan.core.export.cube import bake_table
from napari_retrogan.core.inference.session import open_session
from napari_retrogan.core.stages.chain import HALO, exposure_halo
from napari_retrogan.core.stages.fringes import FRINGES
from napari_retrogan.core.stages.halation import HALATION
from napari_retrogan.core.vintage_generator import VintageGenerator


def test_another_library_reads_the_table_and_gives_its_colours(generator, tmp_path):
    size = 9
    table = pillow_lut.load_cube_file(str(generator.export(tmp_path / "look.cube", size=size)))
    assert tuple(table.size) == (size, size, size)
    corners = 255 * np.array([[blue, green, red] for blue in (0, 1) for green in (0, 1) for red in (0, 1)])
    picture = Image.fromarray(corners[None, :, ::-1].astype(np.uint8))
    read = np.asarray(picture.filter(table))[0]
    baked = bake_table(generator, size)[:: size - 1, :: size - 1, :: size - 1].reshape(-1, 3)
    assert np.abs(read - 255 * baked).max() <= 1
    assert np.abs(read - np.asarray(picture)[0].astype(int)).max() > 20


def test_the_graph_is_valid_onnx_and_another_evaluator_agrees(generator, tmp_path):
    onnx.checker.check_model(str(generator.export(tmp_path / "all.onnx")), full_check=True)
    # That evaluator takes most of a minute to sample between pixels.
    still = {name: 0 * generator.weights[name] for name in FRINGES.weights}
    generator = VintageGenerator.from_weights({**generator.weights, **still})
    path = generator.export(tmp_path / "look.onnx")
    onnx.checker.check_model(str(path), full_check=True)
    rng = np.random.default_rng(0)
    outer = 2 * exposure_halo([HALATION], HALO)
    feeds = {
        "image": rng.random((1, 3, 12 + outer, 16 + outer), np.float32),
        "place": rng.random((1, 3, 12 + outer, 16 + outer), np.float32),
        "thumbnail": rng.random((1, 3, 64, 64), np.float32),
        "noise": rng.standard_normal((1, 3, 12 + 2 * HALO, 16 + 2 * HALO), np.float32),
        **{name: np.array(1, np.float32) for name in ("strength", "grain", "softness", "halation", "fringes")},
    }
    evaluator = ReferenceEvaluator(str(path))
    feeds = {name: feeds[name] for name in evaluator.input_names}
    (expected,) = open_session(generator.graph).run(None, feeds)
    assert np.allclose(evaluator.run(None, feeds)[0], expected, atol=1e-5)


def test_nothing_is_replaced_unless_asked(generator, tmp_path):
    for name in ("look.cube", "look.onnx"):
        path = generator.export(tmp_path / name, size=3)
        before = path.read_bytes()
        with pytest.raises(InvalidGeneratorFile, match="overwrite=True"):
            generator.export(path, size=2)
        assert path.read_bytes() == before
        generator.export(path, size=2, overwrite=True)
    assert len(list(tmp_path.iterdir())) == 2


def test_other_names_and_places_are_refused_in_words(generator, tmp_path):
    with pytest.raises(InvalidConfig, match=r"\.cube or \.onnx"):
        generator.export(tmp_path / "look.xmp")
    with pytest.raises(InvalidGeneratorFile, match="does not exist"):
        generator.export(tmp_path / "nowhere" / "look.cube")


def test_the_command_line_exports(generator, photograph, tmp_path):
    look = str(generator.save(tmp_path / "look.retrogan"))
    Image.fromarray(photograph).save(tmp_path / "photograph.png")
    table = tmp_path / "look.cube"

    def run(*options):
        return CliRunner().invoke(app, ["export", look, "--output", str(table), "--size", "3", *options])

    assert run().exit_code == 0
    plain = table.read_text()
    assert run().exit_code == 1
    assert run("--overwrite", "--like", str(tmp_path / "photograph.png")).exit_code == 0
    assert table.read_text() != plain
