"""An HTTP proxy that can return errors, delay requests and break connections."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

PIECE = 1 << 16


@dataclass(frozen=True)
class Trouble:
    """The handling of new requests."""

    errors: float = 0
    """Share that is answered with 500 or 503 without reaching the server."""
    cuts: float = 0
    """Share whose connection ends: before the request, in its middle, or in the middle of the answer to it."""
    delay: float = 0
    """Seconds before a request is passed on."""


class Cut(Exception):
    """Raised to break the connection."""


@dataclass
class Head:
    """The head of a request or a response."""

    raw: bytes

    @property
    def first(self) -> list[str]:
        """The words of its first line."""
        return self.raw.split(b"\r\n", 1)[0].decode("latin-1").split(" ")

    def field(self, name: str) -> str | None:
        """A field's value."""
        found = re.search(rb"\r\n" + name.encode() + rb":[ \t]*(.*?)[ \t]*\r\n", self.raw, re.IGNORECASE)
        return found[1].decode("latin-1").lower() if found else None


class FaultProxy:
    """Forwards connections to a port of this machine; runs in its own thread."""

    def __init__(self, port: int, seed: int = 0, seen: Callable[[str], None] = lambda target: None):
        """`seen` is told the target of each request that is passed on, in the proxy's thread."""
        self.upstream = port
        self.seen = seen
        self.port = 0
        self.trouble = Trouble()
        self.done: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)
        self._started = threading.Event()
        # The event loop has only weak references to its tasks.
        self._connections: set[asyncio.Task[None] | None] = set()

    def start(self) -> None:
        """Listens on a free port."""
        self._thread.start()
        assert self._started.wait(10)

    def stop(self) -> None:
        """Closes all connections."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def _run(self) -> None:
        async def listen() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20)
            self.port = server.sockets[0].getsockname()[1]
            self._started.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections.add(task)
        with contextlib.suppress(Cut, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        self._connections.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Forwards a request and its response; returns whether another may follow."""
        request = Head(await reader.readuntil(b"\r\n\r\n"))
        trouble = self.trouble
        if trouble.delay:
            self.done["slow"] += 1
            await asyncio.sleep(trouble.delay)
        chance = self._random.random()
        if chance < trouble.errors:
            return await self._refuse(request, reader, writer)
        cut = self._random.choice(["at once", "in the request", "in the answer"])
        if chance >= trouble.errors + trouble.cuts:
            cut = ""
        else:
            self.done[f"cut {cut}"] += 1
        if cut == "at once":
            raise Cut
        return await self._pass_on(request, reader, writer, cut)

    async def _refuse(self, request: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        status = self._random.choice(["500 Internal Server Error", "503 Slow Down"])
        self.done[status[:3]] += 1
        # Some servers read a refused body, others close the connection.
        reads = self._random.random() < 0.5 and request.field("expect") is None
        if reads:
            await copy_body(request, reader, None)
        body = b"<Error><Code>SlowDown</Code><Message>Out of order</Message></Error>"
        if request.first[0] == "HEAD":
            body = b""
        end = "keep-alive" if reads else "close"
        fields = f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: {end}"
        writer.write(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode() + body)
        await writer.drain()
        return reads

    async def _pass_on(
        self, request: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: str
    ) -> bool:
        answers, upstream = await asyncio.open_connection("127.0.0.1", self.upstream, limit=1 << 20)
        sending = asyncio.ensure_future(self._send(request, reader, upstream, cut))
        try:
            answer = Head(await answers.readuntil(b"\r\n\r\n"))
            while answer.first[1].startswith("1"):
                writer.write(answer.raw)
                answer = Head(await answers.readuntil(b"\r\n\r\n"))
            self.done["passed on"] += 1
            if cut and self._random.random() < 0.5:
                answer.raw = answer.raw[: len(answer.raw) // 2]
            writer.write(answer.raw)
            await writer.drain()
            if cut:
                writer.write(await answers.readexactly(int(answer.field("content-length") or 0) // 2))
                await writer.drain()
                raise Cut
            has_body = request.first[0] != "HEAD" and answer.first[1] not in ("204", "304")
            is_delimited = await copy_body(answer, answers, writer, to_the_end=True) if has_body else True
            await sending
            closes = "close" in (answer.field("connection") or "") or answer.first[0] == "HTTP/1.0"
            return is_delimited and not closes
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, Cut, OSError, asyncio.IncompleteReadError):
                await sending
            upstream.close()

    async def _send(
        self, request: Head, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter, cut: str
    ) -> None:
        self.seen(request.first[1])
        upstream.write(request.raw)
        await upstream.drain()
        if cut == "in the request":
            length = int(request.field("content-length") or 0)
            upstream.write(await reader.readexactly(length // 2))
            upstream.close()
            raise Cut
        await copy_body(request, reader, upstream)


async def copy_body(
    head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None, to_the_end: bool = False
) -> bool:
    """Copies or drops the body of a head; returns whether its end is known without the end of the connection."""

    async def copy(length: int) -> None:
        while length > 0:
            piece = await reader.readexactly(min(length, PIECE))
            length -= len(piece)
            if writer:
                writer.write(piece)
                await writer.drain()

    if "chunked" in (head.field("transfer-encoding") or ""):
        while True:
            line = await reader.readuntil(b"\r\n")
            if writer:
                writer.write(line)
            size = int(line.split(b";")[0], 16)
            await copy(size + 2)
            if size == 0:
                return True
    if (length := head.field("content-length")) is not None:
        await copy(int(length))
        return True
    if not to_the_end:
        return True
    while piece := await reader.read(PIECE):
        if writer:
            writer.write(piece)
            await writer.drain()
    return False
