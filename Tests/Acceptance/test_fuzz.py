"""A small part of `make fuzz`: damaged files in the media children, and uploaded to a server."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from support import disk, fuzzing, media
from support.client import ENDED, Client
from support.mutations import Base, Mutant, mutant
from support.server import Server, run

SEED = 1
CLIP = media.clip("rot270_iphone_3frames.mov")
# Far more than these clips need, far less than the limit of a child.
MEMORY = 2 << 30


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> list[Base]:
    """The files to damage."""
    return fuzzing.bases(tmp_path_factory.mktemp("bases"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "numbers", [range(first, first + 10) for first in range(0, 80, 10)], ids=lambda numbers: f"from{numbers.start}"
)
def test_damaged_files_end_with_a_code(bases: list[Base], numbers: range) -> None:
    """Each file becomes a stream or is rejected with a code, in bounded time and memory, and leaves no file or process."""
    summary = fuzzing.Run(SEED, numbers).outcomes(bases)
    table = "\n".join(summary.table())
    broken = [(row.number, row.base, row.kind, row.code, row.detail) for row in summary.outcomes if row.is_broken]
    assert not broken, f"{broken}\n{table}"
    assert max(row.peak for row in summary.outcomes) < MEMORY, table


@pytest.mark.slow
def test_one_wrong_time_does_not_change_the_duration(tmp_path: Path) -> None:
    """A file of one second in which one tag has a time of nine hours is processed in about a second."""
    data = bytearray(media.clip("flv_h264_aac.flv").read_bytes())
    tags, place = [], 13
    while place + 11 < len(data):
        tags.append(place)
        place += 11 + int.from_bytes(data[place + 1 : place + 4], "big") + 4
    sound = [place for place in tags if data[place] == 8]
    # The most significant of four bytes of milliseconds.
    data[sound[-10] + 7] ^= 2
    outcome = fuzzing.package(Mutant(0, "flv_h264_aac.flv", "far_tag", bytes(data)), tmp_path, stills=False, look=True)
    assert outcome.code == "ready", outcome


def test_the_same_files_are_damaged_everywhere(bases: list[Base], tmp_path: Path) -> None:
    """Bases come from the project's own clips with the same bytes each time; VIDEOHOST_EXTRA_MEDIA does not change them."""
    assert {base.name for base in bases} <= {*media.own_clips(), *fuzzing.MADE}
    again = fuzzing.bases(tmp_path)
    assert [base.name for base in again if base not in bases] == []
    assert len(again) == len(bases)


def test_a_file_that_takes_too_long_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that does not end is killed, and its file is reported with its number."""
    program = tmp_path / "program"
    monkeypatch.setattr(fuzzing, "binary", lambda: program)
    whole = [Base(CLIP.name, CLIP.read_bytes())]
    for endless, bound in (("exec sleep 600", "MOST_TIME"), ("while :; do :; done", "MOST_PROCESSOR")):
        program.write_text(f"#!/bin/sh\n{endless}\n")
        program.chmod(0o755)
        with monkeypatch.context() as bounds:
            bounds.setattr(fuzzing, bound, 0.2)
            (outcome,) = fuzzing.Run(SEED, range(7, 8)).outcomes(whole).outcomes
        assert (outcome.number, outcome.code) == (7, "broken:time"), outcome


def test_undecodable_audio_is_rejected(client: Client) -> None:
    """Audio headers before bytes that are not frames are rejected at once, without a retry."""
    whole = Base(CLIP.name, CLIP.read_bytes())
    ((_, place),) = [box for box in whole.boxes() if box[0] == "mdat"]
    emptied = whole.data[: place.start + 8] + bytes(len(place) - 8) + whole.data[place.stop :]
    video = client.create("empty pictures")["id"]
    assert client.put(video, emptied).status_code == 202
    ended = client.wait(video, timeout=60)
    assert (ended["state"], ended.get("rejection", {}).get("code")) == ("rejected", "undecodable"), ended


def descriptors(server: Server) -> list[str]:
    """The open descriptors of the server."""
    found = []
    for entry in Path(f"/proc/{server.pid}/fd").iterdir():
        try:
            found.append(os.readlink(entry))
        except FileNotFoundError:
            continue
    return sorted(found)


def settled(server: Server, wanted: int, timeout: float = 60) -> list[str]:
    """The open descriptors when they are at most a number, or after a time."""
    deadline = time.monotonic() + timeout
    while len(found := descriptors(server)) > wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@pytest.mark.slow
def test_a_server_continues_after_damaged_uploads(
    start: Callable[..., Server], tmp_path: Path, bases: list[Base]
) -> None:
    """Each upload ends or waits for a retry; no descriptor or scratch file is left, and work continues."""
    server = start("--slots", "2", *fuzzing.CHEAP)
    client = Client.registered(server.url)

    def send(numbers: range) -> set[str]:
        videos = []
        for number in numbers:
            damaged = mutant(bases, SEED, number)
            answer = client.put(client.create(f"{damaged.base}, {damaged.kind}")["id"], damaged.data)
            assert answer.status_code == 202, answer.text
            videos.append(answer.json()["id"])
        deadline = time.monotonic() + 200
        while open_videos := [video for video in videos if not is_over(client, tmp_path / "data", video)]:
            assert time.monotonic() < deadline, open_videos
            time.sleep(0.2)
        assert client.wait(client.upload(CLIP))["state"] == "ready"
        states = {client.video(video)["state"] for video in videos}
        client.session.close()
        return states

    # The first round opens permanent descriptors: connections to the database and to Redis.
    states = send(range(200, 210))
    before = settled(server, 0, timeout=2)
    states |= send(range(210, 220))
    after = settled(server, len(before))
    assert len(after) <= len(before), Counter(after) - Counter(before)
    assert states >= {"ready", "rejected"}
    assert server.process and server.process.poll() is None
    if states <= ENDED:
        assert [path for path in disk.files(tmp_path / "data" / "scratch") if not path.name.endswith(".lock")] == []


def is_over(client: Client, data: Path, video: str) -> bool:
    """Whether a video has ended, or all unfinished tasks of its job wait for a retry."""
    if client.video(video)["state"] in ENDED:
        return True
    shown = json.loads(run("jobs", "show", video, "--json", "--data", str(data)).stdout)
    return {task["state"] for task in shown["tasks"]} <= {"retrying", "done", "queued", "dead", "cancelled"} and any(
        task["state"] == "retrying" for task in shown["tasks"]
    )
