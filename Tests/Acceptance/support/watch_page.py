"""Uses the watch page in Debian's Chromium."""

from __future__ import annotations

import shutil

from .players import Played

# The texts of the entries of a group of the menu.
WORDS = "(box) => [...document.querySelectorAll(`#${box} .menu-item`)].map((item) => item.textContent)"
TIME = "() => document.querySelector('video').currentTime"


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
            page.click("#settings")
            facts = {"qualities": page.evaluate(WORDS, "menu-quality"), "tracks": page.evaluate(WORDS, "menu-audio")}
            if page.is_visible("#menu-audio-group"):
                page.click("#menu-audio .menu-item:last-child")
                page.wait_for_selector('#menu-audio .menu-item:last-child[aria-checked="true"]', state="attached")
                at = page.evaluate(TIME)
                page.wait_for_function("(at) => document.querySelector('video').currentTime > at + 2", arg=at)
            return Played(page.evaluate(TIME), complaints, facts)
        finally:
            browser.close()
