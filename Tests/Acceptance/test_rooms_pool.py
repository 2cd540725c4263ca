"""Rooms on two nodes with one Redis: the same events in the same order, also when nodes and Redis fail."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
from support import rooms, server
from support.client import Client, problem
from support.cluster import Cluster
from support.daemon import Daemon, free_port
from support.proxy import Proxy
from support.rooms import Closed, Refused, Seat, asynchronous


class Pool:
    """Two room nodes, one API node, and a user with a video."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.owner = Client.registered(cluster.urls["api1"])
        self.nodes = [self.add_node(number) for number in (1, 2)]
        for node in self.nodes:
            node.wait_until_ready()
        self.urls = [cluster.urls[node.name] for node in self.nodes]
        self.video = self.owner.create("watched together")["id"]
        # The result of processing does not matter here.
        with cluster.postgres.connect() as connection:
            connection.execute("UPDATE videos SET state = 'ready', duration_ms = 600000 WHERE id = %s", (self.video,))

    def add_node(self, number: int) -> Daemon:
        """Starts another room node."""
        port, name = free_port(), f"rooms{number}"
        self.cluster.urls[name] = f"http://127.0.0.1:{port}"
        node = Daemon(
            name, [server.binary(), "rooms", "--port", str(port)], self.cluster.folder / f"{name}.log",
            lambda text: "videohost: rooms on http://" in text, environment=self.cluster.environment,
        )  # fmt: skip
        self.cluster.nodes[name] = node
        node.launch()
        return node

    def room(self, **wishes: Any) -> str:
        """A new room."""
        return rooms.create(self.owner, self.video, **wishes)["id"]


@pytest.fixture
def pool() -> Iterator[Pool]:
    """The pool; at the end no process has exited unexpectedly."""
    with Cluster(apis=1) as cluster:
        pool = Pool(cluster)
        yield pool
        assert cluster.complaints() == []


class Talker:
    """A member whose client follows docs/rooms.md: reconnects, and sends unacknowledged messages again."""

    def __init__(self, urls: list[str], room: str, name: str):
        self.urls = urls
        self.room = room
        self.name = name
        self.seat: Seat | None = None
        self.seats: list[Seat] = []
        self.acknowledged: dict[str, str] = {}
        self.resumed: list[float] = []
        self.lost: list[str] = []
        self.epochs: list[str] = []
        self.refusals: list[str] = []

    async def come_in(self) -> Seat:
        """Joins or resumes on any node that answers."""
        began = time.monotonic()
        last, problem = self.seat, ""
        wait = 0.1
        while time.monotonic() - began < 40:
            try:
                seat = await Seat.open(self.urls[0], self.room)
            except (aiohttp.ClientError, OSError) as error:
                problem = repr(error)
                self.urls.append(self.urls.pop(0))
                await asyncio.sleep(wait * random.random())
                wait = min(2, wait * 2)
                continue
            try:
                hello: dict[str, Any] = {"name": self.name}
                if last:
                    hello["resume"] = last.resumption
                await seat.hello(**hello)
            except (Closed, AssertionError, aiohttp.ClientError, OSError) as error:
                problem = repr(error)
                if isinstance(error, Closed) and error.bye and not error.bye["reconnect"]:
                    raise AssertionError(f"{self.name} was sent away for good: {error}") from None
                await seat.close()
                self.urls.append(self.urls.pop(0))
                await asyncio.sleep(wait * random.random())
                wait = min(2, wait * 2)
                continue
            if last:
                self.resumed.append(time.monotonic() - began)
                if not seat.welcome["resumed"]:
                    self.lost.append(f"{last.member} came back as {seat.member}")
            self.seat = seat
            self.seats.append(seat)
            return seat
        raise AssertionError(f"{self.name} does not come back: {problem}")

    async def say(self, text: str) -> None:
        """Sends a message until it is acknowledged."""
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline, f"{text} is not taken: {self.refusals[-5:]}"
            if self.seat is None or self.seat.closed:
                await self.come_in()
            assert self.seat
            try:
                answer = await self.seat.ask("chat.send", text=text, cmdId=text, timeout=25)
            except Closed as closed:
                assert closed.bye is None or closed.bye["reconnect"], closed
                continue
            except Refused as refused:
                self.refusals.append(refused.code)
                assert refused.code in ("unavailable", "rate_limited"), (refused, self.refusals)
                await asyncio.sleep(0.3)
                continue
            self.acknowledged[text] = answer["msgId"]
            return

    async def talk(self, count: int, pause: float) -> None:
        """Sends a number of messages with pauses."""
        for number in range(count):
            await self.say(f"{self.name} {number}")
            await asyncio.sleep(pause)

    def events(self) -> dict[tuple[str, int], dict[str, Any]]:
        """All ordered events that arrived on any of its connections, by epoch and number."""
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for seat in self.seats:
            epoch = ""
            for event in seat.events:
                fields = event["d"]
                if event["t"] in ("welcome", "resync"):
                    epoch = fields["epoch"]
                    told = fields.get("missed") or fields.get("snapshot", {}).get("chat", [])
                    # Messages of an earlier epoch in a snapshot have the numbers of that epoch.
                    pairs = [((epoch if "missed" in fields else "shown", e["seq"]), e) for e in told]
                elif "seq" in event:
                    pairs = [((epoch, event["seq"]), event)]
                else:
                    continue
                for key, value in pairs:
                    assert found.setdefault(key, value) == value, (key, found[key], value)
        return found

    async def close(self) -> None:
        """Closes all its connections."""
        for seat in self.seats:
            await seat.close()

    @property
    def faults(self) -> list[str]:
        """The violations of the protocol that were received."""
        return [fault for seat in self.seats for fault in seat.faults]


