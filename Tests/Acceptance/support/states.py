"""The states in which a person meets the pages, each with the way to it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .client import Client
from .operators import Operator
from .players import HEADLESS
from .server import ROOT

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
    rejected: str
    """A video of the owner whose file was rejected."""
    blocked: str
    """A video of the owner that an operator has blocked."""
    user: str
    """The owner's id."""

    @property
    def session(self) -> str:
        """The owner's session, as pages store it."""
        known = {"token": self.owner.token, "expiresAt": "2100-01-01T00:00:00Z", "name": "Owner", "userId": self.user}
        return json.dumps(known)


def scene(url: str, owner: Client, video: str, data: Path) -> Scene:
    """A video that is ready, with a room for it and others beside it; `data` is the server's folder."""
    room = owner.post("/v1/rooms", json={"videoId": video, "name": "Film night"}).json()
    rejected = owner.create("A file of noise")["id"]
    owner.put(rejected, os.urandom(4096))
    short = ROOT / "fixtures" / "rot270_iphone_3frames.mov"
    blocked = owner.upload(short, title="A film that is blocked")
    # What comes after the video; the server may have no other one.
    following = owner.upload(short, title="The next film")
    for other in (rejected, blocked, following):
        owner.wait(other)
    Operator(data).videos("block", blocked, "--reason", "It belongs to somebody else.")
    blank = owner.create("A draft")["id"]
    return Scene(url, owner, video, room["page"], blank, rejected, blocked, room["owner"]["id"])


@dataclass(frozen=True)
class State:
    """A page in a state."""

    name: str
    path: Callable[[Scene], str]
    act: Callable[[Any], None] = lambda page: None
    """What is done on the page until it is in the state."""
    signed_in: bool = False
    prepare: Callable[[Any], None] = lambda page: None
    """What is done before the page is opened."""
    company: bool = False
    """Whether a guest is in the room."""
    keyboard: bool = False
    """Whether there is one also where the window is that of a phone; pages name no keys to others."""


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


def _without_library(page: Any) -> None:
    # Newer Chromium would play HLS by itself.
    page.add_init_script("HTMLMediaElement.prototype.canPlayType = () => '';")
    page.route(re.compile(r"/hls(-[0-9a-f]+)?\.js$"), lambda route: route.abort())


def _without_list(page: Any) -> None:
    page.route(re.compile(r"/v1/videos\?.*mine"), lambda route: route.abort())


def _seen(selector: str) -> Callable[[Any], None]:
    return lambda page: page.wait_for_selector(selector)


def _ended(page: Any) -> None:
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    page.evaluate(
        "() => { const film = document.querySelector('video'); film.currentTime = film.duration - 0.2; film.play(); }"
    )
    page.wait_for_selector("vh-player [data-part=end]:not([hidden])")
    # The next page would come.
    page.dispatch_event("vh-player [data-part=end-cancel]", "click")


def _deleting(page: Any) -> None:
    page.click("#mine-list > li:first-child [data-action=delete]")
    page.wait_for_selector("#confirm[open]")


