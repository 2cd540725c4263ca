"""Rooms in browsers: tabs that watch together, and a connection to the server that can be interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import shutil
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .client import Client
from .players import HEADLESS, Marionette

# Twenty times a second: the time of day and the player's position, in milliseconds.
SAMPLE = """
const video = document.querySelector('video');
window.samples = [];
window.clearInterval(window.sampler);
window.sampler = window.setInterval(() => window.samples.push([Date.now(), video.currentTime * 1000]), 50);
"""
WHERE = "document.querySelector('video').currentTime"
PLAY = "vh-player [data-part=play]"
TEXT = "vh-chat [data-part=text]"
NAME = "#guest [data-part=name]"
CHAT_AT_END = """(() => {
  const list = document.querySelector('vh-chat [data-part=list]');
  return list.clientHeight > 0 && list.scrollHeight - list.scrollTop - list.clientHeight < 4;
})()"""
PAUSED = "document.querySelector('video').paused"


def whole(page: Any, selector: str) -> bool:
    """Whether an element is completely inside the window, and its middle is not covered by others."""
    return page.eval_on_selector(
        selector,
        """(node) => {
          const { left, top, right, bottom } = node.getBoundingClientRect();
          const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
          const inside = left >= -0.5 && top >= -0.5 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5;
          return inside && right > left && bottom > top && node.contains(hit);
        }""",
    )


def cut(page: Any, selector: str) -> list[str]:
    """The elements of which a part cannot be reached, because it is outside the box around them or the page's width."""
    return page.eval_on_selector_all(
        selector,
        """(nodes) => nodes.filter((node) => {
          if (node.offsetWidth === 0) return false;
          const [inner, outer] = [node.getBoundingClientRect(), document.getElementById('stage').getBoundingClientRect()];
          const isOut = inner.left < outer.left || inner.right > outer.right || inner.top < outer.top;
          return isOut || inner.bottom > outer.bottom || inner.right > innerWidth;
        }).map((node) => node.outerHTML)""",
    )


def sticking_out(page: Any, selector: str) -> list[str]:
    """The visible elements in a box that reach beyond its left or right side."""
    return page.eval_on_selector(
        selector,
        """(box) => {
          const { left, right } = box.getBoundingClientRect();
          return [...box.querySelectorAll('*')].filter((node) => {
            const inner = node.getBoundingClientRect();
            return inner.width > 0 && (inner.left < left || inner.right > right);
          }).map((node) => node.outerHTML);
        }""",
    )


