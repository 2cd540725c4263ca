"""A small part of `make fuzz` in every run: damaged files through the media children, and through a server over HTTP."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import disk, fuzzing, media
from support.client import ENDED, Client
from support.mutations import Base, mutant
from support.server import Server, run

SEED = 1
CLIP = media.clip("rot270_iphone_3frames.mov")
# Far above what these clips need, far below what a child may have.
MEMORY = 2 << 30


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> list[Base]:
    """What is damaged."""
    return fuzzing.bases(tmp_path_factory.mktemp("bases"))


@pytest.mark.slow
def test_damaged_files_end_with_a_code(bases: list[Base]) -> None:
    """As a stream or with a code, in time and memory, with nothing left behind."""
    summary = fuzzing.Run(SEED, range(80)).outcomes(bases)
    table = "\n".join(summary.table())
    broken = [(row.number, row.base, row.kind, row.code, row.detail) for row in summary.outcomes if row.is_broken]
    assert not broken, f"{broken}\n{table}"
    assert {row.code.partition(":")[0] for row in summary.outcomes} >= {"ready", "rejected"}, table
    assert max(row.peak for row in summary.outcomes) < MEMORY, table


def descriptors(server: Server) -> int:
    """How many descriptors the server holds."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def settled(server: Server, wanted: int, timeout: float = 60) -> int:
    """Descriptors once they are down to a number, or after a time."""
    deadline = time.monotonic() + timeout
    while (found := descriptors(server)) > wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@pytest.mark.slow
def test_a_server_goes_on_after_damaged_uploads(
    start: Callable[..., Server], tmp_path: Path, bases: list[Base]
) -> None:
    """Each upload ends, or waits for another attempt; then there are as many descriptors as before, and no scratch file."""
    server = start("--slots", "2", *fuzzing.CHEAP)
    client = Client.registered(server.url)
    assert client.wait(client.upload(CLIP))["state"] == "ready"
    client.session.close()
    before = settled(server, 0, timeout=3)
    videos = []
    for number in range(200, 230):
        damaged = mutant(bases, SEED, number)
        answer = client.put(client.create(f"{damaged.base}, {damaged.kind}")["id"], damaged.data)
        assert answer.status_code == 202, answer.text
        videos.append(answer.json()["id"])
    deadline = time.monotonic() + 200
    while open_videos := [video for video in videos if not is_over(client, tmp_path / "data", video)]:
        assert time.monotonic() < deadline, open_videos
        time.sleep(0.2)
    states = {client.video(video)["state"] for video in videos}
    assert states >= {"ready", "rejected"}
    assert client.wait(client.upload(CLIP))["state"] == "ready"
    client.session.close()
    assert settled(server, before) <= before
    assert server.process and server.process.poll() is None
    if states <= ENDED:
        assert [path for path in disk.files(tmp_path / "data" / "scratch") if not path.name.endswith(".lock")] == []


def is_over(client: Client, data: Path, video: str) -> bool:
    """Whether a video has ended, or all that is left of its job waits for another attempt."""
    if client.video(video)["state"] in ENDED:
        return True
    shown = json.loads(run("jobs", "show", video, "--json", "--data", str(data)).stdout)
    return {task["state"] for task in shown["tasks"]} <= {"retrying", "done", "queued", "dead", "cancelled"} and any(
        task["state"] == "retrying" for task in shown["tasks"]
    )
