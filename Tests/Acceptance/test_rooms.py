"""Rooms (docs/rooms.md) with independent clients: two WebSocket libraries, and raw bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import websockets
from support import rooms
from support.client import Client, problem
from support.rooms import Closed, Raw, Refused, Seat, asynchronous, position
from support.server import Server

NO_ROOM = "room_00000000000000000000000000"


@pytest.fixture(scope="session")
def host(url: str) -> Client:
    """The owner of the rooms."""
    return Client.registered(url, "host")


@pytest.fixture(scope="session")
def video(host: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two minutes of audio."""
    return uploaded(host, tmp_path_factory.mktemp("rooms"), 120)


@pytest.fixture(scope="session")
def short(host: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A short video."""
    return uploaded(host, tmp_path_factory.mktemp("rooms"), 2)


def uploaded(client: Client, folder: Path, seconds: int) -> str:
    """A new playable video of a number of seconds."""
    video = client.upload(rooms.sound(folder / f"{seconds}.m4a", seconds))
    assert client.wait(video)["state"] == "ready"
    return video


@pytest.fixture
def room(host: Client, video: str) -> Iterator[str]:
    """A separate room for the test; an account may have fifty."""
    made = rooms.create(host, video, name=f"room {secrets.token_hex(4)}")["id"]
    yield made
    host.request("DELETE", f"/v1/rooms/{made}")


# REST


def test_a_rooms_life_over_rest(host: Client, video: str, visitor: Client) -> None:
    made = host.post("/v1/rooms", json={"videoId": video, "name": "  Film night ", "mode": "host", "slowModeSec": 5})
    assert made.status_code == 201
    room = made.json()
    assert made.headers["Location"] == f"/v1/rooms/{room['id']}"
    assert room["name"] == "Film night" and room["mode"] == "host" and room["slowModeSec"] == 5
    assert room["videoId"] == video and room["visibility"] == "public" and room["members"] == 0
    assert room["phase"] == "paused" and room["page"] == f"/room.html?id={room['id']}"
    assert room["socket"] == f"/v1/rooms/{room['id']}/ws"
    assert room["owner"]["id"].startswith("usr_") and room["owner"]["username"].startswith("host")
    shown = visitor.get(f"/v1/rooms/{room['id']}")
    assert shown.status_code == 200 and shown.json() == room
    assert room["id"] in [entry["id"] for entry in visitor.get("/v1/rooms").json()["data"]]
    changed = host.request("PATCH", f"/v1/rooms/{room['id']}", json={"name": "Later", "visibility": "unlisted"})
    assert changed.status_code == 200, changed.text
    assert changed.json() == {**room, "name": "Later", "visibility": "unlisted"}
    assert room["id"] not in [entry["id"] for entry in visitor.get("/v1/rooms").json()["data"]]
    assert visitor.get(f"/v1/rooms/{room['id']}").json()["name"] == "Later"
    assert host.request("DELETE", f"/v1/rooms/{room['id']}").status_code == 204
    problem(visitor.get(f"/v1/rooms/{room['id']}"), 404, "room_not_found")
    problem(host.request("DELETE", f"/v1/rooms/{room['id']}"), 404, "room_not_found")


def test_a_room_without_a_name_has_the_title_of_its_video(host: Client, video: str) -> None:
    title = host.video(video)["title"]
    assert rooms.create(host, video)["name"] == title == rooms.create(host, video)["title"]


def test_rooms_come_in_pages(host: Client, video: str, visitor: Client) -> None:
    made = [rooms.create(host, video)["id"] for _ in range(3)]
    found, cursor = [], ""
    while True:
        page = visitor.get(f"/v1/rooms?limit=2{cursor}").json()
        assert len(page["data"]) <= 2 and page["page"]["limit"] == 2
        found += [entry["id"] for entry in page["data"]]
        if page["page"]["next"] is None or set(made) <= set(found):
            break
        cursor = f"&cursor={page['page']['next']}"
    assert [room for room in found if room in made] == made[::-1] and len(found) == len(set(found))
    for room in made:
        host.request("DELETE", f"/v1/rooms/{room}")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "validation_failed"),
        ({"videoId": 7}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "name": ""}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "name": "x" * 101}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "name": "a\nb"}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "mode": "nobody"}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "visibility": "secret"}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "slowModeSec": -1}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "slowModeSec": 301}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "slowModeSec": 1.5}, 422, "validation_failed"),
        ({"videoId": "VIDEO", "other": 1}, 422, "validation_failed"),
        ({"videoId": "vid_00000000000000000000000000"}, 404, "video_not_found"),
        ({"videoId": "../../etc/passwd"}, 404, "video_not_found"),
        ("DRAFT", 409, "video_not_playable"),
    ],
)
def test_invalid_rooms_are_refused(host: Client, video: str, body: Any, status: int, code: str) -> None:
    if body == "DRAFT":
        body = {"videoId": host.create("draft")["id"]}
    elif body.get("videoId") == "VIDEO":
        body = {**body, "videoId": video}
    problem(host.post("/v1/rooms", json=body), status, code)


def test_permissions_over_rest(host: Client, client: Client, visitor: Client, video: str, room: str) -> None:
    problem(visitor.post("/v1/rooms", json={"videoId": video}), 401, "authentication_required")
    for method in ("PATCH", "DELETE"):
        problem(visitor.request(method, f"/v1/rooms/{room}", json={"name": "x"}), 401, "authentication_required")
        problem(client.request(method, f"/v1/rooms/{room}", json={"name": "x"}), 403, "forbidden")
        problem(host.request(method, f"/v1/rooms/{NO_ROOM}", json={"name": "x"}), 404, "room_not_found")
    problem(host.request("PATCH", f"/v1/rooms/{room}", json={"mode": "none"}), 422, "validation_failed")
    problem(host.request("PATCH", f"/v1/rooms/{room}", json={"videoId": video}), 422, "validation_failed")
    problem(visitor.get("/v1/rooms/%2e%2e"), 400, "invalid_target")
    for other in (NO_ROOM, "room_x", "vid_00000000000000000000000000"):
        problem(visitor.get(f"/v1/rooms/{other}"), 404, "room_not_found")
    problem(visitor.get("/v1/rooms?limit=0"), 422, "validation_failed")
    problem(visitor.get("/v1/rooms?cursor=nonsense"), 422, "validation_failed")


def test_the_rooms_of_an_account_are_limited(url: str, video: str) -> None:
    many = Client.registered(url, "many")
    made = [rooms.create(many, video, visibility="unlisted")["id"] for _ in range(50)]
    problem(many.post("/v1/rooms", json={"videoId": video}), 409, "too_many_rooms")
    assert many.request("DELETE", f"/v1/rooms/{made[0]}").status_code == 204
    rooms.create(many, video, visibility="unlisted")


# Coming in


@asynchronous
async def test_a_user_and_a_guest_join(url: str, host: Client, client: Client, room: str, visitor: Client) -> None:
    me = (await asyncio.to_thread(visitor.get, f"/v1/rooms/{room}")).json()["owner"]
    async with Seat.taken(url, room, token=host.token, name="somebody else") as one:
        welcome = one.welcome
        assert welcome["resumed"] is False and len(welcome["secret"]) >= 20
        assert welcome["limits"] == {"chatLength": 500, "chatBurst": 5, "members": 500}
        snapshot = welcome["snapshot"]
        assert snapshot["room"]["id"] == room and snapshot["room"]["ownerId"] == me["id"]
        assert snapshot["state"]["phase"] == "paused" and snapshot["state"]["pos"] == 0
        assert snapshot["state"]["rate"] == 1 and abs(snapshot["state"]["durationMs"] - 120_000) < 200
        assert snapshot["chat"] == []
        (member,) = snapshot["members"]
        assert member == {
            "id": one.member, "name": me["username"], "role": "host", "guest": False, "userId": me["id"],
            "away": False, "ready": False,
        }  # fmt: skip
        async with Seat.taken(url, room, name=" A \u202e guest\t") as two:
            joined = await one.wait("member.join")
            assert joined["seq"] == welcome["seq"] + 1 == two.welcome["seq"]
            assert joined["d"]["member"] == {
                "id": two.member, "name": "A guest", "role": "member", "guest": True, "away": False, "ready": False,
            }  # fmt: skip
            assert [member["id"] for member in two.welcome["snapshot"]["members"]] == [one.member, two.member]
            shown = (await asyncio.to_thread(visitor.get, f"/v1/rooms/{room}")).json()
            assert shown["members"] == 2
            assert (await two.refused("hello", name="again")).code == "invalid_state"
            await two.ask("leave")
            assert (await one.wait("member.leave"))["d"] == {"memberId": two.member, "reason": "left"}
            left = await two.end()
            assert left.code == 1000 and left.bye and left.bye["reconnect"] is False
        for event in one.events:
            assert two.welcome["secret"] not in json.dumps(event)


@asynchronous
async def test_the_same_account_twice_is_two_members(url: str, host: Client, room: str) -> None:
    async with Seat.taken(url, room, token=host.token) as one, Seat.taken(url, room, token=host.token) as two:
        assert one.member != two.member
        roles = {member["id"]: member["role"] for member in two.welcome["snapshot"]["members"]}
        assert sorted(roles.values()) == ["host", "member"]


async def ended(url: str, room: str, kind: str = "hello", **fields: Any) -> Closed:
    """The close code for a connection with this first message."""
    seat = await Seat.open(url, room)
    await seat.send(kind, fields)
    try:
        return await seat.end()
    finally:
        await seat.close()


@asynchronous
async def test_invalid_joins_are_refused(url: str, host: Client, room: str) -> None:
    for fields, code in [
        ({"token": "wrong"}, 4001),
        ({"token": ""}, 4001),
        ({"token": "wrong", "name": "me"}, 4001),
        ({}, 4000),
        ({"name": ""}, 4000),
        ({"name": " \u200b\u202e "}, 4000),
        ({"name": "x" * 41}, 4000),
        ({"name": 7}, 4000),
    ]:
        closed = await ended(url, room, **fields)
        assert closed.code == code and closed.bye, (fields, closed)
        assert closed.bye["code"] == code and closed.bye["reconnect"] is False
    assert (await ended(url, room, "chat.send", text="hi")).code == 4001
    gone = await ended(url, NO_ROOM, name="me")
    assert gone.code == 4002 and gone.bye and gone.bye["reconnect"] is False
    assert (await ended(url, NO_ROOM, token=host.token)).code == 4002
    async with Seat.taken(url, room, name="x" * 40):
        pass


# Playing


@asynchronous
async def test_play_starts_for_all_at_a_future_moment(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.load()
        await two.load()
        offset, trip = await one.offset()
        asked = time.time() * 1000
        await one.ask("ctl.play")
        first, second = await one.state(phase="playing"), await two.state(phase="playing")
        assert first == second and first["reason"] == "play" and first["by"] == one.member
        ahead = first["at"] - (asked + offset)
        assert 300 - trip - 5 <= ahead <= 2500, ahead
        # Both got the state before the start of playback.
        assert time.time() * 1000 + offset < first["at"] + 50
        # After a while the room is at the position of the anchor.
        await asyncio.sleep(max(0, (first["at"] - offset - time.time() * 1000) / 1000) + 0.5)
        before = time.time() * 1000 + offset
        await two.ask("ctl.pause")
        after = time.time() * 1000 + offset
        paused = await one.state(phase="paused", reason="pause")
        assert position(first, before) - trip - 3 <= paused["pos"] <= position(first, after) + trip + 3
        assert paused["by"] == two.member and paused == await two.state(reason="pause")


@asynchronous
async def test_the_room_waits_for_members_who_load(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.load()
        await one.ask("ctl.play")
        waiting = await one.state(phase="waiting")
        assert waiting["pending"] == [two.member] and waiting["resumeTo"] == "playing" and waiting["reason"] == "play"
        told = await two.wait("wait")
        assert told["d"]["pending"] == [two.member] and told["d"]["deadline"] == waiting["deadline"]
        event = next(event for event in one.events if event["d"].get("phase") == "waiting")
        assert 11_000 <= waiting["deadline"] - event["ts"] <= 12_000
        # A `ready` for an outdated or a future revision does not count.
        await two.ask("ready", rev=waiting["rev"] + 5)
        await two.ask("ready", rev=0)
        assert not any(event["d"].get("phase") == "playing" for event in one.events)
        await two.ask("ready", rev=waiting["rev"])
        playing = await two.state(phase="playing")
        assert playing["reason"] == "ready" and playing == await one.state(phase="playing")


@asynchronous
async def test_skipping_the_wait(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        assert (await one.refused("wait.skip")).code == "invalid_state"
        await one.ask("ctl.play")
        waiting = await two.state(phase="waiting")
        assert waiting["pending"] == [one.member, two.member]
        await one.ask("wait.skip")
        assert (await two.state(phase="playing"))["reason"] == "skip"
        # The room does not wait later for a member who was skipped: the member catches up.
        await two.ask("player.status", pos=0, state="buffering")
        await one.load()
        await asyncio.sleep(0.8)
        assert not any(event["d"].get("reason") == "stall" for event in one.events)


@asynchronous
async def test_seeking(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.ask("ctl.seek", pos=61_000)
        state = await two.state(reason="seek")
        assert state["pos"] == 61_000 and state["phase"] == "paused" and state["by"] == one.member
        await one.load()
        await two.load()
        await one.ask("ctl.play")
        await one.state(phase="playing")
        await two.ask("ctl.seek", pos=30_000.7)
        waiting = await one.state(phase="waiting", reason="seek")
        assert waiting["pos"] == 30_000 and set(waiting["pending"]) == {one.member, two.member}
        await one.load()
        await two.state(phase="waiting")
        await two.load()
        assert (await one.state(phase="playing", reason="ready"))["pos"] == 30_000
        # Not beyond the end.
        await one.ask("ctl.pause")
        await one.ask("ctl.seek", pos=10**9)
        assert (await two.state(reason="seek", phase="paused", since=0, pos=waiting["durationMs"]))["rev"]


@asynchronous
async def test_speed(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one:
        await one.load()
        for rate in (0.2, 2.1, 0, -1):
            assert (await one.refused("ctl.rate", rate=rate)).code == "malformed"
        await one.ask("ctl.play")
        first = await one.state(phase="playing")
        offset, _ = await one.offset()
        await asyncio.sleep(max(0, (first["at"] - offset - time.time() * 1000) / 1000) + 0.2)
        await one.ask("ctl.rate", rate=2)
        fast = await one.state(rate=2)
        assert fast["phase"] == "playing" and fast["reason"] == "rate"
        # The position is continuous at the change.
        assert abs(position(first, fast["at"]) - fast["pos"]) <= 2
        await asyncio.sleep(0.5)
        await one.ask("ctl.pause")
        event = next(event for event in one.events if event["d"].get("reason") == "pause")
        assert abs(position(fast, event["ts"]) - event["d"]["pos"]) <= 3


@asynchronous
async def test_pausing_at_the_position_of_the_member(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one:
        await one.load()
        await one.ask("ctl.play")
        playing = await one.state(phase="playing")
        await one.ask("ctl.pause", pos=playing["pos"] + 900)
        assert (await one.state(phase="paused", reason="pause"))["pos"] == 900
        mark = one.mark
        await one.ask("ctl.play")
        await one.state(phase="playing", since=mark)
        await one.ask("ctl.pause", pos=60_000)
        assert (await one.state(phase="paused", since=mark))["pos"] < 3000


@asynchronous
async def test_another_video(url: str, room: str, host: Client, short: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        draft = (await asyncio.to_thread(host.create, "draft"))["id"]
        for other, code in [("vid_x", "video_not_found"), (draft, "video_not_playable"), ("", "video_not_found")]:
            assert (await one.refused("ctl.media", videoId=other)).code == code
        await one.ask("ctl.media", videoId=short)
        waiting = await two.state(phase="waiting", reason="media")
        assert waiting["videoId"] == short and waiting["pos"] == 0 and waiting["resumeTo"] == "paused"
        assert waiting["title"] == "2.m4a" and abs(waiting["durationMs"] - 2000) < 200
        await one.load()
        await two.load()
        await one.state(phase="paused", reason="ready")
        await one.ask("ctl.play")
        await one.state(phase="playing")
        over = await two.state(phase="ended", timeout=12)
        assert over["pos"] == over["durationMs"] and over["reason"] == "ended"
        # At the end, play restarts from the beginning.
        mark = one.mark
        await one.ask("ctl.play")
        await one.state(phase="waiting", pos=0, since=mark)
        shown = (await asyncio.to_thread(host.get, f"/v1/rooms/{room}")).json()
        assert shown["videoId"] == short


@asynchronous
async def test_joining_late_does_not_stop_the_others(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one:
        await one.load()
        await one.ask("ctl.play")
        playing = await one.state(phase="playing")
        async with Seat.taken(url, room, name="late") as late:
            assert late.welcome["snapshot"]["state"] == {**playing}
            await late.ask("player.status", pos=0, state="buffering")
            await asyncio.sleep(1)
            await late.load()
            assert one.revision == playing["rev"]


@asynchronous
async def test_a_stall_stops_all_until_it_ends(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.load()
        await two.load()
        await one.ask("ctl.play")
        playing = await one.state(phase="playing")
        offset, _ = await one.offset()
        await asyncio.sleep(max(0, (playing["at"] - offset - time.time() * 1000) / 1000) + 0.3)
        # A short stall is ignored.
        await two.ask("player.status", pos=300, state="buffering")
        await asyncio.sleep(0.1)
        await two.ask("player.status", pos=300, state="playing")
        await asyncio.sleep(0.7)
        assert one.revision == playing["rev"]
        began = time.monotonic()
        await two.ask("player.status", pos=1000, state="buffering")
        stalled = await one.state(phase="waiting", reason="stall", timeout=3)
        assert 0.4 <= time.monotonic() - began <= 2
        assert stalled["by"] == two.member and stalled["pending"] == [two.member] and stalled["resumeTo"] == "playing"
        await two.ask("player.status", pos=1000, state="ready")
        again = await one.state(phase="playing", reason="ready", timeout=3)
        assert again["pos"] == stalled["pos"] and 0 <= again["pos"] <= 3500
        assert again == await two.state(phase="playing", reason="ready")


@asynchronous
async def test_a_member_out_of_sync_is_corrected(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.load()
        await two.load()
        await one.ask("ctl.play")
        playing = await one.state(phase="playing")
        offset, _ = await one.offset()
        await asyncio.sleep(max(0, (playing["at"] - offset - time.time() * 1000) / 1000) + 1.7)
        here = position(playing, time.time() * 1000 + offset)
        await one.ask("player.status", pos=here + 900, state="playing")
        await two.ask("player.status", pos=here + 50_000, state="playing")
        told = (await two.wait("sync.correct"))["d"]
        assert told["rev"] == playing["rev"] and abs(position(playing, told["at"]) - told["pos"]) <= 3
        sync = (await one.wait("sync", timeout=6))["d"]
        assert sync == {key: playing[key] for key in ("rev", "phase", "pos", "at", "rate")}
        assert not any(event["t"] == "sync.correct" for event in one.events)


@asynchronous
async def test_a_control_with_an_old_revision_is_stale(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        known = one.revision
        await two.ask("ctl.seek", pos=5000, baseRev=known)
        assert (await one.refused("ctl.seek", pos=9000, baseRev=known)).code == "stale"
        await one.ask("ctl.seek", pos=9000, baseRev=known + 1)
        assert (await two.state(pos=9000))["rev"] == known + 2


# Roles


@asynchronous
async def test_modes_and_roles(url: str, room: str, host: Client) -> None:
    answer = await asyncio.to_thread(host.request, "PATCH", f"/v1/rooms/{room}", json={"mode": "host"})
    assert answer.status_code == 200
    async with Seat.taken(url, room, token=host.token) as owner, Seat.taken(url, room, name="two") as two:
        controls = {"ctl.play": {}, "ctl.pause": {}, "ctl.seek": {"pos": 1}, "ctl.rate": {"rate": 1.5}, "wait.skip": {}}
        for kind, fields in controls.items():
            assert (await two.refused(kind, **fields)).code == "not_allowed", kind
        for kind, fields in {
            "member.kick": {"memberId": owner.member},
            "member.mute": {"memberId": owner.member, "seconds": 5},
            "role.set": {"memberId": two.member, "role": "host"},
        }.items():
            assert (await two.refused(kind, **fields)).code == "not_allowed", kind
        await owner.ask("role.set", memberId=two.member, role="cohost")
        updated = (await two.wait("member.update", lambda d: d["member"]["role"] == "cohost"))["d"]["member"]
        assert updated["id"] == two.member
        await two.ask("ctl.seek", pos=2000)
        assert (await owner.state(pos=2000))["by"] == two.member
        assert (await two.refused("role.set", memberId=owner.member, role="member")).code == "not_allowed"
        assert (await two.refused("member.kick", memberId=owner.member)).code == "not_allowed"
        assert (await owner.refused("role.set", memberId="mem_none", role="cohost")).code == "member_not_found"
        assert (await owner.refused("member.kick", memberId="mem_none")).code == "member_not_found"
        async with Seat.taken(url, room, name="three") as three:
            assert (await three.refused("ctl.seek", pos=3000)).code == "not_allowed"
            answer = await asyncio.to_thread(host.request, "PATCH", f"/v1/rooms/{room}", json={"mode": "everyone"})
            told = (await three.wait("room"))["d"]["room"]
            assert told["mode"] == "everyone" and told["id"] == room and answer.json()["mode"] == "everyone"
            await three.ask("ctl.seek", pos=3000)
            # The host transfers the role and cannot take it back.
            await owner.ask("role.set", memberId=three.member, role="host")
            await three.wait(
                "member.update", lambda d: d["member"] == {**d["member"], "id": three.member, "role": "host"}
            )
            assert (await owner.refused("role.set", memberId=owner.member, role="host")).code == "not_allowed"


@asynchronous
async def test_the_owner_becomes_host_when_joining(url: str, room: str, host: Client) -> None:
    async with Seat.taken(url, room, name="early") as early:
        assert early.welcome["snapshot"]["members"][0]["role"] == "member"
        async with Seat.taken(url, room, token=host.token) as owner:
            assert (await early.wait("member.join"))["d"]["member"]["role"] == "host"
            await owner.ask("role.set", memberId=early.member, role="cohost")


# Chat


@asynchronous
async def test_chat(url: str, room: str, host: Client) -> None:
    async with Seat.taken(url, room, token=host.token) as one, Seat.taken(url, room, name="two") as two:
        hostile = (
            "<script>alert(1)</script> &amp; \"'\\ ${7*7} {{7*7}} \u0001\u001b[31m \u202egnp.exe\u2066 é 👩‍👩‍👧 ０"
        )
        made = await two.ask("chat.send", text=hostile, cmdId="a-1")
        said = (await one.wait("chat.msg"))["d"]
        assert said["msgId"] == made["msgId"] and said["from"] == two.member and said["name"] == "two"
        assert said["cmdId"] == "a-1" and said["pos"] == 0
        kept = "<script>alert(1)</script> &amp; \"'\\ ${7*7} {{7*7}} [31m gnp.exe é 👩‍👩‍👧 ０"
        assert said["text"] == kept
        assert (await two.wait("chat.msg"))["d"] == said
        # A message that is sent twice is delivered once, also when both are sent concurrently.
        assert await two.ask("chat.send", text=hostile, cmdId="a-1") == made
        both = await asyncio.gather(*(two.ask("chat.send", text="twice", cmdId="a-2") for _ in range(2)))
        assert both[0] == both[1]
        # A `cmdId` belongs to its sender.
        other = await one.ask("chat.send", text="mine", cmdId="a-1")
        assert other != made
        await two.wait("chat.msg", lambda d: d["text"] == "mine")
        assert one.texts() == two.texts() == [kept, "twice", "mine"]
        for text, code in [("x" * 501, "too_long"), ("", "empty"), (" \u200b\u202e\n", "empty"), ("mine", "repeated")]:
            assert (await one.refused("chat.send", text=text)).code == code, text
        await one.ask("chat.send", text="😀" * 500)
        await two.ask("react", emoji="🎉")
        assert (await one.wait("react"))["d"] == {"memberId": two.member, "emoji": "🎉"}
        assert (await one.refused("react", emoji="x" * 17)).code == "too_long"
        assert (await one.refused("react", emoji="")).code == "empty"
        for text in ("BUY NOW", "1", "🎉🎉", "🎉!"):
            assert (await one.refused("react", emoji=text)).code == "not_an_emoji", text
        # Authors and hosts can delete messages, other members cannot.
        assert (await two.refused("chat.delete", msgId=other["msgId"])).code == "not_allowed"
        await one.ask("chat.delete", msgId=made["msgId"])
        assert (await two.wait("chat.deleted"))["d"] == {"msgId": made["msgId"], "by": one.member}
        await two.ask("chat.delete", msgId=both[0]["msgId"])
        for wrong in ("msg_999999_x", "msg_1", "", "nonsense", f"msg_{2**63}_x"):
            assert (await two.refused("chat.delete", msgId=wrong)).code == "message_not_found", wrong
        async with Seat.taken(url, room, name="three") as three:
            shown = [event["d"]["text"] for event in three.welcome["snapshot"]["chat"]]
            assert shown == ["mine", "😀" * 500]


@asynchronous
async def test_only_messages_can_be_deleted(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        # The number of an event that is not a message, with the member's own id: it has the form of a message's id.
        joined = (await one.wait("member.join"))["seq"]
        assert (await one.refused("chat.delete", msgId=f"msg_{joined}_{one.member}")).code == "message_not_found"
        made = await one.ask("chat.send", text="hi")
        await one.ask("chat.delete", msgId=made["msgId"])
        assert (await one.refused("chat.delete", msgId=made["msgId"])).code == "message_not_found"
        # A moderator's id in the message id does not change the author of the message.
        number = (await one.ask("chat.send", text="ho"))["msgId"].split("_")[1]
        assert (await two.refused("chat.delete", msgId=f"msg_{number}_{two.member}")).code == "message_not_found"
        assert len([event for event in two.events if event["t"] == "chat.deleted"]) == 1


@asynchronous
async def test_mute_and_kick_and_ban(url: str, room: str, host: Client, client: Client) -> None:
    async with (
        Seat.taken(url, room, token=host.token) as one,
        Seat.taken(url, room, token=client.token) as two,
        Seat.taken(url, room, name="three") as three,
    ):
        await one.ask("member.mute", memberId=two.member, seconds=60)
        muted = (await two.wait("member.update", lambda d: "mutedUntil" in d["member"]))["d"]["member"]
        offset, _ = await one.offset()
        assert 55_000 < muted["mutedUntil"] - (time.time() * 1000 + offset) <= 60_500
        assert (await two.refused("chat.send", text="hi")).code == "muted"
        assert (await two.refused("react", emoji="🎉")).code == "muted"
        await one.ask("member.mute", memberId=two.member, seconds=0)
        # What was refused was not said: saying it again is no repetition.
        await two.ask("chat.send", text="hi")
        await one.ask("member.mute", memberId=two.member, seconds=1)
        await two.wait("member.update", lambda d: d["member"]["id"] == two.member, since=two.mark, timeout=4)
        await two.ask("chat.send", text="ho")
        assert (await one.refused("member.mute", memberId=two.member, seconds=86_401)).code == "malformed"
        assert (await one.refused("member.mute", memberId=two.member, seconds=-1)).code == "malformed"
        assert (await one.refused("member.kick", memberId=two.member, banMinutes=1441)).code == "malformed"
        assert (await one.refused("member.kick", memberId=one.member)).code == "not_allowed"
        # A kick without a ban does not prevent joining again.
        await one.ask("member.kick", memberId=three.member, reason="loud")
        closed = await three.end()
        assert closed.code == 4005 and closed.bye and closed.bye["reconnect"] is False
        assert closed.bye["reason"] == "loud"
        left = (await two.wait("member.leave"))["d"]
        assert left == {"memberId": three.member, "reason": "kicked", "words": "loud"}
        async with Seat.taken(url, room, name="three", resume=three.resumption) as again:
            assert again.welcome["resumed"] is False and again.member != three.member
        await one.ask("member.kick", memberId=two.member, banMinutes=10)
        assert (await two.end()).code == 4005
        closed = await ended(url, room, token=client.token)
        assert closed.code == 4003 and closed.bye and closed.bye["reconnect"] is False
        assert (await ended(url, room, token=client.token, resume=two.resumption)).code == 4003
        # The ban of a guest applies to the address; signed-in users at that address can join.
        async with Seat.taken(url, room, name="four") as four:
            await one.ask("member.kick", memberId=four.member, banMinutes=1)
            assert (await four.end()).code == 4005
        assert (await ended(url, room, name="five")).code == 4003
        async with Seat.taken(url, room, token=host.token):
            pass


@asynchronous
async def test_bans_are_listed_and_lifted(url: str, room: str, host: Client, client: Client, visitor: Client) -> None:
    path = f"/v1/rooms/{room}/bans"
    async with Seat.taken(url, room, token=host.token) as one, Seat.taken(url, room, name="noisy") as two:
        key = two.welcome["guestKey"]
        async with Seat.taken(url, room, token=client.token) as three:
            assert "guestKey" not in three.welcome
            # Guests and cohosts cannot ban, in any role.
            await one.ask("role.set", memberId=two.member, role="cohost")
            refused = await two.refused("member.kick", memberId=three.member, banMinutes=1)
            assert refused.code == (await two.refused("ban.list")).code == "not_allowed"
            await one.ask("role.set", memberId=two.member, role="member")
            await one.ask("member.kick", memberId=two.member, banMinutes=10, reason="noise")
            assert (await two.end()).code == 4005
            (ban,) = (await one.ask("ban.list"))["bans"]
            assert ban["memberId"] == two.member and ban["name"] == "noisy" and ban["guest"] is True
            assert 590_000 < ban["until"] - ban["since"] <= 600_000 and "userId" not in ban
            assert (await three.refused("ban.list")).code == "not_allowed"
            assert (await three.refused("ban.lift", memberId=two.member)).code == "not_allowed"
            for reason, fields in {
                "address_banned": {"name": "noisy"},
                "banned": {"name": "other", "guestKey": key},
            }.items():
                closed = await ended(url, room, **fields)
                assert closed.code == 4003 and closed.bye and closed.bye["reason"] == reason

            def over_rest() -> None:
                (shown,) = host.get(path).json()["data"]
                assert shown["memberId"] == two.member and shown["until"].endswith("Z")
                assert "127.0.0.1" not in json.dumps(shown)
                problem(visitor.get(path), 401, "authentication_required")
                problem(client.get(path), 403, "forbidden")
                problem(client.request("DELETE", f"{path}/{two.member}"), 403, "forbidden")
                problem(host.request("DELETE", f"{path}/mem_nobody"), 404, "ban_not_found")
                assert host.request("DELETE", f"{path}/{two.member}").status_code == 204
                problem(host.request("DELETE", f"{path}/{two.member}"), 404, "ban_not_found")
                assert host.get(path).json() == {"data": []}

            await asyncio.to_thread(over_rest)
        async with Seat.taken(url, room, name="noisy", guestKey=key) as again:
            assert again.welcome["guestKey"] == key
            await one.ask("member.kick", memberId=again.member, banMinutes=10)
            await one.ask("ban.lift", memberId=again.member)
            assert (await one.refused("ban.lift", memberId=again.member)).code == "ban_not_found"
        async with Seat.taken(url, room, name="noisy"):
            pass


@asynchronous
async def test_names_of_guests(url: str, room: str, host: Client) -> None:
    """Guests with names that look like an account's or a member's are renamed, in lists and in chat."""
    username = (await asyncio.to_thread(host.get, f"/v1/rooms/{room}")).json()["owner"]["username"]
    names = {username: f"{username} (guest)", username.upper(): f"{username.upper()} (guest 2)"}
    names |= {"Zo": "Zo", "Z\u200do": "Z\u200do (guest)", "Zо": "Zо (guest 2)"}
    async with contextlib.AsyncExitStack() as stack:
        seats = [await stack.enter_async_context(Seat.taken(url, room, name=name)) for name in names]
        members = (await seats[0].ask("resync"))["snapshot"]["members"]
        assert [member["name"] for member in members] == list(names.values())
        await seats[0].ask("chat.send", text="hi")
        said = (await seats[1].wait("chat.msg"))["d"]
        assert said["name"] == f"{username} (guest)" and said["guest"] is True
        owner = await stack.enter_async_context(Seat.taken(url, room, token=host.token))
        await owner.ask("chat.send", text="ho")
        said = (await seats[1].wait("chat.msg", lambda d: d["text"] == "ho"))["d"]
        assert said["name"] == username and said["guest"] is False


@asynchronous
async def test_a_crowd_from_one_address(start: Callable[..., Server], tmp_path: Path) -> None:
    """Guests of one address cannot fill a room or all rooms; owner and accounts can join, and one ban removes them all."""
    server = start("--room-guests-per-address", "5")
    owner, other = [await asyncio.to_thread(Client.registered, server.url, name) for name in ("owner", "other")]
    video = await asyncio.to_thread(uploaded, owner, tmp_path, 60)
    room = rooms.create(owner, video)["id"]
    crowd = [await Seat.open(server.url, room) for _ in range(8)]
    for number, seat in enumerate(crowd):
        await seat.send("hello", {"name": f"guest {number}"})
    for seat in crowd:
        with contextlib.suppress(Closed):
            seat.welcome = (await seat.wait("welcome"))["d"]
    inside = [seat for seat in crowd if seat.closed is None]
    assert len(inside) == 5
    byes = [seat.closed.bye for seat in crowd if seat.closed]
    assert [bye and (bye["code"], bye["reason"]) for bye in byes] == [(4003, "too_many_of_address")] * 3
    async with (
        Seat.taken(server.url, room, token=owner.token) as host,
        Seat.taken(server.url, room, token=other.token),
    ):
        await host.ask("member.kick", memberId=inside[0].member, banMinutes=5)
        assert {(await seat.end()).code for seat in inside} == {4005}
        members = (await host.ask("resync"))["snapshot"]["members"]
        assert [member["guest"] for member in members] == [False, False]
    for seat in crowd:
        await seat.close()
    # Requests for rooms that do not exist are limited.
    for number in range(20):
        assert (await ended(server.url, f"room_{number:026}", name="x")).code == 4002
    late = await ended(server.url, NO_ROOM, name="x")
    assert late.code == 4010 and late.bye and late.bye["reason"] == "rate_limited" and late.bye["reconnect"] is True


@asynchronous
async def test_slow_mode(url: str, room: str, host: Client) -> None:
    answer = await asyncio.to_thread(host.request, "PATCH", f"/v1/rooms/{room}", json={"slowModeSec": 2})
    assert answer.status_code == 200
    async with Seat.taken(url, room, token=host.token) as owner, Seat.taken(url, room, name="two") as two:
        # A guest who joins waits as after a message: one who joins again is a new guest.
        assert (await two.refused("chat.send", text="one")).code == "slow_mode"
        await asyncio.sleep(2.05)
        await two.ask("chat.send", text="one")
        assert (await two.refused("chat.send", text="two")).code == "slow_mode"
        for number in range(3):
            await owner.ask("chat.send", text=f"of the owner {number}")
        await asyncio.sleep(2.05)
        # What was refused was not said: saying it again is no repetition.
        await two.ask("chat.send", text="two")
        await owner.wait("chat.msg", lambda d: d["text"] == "two")
        assert [text for text in owner.texts() if "owner" not in text] == ["one", "two"]


@asynchronous
async def test_limits(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        outcomes = await asyncio.gather(
            *(one.ask("chat.send", text=f"text {number}") for number in range(8)), return_exceptions=True
        )
        assert [isinstance(outcome, dict) for outcome in outcomes[:5]] == [True] * 5
        assert [outcome.code for outcome in outcomes[5:] if isinstance(outcome, Refused)] == ["rate_limited"] * 3
        outcomes = await asyncio.gather(
            *(one.ask("ctl.seek", pos=number) for number in range(12)), return_exceptions=True
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        assert 2 <= len(refused) <= 4 and {outcome.code for outcome in refused} == {"rate_limited"}
        assert all(outcome.retry_after == 1 for outcome in refused)
        outcomes = await asyncio.gather(*(one.ask("clock", t0=1) for _ in range(80)), return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        assert 20 <= len(refused) <= 70 and {outcome.code for outcome in refused} == {"rate_limited"}
        # The member who exceeded the limit can continue shortly afterwards; the other member is not affected.
        await two.ask("clock", t0=1)
        await asyncio.sleep(1.1)
        await one.ask("chat.send", text="later")


@asynchronous
async def test_a_flood_of_messages_ends_the_connection(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one:
        async with Seat.taken(url, room, name="flood") as flood:
            for number in range(400):
                try:
                    await flood.send("chat.send", {"text": str(number)})
                except (aiohttp.ClientError, ConnectionError):
                    break
            closed = await flood.end()
            assert closed.code == 4009 and closed.bye and closed.bye["reconnect"] is False
        await one.ask("chat.send", text="quiet again")


# Coming back


@asynchronous
async def test_resuming_with_missed_events(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.ask("chat.send", text="heard")
        await two.wait("chat.msg")
        await two.cut()
        away = (await one.wait("member.update", lambda d: d["member"]["away"]))["d"]["member"]
        assert away["id"] == two.member
        for number in range(4):
            await one.ask("chat.send", text=f"missed {number}")
        await one.ask("ctl.seek", pos=4000)
        async with Seat.taken(url, room, resume=two.resumption) as back:
            assert back.welcome["resumed"] is True and back.member == two.member
            assert back.welcome["epoch"] == two.epoch and "snapshot" not in back.welcome
            update = await one.wait("member.update", lambda d: not d["member"]["away"], since=one.mark - 1)
            sent = [event for event in one.ordered() if event["seq"] > two.seq]
            assert back.welcome["missed"] == sent and sent[-1] == update
            kinds = [event["t"] for event in sent]
            assert kinds == ["member.update", *["chat.msg"] * 4, "state", "member.update"]
            # The member continues from there.
            await one.ask("ctl.seek", pos=5000)
            assert (await back.wait("state"))["seq"] == back.welcome["seq"] + 1
            assert back.welcome["secret"] == two.welcome["secret"]
        assert not any(event["t"] == "member.leave" for event in one.events)


@asynchronous
async def test_resuming_after_too_many_events(url: str, room: str) -> None:
    """If some missed events are not stored any more, the client gets the complete state and no events."""
    async with Seat.taken(url, room, name="one") as one:
        async with Seat.taken(url, room, name="two") as two:
            pass
        others = [await Seat.open(url, room) for _ in range(40)]
        await asyncio.gather(*(seat.hello(name=f"other {number}") for number, seat in enumerate(others)))
        # As many messages as all members may send at once.
        seeks = [seat.ask("ctl.seek", pos=place * 8 + step) for place, seat in enumerate(others) for step in range(8)]
        await asyncio.gather(*seeks)
        for seat in others:
            await seat.close()
            assert not seat.faults
        assert one.seq > two.seq + 320
        async with Seat.taken(url, room, resume=two.resumption) as back:
            assert back.welcome["resumed"] is True and back.member == two.member and "missed" not in back.welcome
            assert back.welcome["snapshot"]["state"]["rev"] == one.revision
            await one.ask("chat.send", text="go on")
            await back.wait("chat.msg")


@asynchronous
async def test_resuming_as_another_member_is_refused(url: str, room: str, host: Client, client: Client) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, token=host.token) as owner:
        wrong = {**one.resumption, "secret": "0" * len(one.welcome["secret"])}
        async with Seat.taken(url, room, name="new", resume=wrong) as new:
            assert new.welcome["resumed"] is False and new.member != one.member and "snapshot" in new.welcome
        # A guest cannot resume as a signed-in member with the secret alone, nor the other way round.
        async with Seat.taken(url, room, name="new", resume=owner.resumption) as new:
            assert new.welcome["resumed"] is False and new.member != owner.member
        async with Seat.taken(url, room, token=client.token, resume=owner.resumption) as new:
            assert new.welcome["resumed"] is False and new.member not in (owner.member, one.member)
        for epoch, seq in [("other", one.seq), (one.epoch, 10**15), (one.epoch, -(2**63)), (one.epoch, 2**63 - 1)]:
            resumption = {**one.resumption, "epoch": epoch, "seq": seq}
            seat = await Seat.open(url, room)
            await seat.send("hello", {"resume": resumption})
            welcome = (await seat.wait("welcome"))["d"]
            assert welcome["resumed"] is True and "snapshot" in welcome and "missed" not in welcome, (epoch, seq)
            await seat.close()
        await owner.ask("clock", t0=0)


@asynchronous
async def test_resuming_replaces_the_old_connection(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        async with Seat.taken(url, room, resume=two.resumption) as back:
            closed = await two.end()
            assert closed.code == 4006 and closed.bye and closed.bye["reconnect"] is False
            assert back.welcome["resumed"] is True and back.welcome["missed"] == []
            await back.ask("chat.send", text="still here")
            assert (await one.wait("chat.msg"))["d"]["from"] == two.member
        assert not any(event["t"] == "member.leave" for event in one.events)


@asynchronous
async def test_resync(url: str, room: str) -> None:
    async with Seat.taken(url, room, name="one") as one:
        await one.ask("chat.send", text="hi")
        found = await one.ask("resync")
        assert (found["epoch"], found["seq"]) == (one.epoch, one.seq)
        assert [event["d"]["text"] for event in found["snapshot"]["chat"]] == ["hi"]
        assert found["snapshot"]["chat"] == [event for event in one.events if event["t"] == "chat.msg"]
        assert [member["id"] for member in found["snapshot"]["members"]] == [one.member]


# What the owner does meanwhile


@asynchronous
async def test_changes_by_the_owner_reach_all_members(url: str, room: str, host: Client) -> None:
    async with Seat.taken(url, room, name="one") as one:
        wishes = {"name": "Another", "mode": "host", "visibility": "unlisted", "slowModeSec": 7}
        await asyncio.to_thread(host.request, "PATCH", f"/v1/rooms/{room}", json=wishes)
        told = (await one.wait("room", timeout=5))["d"]["room"]
        assert {key: told[key] for key in wishes} == wishes
        await asyncio.to_thread(host.request, "DELETE", f"/v1/rooms/{room}")
        closed = await one.end()
        assert closed.code == 4002 and closed.bye and closed.bye["reconnect"] is False
    assert (await ended(url, room, name="late")).code == 4002


@asynchronous
async def test_an_ended_session_cannot_join(url: str, room: str, host: Client) -> None:
    other = await asyncio.to_thread(Client.registered, url, "leaving")
    answer = await asyncio.to_thread(other.post, "/v1/auth/logout")
    assert answer.status_code in (200, 204)
    assert (await ended(url, room, token=other.token)).code == 4001


@asynchronous
async def test_a_session_that_ends_ends_the_connection(url: str, room: str) -> None:
    """Who signs out is out of the room within five seconds."""
    other = await asyncio.to_thread(Client.registered, url, "leaving")
    async with Seat.taken(url, room, token=other.token) as seat:
        assert (await asyncio.to_thread(other.post, "/v1/auth/logout")).status_code in (200, 204)
        async with asyncio.timeout(20):
            assert (await seat.end()).code == 4001


# A second library


@asynchronous
async def test_another_library_in_the_same_room(url: str, room: str) -> None:
    address = f"{url.replace('http', 'ws')}/v1/rooms/{room}/ws"
    async with Seat.taken(url, room, name="<b>one</b>") as one:
        async with websockets.connect(address, origin=None) as two:
            await two.send(json.dumps({"t": "hello", "d": {"name": "two"}}))
            welcome = json.loads(await two.recv())
            assert welcome["t"] == "welcome"
            assert [member["name"] for member in welcome["d"]["snapshot"]["members"]] == ["<b>one</b>", "two"]
            await (await two.ping(b"sign of life"))
            # Fragmented, as a library sends a stream of chunks.
            text = json.dumps({"t": "chat.send", "id": 1, "d": {"text": "in three pieces"}})
            await two.send([text[:5], text[5:20], text[20:]])
            said = await one.wait("chat.msg")
            assert said["d"]["text"] == "in three pieces"
            heard = [json.loads(await two.recv()) for _ in range(2)]
            assert said in heard and {"re": 1, "ok": True, "d": {"msgId": said["d"]["msgId"]}} in heard
            await one.ask("ctl.seek", pos=1234)
            assert json.loads(await two.recv()) == await one.wait("state")
        assert (await one.wait("member.update", lambda d: d["member"]["away"]))["d"]["member"]["name"] == "two"


# Invalid frames and messages


def refused_with(raw: Raw, *codes: int | None) -> None:
    """The server closes with one of these codes; before a code of docs/rooms.md it sends `bye`."""
    code, bye = raw.end()
    assert code in codes, (code, bye)
    if code is not None and code >= 4000:
        assert bye and bye["code"] == code and bye["reconnect"] is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "7",
        '"hello"',
        "{",
        "{}",
        '{"t":7}',
        '{"t":"ctl.seek","id":1,"d":{"pos":NaN}}',
        '{"t":"clock","id":"1","d":{"t0":1}}',
        '{"t":"clock","id":1e30,"d":{"t0":1}}',
        "[" * 10_000,
        '{"t":"resync","id":1,"d":' + '{"a":' * 2_000 + "1" + "}" * 2_000 + "}",
        '{"t":"resync","id":1,"d":{"a":' + "[" * 500 + "]" * 500 + "}}",
        '{"t":"resync","id":1,"d":{"a":[' + "1," * 2_000 + "1]}}",
        '{"t":"hello","d":{"name":"' + "\\u0041" * 10,
    ],
    ids=lambda text: text[:24] or "nothing",
)
def test_invalid_messages_end_the_connection(url: str, room: str, text: str) -> None:
    with Raw(url) as one, Raw(url) as two:
        one.open(room, name="one")
        two.open(room, name="two")
        for raw in (one, two):
            raw.until("welcome")
        one.text(text)
        refused_with(one, 4000)
        two.text('{"t":"chat.send","id":1,"d":{"text":"and the others go on"}}')
        assert two.until("chat.msg")["d"]["text"] == "and the others go on"


WRONG = [
    ("ready", "null"),
    ("ready", "[]"),
    ("ready", '{"rev":"1"}'),
    ("ready", '{"rev":1.5}'),
    ("ready", '{"rev":99999999999999999999999999}'),
    ("ctl.play", '{"baseRev":"x"}'),
    ("ctl.pause", '{"pos":[]}'),
    ("ctl.seek", '{"pos":1e400}'),
    ("ctl.seek", '{"pos":null}'),
    ("ctl.rate", '{"rate":-1}'),
    ("ctl.rate", '{"rate":1e300}'),
    ("ctl.media", '{"videoId":7}'),
    ("clock", '{"t0":1e30}'),
    ("chat.send", '{"text":["x"]}'),
    ("chat.send", '{"text":"\\ud800"}'),
    ("chat.delete", "{}"),
    ("react", '{"emoji":1}'),
    ("player.status", '{"pos":1,"state":"asleep"}'),
    ("member.kick", '{"memberId":"x","banMinutes":1e30}'),
    ("member.mute", '{"memberId":"x","seconds":0.5}'),
    ("role.set", '{"memberId":"x","role":"owner"}'),
    ("ban.lift", '{"memberId":null}'),
]


def test_invalid_values_do_not_end_the_connection(url: str, room: str) -> None:
    """They are refused in the answer, or by an event for a message without an id; positions are clamped to the video."""
    with Raw(url) as raw:
        raw.open(room, name="one").until("welcome")
        for number, (kind, fields) in enumerate(WRONG):
            raw.text(f'{{"t":"{kind}","id":{number},"d":{fields}}}')
            answer = next(message for message in raw.messages() if message.get("re") == number)
            assert answer["err"]["code"] == "malformed", (kind, fields, answer)
        raw.text('{"t":"role.set","d":{"memberId":"x","role":"owner"}}')
        assert raw.until("error")["d"] == {
            "t": "role.set", "code": "malformed", "title": "The message cannot be read",
        }  # fmt: skip
        for position, reached in ((-5, 0), (-1e300, 0), (1e300, None), (30_000, 30_000)):
            raw.text(json.dumps({"t": "ctl.seek", "id": 99, "d": {"pos": position}}))
            state = raw.until("state")["d"]
            assert state["pos"] == (state["durationMs"] if reached is None else reached)


def test_unknown_messages_and_fields_are_ignored(url: str, room: str) -> None:
    """Messages and fields of later versions are ignored."""
    with Raw(url) as raw:
        raw.open(room, name="one", caps=["x"], proto=2).until("welcome")
        raw.text('{"t":"dance","id":1,"d":{"x":[1,{"y":null}]},"later":true}')
        raw.text('{"t":"dance","d":null}')
        raw.text('{"t":"clock","id":-9223372036854775808,"d":{"t0":9223372036854775807,"t9":0}}')
        answers: list[dict[str, Any]] = []
        for message in raw.messages():
            if "re" in message:
                answers.append(message)
            if len(answers) == 2:
                break
        assert answers[0]["re"] == 1 and answers[0]["err"]["code"] == "unknown_type"
        assert answers[1]["re"] == -(2**63) and answers[1]["d"]["t0"] == 2**63 - 1


def test_invalid_frames_end_the_connection(url: str, room: str) -> None:
    """The connection is closed, for some with a code of RFC 6455, and the other members continue."""
    hello = json.dumps({"t": "clock", "id": 1, "d": {"t0": 1}}).encode()
    wrong = []
    with Raw(url) as witness:
        witness.open(room, name="witness").until("welcome")
        for what, frames, codes in [
            ("binary", lambda raw: raw.frame(2, hello), (1003, 4000)),
            ("not UTF-8", lambda raw: raw.frame(1, b'{"t":"\xff\xfe"}'), (1007, 4000)),
            ("a surrogate", lambda raw: raw.frame(1, b'{"t":"\xed\xa0\x80"}'), (1007, 4000)),
            ("not UTF-8 in pieces", lambda raw: raw.frame(1, b'{"t":"\xc3', final=False) + raw.frame(0, b'x"}'), (1007, 4000)),
            ("unmasked", lambda raw: raw.frame(1, hello, masked=False), (1002,)),
            ("reserved bits", lambda raw: raw.frame(1, hello, reserved=4), (1002,)),
            ("an unknown opcode", lambda raw: raw.frame(3, hello), (1002, 1003)),
            ("an unknown control", lambda raw: raw.frame(11, b""), (1002, 1003)),
            ("a long ping", lambda raw: raw.frame(9, b"x" * 126), (1002,)),
            ("a ping in pieces", lambda raw: raw.frame(9, b"x", final=False), (1002,)),
            ("more than 16 KiB", lambda raw: raw.frame(1, b" " * (16 * 1024 + 1)), (1009, 4000)),
            ("says that it is huge", lambda raw: raw.frame(1, b"")[:1] + b"\xff" + b"\x7f" + b"\xff" * 7, (1009, 1002, 4000)),
            ("the highest bit of the length", lambda raw: b"\x81\xff" + b"\xff" * 12, (1009, 1002, 4000)),
            ("more than 16 KiB in pieces", lambda raw: raw.frame(1, b" " * 9000, final=False) + raw.frame(0, b" " * 9000), (1009, 4000)),
            ("a message within a message", lambda raw: raw.frame(1, b"{", final=False) + raw.frame(1, b"}"), (1002,)),
            ("the rest of nothing", lambda raw: raw.frame(0, b"}"), (1002,)),
            ("pieces without end", lambda raw: raw.frame(1, b"{", final=False) + raw.frame(0, b" ", final=False) * 200, (1002, 1009, 4000)),
            ("a close of one byte", lambda raw: raw.frame(8, b"x"), (1002, 1000, None)),
            ("a close that nobody may send", lambda raw: raw.frame(8, (1005).to_bytes(2)), (1002, 1000, 1005, None)),
        ]:  # fmt: skip
            with Raw(url) as raw:
                raw.open(room, name=what).until("welcome")
                raw.send(frames(raw))
                try:
                    code, bye = raw.end(timeout=4)
                except AssertionError as open_still:
                    wrong.append((what, str(open_still)))
                    continue
                if code not in codes:
                    wrong.append((what, code, bye))
            # The place stays reserved, as after any broken connection.
            for message in witness.messages():
                member = message["d"]["member"] if message.get("t") == "member.update" else {}
                if member.get("away") and member["name"] == what:
                    break
    assert not wrong, wrong


def test_fragmented_frames(url: str, room: str) -> None:
    """With a ping in between, empty fragments, and bytes that arrive one at a time."""
    with Raw(url) as raw:
        raw.open(room, name="one").until("welcome")
        text = '{"t":"chat.send","id":7,"d":{"text":"é in pieces"}}'.encode()
        cut = text.index("é".encode()) + 1
        sent = raw.frame(1, b"", final=False) + raw.frame(0, text[:cut], final=False) + raw.frame(9, b"there?")
        sent += raw.frame(0, b"", final=False) + raw.frame(0, text[cut:])
        raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(sent)):
            raw.send(sent[place : place + 1])
        seen = []
        while not {"pong", "said"} <= set(seen):
            opcode, data = raw.read()
            if opcode == 10:
                assert data == b"there?"
                seen.append("pong")
            elif opcode == 1 and json.loads(data).get("t") == "chat.msg":
                assert json.loads(data)["d"]["text"] == "é in pieces"
                seen.append("said")
            assert opcode != 8, (seen, data)
        # A close frame is answered with the same code.
        raw.send(raw.frame(8, (1001).to_bytes(2) + b"going"))
        assert raw.end() == (1001, None)


# Invalid requests


def crude(url: str, data: bytes) -> tuple[int, dict[str, str], bytes] | None:
    """The response to these bytes; `None` if the connection ended without one."""
    with Raw(url) as raw:
        raw.send(data)
        raw.socket.shutdown(socket.SHUT_WR)
        try:
            return raw.answer()
        except (EOFError, ConnectionError):
            return None


@pytest.mark.parametrize(
    ("fields", "statuses"),
    [
        ({"Sec_WebSocket_Key": None}, {400, 426}),
        ({"Sec_WebSocket_Key": ""}, {400, 426}),
        ({"Sec_WebSocket_Key": "not base64!"}, {400, 426}),
        ({"Sec_WebSocket_Key": "c2hvcnQ="}, {400, 426}),
        ({"Sec_WebSocket_Version": "12"}, {400, 426}),
        ({"Sec_WebSocket_Version": None}, {400, 426}),
        ({"Sec_WebSocket_Version": "13, 8"}, {400, 426}),
        ({"Upgrade": "h2c"}, {400, 426}),
        ({"Upgrade": None}, {400, 426}),
        ({"Connection": "close"}, {400, 426}),
        ({"Connection": None}, {400, 426}),
        ({"Content_Length": "5"}, {400, 426}),
        ({"Transfer_Encoding": "chunked"}, {400, 426}),
        ({"method": "POST"}, {400, 404, 405, 426}),
        ({"method": "PUT"}, {400, 404, 405, 426}),
        ({"version": "HTTP/1.0"}, {400, 426, 505}),
        ({"version": "HTTP/2.0"}, {400, 426, 505}),
        ({"Host": None}, {400, 426}),
    ],
    ids=str,
)
def test_invalid_handshakes_are_refused(url: str, room: str, fields: dict[str, Any], statuses: set[int]) -> None:
    with Raw(url) as raw:
        answer = crude(url, raw.upgrade(room, **fields))
        assert answer is None or answer[0] in statuses, answer
        if answer and answer[0] == 426:
            assert answer[1]["content-type"].startswith("application/problem+json"), answer
            assert json.loads(answer[2])["code"] == "upgrade_required"
            assert answer[1]["upgrade"] == "websocket" and answer[1]["sec-websocket-version"] == "13"
        raw.open(room, name="one").until("welcome")


def test_a_request_without_an_upgrade_is_refused(url: str, room: str, visitor: Client) -> None:
    problem(visitor.get(f"/v1/rooms/{room}/ws"), 426, "upgrade_required")
    # A connection cannot become a WebSocket after another request.
    with Raw(url) as raw:
        raw.send(f"GET /health/live HTTP/1.1\r\nHost: {raw.host}\r\n\r\n".encode())
        assert raw.answer()[0] == 200
        raw.send(raw.upgrade(room))
        status, fields, body = raw.answer()
        assert status == 426 and fields["content-type"].startswith("application/problem+json")
        assert json.loads(body)["code"] == "upgrade_required" and fields["upgrade"] == "websocket"


def test_arbitrary_bytes_end_only_the_connection(url: str, room: str) -> None:
    """Arbitrary first bytes end only the connection."""
    with Raw(url) as probe:
        good = probe.upgrade(room)
    odd = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n" + good,
        good.replace(b"\r\n", b"\n"),
        good[:40],
        good[:-2],
        good.replace(room.encode(), room.encode()[:-1]),
        good.replace(room.encode(), b"room_" + b"9" * 40),
        good.replace(b"/ws ", b"/ws/ "),
        good.replace(b"/ws ", b"/ws?token=x#y "),
        good.replace(b"/ws ", b"/wsx "),
        good.replace(b"GET /v1", b"GET http://other/v1"),
        good.replace(b"Upgrade: websocket", b"Upgrade: websocket\r\nUpgrade: websocket"),
        good.replace(b"Upgrade: websocket", b"Upgrade: h2c, websocket"),
        good.replace(b"Upgrade: websocket", b"Upgrade: " + b"websocket, " * 1000),
        good[:-2] + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        good[:-2] + b"X: y\r\n" * 500 + b"\r\n",
        good[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n\r\n",
        good[:-2] + b"Sec-WebSocket-Protocol: a, b, \x00\xff\r\n\r\n",
        good + good,
        good + b"\x00" * 100,
        good * 50,
    ]
    for number, data in enumerate(odd):
        with Raw(url) as raw:
            raw.send(data)
            raw.socket.shutdown(socket.SHUT_WR)
            total = 0
            raw.socket.settimeout(15)
            try:
                while piece := raw.socket.recv(1 << 16):
                    total += len(piece)
                    assert total < 1 << 20, number
            except ConnectionError:
                pass
            except TimeoutError:
                raise AssertionError(f"number {number} is still open") from None
    # A hundred concurrent connections that send nothing, or half a request.
    quiet = [Raw(url) for _ in range(100)]
    for number, raw in enumerate(quiet):
        raw.send(good[: number * 2])
    assert requests.get(url + "/health/ready", timeout=10).status_code == 200
    with Raw(url) as raw:
        raw.open(room, name="one").until("welcome")
    for raw in quiet:
        raw.socket.close()


def test_a_handshake_with_the_first_message_in_one_write(url: str, room: str) -> None:
    """Both in one write, as a client may send them."""
    with Raw(url) as raw:
        raw.send(raw.upgrade(room) + raw.frame(1, b'{"t":"hello","d":{"name":"hasty"}}'))
        status, fields, _ = raw.answer()
        assert status == 101 and "sec-websocket-extensions" not in fields and "sec-websocket-protocol" not in fields
        assert raw.until("welcome")["d"]["seq"] == 1
    # And byte by byte.
    with Raw(url) as raw:
        raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in raw.upgrade(room):
            raw.send(bytes([byte]))
        assert raw.answer()[0] == 101


# Slow checks


@pytest.mark.timeout(120)
@asynchronous
async def test_slow_checks(url: str, host: Client, video: str, tmp_path: Path) -> None:
    """All checks that take half a minute, concurrently."""

    def made(of: str = video) -> str:
        return rooms.create(host, of, visibility="unlisted")["id"]

    doomed = uploaded(host, tmp_path, 5)
    alone = (
        nobody_says_hello,
        the_deadline_of_a_load,
        the_deadline_of_a_stall,
        three_stalls,
        a_half_open_socket,
        nobody_takes_anything,
    )
    outcomes = await asyncio.gather(
        *(check(url, made()) for check in alone),
        the_host_is_gone(url, made(), host),
        nobody_is_left(url, made(), host),
        a_video_is_deleted(url, made(doomed), host, doomed),
        return_exceptions=True,
    )
    # A failed check does not prevent the results of the others.
    if failures := [outcome for outcome in outcomes if isinstance(outcome, Exception)]:
        raise ExceptionGroup("not all is as it should be", failures)


async def nobody_says_hello(url: str, room: str) -> None:
    """A connection without `hello` within ten seconds is closed."""
    began = time.monotonic()
    seat = await Seat.open(url, room)
    closed = await seat.end(timeout=20)
    assert closed.code == 4001 and closed.bye and closed.bye["reconnect"] is False
    assert 9.5 <= time.monotonic() - began <= 14
    await seat.close()


async def the_deadline_of_a_load(url: str, room: str) -> None:
    """The room does not wait longer than twelve seconds for members to load."""
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two"):
        await one.load()
        await one.ask("ctl.play")
        began = time.monotonic()
        waiting = await one.state(phase="waiting")
        playing = await one.state(phase="playing", timeout=20)
        assert playing["reason"] == "timeout" and 11 <= time.monotonic() - began <= 15
        assert 300 <= playing["at"] - waiting["deadline"] <= 3000


async def the_deadline_of_a_stall(url: str, room: str) -> None:
    """The room does not wait longer than eight seconds for a stalled member, also not for one who recovers a little later."""
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.load()
        await two.load()
        await one.ask("ctl.play")
        await one.state(phase="playing")
        await asyncio.sleep(1.5)
        await two.ask("player.status", pos=1000, state="buffering")
        stalled = await one.state(phase="waiting", reason="stall", timeout=5)
        began = time.monotonic()
        again = await one.state(phase="playing", reason="timeout", timeout=12)
        assert 7 <= time.monotonic() - began <= 10.5 and again["pos"] == stalled["pos"]
        mark = one.mark
        await two.ask("player.status", pos=1000, state="buffering")
        await asyncio.sleep(1.2)
        assert not any(event["t"] == "state" for event in one.events[mark:])


async def three_stalls(url: str, room: str) -> None:
    """The room waits for a member's player at most three times in three minutes."""
    async with Seat.taken(url, room, name="one") as one, Seat.taken(url, room, name="two") as two:
        await one.load()
        await two.load()
        await one.ask("ctl.play")
        await one.state(phase="playing")
        await asyncio.sleep(0.6)
        for _ in range(3):
            mark = one.mark
            await two.ask("player.status", pos=100, state="buffering")
            await one.state(phase="waiting", reason="stall", since=mark, timeout=5)
            await two.ask("player.status", pos=100, state="ready")
            await one.state(phase="playing", since=mark, timeout=5)
            await asyncio.sleep(0.6)
        mark = one.mark
        await two.ask("player.status", pos=100, state="buffering")
        await asyncio.sleep(1.5)
        assert not any(event["t"] == "state" for event in one.events[mark:])


async def a_half_open_socket(url: str, room: str) -> None:
    """A client whose network is lost is detected by its silence within 45 seconds."""
    async with Seat.taken(url, room, name="one") as one:
        with Raw(url) as raw:
            await asyncio.to_thread(lambda: raw.open(room, name="silent").until("welcome"))
            began = time.monotonic()
            # Reads everything and answers nothing.
            raw.socket.setblocking(False)
            loop, taken = asyncio.get_running_loop(), raw.bytes
            while data := await asyncio.wait_for(loop.sock_recv(raw.socket, 1 << 16), 60):
                taken += data
            assert 43 <= time.monotonic() - began <= 55
            assert b'"code":4011' in taken and b"\x0f\xab" in taken
        away = await one.wait("member.update", lambda d: d["member"]["away"])
        assert away["d"]["member"]["name"] == "silent"


async def nobody_takes_anything(url: str, room: str) -> None:
    """A client that stops reading is disconnected after ten seconds, also if a ping is due meanwhile."""
    async with Seat.taken(url, room, name="one") as one:
        for number in range(6):
            async with Seat.taken(url, room, name=f"talker {number}") as talker:
                for sentence in range(5):
                    await talker.ask("chat.send", text=f"{sentence} " + "😀" * 490)
        with Raw(url, receive_buffer=4096) as raw:
            await asyncio.to_thread(lambda: raw.open(room, name="stuck").until("welcome"))
            # The next ping is sent fifteen seconds after the first; until then the client has read nothing for less than ten.
            await asyncio.sleep(7)
            for _ in range(60):
                raw.text('{"t":"resync","id":1}')
                await asyncio.sleep(0.06)
            await one.wait(
                "member.update", lambda d: d["member"]["name"] == "stuck" and d["member"]["away"], timeout=25
            )


async def the_host_is_gone(url: str, room: str, host: Client) -> None:
    """After half a minute the oldest cohost with an account becomes host, also if other members joined earlier; the owner
    becomes host again on return. Guests, including cohosts, never become host automatically."""
    account = await asyncio.to_thread(Client.registered, url, "cohost")
    async with (
        Seat.taken(url, room, name="oldest") as oldest,
        Seat.taken(url, room, name="older") as older,
        Seat.taken(url, room, token=account.token) as cohost,
    ):
        async with Seat.taken(url, room, token=host.token) as owner:
            for seat in (older, cohost):
                await owner.ask("role.set", memberId=seat.member, role="cohost")
        began = time.monotonic()

        def becomes_host(seat: Seat) -> Callable[[dict[str, Any]], bool]:
            return lambda d: d["member"]["id"] == seat.member and d["member"]["role"] == "host"

        await older.wait("member.update", becomes_host(cohost), timeout=40)
        assert 28 <= time.monotonic() - began <= 36
        gone = await older.wait("member.leave", timeout=10)
        assert gone["d"] == {"memberId": owner.member, "reason": "gone"}
        # A member whose place has expired joins as a new member.
        mark = older.mark
        async with Seat.taken(url, room, token=host.token, resume=owner.resumption) as back:
            assert back.welcome["resumed"] is False and back.member != owner.member
            joined = await oldest.wait("member.join", lambda d: d["member"]["id"] == back.member)
            assert joined["d"]["member"]["role"] == "host"
            demoted = await older.wait("member.update", lambda d: d["member"]["id"] == cohost.member, since=mark)
            assert demoted["d"]["member"]["role"] != "host"


async def nobody_is_left(url: str, room: str, host: Client) -> None:
    """A room that all members have left stays at its position."""
    async with Seat.taken(url, room, name="one") as one:
        await one.load()
        await one.ask("ctl.play")
        playing = await one.state(phase="playing")
    await asyncio.sleep(33)
    shown = (await asyncio.to_thread(host.get, f"/v1/rooms/{room}")).json()
    assert shown["members"] == 0 and shown["phase"] == "paused", shown
    async with Seat.taken(url, room, name="later") as later:
        state = later.welcome["snapshot"]["state"]
        assert state["phase"] == "paused" and state["reason"] == "empty" and state["rev"] > playing["rev"]
        assert 20_000 <= state["pos"] <= 40_000


async def a_video_is_deleted(url: str, room: str, owner: Client, video: str) -> None:
    """A room is deleted with its video: for requests at once, for its members within a minute."""
    async with Seat.taken(url, room, name="one") as one:
        answer = await asyncio.to_thread(owner.request, "DELETE", f"/v1/videos/{video}")
        assert answer.status_code in (200, 202, 204), answer.text
        problem(await asyncio.to_thread(owner.get, f"/v1/rooms/{room}"), 404, "room_not_found")
        closed = await one.end(timeout=66)
        assert closed.code == 4002 and closed.bye and closed.bye["reconnect"] is False
    assert (await ended(url, room, name="late")).code == 4002


# Separate servers


@pytest.fixture
def own(start: Callable[..., Server], tmp_path: Path) -> tuple[Server, Client, str]:
    """A server, a user with an account, and their room."""
    server = start()
    owner = Client.registered(server.url)
    return server, owner, rooms.create(owner, uploaded(owner, tmp_path, 60))["id"]


@asynchronous
async def test_only_members_who_do_not_read_are_disconnected(own: tuple[Server, Client, str]) -> None:
    """While some clients do not read and many messages are sent, the others get everything at once, and memory is bounded."""
    server, _, room = own
    talkers = [await Seat.open(server.url, room) for _ in range(40)]
    await asyncio.gather(*(seat.hello(name=f"talker {number}") for number, seat in enumerate(talkers)))
    witness = talkers[0]
    slow = [Raw(server.url, receive_buffer=4096) for _ in range(12)]
    for number, raw in enumerate(slow):
        await asyncio.to_thread(lambda raw=raw, number=number: raw.open(room, name=f"slow {number}").until("welcome"))
    before = server.memory()
    texts, took = [], []

    async def talk(number: int, seat: Seat) -> None:
        for sentence in range(9):
            # The first few at once, then one a second.
            await asyncio.sleep(1 if sentence >= 5 else 0.2)
            text = f"{number} {sentence} " + "😀" * 480
            began = time.monotonic()
            await seat.ask("chat.send", text=text)
            took.append(time.monotonic() - began)
            texts.append(text)

    talking = asyncio.gather(*(talk(number, seat) for number, seat in enumerate(talkers)))
    # They also request more than the kernel buffers for them.
    for _ in range(60):
        for raw in slow:
            # Some are disconnected before they have requested everything.
            with contextlib.suppress(ConnectionError):
                raw.text('{"t":"resync","id":1}')
        await asyncio.sleep(0.1)
    # One of them reads again, gets the reason for its disconnection, and may rejoin.
    code, bye = await asyncio.to_thread(slow[0].end)
    await talking
    assert code == 4008 and bye and bye["code"] == 4008 and bye["reconnect"] is True, (code, bye)
    # The others are disconnected when they have read nothing for ten seconds.
    names = {f"slow {number}" for number in range(len(slow))}

    def away() -> set[str]:
        members = [event["d"]["member"] for event in witness.events if event["t"] == "member.update"]
        return names & {member["name"] for member in members if member["away"]}

    deadline = time.monotonic() + 15
    while away() != names and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    assert away() == names, f"still there: {sorted(names - away())}"
    assert server.memory() - before < 48 << 20, (before, server.memory())
    assert len(texts) == 40 * 9 and max(took) < 5, max(took)
    for seat in talkers:
        await seat.wait("chat.msg", lambda d: d["text"] == texts[-1])
        assert sorted(seat.texts()) == sorted(texts) and seat.texts() == witness.texts()
    for raw in slow:
        raw.socket.close()
    await asyncio.gather(*(seat.close() for seat in talkers))
    assert [fault for seat in talkers for fault in seat.faults] == []


@asynchronous
async def test_a_graceful_stop_and_a_kill(own: tuple[Server, Client, str]) -> None:
    """All members are told to reconnect at different times; the process exits at once, and their places stay reserved."""
    server, owner, room = own
    seats = [await Seat.open(server.url, room) for _ in range(30)]
    await asyncio.gather(*(seat.hello(name=f"member {number}") for number, seat in enumerate(seats)))
    await seats[0].ask("chat.send", text="before")
    silent = await Seat.open(server.url, room)
    deaf, half = Raw(server.url), Raw(server.url)
    await asyncio.to_thread(lambda: deaf.open(room, name="deaf").until("welcome"))
    half.send(half.upgrade(room)[:60])
    for seat in seats:
        await seat.wait("chat.msg")
        await seat.wait("member.join", lambda d: d["member"]["name"] == "deaf")
    began = time.monotonic()
    assert await asyncio.to_thread(server.stop) == 0
    assert time.monotonic() - began < 8
    ends = [await seat.end() for seat in seats]
    assert {closed.code for closed in ends} == {4010}
    byes = [closed.bye or {} for closed in ends]
    assert all(bye["reconnect"] is True and 0 <= bye["afterMs"] <= 5000 for bye in byes)
    assert len({bye["afterMs"] for bye in byes}) > 10
    assert (await asyncio.to_thread(deaf.end))[0] in (4010, None)
    half.socket.close()
    for seat in [silent, *seats]:
        await seat.close()
        assert not seat.faults

    await asyncio.to_thread(server.start)
    async with Seat.taken(server.url, room, resume=seats[0].resumption) as one:
        assert one.welcome["resumed"] is True and one.epoch == seats[0].epoch
        assert {event["t"] for event in one.welcome.get("missed", [])} <= {"member.update", "member.leave", "state"}
        await one.ask("chat.send", text="after a stop")
        async with Seat.taken(server.url, room, token=owner.token) as two:
            said = [event["d"]["text"] for event in two.welcome["snapshot"]["chat"]]
            assert said == ["before", "after a stop"]
            await asyncio.to_thread(server.kill)
            for seat in (one, two):
                # A broken connection: no close frame was sent.
                closed = await seat.end()
                assert closed.code in (None, 1006) and closed.bye is None
    await asyncio.to_thread(server.start)
    async with Seat.taken(server.url, room, resume=one.resumption) as back:
        assert back.welcome["resumed"] is True and back.member == seats[0].member
        found = await back.ask("resync")
        assert [event["d"]["text"] for event in found["snapshot"]["chat"]] == ["before", "after a stop"]
