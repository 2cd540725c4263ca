"""On a full disk requests have clear errors, no data is damaged, and work continues when there is space."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import media
from support.client import Client, problem
from support.server import Server, binary

SMALL = media.clip("rot270_iphone_3frames.mov")
CLIP = media.clip("perf_bbb_1080p30_10s_51.mp4")
MEGABYTE = 1 << 20


class SmallDisk:
    """A server whose data folder is a separate file system in a separate mount namespace."""

    def __init__(self, folder: Path, size: int):
        self.mount = folder / "disk"
        self.mount.mkdir()
        self.wrapper = folder / "videohost-on-a-small-disk"
        script = f'#!/bin/sh\nmount -t tmpfs -o size={size} tmpfs "{self.mount}" && exec "{binary()}" "$@"\n'
        self.wrapper.write_text(script)
        self.wrapper.chmod(0o755)

    def seen(self, server: Server) -> Path:
        """The data folder from the server's mount namespace."""
        return Path(f"/proc/{server.pid}/root{self.mount}")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Path]]:
    """A server with a disk of 160 MB and a reserve of 16 MB, and its data folder."""
    disk = SmallDisk(tmp_path, 160 * MEGABYTE)
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    launcher = tmp_path / "launcher"
    launcher.write_text(f'#!/bin/sh\nexec {" ".join(namespace)} "{disk.wrapper}" "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("VIDEOHOST_BINARY", str(launcher))
    server = Server(disk.mount, "--slots", "1", "--reserve", str(16 * MEGABYTE), "--preset", "ultrafast")
    server.start()
    try:
        yield server, disk.seen(server)
    finally:
        server.stop()


def free(folder: Path) -> int:
    """Free bytes of the disk."""
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


def fill(folder: Path, leaving: int) -> Path:
    """Fills the disk up to a number of free bytes."""
    filler = folder / "filler"
    with filler.open("ab") as file:
        while (room := free(folder) - leaving) > 0:
            file.write(bytes(min(room, MEGABYTE)))
            file.flush()
    return filler


def test_uploads_are_refused_before_the_disk_is_full(small: tuple[Server, Path]) -> None:
    server, folder = small
    client = Client.registered(server.url)
    assert client.wait(client.upload(SMALL, "before"))["state"] == "ready"
    filler = fill(folder, 20 * MEGABYTE)
    video = client.create("refused")["id"]
    problem(client.put(video, b"x" * (10 * MEGABYTE)), 507, "storage_full")
    problem(client.tus_create(10 * MEGABYTE, {"title": "refused"}), 507, "storage_full")
    # An upload without a length is refused when it reaches the reserve, and leaves no file.
    answer = client.put(video, (b"x" * 65_536 for _ in range(160)))
    problem(answer, 507, "storage_full")
    assert not [p for p in (folder / "uploads").iterdir() if not p.name.startswith(".")]
    assert client.video(video)["state"] == "draft"
    filler.unlink()
    assert client.put(video, SMALL.read_bytes()).status_code == 202
    assert client.wait(video)["state"] == "ready"


def test_no_upload_uses_the_reserve(small: tuple[Server, Path]) -> None:
    """Drafts, captions, small bodies of unknown length and joined parts are also refused on a full disk."""
    server, folder = small
    client = Client.registered(server.url)
    video = client.create("a draft")["id"]
    part = client.tus_create(3 * MEGABYTE, Upload_Concat="partial").headers["Location"]
    assert client.tus_patch(part, 0, b"x" * (3 * MEGABYTE)).status_code == 204
    # Enough for the sum of the parts, but not for any other data.
    filler = fill(folder, 21 * MEGABYTE)
    problem(client.tus_create(None, {"title": "whole"}, Upload_Concat=f"final;{part}"), 507, "storage_full")
    fill(folder, 15 * MEGABYTE)
    captions = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nwords\n"
    for answer in (
        client.post("/v1/videos", json={"title": "one more"}),
        client.request("PATCH", f"/v1/videos/{video}", json={"description": "words"}),
        client.request("PUT", f"/v1/videos/{video}/captions/en", data=captions),
        client.put(video, (b"x" * 1000 for _ in range(3))),
        client.post("/v1/videos", data={"title": "a form"}, files={"file": ("x.mov", b"x")}),
        client.tus_create(None, {"title": "deferred"}, Upload_Defer_Length="1"),
    ):
        problem(answer, 507, "storage_full")
    filler.unlink()
    assert client.request("PUT", f"/v1/videos/{video}/captions/en", data=captions).status_code == 201
    assert client.tus_create(None, {"title": "whole"}, Upload_Concat=f"final;{part}").status_code == 201


def test_work_waits_for_space(small: tuple[Server, Path]) -> None:
    """Tasks without disk space wait and do not become dead; the database is intact; all tasks run when there is space."""
    server, folder = small
    namespace = ["nsenter", "--mount", f"--target={server.pid}"]
    if os.geteuid() != 0:
        namespace += ["--user", "--preserve-credentials"]

    def jobs(*arguments: str) -> str:
        command = [*namespace, str(Path(f"/proc/{server.pid}/exe").readlink()), "jobs", *arguments, "--data"]
        return subprocess.run(
            [*command, str(server.data)], capture_output=True, text=True, check=True, timeout=60
        ).stdout

    client = Client.registered(server.url)
    jobs("pause")
    video = client.upload(CLIP, "waits")
    filler = fill(folder, 200_000)
    # Perhaps this cannot be written either; it is repeated below.
    with contextlib.suppress(subprocess.CalledProcessError):
        jobs("resume")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if "no_space" in server.log_tail(200) or "full" in server.log_tail(200):
            break
        time.sleep(0.2)
    else:
        raise AssertionError(server.log_tail(40))
    assert client.video(video)["state"] in ("processing", "playable")
    filler.unlink()
    jobs("resume")
    ended = client.wait(video, timeout=150)
    assert ended["state"] == "ready", ended
    shown = json.loads(jobs("show", video, "--json"))
    assert all(task["attempts"] == 1 for task in shown["tasks"]), shown
    check = [*namespace, "sqlite3", f"{server.data}/videohost.db", "PRAGMA integrity_check"]
    assert subprocess.run(check, capture_output=True, text=True, check=True).stdout == "ok\n"
