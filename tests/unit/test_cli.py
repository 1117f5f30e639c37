"""The command line: options, files, words and exit codes; the training itself is a stand-in."""

import json
import os
import signal

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_retrogan.cli import training
from napari_retrogan.cli.app import app
from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.library.library import open_library
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.particles import NO_PARTICLES
from napari_retrogan.core.training.events import TrainingFinished, TrainingProgress, TrainingStarted
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

TASTE = {"softness": 2, "vignette": 0.5, "warmth": -0.4, "fade": 0.1, "exposure": -1, "contrast": 0.3, "saturation": 1}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def said(result):
    """Return what a command printed, its lines joined."""
    return " ".join((result.stdout + result.stderr).split())


@pytest.fixture
def generator():
    random = np.random.default_rng(0)
    weights = {
        name: 0.1 * random.standard_normal(shape) for name, shape in WEIGHT_SHAPES.items()
    } | NO_PARTICLES.weights()
    history = [{"step": 1, "drift": 0.5}, {"step": 2, "drift": 0.25}]
    return VintageGenerator.from_weights(weights, TrainingConfig(num_steps=2), history, {"made_by": "a test"})


@pytest.fixture
def look(generator, tmp_path):
    return generator.save(tmp_path / "look.retrogan")


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    random = np.random.default_rng(1)
    write_picture(folder / "colour.png", random.integers(0, 256, (20, 30, 3), np.uint8))
    write_picture(folder / "deep.tif", random.integers(0, 65536, (20, 30, 3), np.uint16))
    write_picture(folder / "grey.jpg", random.integers(0, 256, (20, 30), np.uint8))
    return folder


@pytest.fixture
def calls(monkeypatch, generator):
    """Put a stand-in for the training in place, and return what it was called with."""
    calls = []

    def iter_train(photographs, vintage, *, should_stop, config, **options):
        calls.append({"photographs": photographs, "vintage": vintage, "config": config, **options})
        yield TrainingStarted(backend="none", device="paper", num_steps=config.num_steps)
        for step in range(1, config.num_steps + 1):
            if should_stop():
                break
            yield TrainingProgress(
                step=step,
                num_steps=config.num_steps,
                losses={"grain": 0.5},
                steps_per_second=9.0,
                seconds_left=1.0,
            )
            if calls[0].get("interrupt_at") == step:
                os.kill(os.getpid(), signal.SIGINT)
        yield TrainingFinished(generator=generator)

    monkeypatch.setattr(training, "iter_train", iter_train)
    return calls


def test_the_version_and_the_commands_are_told():
    assert run("--version").stdout.startswith("napari-retrogan 0.")
    assert all(command in run("--help").stdout for command in ("demo", "train", "apply", "info"))


def test_every_training_setting_is_an_option():
    text = run("train", "--help").stdout
    for name in TrainingConfig().to_dict():
        assert f"--{name.replace('_', '-')}" in text


def test_training_takes_folders_and_lists_of_files_and_saves(calls, pictures, tmp_path, generator):
    output = tmp_path / "new.retrogan"
    files = sorted(pictures.iterdir())
    result = run("train", "--photographs", pictures, "--vintage", *files[:2], "--output", output, "--num-steps", 3)
    assert result.exit_code == 0, said(result)
    assert "Training with none on paper" in said(result)
    assert "Step 2 of at most 3 (9 a second), at most about 1 second left: grain 0.50" in said(result)
    assert "Step 3 of at most 3 (9 a second): grain 0.50" in said(result)
    assert load_generator(output) == generator
    assert [len(calls[0][name]) for name in ("photographs", "vintage")] == [3, 2]
    assert calls[0]["config"] == TrainingConfig(num_steps=3)


def test_a_look_is_kept_in_the_library_too(calls, pictures, tmp_path, generator):
    output = tmp_path / "new.retrogan"
    arguments = ("train", "--photographs", pictures, "--vintage", pictures, "--output", output, "--num-steps", 1)
    assert "It is in your library as 'Old slides'" in said(run(*arguments, "--name", "Old slides"))
    assert open_library().load("Old slides") == generator
    assert "as 'Old slides'" in said(run(*arguments, "--overwrite"))
    assert len(open_library().entries()) == 1