def agree(talkers: list[Talker]) -> None:
    """Checks that all members got the same events with the same numbers, without gaps."""
    known: dict[tuple[str, int], dict[str, Any]] = {}
    for talker in talkers:
        assert not talker.faults, talker.faults
        for key, event in talker.events().items():
            if key[0] != "shown":
                assert known.setdefault(key, event) == event, (key, known[key], event)


def said_once(talkers: list[Talker]) -> None:
    """Checks that all members got every acknowledged message once, with the acknowledged id."""
    for listener in talkers:
        heard: dict[str, set[str]] = {}
        for event in listener.events().values():
            if event["t"] == "chat.msg":
                heard.setdefault(event["d"]["text"], set()).add(event["d"]["msgId"])
        for talker in talkers:
            for text, message in talker.acknowledged.items():
                assert heard.get(text) == {message}, (listener.name, text, message, heard.get(text))


async def have_heard(talkers: list[Talker], timeout: float = 20) -> None:
    """Waits until the last acknowledged message has arrived at all members."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            said_once(talkers)
            return
        except AssertionError:
            await asyncio.sleep(0.1)
    said_once(talkers)


@contextlib.asynccontextmanager
async def gathered(room: str, *urls: list[str], each: int) -> AsyncIterator[list[Talker]]:
    """A number of talkers for each list of nodes, who join on the first node of the list."""
    talkers = [
        Talker(list(nodes), room, f"{'ab'[place]}{number}")
        for place, nodes in enumerate(urls) for number in range(each)
    ]  # fmt: skip
    try:
        await asyncio.gather(*(talker.come_in() for talker in talkers))
        yield talkers
    finally:
        await asyncio.gather(*(talker.close() for talker in talkers))


def until(what: str, check: Callable[[], bool], timeout: float = 20) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"
        time.sleep(0.02)


async def during(mishap: Callable[[], Awaitable[Any]], *work: Awaitable[Any]) -> None:
    """Runs a fault during work, and checks that the work ends without errors."""
    await asyncio.gather(mishap(), *work)


# Together


@asynchronous
async def test_two_nodes_show_the_same(pool: Pool) -> None:
    room = pool.room()
    async with gathered(room, pool.urls, pool.urls[::-1], each=6) as talkers:
        assert len({talker.urls[0] for talker in talkers}) == 2
        await asyncio.gather(*(talker.talk(7, 0.35) for talker in talkers))
        await have_heard(talkers)
        agree(talkers)
        # From the join of the last member on, all have exactly the same events.
        begin = max(talker.seats[0].welcome["seq"] for talker in talkers)

        def after(talker: Talker) -> dict[tuple[str, int], dict[str, Any]]:
            return {
                key: event for key, event in talker.events().items() if key[0] != "shown" and begin < key[1] <= last
            }

        last = min(talker.seats[0].seq for talker in talkers)
        assert last >= begin + 12 * 7
        for talker in talkers[1:]:
            assert after(talker) == after(talkers[0])
        one, other = talkers[0].seat, talkers[-1].seat
        assert one and other
        # Controls, reactions and changes by the owner also pass from node to node.
        for talker in talkers:
            assert talker.seat
            await talker.seat.load()
        mark = one.mark
        await other.ask("ctl.play")
        state = await one.state(phase="playing", since=mark)
        assert state == await other.state(phase="playing")
        offsets = [await seat.offset() for seat in (one, other)]
        assert abs(offsets[0][0] - offsets[1][0]) <= offsets[0][1] + offsets[1][1] + 5
        await other.ask("react", emoji="👏")
        assert (await one.wait("react"))["d"]["memberId"] == other.member
        await asyncio.to_thread(pool.owner.request, "PATCH", f"/v1/rooms/{room}", json={"name": "renamed"})
        for seat in (one, other):
            assert (await seat.wait("room", timeout=5))["d"]["room"]["name"] == "renamed"
        shown = (await asyncio.to_thread(pool.owner.get, f"/v1/rooms/{room}")).json()
        assert shown["members"] == 12 and shown["phase"] == "playing"
        async with Seat.taken(pool.urls[1], room, resume=one.resumption) as moved:
            assert moved.welcome["resumed"] is True and (await one.end()).code == 4006
        async with Seat.taken(pool.urls[0], room, token=pool.owner.token) as host:
            await host.ask("member.kick", memberId=other.member)
            assert (await other.end()).code == 4005
        await asyncio.to_thread(pool.owner.request, "DELETE", f"/v1/rooms/{room}")
        ends = await asyncio.gather(*(talker.seat.end() for talker in talkers[1:-1] if talker.seat))
        assert {closed.code for closed in ends} == {4002}
        assert pool.cluster.stop_nodes() == []


# Nodes


@asynchronous
async def test_a_killed_node_loses_no_member(pool: Pool) -> None:
    """Its members resume on the other node; acknowledged messages are stored once."""
    async with gathered(pool.room(), pool.urls, pool.urls[::-1], each=4) as talkers:

        async def kill() -> None:
            await asyncio.sleep(2)
            await asyncio.to_thread(pool.nodes[0].kill)

        await during(kill, *(talker.talk(12, 0.5) for talker in talkers))
        await have_heard(talkers)
        moved = [talker for talker in talkers if talker.name.startswith("a")]
        assert all(len(talker.resumed) == 1 and talker.resumed[0] < 30 for talker in moved), moved
        assert [talker.lost for talker in talkers] == [[]] * len(talkers)
        assert all(len(talker.seats) == 1 for talker in talkers if talker not in moved)
        agree(talkers)


@pytest.mark.timeout(150)
@asynchronous
async def test_a_frozen_node(pool: Pool) -> None:
    """A node is frozen for twenty seconds (a paused machine): its members count as lost, and then resume."""
    room = pool.room()
    async with Seat.taken(pool.urls[0], room, name="sleeper") as sleeper:
        async with Seat.taken(pool.urls[1], room, name="awake") as awake:
            pool.nodes[0].send(signal.SIGSTOP)
            try:
                await asyncio.sleep(20)
                away = await awake.wait("member.update", lambda d: d["member"]["away"], timeout=3)
                assert away["d"]["member"]["id"] == sleeper.member
                await awake.ask("chat.send", text="meanwhile")
            finally:
                pool.nodes[0].send(signal.SIGCONT)
            # The connection has survived. It may continue or be closed, but then with the advice to reconnect.
            began = time.monotonic()
            seat = sleeper
            try:
                await sleeper.wait("chat.msg", timeout=5)
                await sleeper.ask("chat.send", text="awake again")
                await awake.wait("chat.msg", lambda d: d["text"] == "awake again")
            except Closed as closed:
                assert closed.bye and closed.bye["reconnect"], closed
                seat = await Seat.open(pool.urls[1], room)
                await seat.hello(resume=sleeper.resumption)
                assert seat.welcome["resumed"] is True
            while time.monotonic() - began < 12:
                await asyncio.sleep(1)
                assert seat.closed is None, f"ended {time.monotonic() - began:.0f} s after it woke up: {seat.closed}"
            found = await awake.ask("resync")
            there = {member["name"]: member["away"] for member in found["snapshot"]["members"]}
            assert there == {"sleeper": False, "awake": False}
            if seat is not sleeper:
                await seat.close()


# Redis


@asynchronous
async def test_redis_is_restarted(pool: Pool) -> None:
    """During the restart commands are refused as unavailable; then the room continues, and no delivered event is undone."""
    async with gathered(pool.room(), pool.urls, pool.urls[::-1], each=3) as talkers:

        async def restart() -> None:
            await asyncio.sleep(1.5)
            await asyncio.to_thread(pool.cluster.redis.stop)
            # Players continue, and messages are refused in the end.
            began = time.monotonic()
            while not any(talker.refusals for talker in talkers) and time.monotonic() - began < 12:
                await asyncio.sleep(0.1)
            pool.cluster.redis.launch()
            await asyncio.to_thread(pool.cluster.redis.wait_until_ready)

        await during(restart, *(talker.talk(8, 1.05) for talker in talkers))
        await have_heard(talkers)
        assert any("unavailable" in talker.refusals for talker in talkers)
        assert [talker.lost for talker in talkers] == [[]] * len(talkers)
        agree(talkers)


@pytest.mark.timeout(150)
@asynchronous
async def test_redis_is_emptied(pool: Pool) -> None:
    """The next change writes the room again from a node's copy; clients get the complete state."""
    async with gathered(pool.room(), pool.urls, pool.urls[::-1], each=3) as talkers:

        def empty_for_long() -> None:
            """Empties Redis once for each node, just after the node's heartbeat: the next one is four seconds later."""
            client = pool.cluster.redis.client()
            for key in sorted(client.scan_iter("vh:rooms:node:*")):
                until("a sign of life", lambda key=key: client.pttl(key) > 14_700)
                client.flushall()

        async def empty() -> None:
            await asyncio.sleep(1)
            await asyncio.to_thread(empty_for_long)

        await during(empty, *(talker.talk(8, 1.05) for talker in talkers))
        await have_heard(talkers)
        for talker in talkers:
            (seat,) = talker.seats
            told = [event["d"] for event in seat.events if event["t"] == "resync"]
            assert told and told[-1]["epoch"] != seat.welcome["epoch"], talker.name
        agree(talkers)
        # No member is lost because heartbeats of nodes were missing for a moment: they are checked every five seconds.
        await asyncio.sleep(10)
        assert [talker.name for talker in talkers if talker.seats[-1].closed] == []
        seat = talkers[0].seat
        assert seat
        found = await seat.ask("resync")
        there = {member["name"]: member["away"] for member in found["snapshot"]["members"]}
        assert there == {talker.name: False for talker in talkers}


