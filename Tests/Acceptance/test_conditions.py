"""Every page in every state: forced colours, reduced motion, paper, large zoom, right to left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import inspection, states
from support.client import Client
from support.server import ROOT

DESKTOP = (1280, 800)
EACH_STATE = pytest.mark.parametrize("state", states.STATES, ids=[state.name for state in states.STATES])


@pytest.fixture(scope="module")
def browser(shared: dict[str, str], client: Client) -> Iterator[states.Stages]:
    """A browser, and an owner with a video that is ready, others that are not, and a room."""
    video = client.upload(ROOT / "fixtures" / "mkv_h264_ac3_srt.mkv", title="A film, with captions")
    client.wait(video)
    with states.stages(states.scene(shared["url"], client, video, Path(shared["folder"]) / "data")) as found:
        yield found


@pytest.fixture
def stages(browser: states.Stages) -> Iterator[states.Stages]:
    """The same; no script of the test's pages may fail."""
    yield browser
    assert browser.complaints == []


@EACH_STATE
def test_forced_colours_no_motion_and_paper(stages: states.Stages, state: states.State) -> None:
    """Words, signs and states can be told apart in the system's colours; nothing moves; a dark page is readable on paper."""
    with stages.showing(state, states.Look("de", "light", DESKTOP), forced_colors="active") as page:
        assert page.evaluate("() => matchMedia('(forced-colors: active)').matches")
        assert inspection.moving(page) + inspection.indistinct(page) == []
        page.emulate_media(media="print", forced_colors="none", color_scheme="dark")
        assert inspection.on_paper(page) == []


# 400 % of 1280 × 1024 pixels, and 200 % of 1280 × 720.
ZOOMED = [(320, 256), (640, 360)]


@EACH_STATE
@pytest.mark.parametrize("screen", ZOOMED, ids=["400 %", "200 %"])
def test_zoom(stages: states.Stages, state: states.State, screen: tuple[int, int]) -> None:
    """Nothing needs scrolling to the side, every control comes into view, no words are cut or covered."""
    with stages.showing(state, states.Look("de", "light", screen)) as page:
        assert inspection.unreachable(page) + inspection.covered(page) == []


@EACH_STATE
@pytest.mark.parametrize("screen", [(390, 844), DESKTOP], ids=["phone", "desktop"])
def test_right_to_left(stages: states.Stages, state: states.State, screen: tuple[int, int]) -> None:
    """With the interface from right to left nothing lies over words or controls, or beside the window."""
    with stages.showing(state, states.Look("en", "light", screen), turned=True) as page:
        assert page.evaluate("() => getComputedStyle(document.body).direction") == "rtl"
        assert inspection.unreachable(page) + inspection.covered(page) == []


# Openers of dialogs, by the name of the state, and the dialogs.
DIALOGS = [
    ("start", states.SIGN_IN, "#account"),
    ("start: signed in", "#mine-list > li:first-child [data-action=delete]", "#confirm"),
    ("watch", "#together", "#account"),
    ("watch", "[data-part=help]", "vh-player [data-part=shortcuts]"),
    ("watch: rejected", "vh-owner [data-part=delete]", "#confirm"),
    ("room: guest form", "#guest [data-part=sign-in]", "#account"),
    ("room: owner", "#invite", "#invitation dialog"),
    ("room: owner", "#media-open", "#picker dialog"),
    ("room: owner", "#settings-open", "#room-settings dialog"),
    ("room: people", ".member [aria-haspopup=dialog]", "#member dialog"),
    ("room: people", "#bans-open", "#bans dialog"),
]


@pytest.mark.parametrize(("name", "opener", "dialog"), DIALOGS)
def test_the_focus_returns_from_dialogs(stages: states.Stages, name: str, opener: str, dialog: str) -> None:
    """A dialog takes the focus, keeps it while Tab goes round, and gives it back to its opener."""
    state = next(one for one in states.STATES if one.name == name)
    with stages.showing(state, states.Look("en", "light", DESKTOP)) as page:
        page.focus(opener)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"{dialog}[open]")
        within = "(dialog) => document.querySelector(dialog).contains(document.activeElement)"
        page.wait_for_function(within, arg=dialog)
        outside = 0
        for _ in range(20):
            page.keyboard.press("Tab")
            # Between the last and the first the focus is in the browser's own bar.
            if page.evaluate("() => document.activeElement === document.body"):
                outside += 1
            else:
                assert page.evaluate(within, dialog)
        assert outside < 10
        page.focus(f"{dialog} button")
        page.keyboard.press("Escape")
        page.wait_for_function("(opener) => document.activeElement === document.querySelector(opener)", arg=opener)
