"""The same pixels from the processes of a Dask cluster, one of which is killed on the way."""

import os
import signal
import sys
import threading

import dask
import dask.array as da
import numpy as np
import pytest
import tifffile
import zarr

import napari_retrogan as rg
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output import parts

distributed = pytest.importorskip("distributed")

HEAVY = {"PIL", "keras", "magicgui", "napari", "qtpy", "skimage", "tensorflow"}


@pytest.fixture(scope="module")
def client():
    """Return the client of two worker processes on this machine, of one thread each."""
    quiet = {"distributed.scheduler.allowed-failures": 10, "distributed.comm.timeouts.connect": "5s"}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=60,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def many_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 1)
    monkeypatch.setattr(parts, "CHUNK_SIZE", 512)


def picture(height=800, width=600):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def loaded(worker_modules=HEAVY):
    return sorted({name.partition(".")[0] for name in sys.modules} & worker_modules)


@pytest.mark.slow
def test_zarr_to_zarr_survives_the_loss_of_a_worker(client, generator, tmp_path, many_parts):
    image = picture()
    zarr.array(image, store=tmp_path / "scan.zarr", chunks=(300, 300, 3))
    workers = client.run(os.getpid)
    killed = []

    def kill_one(done, total):
        if not killed and done < total:
            killed.append(next(iter(workers.values())))
            os.kill(killed[0], getattr(signal, "SIGKILL", signal.SIGTERM))

    path = rg.apply_to_store(generator, tmp_path / "scan.zarr", tmp_path / "styled.zarr", on_progress=kill_one, seed=4)
    assert killed
    np.testing.assert_array_equal(zarr.open_array(path, mode="r")[...], generator.apply(image, seed=4))


@pytest.mark.slow
def test_lazy_results_are_computed_there_and_survive_it_too(client, generator):
    image = picture()
    styled = generator.apply(da.from_array(image, chunks=(256, 256, 3)), seed=2)
    future = client.compute(styled)
    pids = list(client.run(os.getpid).values())
    threading.Timer(0.3, os.kill, (pids[0], getattr(signal, "SIGKILL", signal.SIGTERM))).start()
    np.testing.assert_array_equal(future.result(timeout=300), generator.apply(image, seed=2))


def test_pyramids_and_arrays_in_memory_or_lazy_travel_too(client, generator, tmp_path, many_parts):
    image = picture(530, 300)
    path = rg.apply_to_store(generator, image, tmp_path / "a.ome.zarr", rgb=True)
    np.testing.assert_array_equal(np.moveaxis(zarr.open_group(path)["0"][...], 0, -1), generator.apply(image))
    assert zarr.open_group(path)["1"].shape == (3, 265, 150)
    lazy = da.from_array(image, chunks=(200, 200, 3))
    path = rg.apply_to_store(generator, lazy, tmp_path / "b.tif")
    np.testing.assert_array_equal(tifffile.imread(path), generator.apply(image))


def test_the_graph_travels_once_and_workers_import_little(client, generator):
    styled = generator.apply(da.from_array(picture(), chunks=(256, 256, 3)))
    tasks = dict(dask.optimize(styled)[0].__dask_graph__())
    assert len(tasks) > 20
    graph = generator.graph_for(ApplySettings())
    assert sum(graph in distributed.protocol.pickle.dumps(task) for task in tasks.values()) == 1
    client.submit(len, styled).result()
    assert set(map(tuple, client.run(loaded).values())) == {()}


@pytest.mark.slow
def test_a_stop_cancels_what_is_waiting_and_keeps_what_is_finished(client, generator, tmp_path, many_parts):
    image, seen = picture(), []
    options = {"on_progress": lambda done, total: seen.append(done)}
    with pytest.raises(rg.ApplyCancelled, match="go on"):
        rg.apply_to_store(generator, image, tmp_path / "a.zarr", should_stop=lambda: bool(seen), **options)
    finished = seen[-1]
    seen.clear()
    path = rg.apply_to_store(generator, image, tmp_path / "a.zarr", **options)
    assert seen[0] > finished
    np.testing.assert_array_equal(zarr.open_array(path)[...], generator.apply(image))
