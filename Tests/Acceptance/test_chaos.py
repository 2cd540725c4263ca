"""`kill -9` at any moment: after a restart uploads continue at their offset, jobs end, and no finished range is processed again."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import conformance, disk, media, streams
from support.client import Client
from support.server import Server

CLIP = media.clip("perf_bbb_1080p30_10s_51.mp4")


def database(data: Path) -> sqlite3.Connection:
    """A connection to the database for reading."""
    (path,) = [p for p in disk.files(data) if p.suffix in (".sqlite", ".db", ".sqlite3")]
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def ledger(data: Path, video: str) -> dict[tuple[str, int], tuple[int, int, str]]:
    """The ledger: (track, first segment) → (segments, epoch, time and record)."""
    with database(data) as connection:
        rows = connection.execute(
            "SELECT track, first_segment, segment_count, epoch, created_at, segments FROM ledger WHERE video_id = ?",
            (video,),
        ).fetchall()
    return {(track, first): (count, epoch, f"{made} {segments}") for track, first, count, epoch, made, segments in rows}


def files(data: Path, video: str) -> dict[str, tuple[int, int]]:
    """Segments on disk: path → (inode, modified), which change when a file is written again."""
    found = {}
    for path in disk.files(data):
        if path.suffix == ".m4s" and video in str(path):
            found[str(path)] = (path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def covered(entries: dict[tuple[str, int], tuple[int, int, str]]) -> set[tuple[str, int]]:
    """Every (track, segment) of the ledger."""
    return {(track, first + i) for (track, first), (count, _, _) in entries.items() for i in range(count)}


def long_clip(folder: Path) -> Path:
    """A clip of 60 s."""
    return media.long_clip(folder / "long.mp4", 60)


def test_killed_during_uploads(start: Callable[..., Server], tmp_path: Path) -> None:
    """tus uploads have at least the acknowledged bytes after a restart and can be completed."""
    server = start()
    client = Client.registered(server.url)
    body = CLIP.read_bytes()
    location = client.tus_create(len(body), {"title": "killed"}).headers["Location"].removeprefix(server.url)
    acknowledged = int(client.tus_patch(location, 0, body[:1_000_000]).headers["Upload-Offset"])
    draft = client.create("put")["id"]
    # A second request is in flight while the server is killed.
    sending = os.fork()
    if sending == 0:
        try:
            Client(server.url, client.token).put(draft, (body[:65_536] for _ in iter(lambda: time.sleep(0.01), 1)))
        finally:
            os._exit(0)
    time.sleep(0.3)
    server.kill()
    os.waitpid(sending, 0)

    server.start()
    client = Client(server.url, client.token)
    head = client.tus_head(location)
    assert head.status_code == 200, head.text
    offset = int(head.headers["Upload-Offset"])
    assert offset == acknowledged
    answer = client.tus_patch(location, offset, body[offset:])
    assert answer.status_code == 204 and answer.headers["Upload-Offset"] == str(len(body))
    video = next(v for v in client.get("/v1/videos?mine=1").json()["data"] if v["title"] == "killed")
    (path,) = disk.sources(tmp_path / "data", video["id"])
    assert path.read_bytes() == body
    # The interrupted PUT left a draft that accepts another PUT.
    assert client.video(draft)["state"] in ("draft", "uploading")
    for _ in range(200):
        answer = client.put(draft, media.clip("rot270_iphone_3frames.mov").read_bytes())
        if answer.status_code == 202:
            break
        time.sleep(0.1)
    assert answer.status_code == 202, answer.text
    assert client.wait(draft)["state"] == "ready"
    assert client.wait(video["id"])["state"] == "ready"


@pytest.mark.timeout(400)
def test_killed_during_transcoding(start: Callable[..., Server], tmp_path: Path) -> None:
    """The server is killed repeatedly, each time after some more ranges: every range is processed once, and the stream is complete."""
    data, clip = tmp_path / "data", long_clip(tmp_path)
    server = start("--slots", "1", "--range-segments", "2")
    client = Client.registered(server.url)
    video = client.upload(clip, "killed")
    known: dict[tuple[str, int], tuple[int, int, str]] = {}
    kept: dict[str, tuple[int, int]] = {}
    kills = 0
    while kills < 3:
        deadline = time.monotonic() + 120
        while len(ledger(data, video)) < len(known) + 2:
            if client.video(video)["state"] == "ready" or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        if client.video(video)["state"] == "ready":
            break
        children = server.children()
        server.kill()
        kills += 1
        for pid in children:
            assert not alive(pid), "a child outlived the server"
        now = ledger(data, video)
        for key, row in known.items():
            assert now[key] == row, f"{key} was recorded again"
        known = now
        # Files of a range that was not recorded yet may be processed again; those of recorded ranges may not.
        kept = {
            path: mark for path, mark in files(data, video).items()
            if (Path(path).parent.name, int(Path(path).stem) - 1) in covered(known)
        }  # fmt: skip
        server.start()
        client = Client(server.url, client.token)
    assert kills >= 1, "the transcode was over before the first kill"
    assert client.wait(video, timeout=240)["state"] == "ready"
    final, present = ledger(data, video), files(data, video)
    for key, row in known.items():
        assert final[key] == row, f"{key} was made again"
    for path, mark in kept.items():
        assert present[path] == mark, f"{path} was written again"
    playback = client.video(video)["playback"]
    stream = streams.load(server.url + playback["hls"].rpartition("/")[0], tmp_path / "stream")
    assert [str(b) for b in conformance.check(stream) if b.level == "must"] == []
    assert len(stream.video[0].samples) == len(media.frame_times(clip, "v:0"))
    for rendition in stream.renditions.values():
        assert media.decode_errors(stream.joined(rendition)) == ""
    # No partially written file is left, neither in storage nor in the scratch folder.
    assert not [p for p in disk.files(data) if ".tmp" in p.name or p.name.endswith(".part")]


def alive(pid: int) -> bool:
    """Whether a process still runs after a short wait."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


