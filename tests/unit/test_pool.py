"""Jobs in threads: all of them, or none after a stop."""

import os
import subprocess
import sys
import threading

import pytest

from napari_retrogan.core.errors import ApplyCancelled
from napari_retrogan.core.inference.pool import Progress, default_threads, run_jobs


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (3, 3), (64, 8)])
def test_one_job_runs_for_each_cpu_but_no_more_than_eight(monkeypatch, cpus, threads):
    monkeypatch.setattr("napari_retrogan.core.inference.pool.num_cpus", lambda: cpus)
    assert default_threads() == threads


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="sets which CPUs a process may use")
def test_cpus_that_a_process_may_not_use_do_not_count():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from napari_retrogan.core.inference.pool import default_threads; print(default_threads())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["1"]


@pytest.mark.parametrize("threads", [1, 3, 50])
def test_every_job_runs_and_progress_counts_to_the_total(threads):
    done, seen = [], []
    jobs = (lambda number=number: done.append(number) for number in range(20))
    run_jobs(jobs, 20, threads=threads, progress=Progress(lambda count, total: seen.append((count, total))))
    assert sorted(done) == list(range(20))
    assert seen == [(count, 20) for count in range(1, 21)]


def test_a_stop_leaves_no_job_running():
    started = []
    progress = Progress(should_stop=lambda: len(started) > 2)
    with pytest.raises(ApplyCancelled, match="apply again"):
        run_jobs((lambda: started.append(1) for _ in range(100)), 100, threads=1, progress=progress)
    count = len(started)
    assert count < 100
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("retrogan-apply")]
    assert len(started) == count


def test_the_first_failure_is_raised():
    def fail():
        raise ZeroDivisionError("a tile")

    with pytest.raises(ZeroDivisionError, match="a tile"):
        run_jobs(iter([fail] * 5), 5, threads=2)
