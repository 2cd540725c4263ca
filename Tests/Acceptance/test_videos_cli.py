"""`videohost videos`: a video that an operator blocks is not served in any form until it is unblocked."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from support import media, room_page, rooms
from support.client import Client, events, problem
from support.operators import Operator, until
from support.rooms import Seat, asynchronous
from support.server import Server, binary, run

CLIP = media.clip("perf_bbb_1080p30_10s_51.mp4")
SHORT = media.clip("avi_mpeg4_mp3.avi")
FAST = ("--ladder", "240=300", "--preset", "ultrafast", "--slots", "1")


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path / "data")


def served(server: Server, operator: Operator, video: str) -> list[str]:
    """The URLs of every object of the first generation, and of everything that is generated on request."""
    folder = operator.generation(video, 1)
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert any(path.endswith(".m4s") for path in paths) and any(path.endswith(".jpg") for path in paths)
    return [f"{server.url}/v/{video}/g1/{path}" for path in {*paths, "main.m3u8", "manifest.mpd"}]


def statuses(addresses: list[str]) -> set[tuple[int, str]]:
    """The statuses of all of them, with GET, range and HEAD."""
    answers = [requests.get(address, timeout=30) for address in addresses]
    answers += [requests.get(address, headers={"Range": "bytes=0-9"}, timeout=30) for address in addresses]
    found = {(answer.status_code, answer.json()["code"] if answer.status_code >= 400 else "") for answer in answers}
    return found | {(requests.head(address, timeout=30).status_code, "HEAD") for address in addresses}


@pytest.mark.timeout(300)
def test_blocking_and_unblocking(start: Callable[..., Server], operator: Operator) -> None:
    """Every object, playlist and image is refused at once; the owner sees the reason; after unblocking all are served."""
    server = start(*FAST)
    client, visitor, other = Client.registered(server.url), Client(server.url), Client.registered(server.url, "other")
    video, untouched = client.upload(SHORT, "The title"), client.upload(SHORT)
    client.wait(video)
    client.wait(untouched)
    addresses = served(server, operator, video)
    assert {status for status, _ in statuses(addresses)} <= {200, 206}
    room = rooms.create(client, video)["id"]

    def rows() -> list[str]:
        # Workers write heartbeats every few seconds.
        return [line for line in operator.dump() if '"workers"' not in line]

    # Reading changes nothing.
    before = rows()
    assert operator.videos("block", video, "--reason", "x", "--dry-run") == [
        {"name": video, "state": "blocked", "video": video, "dryRun": True}
    ]
    operator.videos("delete", video, untouched, "--dry-run")
    assert {entry["id"] for entry in operator.videos("list")} == {video, untouched}
    assert operator.videos("show", video)["generations"] == [{"number": 1, "state": "ready"}]
    assert rows() == before

    (change,) = operator.videos("block", video, "--reason", "It belongs to somebody else.")
    assert change["state"] == "blocked"
    # The limit of five seconds does not apply, since this process got the message.
    assert statuses(addresses) == {(403, "video_blocked"), (403, "HEAD")}
    for who in (visitor, other):
        answer = who.get(f"/v1/videos/{video}")
        problem(answer, 403, "video_blocked")
        assert "The title" not in answer.text
        for path in ("events", "captions", "captions/en"):
            problem(who.get(f"/v1/videos/{video}/{path}"), 403, "video_blocked")
        assert [entry["id"] for entry in who.get("/v1/videos").json()["data"]] == [untouched]
        problem(who.get(f"/v1/rooms/{room}"), 404, "room_not_found")
        page = who.get(f"/room.html?id={room}", headers={"Accept": "text/html"})
        assert page.status_code == 404 and "The title" not in page.text
    problem(other.post("/v1/rooms", json={"videoId": video}), 404, "video_not_found")
    own = client.video(video)
    assert own["state"] == "blocked" and own["block"]["reason"] == "It belongs to somebody else."
    assert own["playback"] is None
    assert [state for _, data in events(client, video) if (state := json.loads(data)["state"])] == ["blocked"]
    assert [entry["id"] for entry in operator.videos("list", "--state", "blocked")] == [video]
    assert "It belongs to somebody else." in operator.run("videos", "show", video)
    assert "It belongs" in operator.run("videos", "list", "--state", "blocked,failed")
    (again, unknown) = operator.videos("block", video, "vid_unknown", "--reason", "again", "--yes", code=65)
    assert (again["code"], unknown["code"]) == ("already_blocked", "no_video")
    assert operator.json("reprocess", video, code=65)[0]["code"] == "blocked"

    (change,) = operator.videos("unblock", video)
    assert change["state"] == "unblocked"
    assert {status for status, _ in statuses(addresses)} <= {200, 206}
    assert visitor.video(video)["state"] == "ready" and "block" not in client.video(video)
    assert visitor.get(f"/v1/rooms/{room}").status_code == 200
    assert operator.videos("unblock", video, code=65)[0]["code"] == "not_blocked"

    (change,) = operator.videos("delete", video, "--reason", "gone for good")
    assert change["state"] == "deleted"
    assert statuses(addresses) == {(404, "not_found"), (404, "HEAD")}
    problem(client.get(f"/v1/videos/{video}"), 404, "video_not_found")
    until(lambda: not operator.generation(video, 1).exists())
    assert visitor.video(untouched)["state"] == "ready"


@pytest.mark.timeout(300)
def test_open_pages_show_a_block(start: Callable[..., Server], operator: Operator) -> None:
    """The player is removed for the owner and for others; the owner's list shows the block when it is loaded again."""
    server = start(*FAST)
    client = Client.registered(server.url)
    video = client.upload(SHORT, "The title")
    client.wait(video)
    session = {"token": client.token or "", "expiresAt": "2100-01-01T00:00:00Z", "name": "Owner", "userId": "usr_x"}
    seen_again = "document.dispatchEvent(new Event('visibilitychange'))"
    with room_page.people() as crowd:
        page = f"{server.url}/watch/{video}"
        visitor, owner, rows = crowd.tab(page), crowd.tab(page, session), crowd.tab(server.url, session)
        for tab in (visitor, owner):
            tab.seen("vh-player:visible")
        rows.until("document.querySelector('#mine-list .state')?.textContent === 'Ready'")
        operator.videos("block", video, "--reason", "no")
        for tab in (visitor, owner, rows):
            tab.value(seen_again)
        for tab in (visitor, owner):
            tab.seen("#card:visible")
            assert not tab.page.is_visible("vh-player") and not tab.page.is_visible("vh-player [data-part=retry]")
        assert not visitor.page.is_visible("#title") and owner.page.inner_text("#title") == "The title"
        rows.until("document.querySelector('#mine-list .state').textContent === 'Blocked'")
        assert crowd.complaints() == []


