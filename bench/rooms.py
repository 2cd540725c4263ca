"""Rooms: how long a message takes to the last of all members, how many are delivered, what an idle connection costs; beside python-socketio."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import resource
import statistics
import struct
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import upload

IDLE = 2000
PER_ROOM = 10
RIVAL = Path(__file__).with_name("socketio_server.py")


@dataclass
class Figures:
    """What one server did."""

    latency: dict[int, list[float]] = field(default_factory=dict)
    """Milliseconds from a message's send to its last receiver, by members of the room."""
    delivered: float = 0
    """Messages a second that came to members of the larger room, all of whom talk at once."""
    per_cpu: float = 0
    """The same for a second of the server's processor time."""
    memory: float = 0
    """Bytes of the server for an idle connection."""

    def percentile(self, members: int, share: float) -> float:
        """Of the latencies, in milliseconds."""
        values = sorted(self.latency[members])
        return values[min(len(values) - 1, int(share * len(values)))]


class Member(asyncio.Protocol):
    """A WebSocket of few words: it looks for what it waits for and throws everything else away.

    Clients share the machine with the server; one that read everything would be what is measured.
    """

    def __init__(self, greeting: bytes) -> None:
        self.transport: asyncio.Transport | None = None
        self.wanted = greeting
        self.missing = 1
        self.tail = b""
        self.found: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        # Signs of life: of RFC 6455, and of Engine.IO.
        place = data.find(b"\x89\x08")
        if place >= 0:
            self.frame(10, data[place + 2 : place + 10])
        elif data.endswith(b"\x81\x012"):
            self.frame(1, b"3")
        # What is wanted may begin in one piece and end in the next.
        seen = self.tail + data
        self.missing -= seen.count(self.wanted)
        self.tail = seen[-(len(self.wanted) - 1) :] if len(self.wanted) > 1 else b""
        if self.missing <= 0 and not self.found.done():
            self.found.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_closed = True
        if not self.found.done():
            self.found.set_exception(ConnectionError("the server has closed"))

    def want(self, what: bytes, times: int = 1) -> asyncio.Future[None]:
        """Done when this has come so often."""
        self.wanted, self.missing, self.tail = what, times, b""
        self.found = asyncio.get_running_loop().create_future()
        return self.found

    def frame(self, opcode: int, data: bytes) -> None:
        """A frame with a mask of zeros."""
        length = len(data)
        head = bytes([0x80 | opcode]) + (
            bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length)
        )
        if self.transport and not self.is_closed:
            self.transport.write(head + bytes(4) + data)


