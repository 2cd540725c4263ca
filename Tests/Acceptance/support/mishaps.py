"""The failures of a chaos test: a plan by a seed, and the execution of its steps."""

from __future__ import annotations

import heapq
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from .cluster import Cluster
from .fault_proxy import Trouble

# The weight of each kind, which also occurs once in every plan.
WEIGHTS = {
    "kill api": 4,
    "kill worker": 5,
    "kill child": 2,
    "stop worker": 2,
    "freeze worker": 3,
    "restart redis": 2,
    "kill redis": 1,
    "empty redis": 0,
    "break postgres": 2,
    "store answers errors": 1,
    "store is slow": 1,
    "store cuts connections": 1,
}


@dataclass(frozen=True, order=True)
class Mishap:
    """A failure: seconds from the start, kind, target and duration."""

    at: float
    kind: str
    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.kind:<24} {self.target:<8} for {self.seconds:.1f} s"


def plan(seed: int, seconds: float, apis: int, workers: int, lease: float, pause: float = 5) -> list[Mishap]:
    """A plan with every kind once and more at random, one every `pause` seconds on average."""
    chance = random.Random(seed)
    kinds = list(WEIGHTS)
    count = max(len(kinds), int(seconds / pause))
    kinds += chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count - len(kinds))
    chance.shuffle(kinds)
    # Failures of the store do not overlap: a task has a limited number of attempts, and must not use all of them.
    times = sorted(chance.uniform(2, seconds) for _ in kinds)
    found, store_until = [], 0.0
    for at, kind in zip(times, kinds, strict=True):
        target = kind.split()[-1] if kind.split()[-1] in ("redis", "postgres") else ""
        length = chance.uniform(0.2, 3)
        if kind.endswith("api"):
            target = f"api{chance.randint(1, apis)}"
        elif kind.endswith(("worker", "child")):
            target = f"worker{chance.randint(1, workers)}"
        if kind == "freeze worker":
            length = lease * chance.uniform(1.5, 2.2)
        elif kind.startswith("store"):
            target, length = "store", chance.uniform(3, 7)
            at = max(at, store_until)
            if at > seconds and any(mishap.kind == kind for mishap in found):
                continue
            store_until = at + length + 12
        found.append(Mishap(round(at, 1), kind, target, round(length, 1)))
    return sorted(found)


def trouble(kind: str) -> Trouble:
    """The effect of a kind of failure on requests to the store."""
    if kind == "store answers errors":
        return Trouble(errors=0.6)
    if kind == "store is slow":
        return Trouble(delay=1.5)
    return Trouble(cuts=0.4)


def carry_out(cluster: Cluster, mishaps: list[Mishap], say: Callable[[str], None]) -> list[str]:
    """Executes a plan; returns the errors of processes that were stopped."""
    began, wrong = time.monotonic(), []
    steps: list[tuple[float, int, Mishap, bool]] = [
        (mishap.at, number, mishap, False) for number, mishap in enumerate(mishaps)
    ]
    heapq.heapify(steps)
    while steps:
        at, number, mishap, is_over = heapq.heappop(steps)
        while (left := began + at - time.monotonic()) > 0:
            time.sleep(min(0.5, left))
            cluster.supervise()
        if is_over:
            end(cluster, mishap)
        else:
            say(str(mishap))
            if complaint := begin(cluster, mishap):
                wrong.append(complaint)
            heapq.heappush(steps, (time.monotonic() - began + mishap.seconds, number, mishap, True))
        wrong += [text for text in cluster.complaints() if text not in wrong]
    return wrong


def begin(cluster: Cluster, mishap: Mishap) -> str | None:
    """Starts a failure."""
    node = cluster.nodes.get(mishap.target)
    match mishap.kind:
        case "kill api" | "kill worker":
            assert node
            node.kill()
        case "kill child":
            assert node
            node.kill_child()
        case "stop worker":
            assert node
            # A frozen process cannot stop gracefully, nor can one that is still starting.
            node.send(signal.SIGCONT)
            if not node.is_ready:
                node.kill()
            elif node.is_running and (code := node.stop()):
                return f"{node.name} ended with exit code {code} after SIGTERM:\n{node.tail()}"
        case "freeze worker":
            assert node
            node.send(signal.SIGSTOP)
        case "restart redis":
            cluster.redis.kill(signal.SIGTERM)
        case "kill redis":
            cluster.redis.kill()
        case "empty redis":
            if cluster.redis.is_running:
                cluster.redis.empty()
        case "break postgres":
            cluster.postgres.break_down()
        case _:
            cluster.proxy.trouble = trouble(mishap.kind)
    return None


def end(cluster: Cluster, mishap: Mishap) -> None:
    """Ends a failure. Does not wait for a restarted process, since other processes may be down."""
    match mishap.target:
        case "store":
            cluster.proxy.trouble = Trouble()
        case "redis":
            if not cluster.redis.is_running:
                cluster.redis.start()
        case "postgres":
            if not cluster.postgres.is_running:
                cluster.postgres.start()
        case _:
            node = cluster.nodes[mishap.target]
            if mishap.kind == "freeze worker":
                node.send(signal.SIGCONT)
            elif not node.is_running:
                node.launch()