def test_a_library_that_cannot_be_written_costs_no_training(calls, pictures, tmp_path, generator, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NAPARI_RETROGAN_LIBRARY", str(tmp_path / "file"))
    output = tmp_path / "new.retrogan"
    result = run("train", "--photographs", pictures, "--vintage", pictures, "--output", output, "--num-steps", 1)
    assert result.exit_code == 0
    assert "It is not in your library: " in said(result)
    assert load_generator(output) == generator


def test_without_photographs_the_look_is_measured(pictures, tmp_path):
    output = tmp_path / "new.retrogan"
    result = run("train", "--vintage", pictures / "colour.png", "--output", output)
    assert result.exit_code == 0, said(result)
    assert "Learnt from 1 vintage picture, without photographs." in said(result)
    assert load_generator(output).provenance["steps"] == 0
    refused = run("train", "--paired", "--vintage", pictures, "--output", tmp_path / "other.retrogan")
    assert refused.exit_code == 2
    assert "--paired needs" in said(refused)


def test_options_that_there_are_no_more_are_told(pictures, tmp_path):
    result = run("train", "--vintage", pictures, "--output", tmp_path / "new.retrogan", "--no-ordinary-photographs")
    assert result.exit_code == 2
    assert "no --no-ordinary-photographs any more: colours and softness are measured" in said(result)


def test_settings_change_a_preset_and_other_options_reach_the_training(calls, pictures, look, tmp_path, generator):
    result = run(
        *("train", "--vintage", pictures, "--photographs", pictures, "--output", tmp_path / "new.retrogan"),
        *("--preset", "draft", "--texture-batch-size", "12", "--average-decay", "0.5"),
        *("--paired", "--initial", look, "--backend", "jax", "--devices", "2"),
    )
    assert result.exit_code == 0, said(result)
    changes = {"texture_batch_size": 12, "average_decay": 0.5}
    assert calls[0]["config"] == TrainingConfig.preset("draft", **changes)
    assert (calls[0]["paired"], calls[0]["initial"], calls[0]["backend"]) == (True, generator, "jax")
    assert calls[0]["devices"] == 2


def test_an_existing_generator_is_replaced_only_when_asked(calls, pictures, look):
    arguments = ("train", "--vintage", pictures, "--photographs", pictures, "--output", look)
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert "exists already" in said(refused)
    assert calls == []
    assert run(*arguments, "--overwrite").exit_code == 0


def test_a_missing_folder_is_told_before_training(calls, pictures, tmp_path):
    output = tmp_path / "missing" / "a.retrogan"
    result = run("train", "--vintage", pictures, "--photographs", pictures, "--output", output)
    assert result.exit_code == 1
    assert "does not exist" in said(result)
    assert calls == []


@pytest.mark.parametrize(
    "wrong",
    [
        ["--num-steps", "-1"],
        ["--num-steps", "many"],
        ["--loss", "none"],
        ["--preset", "worst"],
        ["--backend", "abacus"],
        ["--devices", "0"],
        ["--unknown"],
    ],
)
def test_wrong_options_are_usage_errors(calls, pictures, tmp_path, wrong):
    result = run(
        *("train", "--vintage", pictures, "--photographs", pictures, "--output", tmp_path / "a.retrogan", *wrong)
    )
    assert result.exit_code == 2
    assert calls == []


def test_failures_are_one_sentence_without_a_traceback(calls, monkeypatch, pictures, tmp_path):
    def diverge(*_, **__):
        raise TrainingDiverged("The losses are not finite.")

    monkeypatch.setattr(training, "iter_train", diverge)
    output = tmp_path / "a.retrogan"
    result = run("train", "--vintage", pictures, "--photographs", pictures, "--output", output)
    assert (result.exit_code, result.stderr) == (1, "Error: The losses are not finite.\n")
    assert not output.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to its own process")
def test_ctrl_c_stops_and_keeps(calls, pictures, tmp_path, generator):
    calls.append({"interrupt_at": 4})
    output = tmp_path / "a.retrogan"
    before = signal.getsignal(signal.SIGINT)
    result = run("train", "--vintage", pictures, "--photographs", pictures, "--output", output)
    assert result.exit_code == 0, said(result)
    assert "keeping what is trained" in said(result)
    assert load_generator(output) == generator
    assert signal.getsignal(signal.SIGINT) is before


def test_applying_keeps_format_depth_and_size(look, pictures, tmp_path, generator):
    folder = tmp_path / "new" / "results"
    taste = [part for name, amount in TASTE.items() for part in (f"--{name}", amount)]
    result = run(
        "apply",
        look,
        pictures,
        "--output-folder",
        folder,
        "--grain",
        0.5,
        "--seed",
        3,
        "--brightness",
        "learnt",
        *taste,
    )
    assert result.exit_code == 0, said(result)
    assert sorted(path.name for path in folder.iterdir()) == ["colour.png", "deep.tif", "grey.jpg"]
    for name in ("colour.png", "deep.tif"):
        expected = generator.apply(read_picture(pictures / name), grain=0.5, seed=3, brightness="learnt", **TASTE)
        np.testing.assert_array_equal(read_picture(folder / name), expected)


def test_a_result_stands_beside_its_photograph_or_where_it_was_told(look, pictures, tmp_path):
    assert run("apply", look, pictures / "colour.png").exit_code == 0
    assert (pictures / "colour-vintage.png").exists()
    assert run("apply", look, pictures / "colour.png", "--output", tmp_path / "a.tif").exit_code == 0
    assert read_picture(tmp_path / "a.tif").shape == (20, 30, 3)


def test_nothing_is_replaced_unless_asked_and_never_the_photograph(look, pictures):
    original = (pictures / "colour.png").read_bytes()
    assert run("apply", look, pictures / "colour.png").exit_code == 0
    again = run("apply", look, pictures / "colour.png")
    assert again.exit_code == 1
    assert "--overwrite" in said(again)
    assert run("apply", look, pictures / "colour.png", "--overwrite").exit_code == 0
    onto_itself = run("apply", look, pictures / "colour.png", "--output-folder", pictures, "--overwrite")
    assert onto_itself.exit_code == 1
    assert (pictures / "colour.png").read_bytes() == original


def test_applying_goes_on_after_failures_and_lists_them(look, pictures, tmp_path):
    (pictures / "broken.png").write_bytes(b"no picture")
    folder = tmp_path / "results"
    result = run("apply", look, tmp_path / "gone.png", pictures, "--output-folder", folder)
    assert result.exit_code == 1
    assert result.stderr.count("Failed: ") == 2
    assert len(list(folder.iterdir())) == 3


def test_results_of_one_name_do_not_replace_each_other(look, pictures, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    write_picture(other / "colour.png", np.zeros((8, 8, 3), np.uint8))
    folder = tmp_path / "results"
    result = run("apply", look, pictures / "colour.png", other / "colour.png", "--output-folder", folder, "--overwrite")
    assert result.exit_code == 1
    assert read_picture(folder / "colour.png").shape == (20, 30, 3)


def test_one_output_for_several_photographs_is_refused(look, pictures, tmp_path):
    assert run("apply", look, pictures, "--output", tmp_path / "a.png").exit_code == 1
    both = run("apply", look, pictures, "--output", "a.png", "--output-folder", tmp_path)
    assert both.exit_code == 2


def test_the_card_holds_what_the_file_holds(look, generator):
    card = json.loads(run("info", look, "--json").stdout)
    assert (card["id"], card["steps"], card["losses"]) == (generator.id, 2, {"drift": 0.25})
    assert card["config"] == generator.config.to_dict()
    assert card["provenance"] == {"made_by": "a test"}
    assert generator.id in said(run("info", look))


def test_a_file_that_is_no_generator_is_told(tmp_path):
    (tmp_path / "a.retrogan").write_bytes(b"nothing")
    result = run("info", tmp_path / "a.retrogan")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_an_interrupt_has_its_own_exit_code(monkeypatch, look):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_retrogan.cli.card.print_card", interrupt)
    result = run("info", look)
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")