@pytest.mark.timeout(300)
def test_jobs_in_flight_do_not_lift_a_block(start: Callable[..., Server], operator: Operator) -> None:
    """A video that is blocked during processing stays blocked when its job is done, and is ready after unblocking."""
    server = start("--ladder", "240=300,360=600", "--preset", "ultrafast", "--slots", "1")
    client = Client.registered(server.url)
    video = client.upload(CLIP)
    states = []
    for _, data in events(client, video):
        states.append(json.loads(data)["state"])
        if len(states) == 1:
            operator.videos("block", video, "--reason", "not yet")
    assert states[-1] == "blocked" and states[0] in ("processing", "playable")
    until(lambda: operator.json("list")[0]["job"]["state"] == "done", timeout=120)
    assert client.video(video)["state"] == "blocked"
    assert operator.videos("show", video)["video"]["block"]["making"] == "ready"
    assert statuses(served(server, operator, video)) == {(403, "video_blocked"), (403, "HEAD")}
    # The block survives a restart.
    server.stop()
    server.start()
    client = Client(server.url, client.token)
    assert client.video(video)["state"] == "blocked"
    operator.videos("unblock", video)
    assert client.video(video)["state"] == "ready"
    assert {status for status, _ in statuses(served(server, operator, video))} <= {200, 206}


