"""What an application will take is told beforehand, without reading a pixel."""

import dask.array as da
import numpy as np
import pytest
from PIL import Image

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.inference import estimate
from napari_retrogan.core.inference.estimate import (
    estimate_apply,
    estimate_tiles,
    is_measured,
    tile_seconds,
)
from napari_retrogan.core.inference.grain_fields import FIELD_BYTES, TILES_A_PLANE
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.batch_estimate import estimate_files
from napari_retrogan.core.output.file_plan import plan_files
from napari_retrogan.core.output.store import apply_to_store
from napari_retrogan.core.training.step_time import note_steps, training_seconds


@pytest.fixture
def clock(monkeypatch):
    """A machine of two CPUs on which every tile takes a tenth of a second; gives what was measured."""
    measured = []
    monkeypatch.setattr(estimate, "_measured", {})
    monkeypatch.setattr(estimate, "_measure", lambda settings: measured.append(settings) or 0.1)
    monkeypatch.setattr("napari_retrogan.core.inference.pool.num_cpus", lambda: 2)
    return measured


def test_tiles_are_counted_and_shared_out(clock):
    found = estimate_apply(np.zeros((5, 1024, 1000, 3), np.uint8))
    assert found.seconds == pytest.approx(5 * 16 * 0.1 / 2)
    assert found.memory_bytes == 5 * 1024 * 1000 * 3 + 2 * estimate.TILE_BYTES + 5 * 16 * FIELD_BYTES
    assert str(found) == "Takes about 4 seconds and 142 MB of memory."
    plain = estimate_apply(np.zeros((5, 1024, 1000, 3), np.uint8), ApplySettings(grain=0))
    assert plain.memory_bytes == 5 * 1024 * 1000 * 3 + 2 * estimate.TILE_BYTES
    assert str(plain) == "Takes about 4 seconds and 79 MB of memory."
    assert estimate_apply(np.zeros((100, 100))).seconds == pytest.approx(0.1)


def test_each_way_of_applying_is_measured_once_whatever_the_amounts(clock):
    assert not is_measured(ApplySettings())
    for options in ({}, {"grain": 0.5, "seed": 3}, {"grain": 0}, {"strength": 0}, {"grain": 0, "softness": 2}):
        estimate_apply(np.zeros((300, 300)), ApplySettings(**options))
    assert [settings.grain for settings in clock] == [1, 0]
    assert is_measured(ApplySettings(strength=0.3))


def test_grain_that_is_met_again_takes_no_time(monkeypatch):
    monkeypatch.setattr(estimate, "_measured", {})
    monkeypatch.setattr(estimate, "_measure", lambda settings: 0.3 if settings.grain else 0.1)
    monkeypatch.setattr("napari_retrogan.core.inference.pool.num_cpus", lambda: 1)
    large = estimate_apply(np.zeros((2560, 2560), np.uint8))
    assert large.seconds == pytest.approx(64 * 0.3 + 36 * 0.1)
    assert estimate_tiles(100, fields=16).seconds == pytest.approx(16 * 0.3 + 84 * 0.1)
    assert estimate_tiles(1000).memory_bytes == estimate.TILE_BYTES + 2 * TILES_A_PLANE * FIELD_BYTES


def test_a_real_tile_takes_time():
    assert 0 < tile_seconds(ApplySettings(grain=0, softness=0)) < 60


def test_of_a_lazy_image_nothing_is_read(clock):
    def read(*_, **__):
        raise AssertionError

    image = da.map_blocks(read, chunks=((1000,) * 9, (1000,) * 9), dtype=np.uint16, meta=np.empty((0, 0), np.uint16))
    found = estimate_apply(image)
    assert found.lazy
    assert found.memory_bytes == 2 * estimate.TILE_BYTES + TILES_A_PLANE * FIELD_BYTES
    assert str(found).startswith("Computed where you look; all of it would take about ")
    pyramid = estimate_apply([image, image[::2, ::2]], multiscale=True)
    assert found.seconds < pyramid.seconds < 1.3 * found.seconds


@pytest.mark.parametrize(("name", "most"), [("a.zarr", 1), ("a.tif", 2), ("a.ome.zarr", 4 / 3)])
def test_a_store_tells_before_its_first_part(generator, photograph, tmp_path, name, most, clock):
    told = []
    apply_to_store(
        generator,
        photograph,
        tmp_path / name,
        on_estimate=lambda found: told.append(found),
        on_progress=lambda *_: told.append(None),
    )
    assert told.index(None) == 1
    assert told[0].seconds == pytest.approx(0.2)
    assert 0.7 * most <= told[0].disk_bytes / photograph.nbytes <= most


def test_of_files_only_headers_are_read(clock, tmp_path, photograph):
    Image.fromarray(photograph).save(tmp_path / "a.png")
    Image.fromarray(photograph[..., 0]).save(tmp_path / "b.tif")
    (tmp_path / "c.jpg").write_bytes(b"no picture")
    plans, _ = plan_files(tmp_path, tmp_path / "out")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:200])
    found = estimate_files(plans, ApplySettings())
    assert found.seconds >= 8 * 0.1 / 2
    assert found.disk_bytes == photograph.nbytes * 4 / 3
    assert "of disk" in str(found)
    assert estimate_files([plan for plan in plans if plan.source.name == "c.jpg"], ApplySettings()) is None


def test_many_files_are_judged_by_some(clock, tmp_path, photograph, monkeypatch):
    monkeypatch.setattr("napari_retrogan.core.output.batch_estimate.MOST_HEADERS", 3)
    for number in range(9):
        Image.fromarray(photograph).save(tmp_path / f"{number}.bmp")
    plans, _ = plan_files(tmp_path, tmp_path / "out")
    assert estimate_files(plans, ApplySettings()).disk_bytes == 9 * photograph.nbytes


def test_a_training_is_judged_by_earlier_ones_of_its_kind(monkeypatch):
    monkeypatch.setattr("napari_retrogan.core.training.step_time._measured", {})
    config = TrainingConfig(num_steps=200)
    note_steps(config, 3, 100.0)
    assert training_seconds(config) is None
    note_steps(config, 50, 4.0)
    assert training_seconds(config) == 50
    assert training_seconds(config.replace(num_steps=800, seed=1)) == 200
    assert training_seconds(config.replace(texture_batch_size=128)) is None
