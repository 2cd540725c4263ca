"""The player of a watch page, as a viewer meets it on screens of several sizes."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .players import HEADLESS

# Boxes of the controls that are shown in the row, by name.
CONTROLS = """() => Object.fromEntries([...document.querySelectorAll('vh-player [data-part=row] button')]
  .filter((node) => node.offsetWidth > 0)
  .map((node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return [node.dataset.part, { left, top, right, bottom, hit: node.contains(hit) }];
  }))"""
# As a film of ten hours: the longest words beside the buttons.
TEN_HOURS = "Object.defineProperty(HTMLMediaElement.prototype, 'duration', { get: () => 36000 });"


def part(name: str) -> str:
    """The selector of a part of the player."""
    return f"vh-player [data-part={name}]"


def row(name: str) -> str:
    """The selector of a row of the player's menu."""
    return f"vh-player .menu-item[data-row={name}]"


@dataclass
class Viewer:
    """A page with a player in a browser of its own size."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def value(self, expression: str, arg: Any = None) -> Any:
        """What something in the page is; `video` and `player` are at hand."""
        return self.page.evaluate(f"(arg) => {{ {NAMES} return {expression}; }}", arg)

    def until(self, condition: str, arg: Any = None) -> None:
        """Waits for a condition; `video` and `player` are at hand."""
        self.page.wait_for_function(f"(arg) => {{ {NAMES} return {condition}; }}", arg=arg)

    def plays(self, after: float) -> None:
        """Plays, and waits until the position is behind a moment."""
        self.page.evaluate("() => document.querySelector('video').play()")
        self.until("!video.paused && video.currentTime > arg", after)

    def wakes(self) -> None:
        """Makes the controls appear."""
        self.page.dispatch_event("vh-player", "pointermove")
        self.until("!('idle' in player.dataset)")

    def chooses(self, *names: str) -> None:
        """Opens the menu and goes through its rows."""
        self.wakes()
        self.page.dispatch_event(part("settings"), "click")
        for name in names:
            self.page.click(row(name))

    def box(self, selector: str) -> dict[str, float]:
        """Where an element is."""
        return self.page.query_selector(selector).bounding_box()


NAMES = "const player = document.querySelector('vh-player'); const video = player.querySelector('video');"


@dataclass
class Screens:
    """A browser that opens pages on screens of several sizes."""

    browser: Any
    viewers: list[Viewer] = field(default_factory=list)

    def open(
        self,
        address: str,
        size: tuple[int, int] = (1280, 800),
        touch: bool = False,
        stored: dict[str, Any] | None = None,
        script: str = "",
        waits: str = "",
        **options: Any,
    ) -> Viewer:
        """A page at an address; `stored` is put into its storage once, `script` runs before each load; `waits` is what
        shows that it is there, if not the player."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch, **options
        )
        for key, value in (stored or {}).items():
            text = json.dumps(json.dumps(value))
            # Blank pages have no storage.
            kept = f"localStorage.getItem('{key}') ?? localStorage.setItem('{key}', {text})"
            context.add_init_script(f"if (location.protocol.startsWith('http')) {kept}")
        if script:
            context.add_init_script(script)
        viewer = Viewer(context.new_page())
        viewer.page.set_default_timeout(60_000)
        viewer.page.on("pageerror", lambda error: viewer.complaints.append(f"script: {error}"))
        viewer.page.on(
            "console",
            lambda line: viewer.complaints.append(line.text) if "Content Security Policy" in line.text else None,
        )
        self.viewers.append(viewer)
        viewer.page.goto(address)
        if waits:
            viewer.page.wait_for_selector(waits)
            return viewer
        viewer.page.wait_for_selector("vh-player:not([hidden])")
        viewer.until("video.readyState >= 1")
        return viewer


@contextlib.contextmanager
def screens() -> Iterator[Screens]:
    """A browser for the length of a test; no script of its pages may fail."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            found = Screens(browser)
            yield found
            assert [complaint for viewer in found.viewers for complaint in viewer.complaints] == []
        finally:
            browser.close()