@pytest.mark.timeout(120)
@asynchronous
async def test_rooms_of_a_blocked_video_are_closed(
    start: Callable[..., Server], operator: Operator, tmp_path: Path
) -> None:
    """All members of a room that plays a blocked video are disconnected at once, also if the room started with another."""
    server = await asyncio.to_thread(start, *FAST)
    client = Client.registered(server.url)
    clip = rooms.sound(tmp_path / "sound.m4a", 30)
    first, second = [client.upload(clip) for _ in range(2)]
    for video in (first, second):
        await asyncio.to_thread(client.wait, video)
    stays, moves, other = [rooms.create(client, video)["id"] for video in (first, first, second)]
    async with (
        Seat.taken(server.url, stays, name="a") as one,
        Seat.taken(server.url, moves, name="b") as two,
        Seat.taken(server.url, other, name="c") as three,
    ):
        await two.ask("ctl.media", videoId=second)
        await asyncio.to_thread(operator.videos, "block", second, "--reason", "no")
        for seat in (two, three):
            closed = await seat.end(timeout=5)
            assert closed.code == 4002 and closed.bye
            assert closed.bye["reason"] == "video_withdrawn" and not closed.bye["reconnect"]
        assert one.closed is None
        await one.ask("clock", t0=1)


def test_exit_codes_and_completion(start: Callable[..., Server], operator: Operator) -> None:
    """Exit codes are those of `videohost jobs`; shells can complete states."""
    operator.run("videos", "list", code=66)
    server = start()
    name = Client.registered(server.url).create("A draft")["id"]
    server.stop()
    unknown = "vid_00000000000000000000000000"
    operator.run("videos", "show", unknown, code=66)
    operator.run("videos", "list", "--owner", "nobody", code=66)
    for command in (["block", unknown, "--reason", "x"], ["unblock", unknown], ["delete", unknown]):
        operator.run("videos", *command, code=66)
    for usage in (
        ["block", name],
        ["block", name, "--reason", ""],
        ["block", name, "--reason", " "],
        ["block", name, "--reason", "a\nb"],
        ["block", name, "--reason", "x" * 501],
        ["block", name, unknown, "--reason", "x"],
        ["delete", name, unknown],
        ["list", "--state", "finished"],
        ["list", "--limit", "0"],
    ):
        operator.run("videos", *usage, code=64)
    done = run("videos", "delete", name, unknown, "--data", str(operator.data))
    assert done.stderr.startswith("videohost: 2 videos") and "Usage" not in done.stderr
    # Once, even if the id is given several times.
    assert len(operator.videos("block", name, name, "--reason", "x", "--dry-run")) == 1
    # It works without a running server.
    assert "dryRun" not in (change := operator.videos("block", name, "--reason", "x" * 500)[0])
    assert change["state"] == "blocked"
    assert "state after  draft" in operator.run("videos", "show", name)
    assert operator.videos("unblock", name)[0]["state"] == "unblocked"
    assert [entry["state"] for entry in operator.videos("list")] == ["draft"]
    assert operator.videos("delete", name)[0]["state"] == "deleted"
    assert operator.videos("list") == []
    for shell in ("bash", "zsh", "fish"):
        done = run("--generate-completion-script", shell)
        assert "unblock" in done.stdout and "rejected" in done.stdout, shell


def test_one_video_is_deleted_on_a_terminal_after_a_yes(start: Callable[..., Server], operator: Operator) -> None:
    """Deletion is permanent, so the command asks on a terminal also for one video."""
    server = start()
    name = Client.registered(server.url).create("A draft")["id"]
    server.stop()

    def delete(answer: bytes, *options: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        os.write(ours, answer)
        command = [str(binary()), "videos", "delete", name, "--data", str(operator.data), *options]
        done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=30)
        os.close(ours)
        os.close(theirs)
        return done.returncode, done.stderr

    code, asked = delete(b"n\n")
    assert code == 1 and f"{name} will be deleted. [y/N]" in asked
    assert [entry["id"] for entry in operator.videos("list")] == [name]
    assert delete(b"\n", "--yes") == (0, "")
    assert operator.videos("list") == []


def test_explanations_have_rejections_and_blocks(start: Callable[..., Server], operator: Operator) -> None:
    """The explanation of an ended job has the state of its video."""
    server = start("--slots", "1")
    client = Client.registered(server.url)
    video = client.create("no film")["id"]
    client.put(video, b"this is no film at all" * 100)
    code = client.wait(video)["rejection"]["code"]
    operator.videos("block", video, "--reason", "It is spam.")
    explained = operator.run("jobs", "explain", video)
    assert f"The video was rejected ({code}): " in explained
    assert "The video has been blocked since 2" in explained and ": It is spam. " in explained
    assert f"`videos unblock {video}`" in explained
