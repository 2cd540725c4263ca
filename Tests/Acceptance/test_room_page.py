"""Rooms in browsers: all members see the same moment of the video."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from support import assets, media, player_page, players, room_page
from support.client import Client
from support.generated import GeneratedSources, Recipe
from support.player_page import Screens
from support.room_page import NAME, PLAY, SAMPLE, TEXT, WHERE, Line, People, drifts, percentile

# Samples of six seconds.
COUNT = 120
# Maximum difference of two players in milliseconds in 95 of 100 samples.
APART = 150
LENGTH = 80
# The paths of the scripts that a page has loaded.
LOADED = "performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname).filter((path) => path.endsWith('.js'))"  # fmt: skip


@pytest.fixture
def film(shared: dict[str, str]) -> str:
    """A video that is long enough for these tests."""
    films = GeneratedSources(
        Path(shared["folder"]) / "films",
        shared["url"],
        [Recipe("film.mp4", lambda path: media.long_clip(path, LENGTH))],
    )
    return films.finished("film.mp4")["id"]


@pytest.fixture
def crowd() -> Iterator[People]:
    """Members in a browser; their scripts must not fail."""
    with room_page.people() as people:
        yield people
        assert people.complaints() == []


@pytest.fixture
def screens() -> Iterator[Screens]:
    """A browser with screens of several sizes."""
    with player_page.screens() as found:
        yield found


@pytest.fixture
def room(client: Client, film: str) -> dict[str, Any]:
    """A room in which the host controls."""
    return room_page.opened(client, film, name="Film night", mode="host")


def test_two_players_stay_in_sync(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """Play, pause and seek of one member apply to the other, and both play the same position."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    host.page.click(PLAY)
    for tab in (host, guest):
        tab.plays(after=2)
    for tab in (host, guest):
        tab.settles()
    for tab in (host, guest):
        tab.value(f"{{ {SAMPLE} }}")
    apart = drifts(host.sample(COUNT), guest.sample(COUNT))
    assert len(apart) > COUNT / 2
    assert percentile(apart, 0.95) < APART, apart[-10:]
    # What a page loads at once is all that a room loads; a guest is asked for a name besides.
    # The media keys' part comes when something plays.
    later = ("vendor/hls.js", "js/pages/room.js?media-session")
    wanted = {assets.address(source) for source in (*assets.scripts("room"), *later)}
    assert set(host.value(LOADED)) == wanted
    extra = {assets.names()[source] for source in ("js/pages/room.js?guest-form", "messages/room/en.js?later")}
    assert {path.removeprefix("/assets/") for path in set(guest.value(LOADED)) - wanted} == extra

    host.page.keyboard.press("k")
    places = [tab.stops() for tab in (host, guest)]
    assert abs(places[0] - places[1]) < APART / 1000, places

    host.jump(0.5)
    for tab in (host, guest):
        tab.until(f"Math.abs({WHERE} - arg) < 1", LENGTH / 2)
    assert all(tab.value(room_page.PAUSED) for tab in (host, guest)), "a jump does not start what was paused"
    host.page.keyboard.press("k")
    for tab in (host, guest):
        tab.plays(after=LENGTH / 2 + 0.5)


