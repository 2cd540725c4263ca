"""Clients of rooms (docs/rooms.md): one with aiohttp's WebSocket that follows the protocol, and one for raw bytes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import json
import os
import socket
import struct
import time
import urllib.parse
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, ParamSpec

import aiohttp

from . import media
from .client import Client

Fields = dict[str, Any]
Arguments = ParamSpec("Arguments")

ORDERED = {"state", "member.join", "member.update", "member.leave", "chat.msg", "chat.deleted", "room"}


def asynchronous(test: Callable[Arguments, Coroutine[Any, Any, None]]) -> Callable[Arguments, None]:
    """Converts a coroutine to a test function for pytest."""

    @functools.wraps(test)
    def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def sound(path: Path, seconds: int) -> Path:
    """A clip with audio only, which is encoded quickly."""
    media.run(
        "-y", "-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000", "-t", str(seconds), "-c:a", "aac", path
    )
    return path


def create(client: Client, video: str, **wishes: Any) -> Fields:
    """Creates a room over REST."""
    answer = client.post("/v1/rooms", json={"videoId": video, **wishes})
    assert answer.status_code == 201, answer.text
    return answer.json()


class Refused(Exception):
    """The answer to a command was an error."""

    def __init__(self, fault: Fields):
        super().__init__(f"{fault['code']}: {fault['title']}")
        assert fault["title"]
        self.code: str = fault["code"]
        self.retry_after: int | None = fault.get("retryAfter")


class Closed(Exception):
    """The connection is closed; `bye` is the server's last message, if there was one."""

    def __init__(self, code: int | None, bye: Fields | None):
        super().__init__(f"closed with {code} after {bye}")
        self.code = code
        self.bye = bye