def test_a_killed_child_is_an_attempt(start: Callable[..., Server], tmp_path: Path) -> None:
    """A media child that is killed by a signal uses one attempt and does not affect the worker or the video."""
    server = start("--slots", "1", "--range-segments", "2")
    client = Client.registered(server.url)
    video = client.upload(long_clip(tmp_path), "child")
    killed = 0
    deadline = time.monotonic() + 60
    while killed < 1 and time.monotonic() < deadline:
        for pid in server.children():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"redis" in command[0] or not ledger(tmp_path / "data", video):
                    continue
                os.kill(pid, 9)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has already exited
            killed += 1
            break
        time.sleep(0.05)
    assert killed == 1
    assert client.wait(video, timeout=240)["state"] == "ready"
    with database(tmp_path / "data") as connection:
        rows = connection.execute("SELECT attempts, state FROM tasks WHERE video_id = ?", (video,)).fetchall()
    assert {state for _, state in rows} == {"done"}
    assert max(attempts for attempts, _ in rows) == 2


def test_an_emptied_redis_loses_no_job(start: Callable[..., Server], tmp_path: Path) -> None:
    """SQL is authoritative: if the queue's data is deleted between two runs, the job is still done."""
    server = start("--slots", "1", "--range-segments", "2")
    client = Client.registered(server.url)
    video = client.upload(long_clip(tmp_path), "emptied")
    server.kill()
    for path in disk.files(tmp_path / "data"):
        if "appendonly" in str(path) or path.suffix in (".aof", ".rdb"):
            path.unlink()
    server.start()
    # Sessions are in Redis too: the user logs in again.
    visitor = Client(server.url)
    assert visitor.get("/health/ready").status_code == 200
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        with database(tmp_path / "data") as connection:
            ((state,),) = connection.execute("SELECT state FROM videos WHERE id = ?", (video,)).fetchall()
        if state == "ready":
            break
        time.sleep(0.2)
    assert state == "ready"


def test_a_graceful_stop(start: Callable[..., Server], tmp_path: Path) -> None:
    """SIGTERM during work: exit code 0, no child is left, and the next run continues."""
    server = start("--slots", "1", "--range-segments", "2")
    client = Client.registered(server.url)
    video = client.upload(long_clip(tmp_path), "term")
    while not ledger(tmp_path / "data", video):
        time.sleep(0.05)
    children = server.children()
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 15
    assert not any(alive(pid) for pid in children)
    known = ledger(tmp_path / "data", video)
    server.start()
    assert Client(server.url, client.token).wait(video, timeout=240)["state"] == "ready"
    final = ledger(tmp_path / "data", video)
    assert {key: final[key] for key in known} == known