# Starts


def refused(done: Any, *words: str) -> None:
    """Checks for one line with these texts on standard error, and for the exit code."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode not in (0, -6, -11), done
    assert len(lines) == 1 and lines[0].startswith("videohost: "), done.stderr
    for word in words:
        assert word in lines[0], lines


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL"])
def test_the_role_reports_missing_settings(missing: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://127.0.0.1:9/none",
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }
    del environment[missing]
    done = server.run("rooms", "--port", "0", environment=environment)
    refused(done, "rooms", missing)
    assert done.returncode == 78


def test_a_missing_schema_and_a_taken_port() -> None:
    with Cluster(migrated=False) as cluster:
        done = cluster.run("rooms", "--port", "0")
        refused(done, "videohost migrate")
        assert done.returncode == 78
        assert cluster.run("migrate").returncode == 0
        done = cluster.run("rooms", "--port", str(cluster.redis.port))
        refused(done, str(cluster.redis.port))
        for wrong in (["--port", "70000"], ["--connections", "0"], ["--room-lifetime", "1"]):
            assert cluster.run("rooms", *wrong).returncode == 64, wrong


# Behind nginx


@asynchronous
async def test_through_nginx(pool: Pool, tmp_path: Path) -> None:
    """With the shipped configuration members join on any node, may be idle for any time, and move to another node."""
    nginx = Proxy(tmp_path / "nginx", [pool.cluster.urls["api1"]], tmp_path, rooms=pool.urls).start()
    try:
        room = pool.room()
        answer = await asyncio.to_thread(Client(nginx.url).get, f"/v1/rooms/{room}")
        assert answer.status_code == 200 and answer.json()["socket"] == f"/v1/rooms/{room}/ws"
        problem(await asyncio.to_thread(Client(nginx.url).get, f"/v1/rooms/{room}/ws"), 426, "upgrade_required")
        async with gathered(room, [nginx.url], each=6) as talkers:

            def connections(node: int) -> int:
                text = requests.get(pool.urls[node] + "/metrics", timeout=10).text
                return int(float(re.findall(r"^videohost_room_connections (\S+)$", text, re.M)[0]))

            spread = [await asyncio.to_thread(connections, node) for node in (0, 1)]
            assert sum(spread) == 6 and min(spread) >= 1, spread

            async def stop() -> None:
                await asyncio.sleep(1.5)
                assert await asyncio.to_thread(pool.nodes[0].stop) == 0

            await during(stop, *(talker.talk(5, 1.05) for talker in talkers))
            await have_heard(talkers)
            agree(talkers)
            assert sum(len(talker.resumed) for talker in talkers) == spread[0]
            assert [talker.lost for talker in talkers] == [[]] * 6
            assert await asyncio.to_thread(connections, 1) == 6
    finally:
        nginx.stop()
