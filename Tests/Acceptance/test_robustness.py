"""What pages say and keep when the server, the session, the clock or the browser's storage fails them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from support.client import Client
from support.players import HEADLESS
from support.server import ROOT

TROUBLE = ".trouble"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page in a window of its own; its scripts may not fail."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    complaints: list[str] = []
    found = context.new_page()
    found.set_default_timeout(20_000)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    yield found
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def owner(url: str) -> Client:
    """A user with a video that is ready."""
    client = Client.registered(url, "robust")
    client.wait(client.upload(ROOT / "fixtures" / "no_audio_h264.mp4"))
    return client


def signed_in(page: Any, client: Client) -> None:
    """Lets the page have a user's session."""
    session = {"token": client.token, "expiresAt": "2100-01-01T00:00:00Z", "name": "Owner", "userId": ""}
    text = json.dumps(json.dumps(session))
    page.add_init_script(
        f"if (!sessionStorage.once) {{ sessionStorage.once = 1; localStorage.setItem('videohost.session', {text}); }}"
    )


def ready(client: Client) -> str:
    """The identifier of a user's video that is ready."""
    videos = client.get("/v1/videos?mine=1").json()["data"]
    return next(video["id"] for video in videos if video["state"] == "ready")


def problem(status: int, code: str, **headers: str) -> dict[str, Any]:
    """A problem document for `route.fulfill`."""
    body = json.dumps({"status": status, "code": code, "title": "x", "detail": "x", "type": "about:blank"})
    return {"status": status, "body": body, "headers": {"Content-Type": "application/problem+json", **headers}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "cannot be reached"),
        (problem(503, "unavailable"), "busy"),
        (problem(500, "internal"), "went wrong on the server"),
        ({"status": 502, "body": "<html>"}, "not answering"),
    ],
)
def test_a_list_that_does_not_load(page: Any, url: str, owner: Client, answer: dict | None, words: str) -> None:
    """The list says why, not that it is empty; the button loads it, and the focus stays near."""
    signed_in(page, owner)
    page.route(re.compile(r"/v1/videos\?.*mine"), lambda route: route.fulfill(**answer) if answer else route.abort())
    page.goto(f"{url}/#upload")
    page.wait_for_selector(TROUBLE)
    assert words in page.inner_text(TROUBLE) and not page.is_visible("[data-part=mine-empty]")
    assert not page.is_visible(".toast")
    page.unroute_all()
    page.focus(f"{TROUBLE} button")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-part=mine-list] > *")
    assert page.query_selector(TROUBLE) is None
    assert page.evaluate("() => document.activeElement !== document.body")


def test_retry_after(page: Any, url: str, owner: Client) -> None:
    """After 429 the page says when it tries again, and does."""
    signed_in(page, owner)
    answers = [problem(429, "rate_limited", **{"Retry-After": "2"})]
    page.route(
        re.compile(r"/v1/videos\?.*mine"),
        lambda route: route.fulfill(**answers.pop()) if answers else route.continue_(),
    )
    page.goto(f"{url}/#upload")
    page.wait_for_selector(TROUBLE)
    assert "Too many requests from here. Try again" in page.inner_text(TROUBLE)
    page.wait_for_selector("[data-part=mine-list] > *")


def test_the_network_comes_back(page: Any, url: str, owner: Client) -> None:
    """Without a network the page waits for it."""
    signed_in(page, owner)
    page.goto(f"{url}/#upload")
    page.wait_for_selector("[data-part=mine-list] > *")
    page.context.set_offline(True)
    # A new title is typed while the network is away: it stays, with the reason.
    page.click('[data-part=mine-list] [data-action="rename"], [data-part=mine-list] [aria-label*="ename"]')
    page.fill(".row-rename", "A title that must not be lost")
    page.keyboard.press("Enter")
    page.wait_for_selector(".row-rename + .field-error")
    assert page.input_value(".row-rename") == "A title that must not be lost"
    page.context.set_offline(False)
    page.focus(".row-rename")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=A title that must not be lost")


def test_a_session_that_has_ended(page: Any, url: str) -> None:
    """The page says so and lets the person sign in again."""
    stranger = Client(url, "x" * 43)
    signed_in(page, stranger)
    page.goto(f"{url}/#upload")
    page.wait_for_selector("#account[open]")
    assert "session has ended" in page.inner_text("#account [data-part=why]")
    assert not page.is_visible("[data-part=mine]")


@pytest.mark.parametrize("years", [-3, 3])
def test_a_clock_that_is_wrong(page: Any, url: str, years: int) -> None:
    """A device whose clock is years off stays signed in, also after a reload."""
    name = f"clock{years + 10}{Client.registered(url).token[:6].lower().replace('-', 'x').replace('_', 'x')}"
    account = {"email": f"{name}@example.org", "username": name, "password": PASSWORD}
    assert Client(url).post("/v1/auth/register", json=account).status_code == 201
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {years} * 31536000000;")
    page.goto(f"{url}/#upload")
    page.click("#header button:has-text('Sign in')")
    page.fill("#identifier", account["email"])
    page.fill("#password", PASSWORD)
    page.click("#account-submit")
    page.wait_for_selector("#header .header-name:visible")
    page.reload()
    page.wait_for_selector("#header .header-name:visible")


