"""Videos of every kind in the player, and what comes after them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import media, player_page
from support.client import Client, Video
from support.player_page import Screens, Viewer, part, row

# Name, size, seconds. The last one is the newest, so its card is the first.
CLIPS = [
    ("short", "160x90", 0.4),
    ("tall", "180x320", 1),
    ("sound", "", 1),
    ("rungs", "640x360", 1),
    ("plain", "160x90", 2),
]
# The countdown without its seconds.
FAST = "const every = window.setInterval; window.setInterval = (run, ms, ...rest) => every(run, ms === 1000 ? 120 : ms, ...rest);"
# A clock that `sessionStorage.shift`, in milliseconds, moves ahead.
SHIFTED = "const now = Date.now; Date.now = () => now() + Number(sessionStorage.getItem('shift'));"


def clip(path: Path, size: str, seconds: float) -> Path:
    """A small file, with a picture where a size is given."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=12:d={seconds}"] if size else []
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "12"] if size else []
    media.run(*picture, "-f", "lavfi", "-i", f"sine=440:r=48000:d={seconds}", *coding, "-c:a", "aac", path)
    return path


@pytest.fixture(scope="module")
def clips(client: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Video]:
    """A video of each kind."""
    folder = tmp_path_factory.mktemp("clips")
    ids = {
        name: client.upload(clip(folder / f"{name}.mp4", size, seconds), title=f"The {name} one")
        for name, size, seconds in CLIPS
    }
    videos = {name: client.wait(video_id) for name, video_id in ids.items()}
    assert {video["state"] for video in videos.values()} == {"ready"}, videos
    return videos


@pytest.fixture(scope="module")
def browser() -> Iterator[Screens]:
    """A browser for all tests of this file."""
    with player_page.screens() as found:
        yield found


@pytest.fixture
def screens(browser: Screens) -> Iterator[Screens]:
    """The browser; a test's pages are closed after it."""
    before = len(browser.viewers)
    yield browser
    for viewer in browser.viewers[before:]:
        viewer.page.context.close()


def ends(viewer: Viewer) -> None:
    """Plays to the end, where others are offered."""
    viewer.page.evaluate("() => document.querySelector('video').play()")
    viewer.page.wait_for_selector(part("end"))


