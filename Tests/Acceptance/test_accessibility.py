"""Axe finds nothing on any page, and every flow works without a mouse."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from support import states
from support.client import Client
from support.server import ROOT

# `make a11y` looks at every state in every language, theme and width.
EVERYTHING = os.environ.get("VIDEOHOST_A11Y") == "all"
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


# Axe takes the part of a fixed sheet that is outside its player for cut off, and its ground for the page's.
UNCUT = "() => { for (const node of document.querySelectorAll('.stage, vh-player')) node.style.overflow = 'visible'; }"


@pytest.fixture(scope="module")
def scene(shared: dict[str, str], client: Client) -> states.Scene:
    """An owner with a video that is ready, others that are not, and a room."""
    video = client.upload(ROOT / "fixtures" / "mkv_h264_ac3_srt.mkv", title="A film, with captions")
    client.wait(video)
    return states.scene(shared["url"], client, video, Path(shared["folder"]) / "data")


def lines(violations: list[dict[str, Any]]) -> list[str]:
    """What was found, one line a rule."""
    return [
        f"{one['id']} ({one['impact']}): "
        + "; ".join(
            " ".join(map(str, node["target"])) + " " + node["failureSummary"].replace("\n", " ")
            for node in one["nodes"][:3]
        )
        for one in violations
    ]


@pytest.mark.timeout(1200 if EVERYTHING else 120)
@pytest.mark.parametrize("number", range(len(states.STATES)), ids=[state.name for state in states.STATES])
def test_axe_finds_nothing(scene: states.Scene, number: int) -> None:
    """No page in any state violates a rule of axe-core, in samples of language, theme and width."""
    axe = Axe()
    found: list[str] = []
    state = states.STATES[number]
    with states.stages(scene) as stages:
        for look in states.ALL_LOOKS if EVERYTHING else [states.sampled(number)]:
            with stages.showing(state, look) as page:
                page.evaluate(UNCUT)
                response = axe.run(page, options=OPTIONS).response
                found += [f"{look}: {line}" for line in lines(response["violations"])]
    assert found == [], "\n".join(found)


def test_the_samples_cover_all_pairs() -> None:
    """Each language is looked at in each theme and at each width, each theme at each width."""
    looks = [states.sampled(number) for number in range(len(states.STATES))]
    assert len({(look.language, look.theme) for look in looks}) == 8
    assert len({(look.language, look.screen) for look in looks}) == 12
    assert len({(look.theme, look.screen) for look in looks}) == 6


# What has the focus, whether it is in sight, and whether it looks so.
FOCUS = """async (wanted) => {
    // A style that has just changed holds from the next frame on.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const node = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    return {
        there: node.matches(wanted),
        name: node.outerHTML.slice(0, 120),
        box: [box.left, box.top, box.right, box.bottom],
        ringed: node === document.body || (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none",
        inSight: node === document.body || node.type === "file" || (box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth),
    };
}"""


# Notes the next press of the element that has the focus, which then does nothing else.
FIRST_PRESS = """() => document.activeElement.addEventListener("click", (event) => {
    event.preventDefault();
    window.pressed = event.isTrusted;
}, { once: true })"""


def tab_to(page: Any, wanted: str, limit: int = 60) -> None:
    """Presses Tab until the focus is where it is wanted; everything on the way shows that it has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS, wanted)
        assert focus["inSight"], focus
        if focus["there"]:
            assert focus["ringed"], focus["name"]
            return
    raise AssertionError(f"Tab does not come to {wanted}")


def test_flows_by_keyboard(scene: states.Scene, client: Client) -> None:
    """Signing in, choosing a file, playing with captions, and talking in a room need no mouse."""
    name = f"keys{secrets.token_hex(5)}"
    account = {"email": f"{name}@example.org", "username": name, "password": "correct horse battery staple"}
    assert client.post("/v1/auth/register", json=account).status_code == 201
    look = states.Look("en", "light", (1280, 800))
    by_name = {state.name: state for state in states.STATES}
    with states.stages(scene) as stages:
        with stages.showing(by_name["start"], look) as page:
            tab_to(page, states.SIGN_IN)
            page.keyboard.press("Enter")
            page.wait_for_selector("#account[open]")
            page.keyboard.type(account["email"])
            tab_to(page, "#password")
            page.keyboard.type(account["password"])
            page.keyboard.press("Enter")
            page.wait_for_selector("#header .header-name:visible")
            tab_to(page, "#header a[href$='#upload']")
            page.keyboard.press("Enter")
            page.wait_for_function("() => document.activeElement.matches('vh-upload [data-part=file]')")
            # Enter presses the field too. Whether a chooser opens then is up to Chromium, which opens none after some of the
            # presses, also on a page that has nothing but such a field: it has the click, but not always the user's activation.
            page.evaluate(FIRST_PRESS)
            page.keyboard.press("Enter")
            page.wait_for_function("() => window.pressed === true")
            with page.expect_file_chooser() as chooser:
                page.keyboard.press("Space")
            chooser.value.set_files(str(ROOT / "fixtures" / "no_audio_h264.mp4"))
            page.wait_for_selector("#mine-list > *")
        with stages.showing(by_name["watch"], look) as page:
            page.wait_for_function("() => document.querySelector('video').readyState > 1")
            tab_to(page, "vh-player [data-part=big-play], vh-player [data-part=play]")
            page.keyboard.press("Enter")
            page.wait_for_function("() => document.querySelector('video').currentTime > 0")
            page.keyboard.press("c")
            page.wait_for_selector("vh-player [data-part=captions][aria-pressed=true]", state="attached")
        with stages.showing(by_name["room: guest form"], look) as page:
            if not page.evaluate("() => document.activeElement.matches('#guest [data-part=name]')"):
                tab_to(page, "#guest [data-part=name]")
            page.keyboard.type("Ben")
            page.keyboard.press("Enter")
            page.wait_for_selector("vh-chat [data-part=text]:enabled")
            tab_to(page, "vh-chat [data-part=text]")
            page.keyboard.type("Good evening")
            page.keyboard.press("Enter")
            page.wait_for_selector(".chat-text:has-text('Good evening')")


@pytest.mark.parametrize("name", ["start", "watch", "watch: none", "room: guest"])
def test_zoom_and_paper(scene: states.Scene, name: str) -> None:
    """At 400 % nothing needs scrolling to the side; on paper there are words without bars and buttons."""
    state = next(one for one in states.STATES if one.name == name)
    with states.stages(scene) as stages, stages.showing(state, states.Look("de", "light", (320, 256))) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        page.emulate_media(media="print")
        assert not page.is_visible(".header") and not page.is_visible(".footer")
        if name in ("watch", "start"):
            assert page.is_visible("h1")