def test_storage_that_is_blocked(page: Any, url: str, owner: Client) -> None:
    """Where the browser forbids storage, as in frames of other sites, pages work: also signing in, for as long as they stay."""
    video = ready(owner)
    for name in ("localStorage", "sessionStorage"):
        page.add_init_script(
            f"Object.defineProperty(window, '{name}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }});"
        )
    for path in (f"/watch/{video}", f"/embed/{video}"):
        page.goto(url + path)
        page.wait_for_selector("vh-player:not([hidden])")
        page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play(); }")
        page.wait_for_function("() => document.querySelector('video').currentTime > 0")
    page.goto(f"{url}/#upload")
    page.route(
        "**/v1/auth/login",
        lambda route: route.fulfill(json={"token": owner.token, "expiresAt": "2100-01-01T00:00:00Z", "userId": "x"}),
    )
    page.click("#header button:has-text('Sign in')")
    page.fill("#identifier", "someone@example.org")
    page.fill("#password", PASSWORD)
    page.click("#account-submit")
    page.wait_for_selector("#header .header-name:visible")
    # What follows from it is said until it is read.
    page.wait_for_selector(".toast:has-text('signed in only until you leave this page')")
    page.click(".toast:has-text('signed in only') button[aria-label='Close']")
    page.route("**/v1/videos", lambda route: route.abort())
    page.set_input_files(
        "vh-upload input[type=file]", {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"0" * 1000}
    )
    page.wait_for_selector(".toast:has-text('Keep this page open until the upload is finished')")


def test_a_server_without_room(page: Any, url: str, owner: Client) -> None:
    """An upload that the server has no room for says so in its row, with a way to try again."""
    signed_in(page, owner)
    page.route("**/v1/uploads", lambda route: route.fulfill(**problem(507, "storage_full")))
    page.goto(f"{url}/#upload")
    page.set_input_files(
        "vh-upload input[type=file]", {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"0" * 1000}
    )
    page.wait_for_selector("text=The server has no room for this file")
    assert page.is_visible("[data-part=mine-list] button:has-text('Try again')")


@pytest.mark.parametrize("missing", ["/assets/start-", "/assets/messages-", ".css"])
def test_files_that_another_node_lacks(browser: Any, url: str, missing: str) -> None:
    """A page whose files do not come is loaded again, once; then it says so, and its button loads it when they are there."""
    page = browser.new_page()
    page.set_default_timeout(20_000)
    views: list[str] = []
    page.on("request", lambda request: views.append(request.url) if request.is_navigation_request() else None)
    absent = re.compile(re.escape(missing))
    answers = [404]

    def answer(route: Any) -> None:
        if answers:
            route.fulfill(status=answers.pop(), body="")
        else:
            route.continue_()

    page.route(absent, answer)
    page.goto(url)
    page.wait_for_selector("#header .brand")
    assert len(views) == 2 and not page.is_visible("[data-part=incomplete]")
    page.unroute_all()
    page.route(absent, lambda route: route.fulfill(status=404, body=""))
    views.clear()
    page.goto(url)
    page.wait_for_selector("[data-part=incomplete]:not([hidden])")
    assert len(views) == 2 and "the site is being updated" in page.inner_text("[data-part=incomplete]")
    page.unroute_all()
    page.click("[data-part=incomplete] a")
    page.wait_for_selector("#header .brand")
    assert not page.is_visible("[data-part=incomplete]")
    page.close()


def test_parts_that_do_not_come(page: Any, url: str, owner: Client) -> None:
    """What is loaded later says that it did not come, until another try brings it; the focus returns, nothing else stops."""
    video = ready(owner)
    page.goto(f"{url}/watch/{video}")
    page.wait_for_function("() => document.querySelector('video').readyState > 1")
    for part, control, there in (
        ("vh-account", "#header button:has-text('Sign in')", "#account[open]"),
        ("extras", "vh-player [data-part=settings]", "vh-player [data-part=menu]:not([hidden])"),
    ):
        page.route(f"**/*{part}*", lambda route: route.abort())
        for _ in range(2):
            page.focus(control)
            page.keyboard.press("Enter")
            page.wait_for_selector(".toast:has-text('could not be loaded')")
        assert len(page.query_selector_all(".toast")) == 1
        page.unroute_all()
        page.focus(".toast button:has-text('Try again')")
        page.keyboard.press("Enter")
        page.wait_for_selector(there)
        assert not page.query_selector_all(".toast")
        page.keyboard.press("Escape")
        page.wait_for_function("(control) => document.activeElement.matches(control)", arg=control.split(":has")[0])


def test_a_room_that_is_refused(page: Any, url: str, owner: Client) -> None:
    """Why no room was opened stands below the button until the next try."""
    video = ready(owner)
    signed_in(page, owner)
    page.route("**/v1/rooms", lambda route: route.fulfill(**problem(409, "too_many_rooms")))
    page.goto(f"{url}/watch/{video}")
    page.click("[data-part=together]")
    page.wait_for_selector("[data-part=together-note]:has-text('as many rooms as you may have')")
    assert not page.query_selector_all(".toast")
    page.unroute_all()
    page.click("[data-part=together]")
    page.wait_for_url("**/room.html?id=*")