class Seat:
    """One connection to a room; stores all received messages and checks their numbers."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session: aiohttp.ClientSession):
        self.socket = socket
        self.session = session
        self.events: list[Fields] = []
        self.welcome: Fields = {}
        self.epoch = ""
        self.seq = 0
        self.faults: list[str] = []
        self.closed: Closed | None = None
        self._answers: dict[int, asyncio.Future[Fields]] = {}
        self._number = 0
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, room: str, **options: Any) -> Seat:
        """Connects without sending `hello`."""
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
        try:
            options.setdefault("max_msg_size", 1 << 24)
            # Without compression; the library answers pings.
            socket = await session.ws_connect(f"{url}/v1/rooms/{room}/ws", timeout=CLOSING, **options)
        except BaseException:
            await session.close()
            raise
        return cls(socket, session)

    @classmethod
    @contextlib.asynccontextmanager
    async def taken(cls, url: str, room: str, **hello: Any) -> AsyncIterator[Seat]:
        """A joined member; at the end the connection is closed without `leave`, and there must be no gap in the events."""
        seat = await cls.open(url, room)
        try:
            await seat.hello(**hello)
            yield seat
        finally:
            await seat.close()
        assert not seat.faults, seat.faults

    # Receiving

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                self.faults.append(f"a frame that is no text: {message.type}")
                continue
            document = json.loads(message.data)
            if "re" in document:
                future = self._answers.pop(document["re"], None)
                if future is None or not (("ok" in document) ^ ("err" in document)):
                    self.faults.append(f"an answer that nobody waits for: {document}")
                elif not future.done():
                    future.set_result(document)
                continue
            self._take(document)
            async with self._news:
                self._news.notify_all()
        byes = [event["d"] for event in self.events if event["t"] == "bye"]
        self.closed = Closed(self.socket.close_code, byes[-1] if byes else None)
        for future in self._answers.values():
            if not future.done():
                future.set_exception(self.closed)
        async with self._news:
            self._news.notify_all()

    def _take(self, event: Fields) -> None:
        self.events.append(event)
        kind, fields = event["t"], event["d"]
        if not isinstance(event.get("ts"), int):
            self.faults.append(f"no moment: {event}")
        if ("seq" in event) != (kind in ORDERED):
            self.faults.append(f"a number where none belongs, or none where one does: {event}")
        if kind in ("welcome", "resync"):
            self.epoch, self.seq = fields["epoch"], fields["seq"]
        elif "seq" in event:
            if not self.epoch or event["seq"] != self.seq + 1:
                self.faults.append(f"{event['seq']} follows {self.seq}: {event}")
            self.seq = event["seq"]

    async def wait(
        self, kind: str, where: Callable[[Fields], bool] = lambda _: True, *, since: int = 0, timeout: float = 8
    ) -> Fields:
        """The first event of a type that matches, among the received events (from `since` on) and later ones."""
        found: list[Fields] = []
        looked = since

        def look() -> bool:
            nonlocal looked
            while looked < len(self.events) and not found:
                event = self.events[looked]
                looked += 1
                if event["t"] == kind and where(event["d"]):
                    found.append(event)
            return bool(found) or self.closed is not None

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(look), timeout)
            except TimeoutError:
                seen = [f"{event['t']} {event['d']}" for event in self.events[since:][-12:]]
                raise AssertionError(f"no such {kind} within {timeout} s; the last events: {seen}") from None
        if not found:
            assert self.closed
            raise self.closed
        return found[0]

    async def state(self, *, since: int = 0, timeout: float = 8, **wanted: Any) -> Fields:
        """The first `state` with these fields."""

        def fits(fields: Fields) -> bool:
            return all(fields.get(key) == value for key, value in wanted.items())

        return (await self.wait("state", fits, since=since, timeout=timeout))["d"]

    async def end(self, timeout: float = 8) -> Closed:
        """Waits until the server has closed the connection; returns the code and `bye`."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self.closed is not None), timeout)
        assert self.closed
        return self.closed

    @property
    def mark(self) -> int:
        """The position for `since` after all received events."""
        return len(self.events)

    def ordered(self, since: int = 0) -> list[Fields]:
        """The received ordered events."""
        return [event for event in self.events[since:] if "seq" in event]

    def texts(self) -> list[str]:
        """The texts of chat messages since the join of this connection."""
        return [event["d"]["text"] for event in self.events if event["t"] == "chat.msg"]

    # Sending

    async def send(self, kind: str, fields: Fields | None = None, number: int | None = None) -> None:
        """Sends a message without waiting for an answer."""
        message: Fields = {"t": kind}
        if number is not None:
            message["id"] = number
        if fields is not None:
            message["d"] = fields
        await self.socket.send_str(json.dumps(message, ensure_ascii=False))

    async def ask(self, kind: str, *, timeout: float = 15, **fields: Any) -> Fields:
        """Sends a command; returns the fields of the answer, or raises `Refused` or `Closed`."""
        if self.closed:
            raise self.closed
        self._number += 1
        future = asyncio.get_running_loop().create_future()
        self._answers[self._number] = future
        try:
            await self.send(kind, fields, self._number)
        except (aiohttp.ClientError, ConnectionError):
            raise (await self.end()) from None
        try:
            answer = await asyncio.wait_for(future, timeout)
        except TimeoutError:
            raise AssertionError(f"no answer to {kind} within {timeout} s") from None
        if "err" in answer:
            raise Refused(answer["err"])
        assert answer["ok"] is True, answer
        return answer["d"]

    async def refused(self, kind: str, **fields: Any) -> Refused:
        """Sends a command that must be refused; returns the error."""
        try:
            done = await self.ask(kind, **fields)
        except Refused as refused:
            return refused
        raise AssertionError(f"{kind} {fields} was not refused: {done}")

    async def hello(self, **fields: Any) -> Fields:
        """Sends `hello`; returns the answer."""
        await self.send("hello", fields)
        self.welcome = (await self.wait("welcome", timeout=20))["d"]
        if missed := self.welcome.get("missed"):
            numbers = [event["seq"] for event in missed]
            first = fields["resume"]["seq"] + 1
            if numbers != list(range(first, self.welcome["seq"] + 1)):
                self.faults.append(f"missed {numbers}, wanted {first} to {self.welcome['seq']}")
        if ("missed" in self.welcome) == ("snapshot" in self.welcome):
            self.faults.append("both or neither of what was missed and everything")
        return self.welcome

    @property
    def member(self) -> str:
        """The member's id."""
        return self.welcome["memberId"]

    @property
    def resumption(self) -> Fields:
        """The `resume` value of the member."""
        return {"memberId": self.member, "secret": self.welcome["secret"], "epoch": self.epoch, "seq": self.seq}

    async def offset(self) -> tuple[float, float]:
        """The server's clock minus this machine's, and half of the round trip as its error, in milliseconds."""
        best: tuple[float, float] | None = None
        for _ in range(5):
            t0 = time.time() * 1000
            answer = await self.ask("clock", t0=int(t0))
            t3 = time.time() * 1000
            assert answer["t0"] == int(t0) and answer["t1"] <= answer["t2"]
            trip = (t3 - t0 - (answer["t2"] - answer["t1"])) / 2
            found = ((answer["t1"] - t0) + (answer["t2"] - t3)) / 2, trip
            if best is None or trip < best[1]:
                best = found
        assert best
        return best

    async def load(self) -> None:
        """Sends `ready` for the current revision."""
        await self.ask("ready", rev=self.revision)

    @property
    def revision(self) -> int:
        """The revision of the last received `state`."""
        known = [event["d"]["rev"] for event in self.events if event["t"] == "state"]
        known += [event["d"]["snapshot"]["state"]["rev"] for event in self.events if event["t"] == "resync"]
        if "snapshot" in self.welcome:
            known.append(self.welcome["snapshot"]["state"]["rev"])
        return max(known, default=0)

    async def close(self) -> None:
        """Closes the WebSocket without `leave`, so that the place stays reserved."""
        await self.socket.close()
        await self._reader
        await self.session.close()

    async def cut(self) -> None:
        """Ends the connection without a close frame, as a lost network does."""
        transport = self.socket._response.connection.transport  # type: ignore[union-attr]
        transport.abort()
        await self._reader
        await self.session.close()


