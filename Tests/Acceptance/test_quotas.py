"""Quotas of accounts, and automatic deletion of abandoned objects."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import disk, media
from support.client import Client, problem
from support.server import Server

SMALL = media.clip("rot270_iphone_3frames.mov")
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + "words\n" * 100
OPTIONS = {
    "--account-bytes": 200_000, "--account-videos": 6, "--account-drafts": 3, "--account-uploads": 2,
    "--account-captions": 2000,
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A server with low quotas."""
    arguments = [str(part) for option in OPTIONS.items() for part in option]
    server = Server(tmp_path_factory.mktemp("quotas") / "data", *arguments, "--slots", "1").start()
    yield server
    server.stop()


@pytest.fixture
def client(small: Server) -> Client:
    """A new account on the server."""
    return Client.registered(small.url)


def test_drafts(client: Client, small: Server) -> None:
    """Concurrent requests do not exceed the limit; a deleted draft frees a place; other accounts have their own limit."""
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: client.post("/v1/videos", json={"title": f"draft {n}"}), range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [403] * 9
    for answer in answers:
        if answer.status_code == 403:
            problem(answer, 403, "quota_exceeded")
            assert "3 drafts" in answer.json()["detail"]
    made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert client.request("DELETE", f"/v1/videos/{made[0]}").status_code == 204
    client.create("in its place")
    Client.registered(small.url).create("another's")


def test_bytes(client: Client, small: Server) -> None:
    """The quota applies to every kind of upload, with and without a length; refused uploads leave no bytes and do not count."""
    draft = client.create("too large")["id"]
    large = b"x" * 200_001
    problem(client.put(draft, large), 403, "quota_exceeded")
    problem(client.put(draft, (large[at : at + 50_000] for at in range(0, len(large), 50_000))), 403, "quota_exceeded")
    form = client.post("/v1/videos", data={"title": "x"}, files={"file": ("x.mov", large)})
    problem(form, 403, "quota_exceeded")
    refused = client.tus_create(len(large), {"title": "x"})
    problem(refused, 403, "quota_exceeded")
    assert refused.headers["Tus-Resumable"] == "1.0.0"

    deferred = client.tus_create(None, {"title": "x"}, Upload_Defer_Length="1").headers["Location"]
    problem(client.tus_patch(deferred, 0, large), 403, "quota_exceeded")
    assert client.tus_head(deferred).headers["Upload-Offset"] == "0"
    pieces = (large[at : at + 50_000] for at in range(0, len(large), 50_000))
    problem(client.tus_patch(deferred, 0, pieces), 403, "quota_exceeded")
    assert 0 < int(client.tus_head(deferred).headers["Upload-Offset"]) <= 200_000
    assert client.request("DELETE", deferred, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert client.video(draft)["state"] == "draft"
    assert not [path for path in (small.data / "uploads").iterdir() if not path.name.startswith(".")]

    # An upload that joins a single part has the part's size, and the part no longer counts.
    part = client.tus_create(40_000, Upload_Concat="partial").headers["Location"]
    assert client.tus_patch(part, 0, b"x" * 40_000).status_code == 204
    problem(
        client.tus_create(None, {"title": "x"}, Upload_Concat=f"final;{' '.join([part] * 6)}"), 403, "quota_exceeded"
    )


def test_open_uploads(client: Client) -> None:
    first, *_ = [client.tus_create(10, {"title": "x"}).headers["Location"] for _ in range(2)]
    draft = client.create("by itself")["id"]
    for answer in (
        client.tus_create(10, {"title": "x"}),
        client.tus_create(10, Upload_Concat="partial"),
        client.put(draft, b"x"),
        client.post("/v1/videos", data={"title": "x"}, files={"file": ("x.mov", b"x")}),
    ):
        problem(answer, 403, "quota_exceeded")
    assert client.tus_patch(first, 0, b"x" * 10).status_code == 204
    assert client.tus_create(10, {"title": "x"}).status_code == 201


def test_finished_parts(client: Client) -> None:
    """The limit of finished parts applies only to further parts."""
    parts = [client.tus_create(10, Upload_Concat="partial").headers["Location"]]
    assert client.tus_patch(parts[0], 0, b"x" * 10).status_code == 204
    parts += [client.tus_create(0, Upload_Concat="partial").headers["Location"] for _ in range(15)]
    refused = client.tus_create(10, Upload_Concat="partial")
    problem(refused, 403, "quota_exceeded")
    assert "16 finished parts" in refused.json()["detail"]
    assert client.tus_create(10, {"title": "x"}).status_code == 201
    assert client.tus_create(None, {"title": "x"}, Upload_Concat=f"final;{' '.join(parts)}").status_code == 201


def test_captions(client: Client) -> None:
    """All uploaded captions of an account count; replaced captions do not."""
    drafts = [client.create(f"draft {number}")["id"] for number in range(2)]

    def put(draft: str, language: str) -> int:
        answer = client.request("PUT", f"/v1/videos/{draft}/captions/{language}", data=VTT)
        if answer.status_code == 403:
            problem(answer, 403, "quota_exceeded")
        return answer.status_code

    assert [put(drafts[0], "en"), put(drafts[1], "en"), put(drafts[0], "de"), put(drafts[1], "de")] == [
        201,
        201,
        201,
        403,
    ]
    assert put(drafts[0], "en") == 200
    assert client.request("DELETE", f"/v1/videos/{drafts[0]}").status_code == 204
    assert put(drafts[1], "de") == 201


def test_drafts_and_rejected_files_are_deleted_automatically(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start("--draft-lifetime", "4", "--rejected-lifetime", "1", "--slots", "1")
    client = Client.registered(server.url)
    draft, kept, rejected = (client.create(title)["id"] for title in ("left", "used", "no film"))
    assert client.put(kept, SMALL.read_bytes()).status_code == 202
    assert client.put(rejected, b"this is no film at all" * 100).status_code == 202
    assert client.wait(rejected)["state"] == "rejected"
    deadline = time.monotonic() + 30
    while client.get(f"/v1/videos/{draft}").status_code == 200 or disk.sources(tmp_path / "data", rejected):
        assert time.monotonic() < deadline, "nothing has expired"
        time.sleep(0.2)
    assert client.get(f"/v1/videos/{draft}").status_code == 404
    assert client.video(rejected)["rejection"]["code"]
    assert client.wait(kept)["state"] == "ready" and disk.sources(tmp_path / "data", kept)
