"""The player in a frame of another site: what its address asks for, and how the page around it drives it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import media, player_page
from support.client import Client, Video
from support.foreign_site import ForeignSite
from support.player_page import Screens
from support.players import HEADLESS
from support.server import Server

LENGTH = 20


@pytest.fixture(scope="module")
def film(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Video:
    """A small film."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    inputs = ["-f", "lavfi", "-i", f"testsrc2=s=160x90:r=12:d={LENGTH}", "-f", "lavfi", "-i", f"sine=440:r=48000:d={LENGTH}"]  # fmt: skip
    media.run(*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-g", "24", "-c:a", "aac", path)
    video = client.wait(client.upload(path, title="A film"))
    assert video["state"] == "ready", video
    return video


@pytest.fixture
def embed(url: str, film: Video) -> str:
    """The address of the film's player."""
    return f"{url}/embed/{film['id']}"


@pytest.fixture
def site() -> Iterator[ForeignSite]:
    """Another site."""
    with ForeignSite() as found:
        yield found


@pytest.fixture(scope="module")
def screens() -> Iterator[Screens]:
    """A browser."""
    with player_page.screens() as found:
        yield found


@pytest.fixture
def tab(screens: Screens) -> Iterator[Any]:
    """A page whose scripts may not fail, nor those of its frames."""
    context = screens.browser.new_context(viewport={"width": 1100, "height": 700})
    page = context.new_page()
    page.set_default_timeout(30_000)
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    yield page
    assert failed == []
    context.close()


def say(tab: Any, at: int, command: str, **more: Any) -> dict[str, Any]:
    """The player's answer to a command."""
    return tab.evaluate("([at, command, more]) => window.say(at, command, more)", [at, command, more])


def until_heard(tab: Any, at: int, event: str, condition: str = "true") -> dict[str, Any]:
    """The first message of a kind for which a condition over `it` holds."""
    found = f"window.heard[{at}].find((it) => it.event === '{event}' && ({condition}))"
    tab.wait_for_function(f"() => {found}")
    return tab.evaluate(f"() => {found}")


def test_a_foreign_page_drives_the_player(site: ForeignSite, embed: str, film: Video, tab: Any, url: str) -> None:
    """Commands of docs/embed.md are carried out and answered, and what happens is told; before it is asked, only the greeting."""
    tab.goto(site.frames(embed))
    until_heard(tab, 0, "hello")
    tab.wait_for_function("() => window.heard[0].length === 1")
    assert say(tab, 0, "connect")["ok"]
    ready = until_heard(tab, 0, "ready")
    assert ready["video"] == {"id": film["id"], "title": "A film"} and abs(ready["state"]["duration"] - LENGTH) < 0.2
    assert ready["origin"] == url

    assert say(tab, 0, "play")["ok"]
    until_heard(tab, 0, "play", "!it.state.paused")
    until_heard(tab, 0, "time", "it.state.time > 0.5")
    assert say(tab, 0, "pause")["state"]["paused"]
    assert say(tab, 0, "seek", value=12)["ok"]
    until_heard(tab, 0, "seek", "it.state.time === 12 && it.state.paused")
    assert say(tab, 0, "volume", value=0.25)["state"]["volume"] == 0.25
    assert say(tab, 0, "mute")["state"]["muted"]
    until_heard(tab, 0, "volume", "it.state.muted && it.state.volume === 0.25")
    assert not say(tab, 0, "unmute")["state"]["muted"]
    assert say(tab, 0, "rate", value=2)["state"]["rate"] == 2
    assert say(tab, 0, "loop", value=True)["state"]["loop"]
    say(tab, 0, "loop", value=False)
    say(tab, 0, "seek", value=LENGTH - 1)
    assert say(tab, 0, "play")["ok"]
    until_heard(tab, 0, "ended", "it.state.ended")
    assert say(tab, 0, "play")["ok"]
    until_heard(tab, 0, "time", "!it.state.ended && it.state.time < 5")

    for command, more, error in (
        ("seek", {"value": "5"}, "invalid_value"),
        ("seek", {}, "invalid_value"),
        ("volume", {"value": 2}, "invalid_value"),
        ("constructor", {}, "unknown_command"),
        ("play", {"videohost": 2}, "unsupported_version"),
    ):
        answer = say(tab, 0, command, **more)
        assert (answer["ok"], answer["error"]) == (False, error), command


def test_only_the_page_around_the_player_is_obeyed(site: ForeignSite, embed: str, tab: Any) -> None:
    """With `origin` only that one; a frame beside the player, and an origin that cannot be read, never."""
    tab.goto(site.frames(f"{embed}?origin={site.url}", f"{embed}?origin=https://example.org", f"{embed}?origin=none"))
    until_heard(tab, 0, "hello")
    say(tab, 0, "connect")
    until_heard(tab, 0, "ready")
    for at in (1, 2):
        # Nobody answers: the first player does, after the other has had its turn.
        tab.evaluate("(at) => { window.say(at, 'play'); }", at)
        frame = tab.frames[1 + at]
        frame.wait_for_function("() => document.querySelector('video').readyState >= 2")
        frame.evaluate("() => window.parent.frames[0].postMessage({ videohost: 1, command: 'play', id: 'no' }, '*')")
    say(tab, 0, "state")
    assert say(tab, 0, "state")["state"]["paused"]
    assert tab.evaluate("() => window.heard.slice(1).flat()") == []
    assert all(frame.evaluate("() => document.querySelector('video').paused") for frame in tab.frames[1:])


def test_players_beside_each_other(site: ForeignSite, embed: str, url: str, film: Video, tab: Any) -> None:
    """Two frames are driven each by itself; two players and a frame stand on one page of the server."""
    tab.goto(site.frames(f"{embed}?t=5", f"{embed}?t=10"))
    for at, start in enumerate((5, 10)):
        until_heard(tab, at, "hello")
        say(tab, at, "connect")
        assert abs(until_heard(tab, at, "ready")["state"]["duration"] - LENGTH) < 0.2
        tab.frames[1 + at].wait_for_function(
            "(start) => Math.abs(document.querySelector('video').currentTime - start) < 1", arg=start
        )
    assert say(tab, 1, "play")["ok"]
    until_heard(tab, 1, "time", "it.state.time > 10.5")
    assert say(tab, 0, "state")["state"]["paused"]

    # The policy of a watch page allows no frame: the test's page goes without one.
    def without_policy(route: Any) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)

    tab.route("**/watch/*", without_policy)
    tab.goto(f"{url}/watch/{film['id']}")
    tab.wait_for_selector("vh-player:not([hidden])")
    tab.evaluate(
        """async ([id, embed]) => {
          const first = document.querySelector("vh-player");
          const frame = document.createElement("iframe");
          frame.src = embed;
          const stage = document.createElement("div");
          stage.className = "stage";
          const second = document.createElement("vh-player");
          const markup = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
          second.append(...markup.querySelector("vh-player").children);
          stage.append(second);
          document.querySelector("main").append(stage, frame);
          const video = await (await fetch(`/v1/videos/${id}`)).json();
          await second.load(video, { startAt: 8 });
          window.players = [first, second];
        }""",
        [film["id"], embed],
    )
    tab.wait_for_function("() => window.players.every((player) => player.media.readyState >= 2)")
    tab.frames[1].wait_for_function("() => document.querySelector('video').readyState >= 2")
    tab.evaluate("() => { window.players[1].muted = true; return window.players[1].play(); }")
    tab.frames[1].evaluate("() => document.querySelector('vh-player').play()")
    tab.frames[1].wait_for_function("() => document.querySelector('video').currentTime > 0.5")
    tab.wait_for_function("() => window.players[1].currentTime > 8.5 && window.players[0].paused")


