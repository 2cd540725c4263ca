#!/usr/bin/env python3
"""Simulates the pool: how long uploads take with 1 to 1,000 workers, how fairly creators share, how long viewers wait.

    bench/scale.py [--seed 1] [--quick]

Nothing runs but this program: times of tasks are parameters, from runs that docs/scaling.md names. The rules are those of
Sources/Jobs and Sources/Pipeline: each tenant has a window of one and a half tasks for each slot of the pool; a lane is first in,
first out; a slot takes from the most urgent lane; whichever slot waits may get a task, those for urgent tasks alone too; while
urgent tasks run on a worker, as many others of it stand still. The same seed gives the same figures.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

URGENT, NORMAL = 0, 1
SEGMENT = 4.0  # seconds of video
STARTUP, RANGE = 2, 12  # segments of the first range, and of each other one


@dataclass(frozen=True)
class Times:
    """Seconds that tasks take in a slot of two cores whose machine does nothing else."""

    probe: float = 0.3
    # For each task of video: start, lead-in and the end of its session; then for each second of video.
    start: float = 0.25
    startup_rung: float = 0.055
    all_rungs: float = 0.30
    audio: float = 0.004
    images: float = 0.02
    publish: float = 0.05
    # A viewer's jump: the segments that he gets first, of one rung.
    seek: float = 1.3


@dataclass(slots=True, eq=False)
class Task:
    """A part of a job. Tasks of a stage wait until all of the stages before are done."""

    job: Job
    work: float
    lane: int = NORMAL
    stage: int = 1
    # Whether the video cannot be played before it.
    starts: bool = False
    demanded: float = -1.0


@dataclass(slots=True, eq=False)
class Job:
    """An upload of a tenant, and when it was playable and ready."""

    number: int
    tenant: int
    created: float
    stages: list[list[Task]] = field(default_factory=list)
    left: int = 0
    starting: int = 0
    playable: float = math.inf
    ready: float = math.inf


def upload(number: int, tenant: int, created: float, seconds: float, times: Times) -> Job:
    """A job with the tasks of EncodingPlan.tasks for a video that is encoded at all rungs."""
    job = Job(number, tenant, created)
    segments = max(1, math.ceil(seconds / SEGMENT))
    first = min(STARTUP, segments) * SEGMENT
    ranges = [first] + [min(RANGE, segments - at) * SEGMENT for at in range(STARTUP, segments, RANGE)]
    rest = times.all_rungs - times.startup_rung
    job.stages = [
        [Task(job, times.probe, URGENT)],
        [
            Task(job, times.start + times.startup_rung * first, URGENT, starts=True),
            Task(job, times.start + times.audio * min(seconds, 64), URGENT, starts=True),
            Task(job, times.start + times.audio * max(0, seconds - 64)),
            Task(job, times.start + rest * first),
            Task(job, times.start + times.images * seconds),
            *(Task(job, times.start + times.all_rungs * length) for length in ranges[1:]),
        ],
        [Task(job, times.publish)],
    ]
    return job


class Worker:
    """The children of a worker: urgent ones run, the others have the slots that those leave (ChildTurns)."""

    __slots__ = ("last", "others", "slots", "urgent", "version")

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.urgent: list[list] = []  # of [work left, task, whether a slot for urgent tasks alone does it]
        self.others: list[list] = []
        self.last = 0.0
        self.version = 0

    def _running(self) -> tuple[list[list], float]:
        free = max(0, self.slots - len(self.urgent)) if self.urgent else len(self.others)
        running = self.urgent + self.others[:free]
        return running, min(1.0, self.slots / len(running)) if running else 1.0

    def advance(self, now: float) -> list[list]:
        """Works until now; what is finished then."""
        running, rate = self._running()
        step = (now - self.last) * rate
        self.last = now
        for child in running:
            child[0] -= step
        done = [child for child in running if child[0] <= 1e-9]
        if done:
            self.urgent = [child for child in self.urgent if child[0] > 1e-9]
            self.others = [child for child in self.others if child[0] > 1e-9]
        return done

    def next_end(self) -> float:
        """When the next child ends if nothing changes."""
        running, rate = self._running()
        return self.last + min(child[0] for child in running) / rate if running else math.inf


class Pool:
    """Workers, lanes and tenants."""

    def __init__(self, workers: int, slots: int = 1, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.workers = [Worker(slots) for _ in range(workers)]
        self.window = max(4, math.ceil(1.5 * workers * slots))
        self.lanes: tuple[deque[Task], deque[Task]] = (deque(), deque())
        # What of each tenant is not handed out, by lane, job and order; and how many tasks are, and are unfinished.
        self.waiting: dict[int, list[tuple[int, int, int, Task]]] = {}
        self.handed: dict[int, int] = {}
        # A worker for each of its slots that waits.
        self.free = [worker for worker in self.workers for _ in range(slots)]
        self.free_urgent = [worker for worker in self.workers for _ in range(2 * slots)]
        self.events: list[tuple[float, int, object, int]] = []
        self.count = 0
        self.waits: list[float] = []
        self.busy = 0.0
        self.now = 0.0

    def add(self, jobs: Iterable[Job], demands: Iterable[float] = (), seek: float = Times.seek) -> None:
        """Uploads that come, and times at which a viewer jumps to what is not made."""
        for job in jobs:
            self._push(job.created, job, 0)
        nobody = Job(-1, -1, 0)
        for at in demands:
            self._push(at, Task(nobody, seek, URGENT, demanded=at), 0)

    def run(self) -> None:
        """Goes on until nothing is left to do."""
        while self.events:
            self.now, _, what, version = heapq.heappop(self.events)
            if isinstance(what, Job):
                self._begin_stage(what)
                self._dispatch(what.tenant)
            elif isinstance(what, Task):  # handed out beside the window
                self.handed[what.job.tenant] = self.handed.get(what.job.tenant, 0) + 1
                self.lanes[URGENT].append(what)
            elif isinstance(what, Worker):
                if what.version != version:
                    continue
                for child in what.advance(self.now):
                    self._end(what, child)
                self._expect(what)
            self._match()

    def _push(self, at: float, what: object, version: int) -> None:
        self.count += 1
        heapq.heappush(self.events, (at, self.count, what, version))

    def _expect(self, worker: Worker) -> None:
        worker.version += 1
        if (at := worker.next_end()) < math.inf:
            self._push(at, worker, worker.version)

    def _begin_stage(self, job: Job) -> None:
        tasks = job.stages.pop(0)
        job.left = len(tasks)
        job.starting = sum(task.starts for task in tasks)
        heap = self.waiting.setdefault(job.tenant, [])
        for ordinal, task in enumerate(tasks):
            heapq.heappush(heap, (task.lane, job.number, ordinal, task))

    def _dispatch(self, tenant: int) -> None:
        heap, handed = self.waiting[tenant], self.handed.get(tenant, 0)
        while heap and handed < self.window:
            task = heapq.heappop(heap)[3]
            self.lanes[task.lane].append(task)
            handed += 1
        self.handed[tenant] = handed

    def _match(self) -> None:
        # Redis wakes whoever has waited longest, and readers begin to wait again every few seconds: none comes first.
        while self.lanes[URGENT] and (self.free or self.free_urgent):
            place = self.random.randrange(len(self.free) + len(self.free_urgent))
            only_urgent = place >= len(self.free)
            readers = self.free_urgent if only_urgent else self.free
            self._claim(self.lanes[URGENT].popleft(), readers, place - len(self.free) * only_urgent, only_urgent)
        while self.lanes[NORMAL] and self.free:
            self._claim(self.lanes[NORMAL].popleft(), self.free, self.random.randrange(len(self.free)), False)

    def _claim(self, task: Task, readers: list[Worker], place: int, only_urgent: bool) -> None:
        worker = readers[place]
        readers[place] = readers[-1]
        readers.pop()
        for child in worker.advance(self.now):
            self._end(worker, child)
        (worker.urgent if task.lane == URGENT else worker.others).append([task.work, task, only_urgent])
        self.busy += task.work
        self._expect(worker)

    def _end(self, worker: Worker, child: list) -> None:
        task: Task = child[1]
        (self.free_urgent if child[2] else self.free).append(worker)
        job = task.job
        self.handed[job.tenant] -= 1
        if task.demanded >= 0:
            self.waits.append(self.now - task.demanded)
            return
        job.left -= 1
        if task.starts:
            job.starting -= 1
            if job.starting == 0:
                job.playable = self.now
        if job.left == 0:
            if job.stages:
                self._begin_stage(job)
            else:
                job.ready = self.now
        self._dispatch(job.tenant)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that so large a share of all does not exceed; not a number if there are none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, math.ceil(share * len(ranked)) - 1)] if ranked else math.nan


def lengths(count: int, source: random.Random) -> list[float]:
    """Seconds of uploads: log-normal with a median of four minutes, half a minute to two hours."""
    return [min(7200.0, max(30.0, source.lognormvariate(math.log(240), 1.1))) for _ in range(count)]


@dataclass
class Outcome:
    """What uploads at once came to."""

    playable: tuple[float, float]
    ready: tuple[float, float]
    # Half and 95 of 100 jumps; not a number without any.
    waits: tuple[float, float]
    # Share of the slots' time that tasks took until the last was done.
    used: float
    tasks_a_second: float


def burst(workers: int, uploads: int, seed: int, times: Times, viewers: float = 0.0) -> Outcome:
    """Uploads of as many creators, all at once; viewers jump so many times a second for each worker meanwhile."""
    source = random.Random(seed)
    jobs = [upload(n, n, 0.0, seconds, times) for n, seconds in enumerate(lengths(uploads, source))]
    count = sum(len(stage) for job in jobs for stage in job.stages)
    pool = Pool(workers, seed=seed)
    demands = []
    if viewers:
        end = min(3600.0, sum(task.work for job in jobs for stage in job.stages for task in stage) / workers)
        at = 0.0
        while (at := at + source.expovariate(viewers * workers)) < end:
            demands.append(at)
    pool.add(jobs, demands, times.seek)
    pool.run()
    both = [[percentile(values, share) for share in (0.5, 0.95)] for values in (
        [job.playable - job.created for job in jobs], [job.ready - job.created for job in jobs], pool.waits
    )]  # fmt: skip
    last = max(job.ready for job in jobs)
    return Outcome(
        *((low, high) for low, high in both), used=pool.busy / last / workers, tasks_a_second=count / last,
    )  # fmt: skip


def beside(workers: int, uploads: int, seed: int, times: Times) -> tuple[Job, Job, Job]:
    """A clip of five minutes: alone, of another creator a minute after somebody's many, and as one more of theirs."""
    found = []
    for crowd, tenant in ((0, 1), (uploads, 1), (uploads, 0)):
        source = random.Random(seed)
        jobs = [upload(n, 0, 0.0, seconds, times) for n, seconds in enumerate(lengths(crowd, source))]
        clip = upload(uploads, tenant, 60.0, 300.0, times)
        pool = Pool(workers, seed=seed)
        pool.add([*jobs, clip])
        pool.run()
        found.append(clip)
    return found[0], found[1], found[2]


