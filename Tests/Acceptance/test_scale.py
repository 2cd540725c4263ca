"""The simulation of the pool, bench/scale.py: its rules are those of the pool, and the same seed gives the same figures."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))

import scale

TIMES = scale.Times()


def test_a_worker_alone_does_all_work_one_after_another() -> None:
    """What there is to do, and nothing else, decides when it is done."""
    jobs = [scale.upload(number, number, 0.0, 60.0 + number, TIMES) for number in range(5)]
    work = sum(task.work for job in jobs for stage in job.stages for task in stage)
    pool = scale.Pool(1)
    pool.add(jobs)
    pool.run()
    assert max(job.ready for job in jobs) == pytest.approx(work)
    assert pool.busy == pytest.approx(work)
    assert all(0 < job.playable < job.ready for job in jobs)
    assert not any(pool.handed.values()), "no task is left handed out"


def test_others_stand_still_while_an_urgent_task_runs() -> None:
    """A jump takes as long as on an idle worker, and delays the rest by that much."""
    job = scale.upload(0, 0, 0.0, 600.0, TIMES)
    work = sum(task.work for stage in job.stages for task in stage)
    pool = scale.Pool(1)
    pool.add([job], [work / 2], seek=2.0)
    pool.run()
    assert pool.waits == [pytest.approx(2.0)]
    assert job.ready == pytest.approx(work + 2.0)


def test_another_creator_waits_for_a_window_and_not_for_a_backlog() -> None:
    """The clip of another creator is ready long before one more of the creator with many."""
    alone, other, same = (clip.ready - clip.created for clip in scale.beside(2, 100, 1, TIMES))
    assert alone < other < 4 * alone
    assert same > 10 * other


def test_twice_the_workers_need_half_the_time_and_a_seed_repeats() -> None:
    """While there is more work than slots, time is work divided by workers."""
    one, again, twice = (scale.burst(workers, 200, 7, TIMES) for workers in (4, 4, 8))
    assert str(one) == str(again)
    assert one.ready[1] / twice.ready[1] == pytest.approx(2, rel=0.05)
    lengths = scale.lengths(500, random.Random(3))
    assert 30 <= min(lengths) <= max(lengths) <= 7200