def test_what_the_address_asks_for(site: ForeignSite, embed: str, film: Video, tab: Any) -> None:
    """Time, playing at once, without sound, again and again, without controls; none of it is stored for other pages."""
    # Between ports of one address the browser does not block storage.
    site.url = site.url.replace("localhost", "127.0.0.1")
    tab.goto(site.frames(f"{embed}?t=18&autoplay=1&muted=1&loop=1&controls=0", embed))
    frame, plain = tab.frames[1], tab.frames[2]
    frame.wait_for_function("() => { const v = document.querySelector('video'); return !v.paused && v.muted && v.loop && v.currentTime > 18; }")  # fmt: skip
    frame.wait_for_function("() => { const v = document.querySelector('video'); return !v.paused && v.currentTime < 5; }")  # fmt: skip
    shown = plain.evaluate("() => { const { left, right, bottom } = document.querySelector('vh-player').getBoundingClientRect(); return [left, right, bottom]; }")  # fmt: skip
    assert shown == [0, 480, 270], "the whole player is in its frame"
    assert not frame.is_visible("[data-part=row]") and plain.is_visible("[data-part=row]")
    plain.wait_for_function("() => document.querySelector('video').readyState >= 2")
    plain.evaluate("() => localStorage.removeItem('videohost.player')")
    frame.evaluate("() => document.querySelector('vh-player').media.dispatchEvent(new Event('volumechange'))")
    assert frame.evaluate("() => JSON.parse(localStorage.getItem('videohost.player')).muted") is False
    state = "(() => { const v = document.querySelector('video'); return [v.paused, v.muted, v.loop]; })()"
    assert plain.evaluate(state) == [True, False, False]
    # Without controls the player itself is reached by keys, and pauses.
    frame.focus("vh-player")
    tab.keyboard.press("k")
    frame.wait_for_function("() => document.querySelector('video').paused")