def _owner(name: str, seen: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        page.click(f"vh-owner [data-part={name}]")
        page.wait_for_selector(seen)

    return act


def _joined(page: Any) -> None:
    page.wait_for_selector("vh-chat [data-part=text]:enabled")


def _guest(page: Any) -> None:
    page.fill("#guest [data-part=name]", "Ben")
    page.click("#guest button[type=submit]")
    _joined(page)


def _refused_guest(page: Any) -> None:
    page.fill("#guest [data-part=name]", "\u200b")
    page.click("#guest button[type=submit]")
    page.wait_for_selector("#guest [data-part=error]:not(:empty)")


def _people(page: Any) -> None:
    _joined(page)
    page.click("#tab-people")


def _member(page: Any) -> None:
    _people(page)
    page.click(".member [aria-haspopup=dialog]")
    page.wait_for_selector("dialog[open]")


def _talk(page: Any) -> None:
    _joined(page)
    page.fill("vh-chat [data-part=text]", "Good evening! مرحبا بكم.")
    page.press("vh-chat [data-part=text]", "Enter")
    page.wait_for_selector(".chat-text")


def _full_screen(page: Any) -> None:
    _talk(page)
    page.focus("vh-player [data-part=full]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-part=chat-toggle]:not([hidden])")
    page.focus("[data-part=chat-toggle]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#stage #side:not([hidden])")


def _room_dialog(opener: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        _joined(page)
        page.click(opener)
        page.wait_for_selector("dialog[open]")

    return act


def _removed(page: Any) -> None:
    key = "`videohost.removed.${new URLSearchParams(location.search).get('id')}`"
    page.add_init_script(
        f"if (location.protocol.startsWith('http')) sessionStorage.setItem({key}, 'Too many spoilers')"
    )


def _watch(scene: Scene) -> str:
    return f"/watch/{scene.video}"


def _embed(scene: Scene) -> str:
    return f"/embed/{scene.video}"


def _room(scene: Scene) -> str:
    return scene.room


_PLAYER = _seen("vh-player:not([hidden])")
_MINE = _seen("#mine-list > *")


def _part_missing(page: Any) -> None:
    page.route("**/*vh-account*", lambda route: route.abort())
    page.click(SIGN_IN)
    page.wait_for_selector(".toast button")


def _incomplete(page: Any) -> None:
    page.route("**/assets/start-*.js", lambda route: route.fulfill(status=404, body=""))
    page.reload()
    page.wait_for_selector("[data-part=incomplete]:not([hidden])")


def _repeated(page: Any) -> None:
    _joined(page)
    for _ in range(2):
        page.fill("vh-chat [data-part=text]", "Good evening")
        page.press("vh-chat [data-part=text]", "Enter")
        page.wait_for_function(
            "() => document.querySelector('vh-chat [data-part=text]').value === ''"
            " || !document.querySelector('vh-chat [data-part=refused]').hidden"
        )
    page.wait_for_selector("vh-chat [data-part=refused]:not([hidden])")


STATES = (
    State("start", lambda scene: "/"),
    State("start: account refused", lambda scene: "/", _refused_account),
    State("start: signed in", lambda scene: "/#upload", _MINE, signed_in=True),
    State("start: deleting", lambda scene: "/#upload", _deleting, signed_in=True),
    State("start: without list", lambda scene: "/#upload", _seen(".trouble"), signed_in=True, prepare=_without_list),
    State("no page", lambda scene: "/nonsense"),
    State("watch", _watch, _PLAYER),
    State("watch: menu", _watch, _menu),
    State("watch: sharing", _watch, _row("share")),
    State("watch: statistics", _watch, _row("statistics")),
    State("watch: transcript", _watch, _row("transcript")),
    State("watch: keys", _watch, _row("shortcuts"), keyboard=True),
    State("watch: the end", _watch, _ended),
    State("watch: fault", _watch, _seen("vh-player [data-part=error]:not([hidden])"), prepare=_without_library),
    State("watch: editing", _watch, _owner("edit", "vh-owner [data-part=form]"), signed_in=True),
    State("watch: captions", _watch, _owner("captions-open", "vh-captions [data-part=language]"), signed_in=True),
    State("watch: a draft", lambda scene: f"/watch/{scene.blank}", signed_in=True),
    State(
        "watch: rejected",
        lambda scene: f"/watch/{scene.rejected}",
        _seen("body:has(#card-text:not(:empty)) vh-owner [data-part=advice]"),
        signed_in=True,
    ),
    State("watch: blocked", lambda scene: f"/watch/{scene.blocked}"),
    State("watch: blocked, to its owner", lambda scene: f"/watch/{scene.blocked}", _seen("vh-owner"), signed_in=True),
    State("watch: none", lambda scene: "/watch/vid_x"),
    State("embed", _embed, _PLAYER),
    State("embed: menu", _embed, _menu),
    State("embed: blocked", lambda scene: f"/embed/{scene.blocked}"),
    State("embed: fault", _embed, _seen("vh-player [data-part=error]:not([hidden])"), prepare=_without_library),
    State("embed: none", lambda scene: "/embed/vid_x"),
    State("room: guest form", _room, _seen("#guest:not([hidden])")),
    State("room: guest refused", _room, _refused_guest),
    State("room: guest", _room, _guest),
    State("room: owner", _room, _talk, signed_in=True),
    State("room: full screen", _room, _full_screen, signed_in=True),
    State("room: people", _room, _people, signed_in=True, company=True),
    State("room: member", _room, _member, signed_in=True, company=True),
    State("room: invitation", _room, _room_dialog("#invite"), signed_in=True),
    State("room: videos", _room, _room_dialog("#media-open"), signed_in=True),
    State("room: settings", _room, _room_dialog("#settings-open"), signed_in=True),
    State("room: removed", _room, _seen("#card-again"), prepare=_removed),
    State("start: a part is missing", lambda scene: "/", _part_missing),
    State("start: incomplete", lambda scene: "/", _incomplete),
    State("room: a message is refused", lambda scene: scene.room, _repeated, signed_in=True),
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


# As the server would send the page in a language that is written from right to left.
_TURN = """new MutationObserver(() => {
  if (document.documentElement && document.documentElement.dir !== "rtl") document.documentElement.dir = "rtl";
}).observe(document, { childList: true });"""


class Stages:
    """A browser that shows states; one window for each look and sign-in."""

    def __init__(self, browser: Any, scene: Scene):
        self.browser = browser
        self.scene = scene
        self.complaints: list[str] = []

    @contextmanager
    def showing(self, state: State, look: Look, turned: bool = False, **options: Any) -> Iterator[Any]:
        """A page in a state; `turned`: from right to left; options are those of the browser's window."""
        with ExitStack() as windows:
            page = self._window(state, look, {"reduced_motion": "reduce", **options}, windows)
            if state.company:
                other = self._window(state, Look("en", "light", (800, 600)), {}, windows)
                other.goto(self.scene.url + state.path(self.scene))
                _guest(other)
            if state.signed_in:
                text = json.dumps(self.scene.session)
                page.add_init_script(
                    f"if (location.protocol.startsWith('http')) localStorage.setItem('videohost.session', {text})"
                )
            if turned:
                page.add_init_script(_TURN)
            state.prepare(page)
            page.goto(self.scene.url + state.path(self.scene))
            state.act(page)
            yield page

    def _window(self, state: State, look: Look, options: dict[str, Any], windows: ExitStack) -> Any:
        width, height = look.screen
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=look.theme, locale=look.language,
            has_touch=width < 600 and not state.keyboard, **options,
        )  # fmt: skip
        windows.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.complaints.append(f"{state.name}: {error}"))
        return page


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