def opened(client: Client, video_id: str, **more: Any) -> dict[str, Any]:
    """A new room of a user."""
    answer = client.post("/v1/rooms", json={"videoId": video_id, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


@dataclass
class Tab:
    """A tab of Chromium."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def seen(self, selector: str) -> None:
        """Waits until an element is visible."""
        self.page.wait_for_selector(selector)

    def until(self, condition: str, arg: Any = None) -> None:
        """Waits for a condition of the page."""
        self.page.wait_for_function(f"(arg) => {condition}", arg=arg)

    def value(self, expression: str) -> Any:
        """The value of a script expression in the page."""
        return self.page.evaluate(f"() => {expression}")

    def plays(self, after: float) -> None:
        """Waits until the player plays and has passed a position."""
        self.until(f"!{PAUSED} && {WHERE} > arg", after)

    def settles(self) -> None:
        """Waits until the player neither speeds up nor slows down."""
        self.seen("vh-player[data-follow=close]")

    def stops(self) -> float:
        """Waits until the player is paused; returns its position."""
        self.until(PAUSED)
        return self.value(WHERE)

    def say(self, text: str) -> None:
        """Sends a chat message."""
        self.page.fill(TEXT, text)
        self.page.press(TEXT, "Enter")

    def hears(self, text: str) -> None:
        """Waits for a message in the chat."""
        self.until("[...document.querySelectorAll('.chat-text')].some((node) => node.textContent === arg)", text)

    def people(self) -> list[str]:
        """The rows of the list of members."""
        return self.value("[...document.querySelectorAll('.member')].map((row) => row.textContent)")

    def jump(self, share: float) -> None:
        """Clicks on the seek bar at a fraction of its width."""
        # The controls are hidden without mouse movement; a click still reaches them.
        self.page.hover("vh-player [data-part=surface]")
        box = self.page.query_selector("vh-player [data-part=seek]").bounding_box()
        self.page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)

    def sample(self, count: int) -> list[tuple[float, float]]:
        """Waits for a number of samples since the start of `SAMPLE`."""
        self.until("window.samples.length >= arg", count)
        return self.value("window.samples")


class People:
    """The members in Chromium, each in a separate window."""

    def __init__(self, browser: Any):
        self.browser = browser
        self.tabs: list[Tab] = []

    def tab(self, address: str, session: dict[str, str] | None = None) -> Tab:
        """A new window at an address."""
        context = self.browser.new_context(viewport={"width": 1200, "height": 800})
        if session:
            text = json.dumps(json.dumps(session))
            context.add_init_script(f"localStorage.setItem('videohost.session', {text})")
        tab = Tab(context.new_page())
        tab.page.set_default_timeout(30_000)
        tab.page.on("pageerror", lambda error: tab.complaints.append(f"script: {error}"))
        tab.page.on(
            "console",
            lambda line: tab.complaints.append(line.text) if "Content Security Policy" in line.text else None,
        )
        self.tabs.append(tab)
        tab.page.goto(address)
        return tab

    def owner(self, url: str, client: Client, room: dict[str, Any]) -> Tab:
        """The owner of the room, in the room."""
        session = {"token": client.token or "", "expiresAt": "2100-01-01T00:00:00Z", "name": "Owner"}
        tab = self.tab(url + room["page"], {**session, "userId": room["owner"]["id"]})
        tab.seen(f"{TEXT}:enabled")
        return tab

    def guest(self, url: str, room: dict[str, Any], name: str) -> Tab:
        """A guest, in the room."""
        tab = self.tab(url + room["page"])
        tab.page.fill(NAME, name)
        tab.page.click("#guest button[type=submit]")
        tab.seen(f"{TEXT}:enabled")
        return tab

    def complaints(self) -> list[str]:
        """The errors of all scripts."""
        return [complaint for tab in self.tabs for complaint in tab.complaints]


@contextlib.contextmanager
def people() -> Iterator[People]:
    """A browser for the duration of a test."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            yield People(browser)
        finally:
            browser.close()


class Fox:
    """The same room in Firefox."""

    def __init__(self, browser: Marionette):
        self.browser = browser

    def run(self, script: str) -> Any:
        """The result of a script in the page."""
        answer = self.browser.command("WebDriver:ExecuteScript", script=script, args=[], newSandbox=False, sandbox=None)
        return answer["value"]

    def until(self, condition: str, limit: float = 30) -> None:
        """Waits for a condition of the page, which Firefox evaluates."""
        script = f"""
            const done = arguments[arguments.length - 1];
            const look = () => (({condition}) ? done(true) : window.setTimeout(look, 50));
            look();
        """
        self.browser.command("WebDriver:SetTimeouts", script=int(limit * 1000))
        self.browser.command("WebDriver:ExecuteAsyncScript", script=script, args=[], newSandbox=False, sandbox=None)

    def join(self, name: str) -> None:
        """Joins as a guest."""
        self.until("!document.getElementById('guest').hidden")
        self.run(f"document.querySelector('{NAME}').value = {json.dumps(name)};")
        self.run("document.querySelector('#guest button[type=submit]').click();")
        self.until(f"!document.querySelector('{TEXT}').disabled")

    def sample(self, count: int) -> list[tuple[float, float]]:
        """Waits for a number of samples since the start of `SAMPLE`."""
        script = "(window.wrappedJSObject ?? window).samples"
        self.until(f"{script}.length >= {count}")
        return json.loads(self.run(f"return JSON.stringify({script});"))


def drifts(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> list[float]:
    """The differences of two players' positions at the same times in milliseconds, interpolated between samples."""
    times = [time for time, _ in other]
    found = []
    for time, position in one:
        after = bisect_left(times, time)
        if not 0 < after < len(times):
            continue
        (begin, low), (end, high) = other[after - 1], other[after]
        share = (time - begin) / (end - begin) if end > begin else 0
        found.append(abs(position - (low + (high - low) * share)))
    return sorted(found)


def percentile(values: list[float], share: float) -> float:
    """The value that a fraction of the sorted values does not exceed."""
    return values[max(0, math.ceil(len(values) * share) - 1)]


class Line:
    """A TCP proxy to a port of this machine that can be interrupted; runs in its own thread."""

    def __init__(self, port: int):
        self.upstream = port
        self.port = 0
        self._whole = True
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._over = asyncio.Event()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)

    def __enter__(self) -> Line:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def cut(self) -> None:
        """Breaks every connection, and every new one, until `mend`."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    def mend(self) -> None:
        """Forwards connections again."""
        self._whole = True

    async def _cut(self) -> None:
        self._whole = False
        for writer in set(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        async def listen() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self._started.set()
            await self._over.wait()
            server.close()
            await self._cut()
            # Broken connections end automatically.
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            if tasks:
                await asyncio.wait(tasks, timeout=5)

        self._loop.run_until_complete(listen())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        mine = {writer, other_writer}
        self._writers |= mine
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pass(reader, other_writer), self._pass(other_reader, writer))
        self._writers -= mine
        for one in mine:
            one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        # Half closed: the other direction may still have data.
        with contextlib.suppress(OSError):
            writer.write_eof()