def test_the_next_video_plays_by_itself(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """The end offers the first card that this tab has not shown, says so, counts down and goes there, where it plays at once."""
    viewer = screens.open(f"{url}/watch/{clips['plain']['id']}", script=FAST)
    card = ".card:not([data-video='']) .card-link"
    first = viewer.page.get_attribute(card, "href")
    assert viewer.value("video.paused"), "who opens an address has not asked for playing"
    ends(viewer)
    assert viewer.page.get_attribute(part("end-now"), "href").endswith(first)
    assert "Starts in 8 seconds" in viewer.page.inner_text(part("end-said"))
    viewer.page.wait_for_url(lambda address: address.endswith(first))
    viewer.until("!video.paused || video.ended")
    viewer.page.wait_for_selector(part("end"))
    onward = viewer.page.get_attribute(part("end-now"), "href")
    assert not onward.endswith(clips["plain"]["id"]), "not back to where it came from"
    viewer.page.wait_for_url(lambda address: onward in address)


def test_the_end_waits_for_who_stays(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """Cancelled by its button and by Escape, held by a dialog, switched off for good; playing again takes it away."""
    address = f"{url}/watch/{clips['short']['id']}"
    viewer = screens.open(address, script=FAST)
    ends(viewer)
    viewer.page.focus(part("end-cancel"))
    viewer.page.keyboard.press("Enter")
    assert viewer.value("document.activeElement.dataset.part") == "end-now"
    assert viewer.page.inner_text(part("end-count")) == "" and not viewer.page.is_visible(part("end-cancel"))
    viewer.page.keyboard.press("k")
    viewer.page.wait_for_selector(part("end"), state="hidden")
    viewer.page.wait_for_selector(part("end"))
    viewer.value("player.help()")
    viewer.until("player.querySelector('[data-part=end-count]').textContent.includes('8')")
    # More than the time of a countdown.
    viewer.value("new Promise((done) => setTimeout(done, 1300))")
    assert viewer.page.url == address
    viewer.page.keyboard.press("Escape")
    viewer.page.focus(part("end-auto"))
    viewer.page.keyboard.press("Space")
    assert viewer.page.inner_text(part("end-count")) == ""
    viewer.page.reload()
    viewer.until("video.readyState >= 2")
    ends(viewer)
    assert not viewer.page.is_visible(part("end-cancel")) and viewer.page.is_visible(part("end-now"))
    assert not viewer.page.is_checked(part("end-auto"))
    viewer.value("player.seek(0)")
    viewer.until("player.querySelector('[data-part=end]').hidden")
    viewer.chooses("next")
    assert viewer.page.get_attribute(row("next"), "aria-checked") == "true"
    viewer.page.keyboard.press("Escape")
    onward = viewer.page.get_attribute(part("end-now"), "href")
    viewer.page.keyboard.press("Shift+N")
    viewer.page.wait_for_url(lambda found: found != address)
    assert onward in viewer.page.url or viewer.page.url in onward


def test_the_end_waits_for_the_network(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """Offline the countdown stands still and says why; it goes on when the network is back."""
    address = f"{url}/watch/{clips['short']['id']}"
    viewer = screens.open(address, script=FAST)
    viewer.until("video.readyState >= 4")
    ends(viewer)
    viewer.page.context.set_offline(True)
    viewer.until("player.querySelector('[data-part=end-count]').textContent.includes('offline')")
    # More than the time of a countdown.
    viewer.value("new Promise((done) => setTimeout(done, 1300))")
    assert viewer.page.url == address
    viewer.page.context.set_offline(False)
    viewer.page.wait_for_url(lambda other: other != address)


def test_the_sleep_timer(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """By keys: nothing starts after the end. Minutes are told in the menu, go on in the next page and pause it. Not in frames."""
    viewer = screens.open(f"{url}/watch/{clips['plain']['id']}", script=FAST + SHIFTED)
    said = "player.querySelector('.menu-item[data-row=sleep] .menu-detail').textContent"
    is_open = "!player.querySelector('.menu').hidden"
    viewer.page.focus(part("settings"))
    viewer.page.keyboard.press("Enter")
    viewer.until("document.activeElement.matches('.menu-item')")
    rows = viewer.value("[...player.querySelectorAll('.menu-item')].map((item) => item.dataset.row)")
    for _ in range(rows.index("sleep")):
        viewer.page.keyboard.press("ArrowDown")
    assert viewer.value(said) == "Off"
    viewer.page.keyboard.press("ArrowRight")
    assert viewer.value("document.activeElement.dataset.row") == "sleep-0"
    viewer.page.keyboard.press("End")
    viewer.page.keyboard.press("Enter")
    assert viewer.value("document.activeElement.dataset.part") == "settings"
    ends(viewer)
    assert not viewer.page.is_visible(part("end-cancel")) and viewer.page.inner_text(part("end-count")) == ""

    # A video that repeats has no end.
    viewer.chooses("loop")
    viewer.until(f"{said} === 'Off'")
    viewer.page.click(row("sleep"))
    viewer.page.click(row("sleep-2"))
    viewer.plays(after=0.1)
    viewer.chooses()
    assert viewer.value(said) == "30 min left"
    viewer.value("sessionStorage.setItem('shift', 10 * 60_000)")
    viewer.until(f"{said} === '20 min left' && !video.paused")

    viewer.page.goto(f"{url}/watch/{clips['tall']['id']}")
    viewer.until("video.readyState >= 1")
    viewer.value("player.loop = true")
    viewer.plays(after=0.1)
    viewer.chooses()
    viewer.until(f"{is_open} && {said} === '20 min left'")
    viewer.value("sessionStorage.setItem('shift', 31 * 60_000)")
    viewer.until(f"video.paused && {said} === 'Off'")
    viewer.page.wait_for_selector(".toast:has-text('The sleep timer has paused the video.')")

    frame = screens.open(f"{url}/embed/{clips['tall']['id']}")
    frame.chooses()
    frame.until(is_open)
    assert frame.page.is_visible(row("loop")) and not frame.page.is_visible(row("sleep"))


def test_a_click_on_a_card_plays(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """Without a second click; the media keys know the next video, and forget a player that is gone."""
    actions = "window.actions = {}; const set = MediaSession.prototype.setActionHandler; MediaSession.prototype.setActionHandler = function (name, run) { window.actions[name] = run; set.call(this, name, run); };"  # fmt: skip
    viewer = screens.open(f"{url}/watch/{clips['short']['id']}", script=actions)
    viewer.page.click(f"a[href$='{clips['plain']['id']}']")
    viewer.page.wait_for_url(f"**/{clips['plain']['id']}")
    viewer.until("!video.paused && video.currentTime > 0.1")
    assert viewer.value("navigator.mediaSession.metadata.title") == "The plain one"
    assert viewer.value("typeof window.actions.nexttrack") == "function"
    viewer.value("player.remove()")
    viewer.page.wait_for_function("() => navigator.mediaSession.metadata === null && window.actions.play === null && window.actions.nexttrack === null")  # fmt: skip


def test_every_kind_of_video(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """A moment, a tall one, sound alone: each plays to its end and offers what makes sense for it."""
    short = screens.open(f"{url}/watch/{clips['short']['id']}")
    ends(short)
    assert short.value("video.ended") and not short.page.is_visible(part("spinner"))
    short.page.click(part("play"))
    short.page.wait_for_selector(part("end"), state="hidden")
    short.page.wait_for_selector(part("end"))

    tall = screens.open(f"{url}/watch/{clips['tall']['id']}", (390, 844), touch=True)
    stage = tall.box(".stage")
    assert stage["height"] > stage["width"] and stage["y"] + stage["height"] <= 844
    assert not tall.page.is_visible(part("captions"))
    tall.page.keyboard.press("c")
    tall.chooses("statistics")
    assert "180p, 180×320" in tall.page.inner_text("[data-statistic=rung]")

    sound = screens.open(f"{url}/watch/{clips['sound']['id']}")
    sound.page.evaluate("() => document.querySelector('video').play()")
    sound.until("video.currentTime > 0.2")
    assert sound.page.is_visible(part("poster")) and not sound.page.is_visible(part("pip"))
    sound.chooses("statistics")
    rung = sound.page.inner_text("[data-statistic=rung]")
    assert "bit/s" in rung and "undefined" not in rung and "×" not in rung
    sound.page.wait_for_selector(part("end"))


def test_statistics_while_the_quality_changes(url: str, clips: dict[str, Video], screens: Screens) -> None:
    """The quality that is named is the one in sight, before and after another one is chosen."""
    viewer = screens.open(f"{url}/watch/{clips['rungs']['id']}")
    viewer.until("video.readyState >= 2")
    viewer.chooses("statistics")
    named = "player.querySelector('[data-statistic=rung]').textContent"
    qualities = clips["rungs"]["renditions"]
    heights = sorted({one["height"] for one in qualities if one.get("height")})
    assert len(heights) > 1, qualities
    for at, height in enumerate([heights[-1], heights[0]]):
        viewer.chooses("quality", f"quality-{1 if at == 0 else len(heights)}")
        viewer.until("video.videoHeight === arg && !video.seeking && video.readyState >= 2", height)
        viewer.until(f"{named}.startsWith(`${{arg}}p`) && {named}.includes(`×${{arg}},`)", height)