def test_signs_say_their_words(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """What shows only a sign has a tooltip for a mouse, and the same words beside it while the keyboard has it."""
    host = crowd.owner(url, client, room)
    shown = "getComputedStyle(document.activeElement, '::after').content.split(' / ')[0].slice(1, -1)"
    signs = "document.querySelectorAll('.room button')"
    wordless = f"[...{signs}].filter((one) => one.offsetWidth > 0 && !one.closest('vh-player') && ![...one.querySelectorAll('span')].some((word) => word.offsetWidth > 1) && one.textContent.trim() === '' )"  # fmt: skip
    for width in (1280, 390):
        host.page.set_viewport_size({"width": width, "height": 800})
        host.page.keyboard.press("Tab")
        count = host.value(f"{wordless}.length")
        assert count >= 1, "the button that sends"
        said = host.value(
            f"{wordless}.map((one) => {{ one.disabled = false; one.focus(); return [one.title, {shown}]; }})"
        )
        assert all(title and title == words for title, words in said), (width, said)
    for name in ("reaction-bar", "about-actions"):
        host.value(f"document.querySelector('[data-part={name}] button:last-child').focus()")
        words = host.value("document.activeElement.title")
        assert words and host.value(shown) == words
        host.page.keyboard.press("Escape")
        assert host.value(shown) != words
        host.page.keyboard.press("Shift")


def test_a_late_member_joins_at_the_position_of_the_room(
    url: str, client: Client, room: dict[str, Any], crowd: People
) -> None:
    """A member who joins during playback does not stop the others, and soon plays the same position."""
    host = crowd.owner(url, client, room)
    host.page.click(PLAY)
    host.plays(after=2)
    host.value("{ window.stops = 0; document.querySelector('video').addEventListener('pause', () => window.stops++); }")
    guest = crowd.guest(url, room, "Late")
    guest.plays(after=2)
    guest.settles()
    for tab in (host, guest):
        tab.value(f"{{ {SAMPLE} }}")
    apart = drifts(host.sample(COUNT), guest.sample(COUNT))
    assert percentile(apart, 0.95) < APART, apart[-10:]
    assert host.value("window.stops") == 0


def test_a_player_out_of_sync_catches_up(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """A player that was moved back by seconds seeks to the room's position, slows down until it matches, and stays in sync."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    host.page.click(PLAY)
    for tab in (host, guest):
        tab.plays(after=6)
        tab.settles()
    guest.value("{ document.querySelector('video').currentTime -= 5; }")
    guest.seen("vh-player[data-follow=catching-up]")
    for tab in (host, guest):
        tab.settles()
    for tab in (host, guest):
        tab.value(f"{{ {SAMPLE} }}")
    apart = drifts(host.sample(COUNT // 2), guest.sample(COUNT // 2))
    assert percentile(apart, 0.95) < APART, apart[-10:]


def test_members_without_control_are_informed(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """A guest's click shows who controls; a player at its own pace can be controlled, and returns to the room's position."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    host.page.click(PLAY)
    for tab in (host, guest):
        tab.plays(after=1)
    assert guest.page.get_attribute(PLAY, "aria-disabled") == "true"
    guest.page.dispatch_event(PLAY, "click")
    guest.until("document.querySelector('.toast')?.textContent.includes('controls the player')")
    at = guest.value(WHERE)
    guest.plays(after=at + 0.5)

    guest.page.click("#own-pace")
    guest.page.dispatch_event(PLAY, "click")
    stopped = guest.stops()
    host.plays(after=stopped + 2)
    assert guest.value(WHERE) == stopped, "the others do not move it"
    guest.page.click("#go-live")
    guest.plays(after=stopped + 2)


def test_chat_is_text_and_removed_members_see_the_reason(
    url: str, client: Client, room: dict[str, Any], crowd: People
) -> None:
    """Messages appear unchanged in the other member's chat; a removed member sees the reason."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben <i>")
    text = "<img src=x onerror=alert(1)> & tricks 👋"
    guest.say(text)
    host.hears(text)
    # Why a message is refused stands over the field, with the text in it, until the text changes.
    guest.say(text)
    guest.until("document.querySelector('vh-chat [data-part=refused]').textContent === 'You have just said the same.'")
    assert guest.page.input_value(TEXT) == text and guest.page.query_selector(".toast") is None
    guest.page.fill(TEXT, "")
    assert not guest.page.is_visible("vh-chat [data-part=refused]")
    host.say("Hello, Ben")
    guest.hears("Hello, Ben")
    assert host.value("document.querySelectorAll('.chat-list img, .member i').length") == 0
    assert host.value("[...document.querySelectorAll('.chat-guest')].map((node) => node.textContent)") == ["guest"]
    guest.say("See https://example.org/a?b=1, please")
    host.seen(".chat-text a[href='https://example.org/a?b=1'][target=_blank][rel~=noopener]")

    host.page.click("#tab-people")
    host.until("document.querySelectorAll('.member').length === 2")
    host.page.click(".member [aria-haspopup=dialog]")
    host.page.fill("#member [data-part=reason]", "Too many spoilers")
    host.page.click("text=Remove from the room")
    host.seen("#confirm[open]")
    assert host.page.inner_text("#confirm-title") == "Remove Ben <i>?"
    host.page.click("#confirm-yes")
    guest.until("document.getElementById('card-title').textContent === 'You were removed from this room'")
    assert "Too many spoilers" in guest.page.inner_text("#card-text") and not guest.page.is_visible("#side")
    host.until("document.querySelectorAll('.member').length === 1")

    # A ban, and its removal.
    again = crowd.guest(url, room, "Ben again")
    assert not again.page.is_visible("#bans-open")
    host.page.click(".member [aria-haspopup=dialog]")
    host.page.click("text=Remove and keep out")
    assert "other guests of the same network" in host.page.inner_text("#confirm-text")
    host.page.click("#confirm-yes")
    again.until("document.getElementById('card-title').textContent === 'You were removed from this room'")
    host.until("document.querySelectorAll('.member').length === 1 && document.activeElement.id === 'tab-people'")
    # A reload does not go in again by itself, and the ban holds for who tries.
    again.page.reload()
    again.until("document.getElementById('card-title').textContent === 'You were removed from this room'")
    again.page.click("#card-again")
    again.until("document.getElementById('card-text').textContent.includes('may come in again later')")
    again.until("document.querySelector('.stage-card-actions :not([hidden])').id === 'card-home'")
    other = crowd.tab(url + room["page"])
    other.page.fill(NAME, "\u200b\u200b")
    other.page.click("#guest button[type=submit]")
    other.until("document.querySelector('#guest [data-part=error]').textContent.startsWith('Enter a name')")
    other.page.fill(NAME, "Neighbour")
    other.page.click("#guest button[type=submit]")
    other.until("document.getElementById('card-text').textContent.startsWith('Guests from your network')")
    host.page.click("#bans-open[aria-haspopup=dialog]")
    host.until(
        "document.querySelector('#bans [data-part=list]').textContent.startsWith('Ben againguest, and other guests of the same net')"
    )
    host.page.click("text=Let in again")
    host.seen("#bans [data-part=note]:visible")
    host.until("document.activeElement.matches('#bans [data-part=close]')")
    host.page.keyboard.press("Tab")
    assert host.value("document.activeElement.closest('#bans') !== null")
    host.page.keyboard.press("Escape")
    again.page.reload()
    again.seen(f"{TEXT}:enabled")
    again.seen(".reaction-button:enabled")
    host.page.click(".member [aria-haspopup=dialog]")
    host.page.click("text=Mute in the chat")
    again.until("[...document.querySelectorAll('.reaction-button')].every((button) => button.disabled)")


def test_the_room_page_shows_whom_it_waits_for(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """After a seek the page shows for whom the room waits; the host can start without them, and they catch up."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    for tab in (host, guest):
        tab.until("document.querySelector('video').readyState > 2")
    # Requests without a response, as in a network outage.
    guest.page.route("**/*.m4s", lambda _: None)
    host.page.click(PLAY)
    host.plays(after=0.5)
    host.jump(0.7)
    host.seen("[data-part=wait]:visible")
    host.until("document.querySelector('[data-part=wait-text]').textContent === 'Waiting for Ben…'")
    guest.until("document.querySelector('[data-part=wait-text]').textContent.includes('The others wait')")
    assert not guest.page.is_visible("[data-part=wait-skip]")
    host.page.click("[data-part=wait-skip]")
    host.plays(after=LENGTH * 0.7 + 0.5)
    guest.page.unroute("**/*.m4s")
    host.jump(0.2)
    for tab in (host, guest):
        tab.until(f"Math.abs({WHERE} - arg) < 3", LENGTH * 0.2)
        tab.plays(after=LENGTH * 0.2 + 0.5)


def test_the_owner_changes_and_closes_the_room(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """In mode `everyone` a guest can pause; a closed room disconnects all members with a message."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    host.page.click(PLAY)
    for tab in (host, guest):
        tab.plays(after=1)
    host.page.click("#settings-open")
    host.page.fill("#room-settings [data-part=name]", "For all <of us>")
    host.page.select_option("#room-settings [data-part=mode]", "everyone")
    # What is refused is said in the dialog, where nothing that was typed is lost.
    host.page.route("**/v1/rooms/*", lambda route: route.abort())
    host.page.click("#room-settings [type=submit]")
    host.seen("#room-settings [data-part=error]:has-text('cannot be reached')")
    host.page.click("#room-settings [data-part=close-room]")
    host.page.click("#confirm-yes")
    host.seen("#room-settings [data-part=error]:has-text('cannot be reached')")
    assert host.page.input_value("#room-settings [data-part=name]") == "For all <of us>"
    host.page.unroute("**/v1/rooms/*")
    host.page.click("#room-settings [type=submit]")
    guest.until("document.getElementById('title').textContent === 'For all <of us>'")
    guest.until("document.querySelector('[data-part=play]').getAttribute('aria-disabled') === 'false'")
    guest.page.keyboard.press("k")
    for tab in (host, guest):
        tab.stops()

    host.page.click("#settings-open")
    host.page.click("#room-settings [data-part=close-room]")
    host.page.click("#confirm-yes")
    for tab in (host, guest):
        tab.until("document.getElementById('card-title').textContent === 'This room is closed'")
    guest.page.reload()
    guest.until("document.querySelector('h1').textContent === 'There is no such room'")


def test_from_the_watch_page_to_the_start_page(url: str, client: Client, film: str, crowd: People) -> None:
    """The watch page creates a room; the start page has a link to a public room."""
    visitor = crowd.tab(f"{url}/watch/{film}")
    visitor.page.click("#together")
    visitor.seen("#account[open]")

    host = crowd.tab(f"{url}/watch/{film}", {"token": client.token or "", "expiresAt": "2100-01-01T00:00:00Z"})
    host.page.click("#together")
    host.page.wait_for_url("**/room.html?id=*")
    host.seen(f"{TEXT}:enabled")
    room_id = urllib.parse.parse_qs(urllib.parse.urlsplit(host.page.url).query)["id"][0]
    card = f".room-card[href$='{room_id}']"

    with visitor.page.expect_response("**/v1/rooms*"):
        visitor.page.goto(url)
    visitor.seen("#public-grid li")
    assert visitor.page.query_selector(card) is None, "found by its link alone"
    answer = client.request("PATCH", f"/v1/rooms/{room_id}", json={"visibility": "public"})
    assert answer.status_code == 200, answer.text
    visitor.page.reload()
    visitor.page.click(card)
    visitor.seen("#guest:visible")


def test_a_lost_connection_resumes(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """The player continues without a connection; then the same member resumes without missed events."""
    host = crowd.owner(url, client, room)
    with Line(urllib.parse.urlsplit(url).port or 80) as line:
        guest = crowd.guest(f"http://127.0.0.1:{line.port}", room, "Ben")
        host.page.click(PLAY)
        for tab in (host, guest):
            tab.plays(after=1)
        host.page.click("#tab-people")

        # The device itself knows first that it has no network, while the connection still looks open.
        guest.page.context.set_offline(True)
        guest.seen("[data-part=connection]:has-text('You are offline')")
        guest.page.context.set_offline(False)
        guest.page.wait_for_selector("[data-part=connection]", state="hidden")

        line.cut()
        guest.seen("[data-part=connection]:visible")
        host.until("document.querySelector('.member[data-away=true]')?.textContent.includes('reconnecting')")
        host.page.click("#tab-chat")
        host.say("While you were away")
        host.hears("While you were away")
        guest.plays(after=guest.value(WHERE) + 0.5)

        line.mend()
        guest.hears("While you were away")
        guest.seen(f"{TEXT}:enabled")
        guest.say("Here again")
        host.hears("Here again")
        assert len(host.people()) == 2, host.people()


def test_the_same_account_on_two_devices(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """Each is marked on the other, neither can remove the other, and what controls the player is said as it is."""
    first = crowd.owner(url, client, room)
    second = crowd.owner(url, client, room)
    for tab in (first, second):
        tab.page.click("#tab-people")
        tab.until("document.querySelectorAll('.member').length === 2")
        marks = tab.value("[...document.querySelectorAll('.member-marks')].map((node) => node.textContent)")
        assert sorted(marks) == ["you", "you, on another device"]
    controls = [tab.value("document.querySelectorAll('.member .badge-host').length") for tab in (first, second)]
    assert controls == [1, 1], "one of them is the host"
    first.page.click(".member [aria-haspopup=dialog]")
    first.seen("#member dialog[open]")
    offered = first.value(
        "[...document.querySelectorAll('#member [data-part=actions] button, #member [data-part=removals] button')].map((node) => node.textContent)"
    )
    assert len(offered) == 2 and not any("Remove" in words for words in offered), offered
    assert not first.page.is_visible("#member [data-part=reason]")
    assert second.page.query_selector(".member [aria-haspopup=dialog]") is None
    second.seen("[data-part=lock-note]:has-text('You control the player in this room on another device.')")


def test_a_reload_resumes_the_member(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """After a reload the page resumes the same member and has the earlier messages."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    guest.say("Before")
    host.hears("Before")
    guest.page.reload()
    guest.seen(f"{TEXT}:enabled")
    guest.hears("Before")
    guest.say("After")
    host.hears("After")
    for tab in (host, guest):
        # The list is loaded with its tab.
        tab.page.click("#tab-people")
        tab.until("document.querySelectorAll('.member').length === 2")


def test_a_phone_shows_film_and_chat(url: str, client: Client, room: dict[str, Any], screens: Screens) -> None:
    """The form of guests is whole; the film stays in view with a keyboard open, on the phone's side, and while the page scrolls."""
    page = screens.open(url + room["page"], (320, 480), touch=True, waits="#guest:visible").page
    assert room_page.cut(page, "#guest *") == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.fill(NAME, "Ben")
    page.click("#guest button[type=submit]")
    page.wait_for_selector(f"{TEXT}:enabled")
    for number in range(3):
        page.fill(TEXT, f"Line {number} " + "and more " * 30)
        page.press(TEXT, "Enter")
        page.wait_for_function("(count) => document.querySelectorAll('.chat-line').length === count", arg=number + 1)
    assert [name for name in ("vh-player", TEXT, "#invite") if not room_page.whole(page, name)] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # As by a keyboard of 414 pixels.
    page.focus(TEXT)
    for width, height in ((390, 430), (320, 300), (844, 180)):
        page.set_viewport_size({"width": width, "height": height + 300})
        page.wait_for_function("() => !document.documentElement.hasAttribute('data-keyboard')")
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_selector("html[data-keyboard]")
        page.wait_for_function(f"() => {room_page.CHAT_AT_END}")
        hidden = [name for name in ("vh-player", TEXT, "vh-chat [data-part=send]") if not room_page.whole(page, name)]
        assert hidden == [], (width, height)
        assert page.eval_on_selector("vh-player", "(node) => node.clientHeight") > height * 0.3
    page.evaluate("document.activeElement.blur()")
    page.set_viewport_size({"width": 844, "height": 390})
    page.wait_for_selector("html:not([data-keyboard])")
    assert [name for name in ("vh-player", TEXT) if not room_page.whole(page, name)] == []
    page.set_viewport_size({"width": 390, "height": 600})
    page.evaluate("window.scrollTo(0, 10000)")
    page.wait_for_function("() => window.scrollY > 50")
    assert room_page.whole(page, "vh-player")


def test_a_keyboard_that_lies_over_the_page_leaves_film_and_field_in_view(
    url: str, room: dict[str, Any], screens: Screens
) -> None:
    """As on iOS, where the window keeps its height and only its visible part becomes smaller and moves."""
    script = """
        const view = Object.assign(new EventTarget(), { height: 844, scale: 1, offsetTop: 0 });
        Object.defineProperty(window, 'visualViewport', { value: view });
    """
    page = screens.open(url + room["page"], (390, 844), touch=True, script=script, waits="#guest:visible").page
    page.fill(NAME, "Ben")
    page.click("#guest button[type=submit]")
    page.wait_for_selector(f"{TEXT}:enabled")
    page.focus(TEXT)
    change = "([height, offsetTop]) => Object.assign(visualViewport, { height, offsetTop }).dispatchEvent(new Event('resize'))"
    page.evaluate(change, [400, 120])
    page.wait_for_selector("html[data-keyboard]")
    for name in ("main", "vh-player", TEXT):
        box = page.query_selector(name).bounding_box()
        assert box["y"] >= 119.5 and box["y"] + box["height"] <= 520.5 and box["height"] > 30, (name, box)
    page.evaluate(change, [844, 0])
    page.wait_for_selector("html:not([data-keyboard])")


def test_unread_messages_are_marked_and_the_chat_is_in_full_screen(
    url: str, client: Client, room: dict[str, Any], crowd: People
) -> None:
    """Unread messages are counted on the tab, in the title and in full screen; there the chat opens beside the picture."""
    host = crowd.owner(url, client, room)
    guest = crowd.guest(url, room, "Ben")
    assert not host.page.is_visible("[data-part=unread]") and host.page.title() == "Film night · videohost"
    host.page.click("#tab-people")
    guest.say("One")
    guest.say("Two")
    host.until("document.querySelector('[data-part=unread]').textContent === '2'")
    assert host.page.title() == "(2) Film night · videohost"
    host.page.focus("vh-player [data-part=full]")
    host.page.keyboard.press("Enter")
    host.seen("[data-part=chat-toggle]:visible")
    assert host.page.get_attribute("[data-part=chat-toggle]", "aria-label") == "Show the chat, 2 new messages"
    assert host.page.is_visible("[data-part=chat-toggle-unread]")
    host.page.focus("[data-part=chat-toggle]")
    host.page.keyboard.press("Enter")
    host.seen("#stage #tab-chat:visible")
    host.page.click("#tab-chat")
    host.until("document.querySelector('[data-part=unread]').hidden && document.title === 'Film night · videohost'")
    host.until(room_page.CHAT_AT_END)
    picture, chat = (host.page.query_selector(name).bounding_box() for name in ("vh-player", "vh-chat"))
    assert picture["x"] + picture["width"] <= chat["x"] and picture["width"] > chat["width"]
    host.say("From full screen")
    guest.hears("From full screen")
    assert host.value("document.activeElement.matches('vh-chat [data-part=text]')")
    host.value("document.exitFullscreen()")
    host.seen(f"main > #side {TEXT}")
    assert host.value("document.activeElement.matches('vh-chat [data-part=text]')"), "the focus stays in the field"
    assert not host.page.is_visible("[data-part=chat-toggle]")


def test_the_invitation_has_a_link_and_its_code(
    url: str, client: Client, room: dict[str, Any], crowd: People, tmp_path: Path
) -> None:
    """The code is the room's address to an independent reader; without the generator the link remains."""
    host = crowd.owner(url, client, room)
    lazy: list[str] = []
    host.page.on("request", lambda request: lazy.append(request.url) if "qrcode" in request.url else None)
    host.page.route("**/*qrcode*", lambda route: route.abort())
    host.page.click("#invite")
    host.seen("#invitation [data-part=copy]:visible")
    address = host.page.input_value("#invitation [data-part=link]")
    assert address == url + room["page"] and host.value("document.activeElement.dataset.part") == "copy"
    assert not host.page.is_visible("#invitation [data-part=code]")
    host.page.keyboard.press("Escape")
    host.until("document.activeElement.id === 'invite'")
    assert len(lazy) == 1, "loaded with the dialog, and not before"

    host = crowd.owner(url, client, room)
    host.page.click("#invite")
    code = host.page.wait_for_selector("#invitation [data-part=code]:visible")
    picture = tmp_path / "code.png"
    code.screenshot(path=picture)
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(picture))] == [address]


def test_dialogs_fit_the_narrowest_screen(url: str, client: Client, room: dict[str, Any], screens: Screens) -> None:
    """At 320 px and in the language with the longest words nothing of a dialog sticks out to the side."""
    session = {
        "token": client.token or "",
        "expiresAt": "2100-01-01T00:00:00Z",
        "name": "O",
        "userId": room["owner"]["id"],
    }
    stored = {"videohost.session": session}
    page = screens.open(url + room["page"], (320, 640), True, stored, waits=f"{TEXT}:enabled", locale="ru-RU").page
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for opener, dialog in (
        ("#invite", "#invitation"),
        ("#settings-open", "#room-settings"),
        ("#media-open", "#picker"),
    ):
        page.click(opener)
        page.wait_for_selector(f"{dialog} dialog[open]")
        assert room_page.sticking_out(page, f"{dialog} dialog") == [], dialog
        page.keyboard.press("Escape")
        page.wait_for_function("(opener) => document.activeElement.matches(opener)", arg=opener)


def test_a_blocked_start_has_a_clear_button(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """Where the browser lets nothing play before a click, a button over the picture joins the playback."""
    host = crowd.owner(url, client, room)
    host.page.click(PLAY)
    host.plays(after=1)
    guest = crowd.tab("about:blank")
    guest.page.add_init_script(
        """
        const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () {
          if (navigator.userActivation.isActive && window.pressed) return play.call(this);
          return Promise.reject(new DOMException('no', 'NotAllowedError'));
        };
        document.addEventListener('click', (event) => (window.pressed ||= event.target.closest('[data-part=join-play]') !== null), true);
        """
    )
    guest.page.goto(url + room["page"])
    guest.page.fill(NAME, "Ben")
    guest.page.click("#guest button[type=submit]")
    guest.seen("[data-part=join-play]:visible")
    guest.page.focus("[data-part=join-play]")
    guest.page.keyboard.press("Enter")
    guest.plays(after=1)
    assert not guest.page.is_visible("[data-part=join]") and not guest.value("document.querySelector('video').muted")


def test_a_room_named_after_its_video_shows_the_name_once(url: str, client: Client, film: str, crowd: People) -> None:
    """The title stands in the page once, as its only first heading, before and after joining."""
    tab = crowd.tab(url + room_page.opened(client, film)["page"])
    tab.seen("#guest:visible")
    title = tab.page.inner_text("h1:visible")
    tab.page.fill(NAME, "Ben")
    tab.page.click("#guest button[type=submit]")
    tab.seen("#watch-link:visible")
    assert tab.page.inner_text("main").count(title) == 1 and len(tab.page.query_selector_all("main h1")) == 1


def test_firefox_stays_in_sync_with_chromium(url: str, client: Client, room: dict[str, Any], crowd: People) -> None:
    """Firefox and Chromium play the same position."""
    host = crowd.owner(url, client, room)
    with players.firefox_at(url + room["page"]) as browser:
        fox = room_page.Fox(browser)
        fox.join("Fox")
        host.page.click("#tab-people")
        host.until("document.querySelectorAll('.member').length === 2")
        host.page.click(PLAY)
        host.plays(after=3)
        fox.until(f"!{room_page.PAUSED} && {WHERE} > 3")
        fox.until("document.querySelector('vh-player[data-follow=close]') !== null")
        host.settles()
        host.value(f"{{ {SAMPLE} }}")
        fox.run(SAMPLE)
        apart = drifts(host.sample(COUNT), fox.sample(COUNT))
        assert len(apart) > COUNT / 2
        assert percentile(apart, 0.95) < APART, apart[-10:]
        host.page.keyboard.press("k")
        # The follower pauses at once and then seeks to the position of the host.
        fox.until(f"{room_page.PAUSED} && Math.abs({WHERE} - {host.stops()}) < {APART / 1000}")
