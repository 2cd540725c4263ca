"""The player: captions, controls on every screen, the menu, times in addresses, and what it offers beyond playing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from support import media, player_page
from support.client import Client, Video
from support.player_page import CONTROLS, TEN_HOURS, Screens, part, row

LENGTH = 75
DESCRIPTION = "About time.\n0:00 The start\n(0:20) The middle\n1:00 - The end"
VTT = """WEBVTT

00:00.000 --> 01:10.000
Words at the bottom

00:00.000 --> 01:10.000 line:10% align:start position:5%
Words at the top

00:10.000 --> 00:30.000
<i>שלום!</i>

00:40.000 --> 00:45.000
A <b>needle</b> &amp; hay
"""
CAPTIONS = {"videohost.captions": {"shown": True, "last": "en"}}


@pytest.fixture(scope="module")
def film(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Video:
    """A small film with captions and chapters."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    inputs = ["-f", "lavfi", "-i", f"testsrc2=s=160x90:r=12:d={LENGTH}", "-f", "lavfi", "-i", f"sine=440:r=48000:d={LENGTH}"]  # fmt: skip
    media.run(*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-g", "24", "-c:a", "aac", path)
    video_id = client.upload(path, title="A film")
    video = client.wait(video_id)
    assert video["state"] == "ready", video
    answer = client.request("PUT", f"/v1/videos/{video_id}/captions/en?label=English", data=VTT.encode())
    assert answer.status_code == 201, answer.text
    tag = client.get(f"/v1/videos/{video_id}").headers["ETag"]
    answer = client.request(
        "PATCH", f"/v1/videos/{video_id}", json={"description": DESCRIPTION}, headers={"If-Match": tag}
    )
    assert answer.status_code == 200, answer.text
    return client.video(video_id)


@pytest.fixture
def page(url: str, film: Video) -> str:
    """The address of the film's page."""
    return f"{url}/watch/{film['id']}"


@pytest.fixture
def screens() -> Iterator[Screens]:
    """A browser."""
    with player_page.screens() as found:
        yield found


def test_captions_stand_above_the_controls(page: str, screens: Screens) -> None:
    """Drawn by the page: above the controls while those are shown, at their place, in the chosen look, which is kept."""
    viewer = screens.open(f"{page}?t=12", stored=CAPTIONS)
    viewer.plays(after=12)
    viewer.until("player.querySelectorAll('.cue').length === 3")
    assert viewer.value("[...video.textTracks].every(({ mode }) => mode !== 'showing')"), "never drawn twice"
    viewer.page.evaluate("() => document.querySelector('video').pause()")
    viewer.wakes()
    cue = ".cue-box:not([data-align=start]) .cue:last-child"
    # The layer moves within a moment.
    viewer.until(
        f"player.querySelector('{cue}').getBoundingClientRect().bottom <= player.querySelector('.seek').getBoundingClientRect().top"
    )
    shown = viewer.box(cue)
    top, frame = viewer.box(".cue-box[data-align=start] .cue-text"), viewer.box("vh-player")
    assert top["y"] < frame["y"] + frame["height"] * 0.25 and top["x"] < frame["x"] + frame["width"] * 0.15
    assert viewer.page.get_attribute(".cue-box:not([data-align=start]) .cue:last-child .cue-text", "dir") == "auto"
    viewer.plays(after=12)
    viewer.until("'idle' in player.dataset")
    viewer.until(f"player.querySelector('{cue}').getBoundingClientRect().bottom > arg", shown["y"] + shown["height"])

    size = "parseFloat(getComputedStyle(player.querySelector('.cue')).fontSize)"
    before = viewer.value(size)
    viewer.chooses("captions", "caption-size", "caption-size-2", "back", "caption-colour", "caption-colour-1")
    viewer.page.reload()
    viewer.until("player.querySelector('.cue-text') !== null")
    assert viewer.value(size) > before * 1.3
    assert viewer.value("getComputedStyle(player.querySelector('.cue-text')).color") == "rgb(255, 233, 74)"


def test_thousands_of_captions_at_one_moment(page: str, film: Video, client: Client, screens: Screens) -> None:
    """Eight are drawn, and the page goes on."""
    places = (f"line:{at % 90}% position:{at % 100}%" for at in range(20_000))
    cues = "".join(f"00:00.000 --> 01:10.000 {place}\nWords {at}\n\n" for at, place in enumerate(places))
    answer = client.request("PUT", f"/v1/videos/{film['id']}/captions/fr", data=f"WEBVTT\n\n{cues}".encode())
    assert answer.status_code == 201, answer.text
    viewer = screens.open(f"{page}?t=12", stored={"videohost.captions": {"shown": True, "last": "fr"}})
    viewer.until("player.querySelector('.cue') !== null")
    viewer.plays(after=13)
    assert viewer.value("player.querySelectorAll('.cue').length") == 8
    client.request("DELETE", f"/v1/videos/{film['id']}/captions/fr")


SCREENS = [((320, 568), True), ((390, 844), True), ((844, 390), True), ((640, 360), False), ((1280, 800), False)]


@pytest.mark.parametrize(("size", "touch"), SCREENS)
def test_every_control_is_within_reach(size: tuple[int, int], touch: bool, page: str, screens: Screens) -> None:
    """With captions and a length of hours no button is cut; what has no room is in the menu, and works there."""
    viewer = screens.open(page, size, touch, stored=CAPTIONS, script=TEN_HOURS)
    viewer.until("player.querySelector('[data-part=time-all]').textContent === '10:00:00'")
    viewer.wakes()
    frame = viewer.box("vh-player")
    shown: dict[str, Any] = viewer.page.evaluate(CONTROLS)
    for name, box in shown.items():
        assert box["left"] >= frame["x"] and box["right"] <= frame["x"] + frame["width"], (name, box, frame)
        assert box["bottom"] <= min(size[1], frame["y"] + frame["height"]), (name, box, frame)
        assert box["hit"], f"{name} is under something else"
    assert {"play", "mute", "settings", "full"} <= shown.keys()
    viewer.page.click(part("settings"))
    viewer.until("!player.querySelector('.menu').hidden")
    listed = viewer.value("[...player.querySelectorAll('.menu-item')].map((item) => item.textContent)")
    moved = viewer.value(
        "[...player.querySelectorAll('button[data-over]')].map((node) => node.getAttribute('aria-label'))"
    )
    if touch:
        moved = [label.rsplit(" (", 1)[0] for label in moved]
        assert "Keyboard shortcuts" not in listed
    assert set(moved) <= set(listed)
    off = "Subtitles off" if touch else "Subtitles off (c)"
    assert ("captions" in shown) != (off in moved)
    menu = viewer.box(part("menu"))
    assert menu["y"] >= 0 and menu["y"] + menu["height"] <= size[1]
    if off in moved:
        viewer.page.click(f".menu-item:has-text('{off}')")
        viewer.until("[...video.textTracks].every(({ mode }) => mode === 'disabled')")


def test_controls_hide_in_full_screen_after_the_menu(page: str, screens: Screens) -> None:
    """The focus that a menu gives back does not keep them; a menu that is too long scrolls by wheel and by key."""
    viewer = screens.open(page, (640, 400))
    viewer.plays(after=0.5)
    viewer.wakes()
    viewer.page.click(part("full"))
    viewer.until("document.fullscreenElement === player")
    viewer.wakes()
    viewer.page.click(part("settings"))
    viewer.until("player.querySelector('.menu').scrollHeight > player.querySelector('.menu').clientHeight")
    viewer.page.hover(row("speed"))
    viewer.page.mouse.wheel(0, 400)
    viewer.until("player.querySelector('.menu').scrollTop > 20")
    viewer.page.keyboard.press("Home")
    viewer.until("player.querySelector('.menu').scrollTop < 20")
    viewer.page.keyboard.press("End")
    viewer.until("player.querySelector('.menu').scrollTop > 20")
    assert viewer.value("document.activeElement.dataset.row") == "shortcuts"
    assert viewer.value("player.querySelectorAll('.menu [tabindex=\"0\"]').length") == 1
    viewer.page.keyboard.press("Home")
    viewer.page.click(row("speed"))
    viewer.page.click(row("speed-3"))
    viewer.until("video.playbackRate === 1.25 && player.querySelector('.menu').hidden")
    viewer.until("'idle' in player.dataset")


TIMES = [
    ("", 40),
    ("?t=0", 0),
    ("?t=65", 65),
    ("?t=65s", 65),
    ("?t=1m5s", 65),
    ("?t=1:05", 65),
    ("#t=20", 20),
    ("?t=65#t=20", 20),
]


def test_an_explicit_time_beats_the_stored_position(page: str, film: Video, screens: Screens) -> None:
    """Every usual form of a time; without one the video goes on where it was left. Links to times seek."""
    viewer = screens.open(page, stored={"videohost.positions": [[film["id"], 40]]})
    for address, seconds in TIMES:
        viewer.page.goto("about:blank")
        viewer.page.goto(page + address)
        viewer.page.wait_for_selector("vh-player:not([hidden])")
        viewer.until("video.readyState >= 2 && Math.abs(video.currentTime - arg) < 1", seconds)
        # Paused there, the frame of that time is shown and not the poster, which is one of another.
        viewer.until("video.paused && (arg > 0) === player.querySelector('[data-part=poster]').hidden", seconds)
    viewer.page.evaluate("() => { window.location.hash = 't=50'; }")
    viewer.until("Math.abs(video.currentTime - 50) < 1")


def test_seek_fill_and_signs_are_seen_by_everybody(page: str, screens: Screens) -> None:
    """Forced colours tell what was played from what was not; a sign is visible without motion, and goes."""
    viewer = screens.open(f"{page}?t=30", forced_colors="active", reduced_motion="reduce")
    viewer.until("video.readyState >= 2")
    ground = "getComputedStyle(player.querySelector(arg)).backgroundColor"
    played = viewer.value(ground, ".seek-played")
    assert played not in ("rgba(0, 0, 0, 0)", viewer.value(ground, ".seek-track"))
    viewer.page.evaluate(
        """() => { new MutationObserver(([{ addedNodes: [sign] }]) => {
          if (sign) window.requestAnimationFrame(() => { window.sign = getComputedStyle(sign).opacity; });
        }).observe(document.querySelector('.bezel'), { childList: true }); }"""
    )
    viewer.page.focus(part("big-play"))
    viewer.page.keyboard.press("Enter")
    viewer.until("window.sign === '1'")
    assert viewer.value("document.activeElement.dataset.part") == "play", "the focus stays in the player"
    viewer.until("player.querySelector('.bezel-sign') === null")


def test_touch_has_large_buttons_and_a_long_press(page: str, screens: Screens) -> None:
    """Skips and pause in the middle; a press that lasts plays at twice the speed, which is not stored."""
    viewer = screens.open(page, (390, 844), touch=True)
    viewer.page.tap(part("big-play"))
    viewer.until("!video.paused && video.currentTime > 0.5")
    for name, seconds in (("touch-forward", 10), ("touch-back", -10)):
        viewer.wakes()
        assert viewer.box(part(name))["width"] >= 44
        at = viewer.value("video.currentTime")
        viewer.page.tap(part(name))
        viewer.until("Math.abs(video.currentTime - arg) < 4", max(0, at + seconds))
    held = {"pointerType": "touch", "button": 0, "pointerId": 7, "isPrimary": True}
    viewer.page.dispatch_event(part("surface"), "pointerdown", held)
    viewer.until("video.playbackRate === 2 && !player.querySelector('[data-part=hold]').hidden")
    viewer.page.dispatch_event(part("surface"), "pointerup", held)
    viewer.until("video.playbackRate === 1 && player.querySelector('[data-part=hold]').hidden && !video.paused")
    assert viewer.value("JSON.parse(localStorage.getItem('videohost.player')).rate") == 1
    viewer.wakes()
    viewer.page.tap(part("big-play"))
    viewer.until("video.paused")


def test_a_tap_that_shows_the_controls_does_nothing_else(page: str, screens: Screens) -> None:
    """The click after it is not one of the button that has just appeared there; the next tap is."""
    viewer = screens.open(page, (390, 844), touch=True)
    viewer.plays(after=0.5)
    viewer.wakes()
    places = {name: viewer.box(part(name)) for name in ("big-play", "touch-forward", "settings")}
    # The window hears the click before the player does.
    clicked = "() => { window.clicked = new Promise((done) => addEventListener('click', () => setTimeout(done), { capture: true, once: true })); }"
    for name, box in places.items():
        viewer.until("'idle' in player.dataset")
        viewer.page.evaluate(clicked)
        before = viewer.value("video.currentTime")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        viewer.page.touchscreen.tap(x, y)
        viewer.until("!('idle' in player.dataset)")
        viewer.page.evaluate("() => window.clicked")
        assert not viewer.value("video.paused"), name
        assert viewer.value("player.querySelector('.menu').hidden"), name
        assert viewer.value("video.currentTime") < before + 8, name
    viewer.page.touchscreen.tap(places["settings"]["x"] + 10, places["settings"]["y"] + 10)
    viewer.until("!player.querySelector('.menu').hidden")
    viewer.page.keyboard.press("Escape")
    viewer.until("player.querySelector('.menu').hidden")
    viewer.wakes()
    middle = places["big-play"]
    viewer.page.touchscreen.tap(middle["x"] + 20, middle["y"] + 20)
    viewer.until("video.paused")


@pytest.mark.parametrize(("size", "touch"), [((1280, 800), False), ((390, 844), True)])
def test_the_menu_lies_over_a_panel(size: tuple[int, int], touch: bool, page: str, screens: Screens) -> None:
    """Every row can be pressed while the chapters are open, and each command is listed once."""
    viewer = screens.open(page, size, touch, stored=CAPTIONS)
    viewer.until("player.querySelectorAll('.seek-chapters i').length === 2")
    viewer.chooses("chapters")
    viewer.until("!player.querySelector('.panel-over').hidden")
    viewer.page.dispatch_event(part("settings"), "click")
    viewer.until("!player.querySelector('.menu').hidden")
    labels = viewer.value("[...player.querySelectorAll('.menu-item .menu-label')].map((node) => node.textContent)")
    assert len(labels) == len(set(labels)), labels
    covered = """[...player.querySelectorAll('.menu-item')].filter((node) => {
      node.scrollIntoView({ block: 'nearest' });
      const { left, right, top, bottom } = node.getBoundingClientRect();
      return [left + 8, right - 8].some((x) => !node.contains(document.elementFromPoint(x, (top + bottom) / 2)));
    }).map((node) => node.textContent)"""
    assert viewer.value(covered) == []


@pytest.mark.parametrize("size", [(320, 568), (390, 844)])
def test_words_of_waiting_stand_above_the_seek_bar(size: tuple[int, int], page: str, screens: Screens) -> None:
    """Also on a phone, where the picture is low, with the longest of them."""
    viewer = screens.open(page, size, touch=True)
    boxes = viewer.page.evaluate(
        """() => { const part = (name) => document.querySelector(`vh-player [data-part=${name}]`);
        part('spinner').hidden = false;
        part('spinner-text').textContent = 'This part is still being made. It will be here in a moment.';
        return ['spinner-text', 'seek', 'surface'].map((name) => part(name).getBoundingClientRect()).map(({ top, bottom }) => ({ top, bottom })); }"""
    )
    words, bar, frame = boxes
    assert frame["top"] < words["top"] < words["bottom"] <= bar["top"]


def test_captions_give_way_to_the_preview(page: str, screens: Screens) -> None:
    """They are hidden while the preview is shown, and there again when it, or the controls, have gone."""
    viewer = screens.open(f"{page}?t=12", stored=CAPTIONS)
    viewer.plays(after=12)
    viewer.until("player.querySelectorAll('.cue').length > 0")
    visibility = "getComputedStyle(player.querySelector('.cue')).visibility"
    viewer.wakes()
    viewer.page.hover(part("seek"))
    viewer.until(f"!player.querySelector('.preview').hidden && {visibility} === 'hidden'")
    viewer.until(f"'idle' in player.dataset && {visibility} === 'visible'")


# Width of the window, direction, wide view; whether the transcript stands beside the picture.
BESIDE = (
    (1100, "ltr", "false", False),
    (1280, "ltr", "false", True),
    (1280, "rtl", "false", True),
    (1600, "ltr", "true", True),
    (1600, "ltr", "false", True),
)


def test_chapters_transcript_and_statistics(page: str, screens: Screens) -> None:
    """Chapters out of the description, the captions as text that is searched and clicked, and what plays in figures."""
    viewer = screens.open(page, stored=CAPTIONS)
    viewer.until("player.querySelectorAll('.seek-chapters i').length === 2")
    viewer.page.click(part("chapter"))
    viewer.until("player.querySelectorAll('.panel-body .line').length === 3")
    lines = "[...player.querySelectorAll('.panel-body .line:not([hidden])')].map((line) => line.textContent)"
    assert viewer.value(lines) == ["0:00The start", "0:20The middle", "1:00The end"]
    viewer.page.click(".line:has-text('The middle')")
    viewer.until("video.currentTime === 20 && player.querySelector('[data-part=chapter]').textContent === 'The middle'")
    viewer.until("player.querySelector('.line[aria-current]').textContent === '0:20The middle'")
    viewer.page.keyboard.press("Escape")
    viewer.until("document.activeElement.dataset.part === 'chapter' && player.querySelector('.panel-over').hidden")

    viewer.chooses("transcript")
    viewer.until("player.querySelectorAll('.line').length === 4")
    viewer.page.fill(".panel-search", "NEEDLE")
    assert viewer.value(lines) == ["0:40A needle & hay"]
    viewer.page.click(".line:not([hidden])")
    viewer.until("video.currentTime === 40")
    viewer.page.fill(".panel-search", "nowhere")
    viewer.until("player.querySelector('.panel-note').textContent === 'Nothing found.'")
    # Beside the picture where the page has a column, from either side and in the wide view; over it elsewhere.
    for size, direction, wide, beside in BESIDE:
        viewer.page.set_viewport_size({"width": size, "height": 800})
        viewer.value(f"(document.documentElement.dir = '{direction}', player.toggleAttribute('data-wide', {wide}))")
        panel, picture, others = (viewer.box(one) for one in (".panel-over", part("video"), "#others"))
        overlap = min(panel["x"] + panel["width"], picture["x"] + picture["width"]) - max(panel["x"], picture["x"])
        what = (size, direction, wide, panel, picture)
        assert (overlap <= 0) == beside and 0 <= panel["x"] <= size - panel["width"], what
        assert not beside or (panel["y"], panel["height"]) == (picture["y"], picture["height"]), what
        assert not beside or others["y"] >= panel["y"] + panel["height"], "other videos stand below it"
    viewer.page.keyboard.press("Escape")
    viewer.until("player.querySelector('.panel-over').hidden && player.contains(document.activeElement)")

    viewer.chooses("statistics")
    viewer.until("player.querySelectorAll('[data-statistic]').length > 0")
    facts = viewer.value("Object.fromEntries([...player.querySelectorAll('[data-statistic]')].map((node) => [node.dataset.statistic, node.textContent]))")  # fmt: skip
    assert "90p" in facts["rung"] and "avc1" in facts["codecs"] and facts["bandwidth"] != "unknown", facts
    assert float(facts["buffer"].removesuffix(" s")) > 0 and "of" in facts["frames"], facts


def test_share_repeat_louder_and_media_keys(page: str, screens: Screens) -> None:
    """The address with a time; the end that is a beginning; a gain only when chosen; title and actions for the system."""
    actions = "window.actions = {}; const set = MediaSession.prototype.setActionHandler; MediaSession.prototype.setActionHandler = function (name, run) { window.actions[name] = run; set.call(this, name, run); };"  # fmt: skip
    contexts = "window.contexts = 0; const Context = AudioContext; window.AudioContext = class extends Context { constructor() { super(); window.contexts += 1; } };"  # fmt: skip
    viewer = screens.open(f"{page}?t=30", script=actions + contexts)
    viewer.plays(after=30)
    assert viewer.value("navigator.mediaSession.metadata.title") == "A film"
    viewer.value("window.actions.seekto({ seekTime: 10 })")
    viewer.until("Math.abs(video.currentTime - 10) < 5")
    viewer.value("window.actions.pause()")
    viewer.until("video.paused")
    viewer.value("window.actions.seekto({ seekTime: 12 })")
    viewer.until("video.currentTime === 12")

    viewer.chooses("share")
    assert viewer.page.input_value(part("share-link")) == page
    viewer.page.check(part("share-at"))
    assert viewer.page.input_value(part("share-link")) == f"{page}?t=12"
    code = viewer.page.input_value(part("share-embed"))
    assert f'src="{page.replace("/watch/", "/embed/")}?t=12" width="640" height="360"' in code
    viewer.page.keyboard.press("Escape")

    assert viewer.value("window.contexts") == 0
    viewer.chooses("boost", "boost-3")
    assert viewer.value("window.contexts") == 1
    viewer.chooses("loop")
    viewer.until("video.loop && player.querySelector('.menu-item[data-row=loop]').ariaChecked === 'true'")
    viewer.page.keyboard.press("Escape")
    viewer.page.keyboard.press("9")
    viewer.until("video.currentTime > 60")
    viewer.page.keyboard.press("k")
    viewer.until("!video.paused && video.currentTime < 30")


def test_a_lost_network_has_words_and_another_try(page: str, screens: Screens) -> None:
    """Without the library the player says so, and plays when it is asked to try again; offline it tries by itself."""
    lost = screens.browser.new_context(viewport={"width": 1280, "height": 800})
    tab = lost.new_page()
    tab.set_default_timeout(60_000)
    # Newer Chromium would play HLS by itself.
    tab.add_init_script("HTMLMediaElement.prototype.canPlayType = () => '';")
    library = re.compile(r"/hls(-[0-9a-f]+)?\.js$")
    tab.route(library, lambda route: route.abort())
    tab.goto(page)
    tab.wait_for_selector(part("error"))
    assert tab.inner_text(part("error-title")) == "The connection was lost"
    lost.set_offline(True)
    tab.wait_for_function("() => document.querySelector('[data-part=error-title]').textContent === 'You are offline'")
    tab.unroute(library)
    lost.set_offline(False)
    tab.wait_for_function("() => document.querySelector('video').readyState >= 2")
    assert not tab.is_visible(part("error"))


def test_segments_that_do_not_come(page: str, screens: Screens) -> None:
    """A request without an answer is called slow and can be tried again; refused ones are a lost connection, first words, then a card."""
    # The eight seconds until the words about slowness pass in one.
    fast = "const later = window.setTimeout; window.setTimeout = (run, ms, ...rest) => later(run, ms === 8000 ? 1000 : ms, ...rest);"  # fmt: skip
    viewer = screens.open(page, script=fast)
    trouble = ["silence"]

    def later_segment(route: Any) -> None:
        """Of the first 16 seconds there are always segments."""
        number = int(re.findall(r"(\d+)\.m4s", route.request.url)[-1])
        if number < 4 or not trouble[0]:
            route.continue_()
        elif trouble[0] == "refusal":
            route.abort()

    viewer.page.route(re.compile(r"\d+\.m4s"), later_segment)
    viewer.page.reload()
    viewer.plays(after=0.2)
    viewer.page.keyboard.press("9")
    viewer.page.wait_for_selector(part("spinner-retry"))
    assert viewer.page.inner_text(part("spinner-text")) == "This takes longer than usual."
    trouble[0] = ""
    viewer.page.click(part("spinner-retry"))
    viewer.until("!video.paused && video.readyState >= 3 && video.currentTime > 67")
    assert not viewer.page.is_visible(part("spinner-retry"))

    trouble[0] = "refusal"
    viewer.page.reload()
    viewer.plays(after=0.2)
    viewer.page.keyboard.press("8")
    viewer.until(
        "player.querySelector('[data-part=spinner-text]').textContent === 'The connection was lost. Trying again.'"
    )
    viewer.page.wait_for_selector(part("error"))
    assert viewer.page.inner_text(part("error-title")) == "The connection was lost"
    trouble[0] = ""
    viewer.page.focus(part("retry"))
    viewer.page.keyboard.press("Enter")
    viewer.until("!video.paused && video.currentTime > 60")
    assert not viewer.page.is_visible(part("error"))
    assert viewer.value("player.contains(document.activeElement)"), "the focus stays in the player"


def test_right_to_left(page: str, screens: Screens) -> None:
    """Arrows of the menu point where the reading goes, by sign and by key; time runs from left to right."""
    viewer = screens.open(page)
    viewer.value("document.documentElement.dir = 'rtl'")
    viewer.wakes()
    assert viewer.box(part("play"))["x"] < viewer.box(part("full"))["x"]
    assert viewer.box(part("time-now"))["x"] < viewer.box(part("time-all"))["x"]
    viewer.page.click(part("settings"))
    viewer.page.wait_for_selector(row("speed"))
    mirrored = "getComputedStyle(player.querySelector(arg)).transform === 'matrix(-1, 0, 0, 1, 0, 0)'"
    assert viewer.value(mirrored, ".menu-item[data-row=speed] .icon[data-name=forward]")
    menu, gear = viewer.box(part("menu")), viewer.box(part("settings"))
    assert menu["x"] < gear["x"] + gear["width"] / 2 < menu["x"] + menu["width"]
    viewer.page.focus(row("speed"))
    viewer.page.keyboard.press("ArrowRight")
    assert viewer.page.is_visible(row("speed")), "that arrow leads out"
    viewer.page.keyboard.press("ArrowLeft")
    viewer.page.wait_for_selector(row("speed-3"))
    assert viewer.value(mirrored, ".menu-item[data-row=back] .icon[data-name=back]")
    viewer.page.keyboard.press("ArrowRight")
    viewer.until("document.activeElement.dataset.row === 'speed'")


def test_nothing_is_left_of_a_player_that_was_removed(page: str, film: Video, screens: Screens) -> None:
    """Removed while it plays, stands still or loads, an element is collected, and asks for nothing more."""
    viewer = screens.open(page)
    viewer.page.evaluate(
        """async (id) => {
          // Trusted Types forbid a parser of strings.
          const page = await new Promise((resolve) => {
            const request = new XMLHttpRequest();
            request.responseType = "document";
            request.open("GET", location.href);
            request.onload = () => resolve(request.response);
            request.send();
          });
          const video = await (await fetch(`/v1/videos/${id}`)).json();
          window.removed = [];
          for (const how of ["plays", "rests", "loads"]) {
            const player = document.createElement("vh-player");
            const markup = document.importNode(page.querySelector("vh-player"), true);
            player.append(...markup.children);
            const stage = document.createElement("div");
            stage.append(player);
            document.querySelector("main").append(stage);
            const loads = player.load(video, { startAt: 0 });
            if (how !== "loads") await loads;
            player.dispatchEvent(new PointerEvent("pointerdown"));
            if (how === "plays") {
              await player.play();
              player.volume = 0.5;
            }
            stage.remove();
            window.removed.push(new WeakRef(player));
          }
        }""",
        film["id"],
    )
    session = viewer.page.context.new_cdp_session(viewer.page)
    for _ in range(20):
        session.send("HeapProfiler.collectGarbage")
        if viewer.value("window.removed.every((player) => player.deref() === undefined)"):
            break
        viewer.page.wait_for_timeout(250)
    assert viewer.value("window.removed.map((player) => player.deref() === undefined)") == [True, True, True]
    assert viewer.value("navigator.mediaSession.metadata") is None
    viewer.page.keyboard.press("k")
    # Keys go to the player that is there.
    viewer.until("!video.paused")


def test_wide_view_and_small_player(page: str, screens: Screens) -> None:
    """Wide takes the window's width and is kept; out of sight the playing player stands small in the corner."""
    viewer = screens.open(page, (1600, 700))
    narrow = viewer.box("vh-player")["width"]
    viewer.page.keyboard.press("t")
    viewer.until("player.getBoundingClientRect().width > arg", narrow + 100)
    viewer.page.reload()
    viewer.page.wait_for_selector("vh-player[data-wide]:not([hidden])")
    viewer.plays(after=0.2)
    viewer.page.evaluate("() => { document.body.style.paddingBottom = '3000px'; window.scrollTo(0, 2000); }")
    viewer.page.wait_for_selector("vh-player[data-mini]")
    box = viewer.box("vh-player")
    assert box["width"] <= 360 and box["x"] > 1000 and box["y"] > 300
    viewer.page.dispatch_event(part("mini-close"), "click")
    viewer.page.wait_for_selector("vh-player:not([data-mini])", state="attached")
    viewer.page.evaluate("() => window.scrollTo(0, 0)")
    viewer.until("player.getBoundingClientRect().top >= 0")
    # The page learns of what is in sight once a frame.
    viewer.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    viewer.page.evaluate("() => window.scrollTo(0, 2000)")
    viewer.page.wait_for_selector("vh-player[data-mini]")


def test_two_players_on_one_page(page: str, film: Video, screens: Screens) -> None:
    """Each has its own controls, menu and ids; keys go to the one that was used last."""
    viewer = screens.open(page)
    viewer.page.evaluate(
        """async (id) => {
          const first = document.querySelector('vh-player');
          const stage = document.createElement('div');
          stage.className = 'stage';
          const second = document.createElement('vh-player');
          second.id = 'second';
          for (const node of first.children) second.append(node.cloneNode(true));
          const video = second.querySelector('video');
          video.removeAttribute('src');
          for (const filled of second.querySelectorAll('[data-part=shortcuts-list]')) filled.replaceChildren();
          for (const node of second.querySelectorAll('[id]')) node.removeAttribute('id');
          stage.append(second);
          document.querySelector('main').append(stage);
          await second.load(await (await fetch(`/v1/videos/${id}`)).json(), { startAt: 5 });
        }""",
        film["id"],
    )
    other = "document.querySelector('#second').media"
    viewer.until(f"{other}.readyState >= 2 && Math.abs({other}.currentTime - 5) < 1")
    viewer.page.focus("#second [data-part=mute]")
    viewer.page.keyboard.press("k")
    viewer.until(f"!{other}.paused && video.paused")
    viewer.page.focus(part("mute"))
    viewer.page.keyboard.press("k")
    viewer.until(f"!{other}.paused && !video.paused")
    ids = "[...document.querySelectorAll('[data-part=menu]')].map(({ id }) => id)"
    assert len(set(viewer.value(ids))) == 2 and "" not in viewer.value(ids)