def test_the_link_to_the_page_and_a_browser_without_storage(
    site: ForeignSite, embed: str, film: Video, tab: Any, url: str
) -> None:
    """The browser, in private, blocks storage in frames of other sites: the player plays. Its title leads to the page."""
    tab.goto(site.frames(f"{embed}?t=7"))
    frame = tab.frames[1]
    frame.wait_for_selector("vh-player:not([hidden])")
    assert (
        frame.evaluate("() => { try { return localStorage; } catch (error) { return error.name; } }") == "SecurityError"
    )
    frame.wait_for_function("() => document.querySelector('video').readyState >= 2")
    frame.evaluate("() => document.querySelector('vh-player').play()")
    frame.wait_for_function("() => document.querySelector('video').currentTime > 7.5")
    link = frame.get_by_role("link", name="A film")
    assert link.get_attribute("target") == "_blank"
    with tab.context.expect_page() as opened:
        frame.dispatch_event("#page-link", "click")
    page = opened.value
    page.wait_for_load_state("domcontentloaded")
    assert page.url.startswith(f"{url}/watch/{film['id']}?t=") and int(page.url.rpartition("=")[2]) >= 7
    assert frame.evaluate("() => document.querySelector('video').paused")


def test_a_video_that_cannot_be_watched(site: ForeignSite, url: str, client: Client, tab: Any, tmp_path: Path) -> None:
    """The page around the frame is told, whether there is a video that was rejected or none, also if it listens late."""
    path = tmp_path / "words.mp4"
    path.write_bytes(b"no film " * 100)
    rejected = client.wait(client.upload(path))
    assert rejected["state"] == "rejected"
    tab.goto(site.frames(f"{url}/embed/{rejected['id']}", f"{url}/embed/vid_none"))
    until_heard(tab, 0, "hello")
    assert say(tab, 0, "connect")["ok"]
    until_heard(tab, 0, "unavailable", "!it.state.ready")
    until_heard(tab, 1, "unavailable")
    tab.evaluate("() => { window.heard[1].length = 0; window.say(1, 'connect'); }")
    until_heard(tab, 1, "unavailable")
    assert tab.evaluate("() => window.heard[1].map((it) => it.event)") == ["unavailable"]


def test_sites_that_may_not_show_it(site: ForeignSite, start: Callable[..., Server], tab: Any) -> None:
    """`--embed-ancestors` names who may; others get an empty frame."""
    for ancestors, shown in (("'self'", False), (site.url, True)):
        server = start("--embed-ancestors", ancestors, data="data" if shown else "other")
        # A video that there is not has a page for frames as well.
        tab.goto(site.frames(f"{server.url}/embed/vid_x"))
        assert ("no such video" in tab.frames[1].content()) == shown


def test_playing_without_a_click(site: ForeignSite, embed: str, screens: Screens) -> None:
    """Where sound needs a click: muted, with a button for the sound; in the background only when looked at; a command is refused."""
    # Seen a moment after it could play. What a test evaluates in a frame counts as a click there, so only messages are used.
    background = """let seen = false;
        Object.defineProperty(document, 'hidden', { get: () => !seen });
        const poll = setInterval(() => {
          const video = document.querySelector('video');
          if (!(video?.readyState >= 2)) return;
          clearInterval(poll);
          setTimeout(() => {
            window.pausedUnseen = video.paused;
            seen = true;
            document.dispatchEvent(new Event('visibilitychange'));
          }, 300);
        }, 50);"""
    arguments = [option for option in HEADLESS if "autoplay-policy" not in option]
    browser = screens.browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)
    tab = browser.new_page()
    tab.set_default_timeout(30_000)
    tab.add_init_script(background)
    tab.goto(site.frames(f"{embed}?autoplay=1", embed, attributes=""))
    for at in (0, 1):
        until_heard(tab, at, "hello")
        say(tab, at, "connect")
    until_heard(tab, 0, "time", "it.state.muted && !it.state.paused && it.state.time > 0")
    until_heard(tab, 1, "ready")
    answer = say(tab, 1, "play")
    assert (answer["ok"], answer["error"], answer["state"]["paused"]) == (False, "blocked", True)
    say(tab, 1, "mute")
    assert say(tab, 1, "play")["ok"]
    frame = tab.frames[1]
    assert frame.evaluate("() => window.pausedUnseen")
    frame.click("[data-part=sound]")
    frame.wait_for_function("() => { const v = document.querySelector('video'); return !v.paused && !v.muted; }")
    assert not frame.is_visible("[data-part=sound]")
    browser.close()
