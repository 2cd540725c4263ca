"""A chat of rooms as python-socketio's users write one, for bench/rooms.py to be compared with; says where it listens."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import socketio
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], cors_allowed_origins="*")
numbers: dict[str, itertools.count[int]] = {}


@server.event
async def join(sid: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Comes into a room; the others are told."""
    room = fields["room"]
    counter = numbers.setdefault(room, itertools.count(1))
    await server.save_session(sid, {"room": room, "name": fields["name"]})
    await server.emit("joined", {"seq": next(counter), "id": sid, "name": fields["name"]}, room=room)
    await server.enter_room(sid, room)
    return {"id": sid}


@server.event
async def chat(sid: str, fields: dict[str, Any]) -> None:
    """Says something to all of the room."""
    session = await server.get_session(sid)
    room = session["room"]
    message = {"from": sid, "name": session["name"], "text": fields["text"], "ts": int(time.time() * 1000)}
    await server.emit("chat", {"seq": next(numbers[room]), **message}, room=room)


async def main() -> None:
    """Serves until it is ended."""
    application = web.Application()
    server.attach(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"listening on http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
