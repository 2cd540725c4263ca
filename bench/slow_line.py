"""A slow line in front of a port of this machine, for browsers that cannot make one themselves."""

from __future__ import annotations

import asyncio
import contextlib
import threading

PIECE = 4096


class SlowLine:
    """Forwards connections: all answers together have `rate` bytes a second, each request and new connection waits `delay`."""

    def __init__(self, port: int, rate: int, delay: float):
        self.upstream, self.rate, self.delay = port, rate, delay
        self.port = 0
        self._free = 0.0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        threading.Thread(target=self._run, name="slow-line", daemon=True).start()
        self._started.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()

    def close(self) -> None:
        """Ends it with its connections."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop.stop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The handshake of TCP is a round trip more.
        await asyncio.sleep(self.delay)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            inner, outer = await asyncio.open_connection("127.0.0.1", self.upstream)
            await asyncio.gather(self._requests(reader, outer), self._answers(inner, writer), return_exceptions=True)
            outer.close()
        writer.close()

    async def _requests(self, reader: asyncio.StreamReader, outer: asyncio.StreamWriter) -> None:
        # Browsers break connections that they need no more.
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                await asyncio.sleep(self.delay)
                outer.write(data)
                await outer.drain()
            outer.write_eof()

    async def _answers(self, inner: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await inner.read(PIECE):
                now = self._loop.time()
                self._free = max(self._free, now) + len(data) / self.rate
                await asyncio.sleep(self._free - now)
                writer.write(data)
                await writer.drain()
            writer.write_eof()
