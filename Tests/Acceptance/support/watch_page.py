"""Uses the watch page in Debian's Chromium."""

from __future__ import annotations

import shutil
from typing import Any

from .players import HEADLESS, Played

# A part of the page's player.
SETTINGS = "vh-player [data-part=settings]"
# The texts of the choices on the menu's open page.
WORDS = "() => [...document.querySelectorAll('vh-player [role=menuitemradio]')].map((item) => item.textContent)"
LAST = "vh-player [role=menuitemradio]:last-child"
TIME = "() => document.querySelector('video').currentTime"


def row(name: str) -> str:
    """A row of the player's menu."""
    return f"vh-player .menu-item[data-row={name}]"


def choices(page: Any, name: str) -> list[str]:
    """Opens a page of the menu and tells what it offers; nothing where the menu does not have it."""
    if not page.is_visible("vh-player [role=menu]"):
        # The first click loads the menu, which opens when it is there.
        page.click(SETTINGS)
        page.wait_for_selector("vh-player [role=menu]")
    elif page.is_visible(row("back")):
        page.click(row("back"))
    if not page.is_visible(row(name)):
        return []
    page.click(row(name))
    return page.evaluate(WORDS)


def choose_last_track(page_url: str, timeout: float = 60) -> Played:
    """Plays, selects the last of several audio tracks, and continues; facts have the texts of the menu."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as engine:
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--mute-audio"]
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            page = browser.new_page()
            page.set_default_timeout(timeout * 1000)
            page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
            page.on(
                "response",
                lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
            )
            page.goto(page_url)
            page.wait_for_selector("video")
            page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play(); }")
            page.wait_for_function("() => document.querySelector('video').currentTime > 1")
            facts = {"qualities": choices(page, "quality"), "tracks": choices(page, "audio")}
            if facts["tracks"]:
                page.click(LAST)
                page.click(SETTINGS)
                page.click(row("audio"))
                page.wait_for_selector(f'{LAST}[aria-checked="true"]', state="attached")
                at = page.evaluate(TIME)
                page.wait_for_function("(at) => document.querySelector('video').currentTime > at + 2", arg=at)
            return Played(page.evaluate(TIME), complaints, facts)
        finally:
            browser.close()


# Labels of the captions that are on and have words; the page draws them, so no track may be `showing`.
SHOWING = "() => [...document.querySelector('video').textTracks].filter((t) => t.mode === 'hidden' && t.cues?.length > 0).map((t) => t.label)"


def captions_by_key(page_url: str, timeout: float = 60) -> Played:
    """What the watch page shows before and after the C key, and what its menu has."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            page = browser.new_page()
            page.set_default_timeout(timeout * 1000)
            page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
            page.goto(page_url)
            page.wait_for_selector("vh-player [data-part=captions]:not([hidden])")
            page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play(); }")
            facts = {"off": page.evaluate(SHOWING)}
            page.keyboard.press("c")
            page.wait_for_function(f"() => ({SHOWING})().length > 0 && document.querySelector('.cue') !== null")
            facts["on"] = page.evaluate(SHOWING)
            facts["menu"] = choices(page, "captions")
            page.keyboard.press("c")
            page.wait_for_function(f"() => ({SHOWING})().length === 0 && document.querySelector('.cue') === null")
            facts["again"] = page.evaluate(SHOWING)
            return Played(0, complaints, facts)
        finally:
            browser.close()