CLOSING = aiohttp.ClientWSTimeout(ws_close=5)


def position(state: Fields, moment: float) -> float:
    """The position of a room by its anchor (docs/rooms.md)."""
    if state["phase"] != "playing":
        return state["pos"]
    return min(state["durationMs"], state["pos"] + max(0, moment - state["at"]) * state["rate"])


class Raw:
    """A connection for raw bytes."""

    def __init__(self, url: str, receive_buffer: int | None = None):
        address = urllib.parse.urlsplit(url)
        self.host = address.netloc
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(15)
        self.socket.connect((address.hostname, address.port))
        self.bytes = b""
        self.deadline = time.monotonic() + 60

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    # HTTP

    def upgrade(self, room: str, version: str = "HTTP/1.1", method: str = "GET", **fields: str | None) -> bytes:
        """The head of a handshake for a room; `None` omits a field."""
        usual: dict[str, str | None] = {
            "Host": self.host,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
        }
        usual |= {key.replace("_", "-"): value for key, value in fields.items()}
        lines = [f"{key}: {value}" for key, value in usual.items() if value is not None]
        return "\r\n".join([f"{method} /v1/rooms/{room}/ws {version}", *lines, "", ""]).encode()

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Reads an HTTP response: status, fields in lower case, body."""
        while b"\r\n\r\n" not in self.bytes:
            self._more()
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(fields.get("content-length", "0"))
        while len(self.bytes) < length:
            self._more()
        body, self.bytes = self.bytes[:length], self.bytes[length:]
        return int(first.split(" ")[1]), fields, body

    def _more(self) -> None:
        # The server sends pings regularly, so a time limit for each read would never be reached.
        assert time.monotonic() < self.deadline, "the connection is still open"
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError("the server has closed")
        self.bytes += data

    # WebSocket

    def open(self, room: str, **hello: Any) -> Raw:
        """Sends the handshake, and a first message if there is one."""
        self.send(self.upgrade(room))
        status, fields, _ = self.answer()
        assert status == 101 and fields["upgrade"].lower() == "websocket", (status, fields)
        if hello:
            self.text(json.dumps({"t": "hello", "d": hello}))
        return self

    def frame(self, opcode: int, data: bytes, *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
        """A frame (RFC 6455, 5.2)."""
        head = bytes([final << 7 | reserved << 4 | opcode])
        bit = 0x80 if masked else 0
        if len(data) < 126:
            head += bytes([bit | len(data)])
        elif len(data) < 1 << 16:
            head += bytes([bit | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", len(data))
        if not masked:
            return head + data
        mask = os.urandom(4)
        repeated = (mask * (len(data) // 4 + 1))[: len(data)]
        return head + mask + (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(len(data))

    def text(self, text: str | bytes, **options: Any) -> None:
        """A text frame."""
        self.send(self.frame(1, text.encode() if isinstance(text, str) else text, **options))

    def read(self) -> tuple[int, bytes]:
        """Reads the next frame of the server: opcode and data."""

        def take(count: int) -> bytes:
            while len(self.bytes) < count:
                self._more()
            data, self.bytes = self.bytes[:count], self.bytes[count:]
            return data

        first, second = take(2)
        assert first & 0x70 == 0, "reserved bits that were not agreed upon"
        assert second & 0x80 == 0, "a masked frame of a server (RFC 6455, 5.1)"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", take(8))
        return first & 0x0F, take(length)

    def messages(self, timeout: float = 20) -> Iterator[Fields]:
        """Text messages of the server until it closes; pings are answered."""
        self.deadline = time.monotonic() + timeout
        while True:
            opcode, data = self.read()
            if opcode == 1:
                yield json.loads(data)
            elif opcode == 9:
                self.send(self.frame(10, data))
            elif opcode == 8:
                self.close_code = struct.unpack(">H", data[:2])[0] if data else None
                return

    def until(self, kind: str) -> Fields:
        """The next event of a kind."""
        for message in self.messages():
            if message.get("t") == kind:
                return message
        raise AssertionError(f"closed with {self.close_code} before {kind}")

    close_code: int | None = None

    def end(self, timeout: float = 20) -> tuple[int | None, Fields | None]:
        """Reads to the end; returns the code of the close frame (`None` without one) and the `bye` before it."""
        bye = None
        with contextlib.suppress(EOFError, ConnectionError):
            for message in self.messages(timeout):
                if message.get("t") == "bye":
                    bye = message["d"]
        return self.close_code, bye
