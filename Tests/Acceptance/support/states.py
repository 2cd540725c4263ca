"""The states in which a person meets the pages, each with the way to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .client import Client
from .players import HEADLESS

LANGUAGES = ("en", "de", "es", "ru")
THEMES = ("light", "dark")
# A phone on which text was enlarged, a phone, a desktop.
SCREENS = ((320, 640), (390, 844), (1280, 800))
MENU = "vh-player [data-part=settings]"
# The header's button for signing in.
SIGN_IN = "#header .header-end > button:not(.button-icon):not([hidden])"


@dataclass(frozen=True)
class Scene:
    """What the states need of the server."""

    url: str
    owner: Client
    video: str
    room: str
    blank: str
    """A draft of the owner."""
    user: str
    """The owner's id."""

    @property
    def session(self) -> str:
        """The owner's session, as pages store it."""
        known = {"token": self.owner.token, "expiresAt": "2100-01-01T00:00:00Z", "name": "Owner", "userId": self.user}
        return json.dumps(known)


def scene(url: str, owner: Client, video: str) -> Scene:
    """A video that is ready, with a room for it and a draft beside it."""
    room = owner.post("/v1/rooms", json={"videoId": video, "name": "Film night"}).json()
    return Scene(url, owner, video, room["page"], owner.create("A draft")["id"], room["owner"]["id"])


@dataclass(frozen=True)
class State:
    """A page in a state."""

    name: str
    path: Callable[[Scene], str]
    act: Callable[[Any], None] = lambda page: None
    """What is done on the page until it is in the state."""
    signed_in: bool = False


def _menu(page: Any) -> None:
    page.wait_for_selector("vh-player:not([hidden])")
    page.dispatch_event(MENU, "click")
    page.wait_for_selector("vh-player [role=menu]:not([hidden])")


def _row(name: str) -> Callable[[Any], None]:
    def choose(page: Any) -> None:
        _menu(page)
        page.click(f"vh-player .menu-item[data-row={name}]")
        page.wait_for_selector("vh-player dialog[open], vh-player [data-part=panel]:not([hidden])")

    return choose


def _refused_account(page: Any) -> None:
    page.click(SIGN_IN)
    page.wait_for_selector("#account[open]")
    page.click("#tab-register")
    page.click("#account-submit")


def _fault(page: Any) -> None:
    page.wait_for_selector("vh-player [data-part=error]:not([hidden])", timeout=60_000)


def _joined(page: Any) -> None:
    page.wait_for_selector("vh-chat [data-part=text]:enabled")


def _people(page: Any) -> None:
    _joined(page)
    page.click("#tab-people")


def _room_settings(page: Any) -> None:
    _joined(page)
    page.click("#settings-open")
    page.wait_for_selector("dialog[open]")


STATES = (
    State("start", lambda scene: "/"),
    State("start: account refused", lambda scene: "/", _refused_account),
    State(
        "start: signed in",
        lambda scene: "/#upload",
        lambda page: page.wait_for_selector("#mine-list > *"),
        signed_in=True,
    ),
    State(
        "watch", lambda scene: f"/watch/{scene.video}", lambda page: page.wait_for_selector("vh-player:not([hidden])")
    ),
    State("watch: menu", lambda scene: f"/watch/{scene.video}", _menu),
    State("watch: sharing", lambda scene: f"/watch/{scene.video}", _row("share")),
    State("watch: statistics", lambda scene: f"/watch/{scene.video}", _row("statistics")),
    State("watch: keys", lambda scene: f"/watch/{scene.video}", _row("shortcuts")),
    State("watch: a draft", lambda scene: f"/watch/{scene.blank}", signed_in=True),
    State("watch: none", lambda scene: "/watch/vid_x"),
    State(
        "embed", lambda scene: f"/embed/{scene.video}", lambda page: page.wait_for_selector("vh-player:not([hidden])")
    ),
    State("embed: none", lambda scene: "/embed/vid_x"),
    State("room: guest", lambda scene: scene.room, lambda page: page.wait_for_selector("#guest:not([hidden])")),
    State("room: owner", lambda scene: scene.room, _joined, signed_in=True),
    State("room: people", lambda scene: scene.room, _people, signed_in=True),
    State("room: settings", lambda scene: scene.room, _room_settings, signed_in=True),
    State("room: none", lambda scene: "/room.html?id=room_x"),
)


@dataclass(frozen=True)
class Look:
    """How a state is looked at."""

    language: str
    theme: str
    screen: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.language}, {self.theme}, {self.screen[0]} px"


ALL_LOOKS = tuple(Look(language, theme, screen) for language in LANGUAGES for theme in THEMES for screen in SCREENS)


def sampled(number: int) -> Look:
    """A look for a state: over all states, each pair of language, theme and width occurs."""
    return Look(LANGUAGES[number % 4], THEMES[(number + number // 4) % 2], SCREENS[number % 3])


class Stages:
    """A browser that shows states; one window for each look and sign-in."""

    def __init__(self, browser: Any, scene: Scene):
        self.browser = browser
        self.scene = scene
        self.complaints: list[str] = []

    @contextmanager
    def showing(self, state: State, look: Look, **options: Any) -> Iterator[Any]:
        """A page in a state."""
        width, height = look.screen
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=look.theme, locale=look.language,
            reduced_motion="reduce", has_touch=width < 600, **options,
        )  # fmt: skip
        try:
            if state.signed_in:
                text = json.dumps(self.scene.session)
                context.add_init_script(
                    f"if (location.protocol.startsWith('http')) localStorage.setItem('videohost.session', {text})"
                )
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: self.complaints.append(f"{state.name}: {error}"))
            page.goto(self.scene.url + state.path(self.scene))
            state.act(page)
            yield page
        finally:
            context.close()


@contextmanager
def stages(scene: Scene) -> Iterator[Stages]:
    """A browser for the length of a test; no script of its pages may fail."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            found = Stages(browser, scene)
            yield found
            assert found.complaints == []
        finally:
            browser.close()
