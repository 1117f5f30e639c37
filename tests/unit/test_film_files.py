"""Films among other files: in folders, on the command line, with an end at any time, and their time told beforehand."""

import signal
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import napari_retrogan as rg
from film_making import flat, make_film, moving, packets, shown
from napari_retrogan.cli.app import app
from napari_retrogan.cli.applying import _Display
from napari_retrogan.core.films.reading import Film
from napari_retrogan.core.images.files import read_picture, write_picture
from napari_retrogan.core.inference import estimate
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.batch_estimate import estimate_files
from napari_retrogan.core.output.file_plan import plan_files


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def holiday(tmp_path):
    """A folder of photographs and films, one half copied and one in HDR."""
    folder = tmp_path / "holiday"
    folder.mkdir()
    write_picture(folder / "a.png", moving(1)[0])
    make_film(folder / "b.MP4", moving(12), sound=True)
    make_film(folder / "c.webm", moving(6))
    make_film(folder / "d.mp4", moving(6), tags=(9, 16, 9))
    data = make_film(folder / "e.mov", moving(12)).read_bytes()
    (folder / "e.mov").write_bytes(data[: len(data) // 2])
    return folder


@pytest.fixture
def look(generator, tmp_path):
    return generator.save(tmp_path / "look.retrogan")


def test_a_folder_of_photographs_and_films_is_done_but_for_what_fails(generator, holiday, tmp_path):
    events = []
    result = rg.apply_to_files(generator, holiday, tmp_path / "out", on_event=events.append, grain_over_time="fixed")
    assert [path.name for path in result.written] == ["a.png", "b.MP4", "c.webm"]
    assert [failure.source.name for failure in result.failed] == ["d.mp4", "e.mov"]
    assert "HDR (PQ)" in result.failed[0].reason
    assert "isn't whole" in result.failed[1].reason
    assert not result.stopped
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.MP4", "c.webm"]
    assert packets(tmp_path / "out" / "b.MP4") == packets(holiday / "b.MP4")
    np.testing.assert_array_equal(
        read_picture(tmp_path / "out" / "a.png"), generator.apply(read_picture(holiday / "a.png"))
    )
    told = [(event.done, event.total) for event in events if isinstance(event, rg.FileProgress)]
    assert told[-18:-6] == [(number, 12) for number in range(1, 13)]
    again = rg.apply_to_files(generator, holiday / "b.MP4", tmp_path / "out")
    assert "exists already" in again.failed[0].reason


def test_the_command_line_applies_to_films(generator, look, holiday):
    result = run("apply", look, holiday / "b.MP4", "--seed", 4, "--grain-over-time", "fixed")
    assert result.exit_code == 0, result.stderr
    found = shown(holiday / "b-vintage.MP4")[1].astype(float)
    with Film(holiday / "b.MP4") as film:
        stack = np.stack([frame.pixels for frame in film.frames()])
    styled = generator.apply(stack, seed=4, time_axis=0, grain_over_time="fixed").astype(float)
    assert np.abs(found.mean((1, 2)) - styled.mean((1, 2))).max() < 6
    assert np.abs(found - styled).mean() < 0.5 * np.abs(styled - stack).mean()


def test_another_container_may_be_named(look, holiday):
    assert run("apply", look, holiday / "b.MP4", "--output", holiday / "new.mkv").exit_code == 0
    assert len(shown(holiday / "new.mkv")[0]) == 12
    wrong = run("apply", look, holiday / "b.MP4", "--output", holiday / "new.gif")
    assert wrong.exit_code == 1
    assert ".gif" in wrong.stderr
    assert ".mkv" in wrong.stderr


def test_ctrl_c_leaves_a_film_that_plays_and_ends_the_batch(look, holiday, monkeypatch):
    show = _Display.show

    def show_and_press(display, event):
        show(display, event)
        if isinstance(event, rg.FileProgress) and event.done == 5:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(_Display, "show", show_and_press)
    before = signal.getsignal(signal.SIGINT)
    result = run("apply", look, holiday / "b.MP4", holiday / "c.webm", "--output-folder", holiday / "out")
    assert signal.getsignal(signal.SIGINT) is before
    assert result.exit_code == 130
    assert result.stderr.endswith("Interrupted.\n")
    assert "a film ends where it is now" in result.stdout
    assert "it was stopped, so that the film ends after 5 of 12 frames" in result.stdout
    assert [path.name for path in (holiday / "out").iterdir()] == ["b.MP4"]
    assert shown(holiday / "out" / "b.MP4")[0] == shown(holiday / "b.MP4")[0][:5]


def test_a_stop_from_python_is_told_too(generator, holiday, tmp_path):
    told = []
    result = rg.apply_to_files(
        generator,
        [holiday / "b.MP4", holiday / "c.webm"],
        tmp_path / "out",
        on_event=told.append,
        should_stop=lambda: any(isinstance(event, rg.FileProgress) for event in told),
    )
    assert result.stopped
    assert [path.name for path in result.written] == ["b.MP4"]
    assert result.remarks == [(holiday / "b.MP4", "it was stopped, so that the film ends after 1 of 12 frames")]


def test_without_pyav_films_fail_in_words_and_photographs_are_done(generator, holiday, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    result = rg.apply_to_files(generator, holiday, tmp_path / "out")
    assert [path.name for path in result.written] == ["a.png"]
    assert len(result.failed) == 4
    assert all("napari-retrogan[photo]" in failure.reason for failure in result.failed)


def test_what_a_film_takes_is_told_by_its_frames(holiday, monkeypatch):
    monkeypatch.setattr(estimate, "_measured", {})
    monkeypatch.setattr(estimate, "_measure", lambda _: 0.1)
    monkeypatch.setattr("napari_retrogan.core.inference.pool.num_cpus", lambda: 2)

    def estimated(name):
        return estimate_files(plan_files(holiday / name, None)[0], ApplySettings(time_axis=0))

    film = estimated("b.MP4")
    assert film.seconds == pytest.approx(12 * 0.1 / 2)
    assert film.disk_bytes >= (holiday / "b.MP4").stat().st_size
    monkeypatch.setattr(Film, "num_frames", 100_000)
    long = estimated("b.MP4")
    assert long.seconds == pytest.approx(100_000 * 0.1 / 2)
    assert long.disk_bytes == pytest.approx(0.2 * 100_000 * 48 * 64)
    assert long.memory_bytes < 10 * film.memory_bytes < 100_000 * 48 * 64 * 3


def test_styles_are_read_from_films(generator, holiday, tmp_path):
    make_film(tmp_path / "warm.mp4", flat([(200, 150, 90), (220, 170, 100)]))
    picture = read_picture(holiday / "a.png")
    styled = generator.apply(picture, style=tmp_path / "warm.mp4", grain=0)
    assert not np.array_equal(styled, generator.apply(picture, grain=0))


def test_the_command_line_hands_films_of_folders_to_a_training(tmp_path, monkeypatch, generator):
    from napari_retrogan.cli import training
    from napari_retrogan.core.training.events import TrainingFinished

    make_film(tmp_path / "old.mp4", moving(3))
    write_picture(tmp_path / "new.png", moving(1)[0])
    given = []

    def stand_in(photographs, vintage, **_):
        given.extend([photographs, vintage])
        yield TrainingFinished(generator=generator, stopped=False)

    monkeypatch.setattr(training, "iter_train", stand_in)
    result = run(
        "train", "--photographs", tmp_path / "new.png", "--vintage", tmp_path, "--output", tmp_path / "a.retrogan"
    )
    assert result.exit_code == 0, result.stderr
    assert given == [[tmp_path / "new.png"], [tmp_path / "new.png", tmp_path / "old.mp4"]]