async def member(url: str, path: str, greeting: bytes, *exchanges: tuple[str, bytes]) -> Member:
    """Connects and is greeted, then says each thing and waits for its answer."""
    address = urllib.parse.urlsplit(url)
    _, made = await asyncio.get_running_loop().create_connection(
        lambda: Member(greeting), address.hostname, address.port
    )
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    made.transport.write(f"{head}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())  # type: ignore[union-attr]
    await asyncio.wait_for(made.found, 30)
    for text, answer in exchanges:
        found = made.want(answer)
        made.frame(1, text.encode())
        await asyncio.wait_for(found, 30)
    return made


@dataclass
class Way:
    """How to talk to a server."""

    pid: int
    join: Callable[[str, int], Awaitable[Member]]
    """Comes into a room, by its name and the number of the member."""
    say: Callable[[Member, str], None]


async def crowd(way: Way, room: str, members: int) -> list[Member]:
    """So many members of a room."""
    return [await way.join(room, number) for number in range(members)]


async def latencies(way: Way, seats: list[Member], rounds: int) -> list[float]:
    """One message at a time, each by another member."""
    found = []
    for turn in range(rounds):
        for number, speaker in enumerate(seats):
            text = f"~{turn}.{number}~"
            heard = [seat.want(text.encode()) for seat in seats]
            began = time.perf_counter()
            way.say(speaker, text)
            await asyncio.wait_for(asyncio.gather(*heard), 30)
            found.append((time.perf_counter() - began) * 1000)
    return found


async def deliveries(way: Way, seats: list[Member], each: int) -> tuple[float, float]:
    """All talk at once: messages a second, and a second of the server's processor time."""
    heard = [seat.want(b"~all", len(seats) * each) for seat in seats]
    began, used = time.perf_counter(), cpu(way.pid)
    for turn in range(each):
        for number, seat in enumerate(seats):
            way.say(seat, f"~all {turn}.{number}")
    await asyncio.wait_for(asyncio.gather(*heard), 60)
    count = len(seats) * len(seats) * each
    return count / (time.perf_counter() - began), count / (cpu(way.pid) - used)


def cpu(pid: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measured(way: Way, rooms: list[str]) -> Figures:
    """Everything of one server; the first two rooms are for talk, the others for silence."""
    figures = Figures()
    for room, members, rounds in ((rooms[0], 10, 5), (rooms[1], 100, 2)):
        seats = await crowd(way, room, members)
        figures.latency[members] = await latencies(way, seats, rounds)
        if members == 100:
            figures.delivered, figures.per_cpu = await deliveries(way, seats, 3)
        for seat in seats:
            seat.transport.close()  # type: ignore[union-attr]
    await asyncio.sleep(0.5)
    before = upload.memory(way.pid, "VmRSS")
    idle = await asyncio.gather(*(crowd(way, room, PER_ROOM) for room in rooms[2:]))
    figures.memory = (upload.memory(way.pid, "VmRSS") - before) / sum(map(len, idle))
    assert not any(seat.is_closed for seats in idle for seat in seats)
    for seats in idle:
        for seat in seats:
            seat.transport.close()  # type: ignore[union-attr]
    return figures


# Ours


def make_rooms(url: str, folder: Path, count: int) -> list[str]:
    """Rooms that play a second of sound; an account may have fifty."""
    clip = folder / "sound.m4a"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "sine", "-t", "1", str(clip)]
    subprocess.run(command, check=True)
    found: list[str] = []
    video = ""
    while len(found) < count:
        name = f"bench{len(found)}"
        account = {"email": f"{name}@example.org", "username": name, "password": "a long password"}
        upload.call(url, "/v1/auth/register", account, {})
        session, _ = upload.call(url, "/v1/auth/login", {k: account[k] for k in ("email", "password")}, {})
        token = {"Authorization": f"Bearer {session['token']}"}
        if not video:
            video = upload.call(url, "/v1/videos", {"title": "bench"}, token)[0]["id"]
            bearer = f"Authorization: {token['Authorization']}"
            upload.curl("-T", str(clip), "-H", bearer, f"{url}/v1/videos/{video}/source")
            for _ in range(600):
                shown = subprocess.run(
                    ["curl", "-sS", "-H", bearer, f"{url}/v1/videos/{video}"], capture_output=True, check=True
                )
                if json.loads(shown.stdout)["state"] == "ready":
                    break
                time.sleep(0.1)
        found += [
            upload.call(url, "/v1/rooms", {"videoId": video}, token)[0]["id"]
            for _ in range(min(50, count - len(found)))
        ]
    return found


async def ours(pid: int, url: str, rooms: list[str]) -> Figures:
    """videohost."""

    async def join(room: str, number: int) -> Member:
        hello = json.dumps({"t": "hello", "d": {"name": f"member {number}"}})
        return await member(url, f"/v1/rooms/{room}/ws", b" 101 ", (hello, b'"t":"welcome"'))

    def say(seat: Member, text: str) -> None:
        seat.frame(1, json.dumps({"t": "chat.send", "d": {"text": text}}).encode())

    return await measured(Way(pid, join, say), rooms)


# The other


async def theirs(pid: int, url: str, rooms: list[str]) -> Figures:
    """python-socketio."""

    async def join(room: str, number: int) -> Member:
        entering = "420" + json.dumps(["join", {"room": room, "name": f"member {number}"}])
        path = "/socket.io/?EIO=4&transport=websocket"
        return await member(url, path, b'0{"sid"', ("40", b'40{"sid"'), (entering, b"430["))

    def say(seat: Member, text: str) -> None:
        seat.frame(1, ("42" + json.dumps(["chat", {"text": text}])).encode())

    return await measured(Way(pid, join, say), rooms)


def compare(program: Path, root: Path, folder: Path) -> tuple[Figures, Figures]:
    """Ours and python-socketio's, one after the other."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    count = 2 + IDLE // PER_ROOM
    server, url = upload.start_server(program, root, folder / "data", "--room-guests-per-address", "0")
    try:
        mine = asyncio.run(ours(server.pid, url, make_rooms(url, folder, count)))
    finally:
        server.terminate()
        server.wait()
    rival = subprocess.Popen([sys.executable, str(RIVAL)], stdout=subprocess.PIPE, text=True)
    try:
        assert rival.stdout
        found = re.search(r"http://\S+", rival.stdout.readline())
        assert found, "python-socketio did not start"
        other = asyncio.run(theirs(rival.pid, found[0], [f"room{number}" for number in range(count)]))
    finally:
        rival.terminate()
        rival.wait()
    for name, figures in (("videohost", mine), ("python-socketio", other)):
        print(
            "  rooms", name, {members: f"{statistics.median(values):.2f} ms" for members, values in figures.latency.items()},
            f"{figures.delivered:.0f}/s, {figures.memory / 1024:.1f} KiB a connection", flush=True,
        )  # fmt: skip
    return mine, other