def duration(seconds: float) -> str:
    """Seconds as a person writes them."""
    if math.isnan(seconds):
        return ""
    for limit, divisor, unit in ((60, 1, "s"), (3600, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:.3g} {unit}"
    return f"{seconds / 86400:.3g} d"


def main() -> None:
    """Prints the tables of docs/scaling.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="no more than 1,000 uploads")
    options = parser.parse_args()
    times = Times()
    sizes = (10, 100, 1000) if options.quick else (10, 100, 1000, 10_000)
    print("| workers | uploads at once | playable: half, 95 % | ready: half, 95 % | tasks a second | slots in use |")
    print("|---|---|---|---|---|---|")
    for workers in (1, 10, 100, 1000):
        for uploads in sizes:
            got = burst(workers, uploads, options.seed, times)
            figures = [f"{duration(low)}, {duration(high)}" for low, high in (got.playable, got.ready)]
            print(
                f"| {workers:,} | {uploads:,} | {figures[0]} | {figures[1]} | {got.tasks_a_second:.3g} | {got.used:.0%} |",
                flush=True,
            )
    print("\n| workers | jumps a second | a jump: half, 95 % | ready: half, 95 % |\n|---|---|---|---|")
    for workers in (10, 100):
        for viewers in (0.0, 0.1, 0.3, 0.6):
            got = burst(workers, 10 * workers, options.seed, times, viewers)
            figures = [f"{duration(low)}, {duration(high)}".strip(", ") for low, high in (got.waits, got.ready)]
            print(f"| {workers} | {viewers * workers:g} | {figures[0]} | {figures[1]} |", flush=True)
    print(
        "\n| workers | uploads of the other | alone: playable, ready | beside them | as one of them |\n|---|---|---|---|---|"
    )
    for workers, uploads in ((1, 50), (10, 500), (100, 1000)):
        clips = beside(workers, uploads, options.seed, times)
        cells = [f"{duration(clip.playable - 60)}, {duration(clip.ready - 60)}" for clip in clips]
        print(f"| {workers} | {uploads:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
