"""The start page and the watch page: what a viewer sees first, and what an owner does there."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import media
from support.client import Client, Video
from support.players import HEADLESS
from support.server import Server

LENGTH = 75
DESCRIPTION = "Map: https://a.example/x?y=1. See (0:40)!\n0:00 Start\nمرحبا بكم."
VTT = "1\n00:00:01,000 --> 00:00:04,000\nHello\n\n2\n00:00:30,000 --> 00:00:34,000\nשלום!\n"
PANEL = {"videohost.panel": "open"}
# What has the focus, as a selector that the tests can read.
FOCUS = """() => { const node = document.activeElement;
  return node.dataset.part ?? node.dataset.action ?? node.getAttribute('href') ?? node.localName; }"""
WIDER = "() => document.documentElement.scrollWidth > innerWidth"

Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small film."""
    path = tmp_path_factory.mktemp("start") / "film.mp4"
    media.run("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=12:d={LENGTH}", "-c:v", "libx264", "-preset", "ultrafast", path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def film(client: Client, clip: Path) -> Video:
    """A video that is ready, with a description."""
    video = client.wait(client.upload(clip, title="A film"))
    tag = client.get(f"/v1/videos/{video['id']}").headers["ETag"]
    changes = {"description": DESCRIPTION}
    answer = client.request("PATCH", f"/v1/videos/{video['id']}", json=changes, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Any, client: Client, film: Video, url: str) -> Iterator[Opener]:
    """Opens a page for a visitor, or for the owner of the film; no script of its pages may fail."""
    complaints: list[str] = []
    contexts: list[Any] = []
    owner = film["owner"]
    session = {"token": client.token, "expiresAt": "2100-01-01T00:00:00Z"}
    session |= {"name": owner["username"], "userId": owner["id"]}

    def begin(
        path: str,
        size: tuple[int, int] = (1280, 800),
        signed_in: bool = False,
        stored: dict[str, Any] | None = None,
        prepare: Callable[[Any], None] | None = None,
        **options: Any,
    ) -> Any:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        items = (stored or {}) | ({"videohost.session": session} if signed_in else {})
        for key, value in items.items():
            text = value if isinstance(value, str) else json.dumps(value)
            context.add_init_script(
                f"localStorage.getItem('{key}') ?? localStorage.setItem('{key}', {json.dumps(text)})"
            )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if prepare:
            prepare(page)
        page.goto(url + path)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert complaints == []


def card(video: Video) -> str:
    """The link of a video's card."""
    return f"[data-video='{video['id']}'] [data-part=link]"


def focused(page: Any, wanted: str) -> None:
    """Waits until an element has the focus."""
    page.wait_for_function(f"(wanted) => ({FOCUS})() === wanted", arg=wanted)


def test_a_viewer_sees_videos_and_one_click_plays(film: Video, open_page: Opener) -> None:
    """No drop field before it is asked for; the header's link opens it and gets the focus back; a card leads to its video."""
    page = open_page("/")
    assert page.locator("h1").count() == 1 and not page.is_visible(".drop")
    page.click("#header a[href$='#upload']")
    focused(page, "file")
    assert page.is_visible(".drop")
    page.click("vh-upload [data-part=close]")
    focused(page, "/#upload")
    assert not page.is_visible(".drop")
    assert page.inner_text(f"{card(film)} [data-part=owner]") == film["owner"]["username"]
    assert page.inner_text(f"{card(film)} [data-part=time]") == "1:15"
    page.click(card(film))
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0")
    assert page.locator("h1:visible").count() == 1


def test_cards_have_the_mark_of_captions(client: Client, film: Video, open_page: Opener) -> None:
    """The same in cards of the server and of scripts, with a word for who does not see it, and one dot between two facts."""
    facts = f"{card(film)} .card-facts"
    dots = "(node) => [...node.children].filter((one) => one.offsetWidth > 0 && getComputedStyle(one, '::before').content.includes('·')).length"  # fmt: skip
    for method, body, is_marked in [("PUT", VTT, True), ("DELETE", "", False)]:
        assert client.request(method, f"/v1/videos/{film['id']}/captions/en", data=body.encode()).ok
        page = open_page("/")
        for _ in ("of the server", "of scripts"):
            assert page.is_visible(f"{facts} .card-mark") == is_marked
            assert page.inner_text(facts).startswith("90pCC" if is_marked else "90p")
            assert ("Subtitles" in page.inner_text(facts)) == is_marked
            assert page.eval_on_selector(facts, dots) == (2 if is_marked else 1)
            page.evaluate("() => document.querySelector('vh-grid').reload()")


def test_cards_show_what_was_watched_and_a_preview(film: Video, open_page: Opener) -> None:
    """From the stored position and the storyboard; with reduced motion nothing moves; no width cuts the page."""
    watched = {"videohost.positions": [[film["id"], 30]]}
    page = open_page("/", stored=watched)
    assert page.eval_on_selector(f"{card(film)} [data-part=watched-fill]", "(node) => node.style.width") == "40%"
    assert "0:30" in page.text_content(f"{card(film)} [data-part=watched-text]")
    page.hover(card(film))
    tile = f"{card(film)} [data-part=tile]"
    page.wait_for_selector(tile)
    assert "storyboard-1.jpg" in page.eval_on_selector(tile, "(node) => node.style.backgroundImage")
    page.mouse.move(0, 0)
    page.wait_for_selector(tile, state="hidden")
    for width in (320, 390, 3840):
        page.set_viewport_size({"width": width, "height": 800})
        assert not page.evaluate(WIDER), width
    still = open_page("/", stored=watched, reduced_motion="reduce")
    asked: list[str] = []
    still.on("request", lambda request: asked.append(request.url))
    still.hover(card(film))
    still.wait_for_timeout(600)
    assert [address for address in asked if "storyboard" in address] == []


def more_videos(page: Any, film: Video) -> None:
    """As if there were two more pages of videos; the first request for them is lost."""
    lost: list[str] = []

    def first(route: Any) -> None:
        answer = route.fetch()
        # Whether the server has more videos or not.
        text = re.sub(r'"next":(?:null|"[^"]*")', '"next":"c1"', answer.text())
        text = text.replace('data-part="more" hidden', 'data-part="more"')
        route.fulfill(response=answer, body=text)

    def listed(route: Any) -> None:
        if not lost:
            lost.append(route.request.url)
            route.abort()
            return
        number = 1 if "cursor=c1" in route.request.url else 2
        videos = [film | {"id": f"vid_{number}{index:025}", "watchUrl": film["watchUrl"]} for index in range(20)]
        after = "c2" if number == 1 else None
        route.fulfill(json={"data": videos, "page": {"next": after, "limit": 24}})

    page.route(lambda address: address.endswith("/"), first)
    page.route("**/v1/videos?*", listed)


def test_the_grid_says_what_failed_and_keeps_its_place(film: Video, open_page: Opener) -> None:
    """A lost request has words and a retry; "Show more" keeps the focus; coming back leads to the card that was followed."""
    page = open_page("/", prepare=lambda page: more_videos(page, film))
    more, problem = "vh-grid [data-part=more]", "vh-grid .trouble"
    page.evaluate("() => document.querySelector('vh-grid [data-part=list]').replaceChildren()")
    page.click(more)
    page.wait_for_selector(problem)
    page.wait_for_function("() => document.activeElement === document.querySelector('vh-grid .trouble button')")
    assert "cannot be reached" in page.inner_text(problem) and not page.is_visible("vh-grid [data-part=empty]")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('vh-grid [data-video]').length >= 20")
    assert not page.is_visible(problem)
    page.click(more)
    last = f"[data-video='vid_2{0:025}'] [data-part=link]"
    page.wait_for_selector(last)
    page.wait_for_function("(last) => document.activeElement === document.querySelector(last)", arg=last)
    assert page.inner_text("vh-grid [data-part=said]") == "20 more videos"
    page.locator("vh-grid [data-part=link]").last.click()
    page.wait_for_selector("vh-player:not([hidden])")
    page.go_back()
    page.wait_for_function("() => document.activeElement.closest?.('[data-video]')?.dataset.video.endsWith('19')")
    assert page.evaluate("() => scrollY") > 500


def test_the_focus_stays_after_renaming_and_deleting(client: Client, film: Video, open_page: Opener) -> None:
    """It goes back to the button, and to the row beside the one that is gone."""
    gone, kept = client.create("Gone soon")["id"], client.create("Kept")["id"]
    page = open_page("/", signed_in=True, stored=PANEL)
    row = "#mine-list > li:has(.row-title:text-is('{}'))"
    page.click(f"{row.format('A film')} [data-action=rename]")
    page.keyboard.type("A better film")
    page.keyboard.press("Enter")
    page.wait_for_selector(row.format("A better film"))
    focused(page, "rename")
    page.click(f"{row.format('A better film')} [data-action=rename]")
    page.keyboard.press("Escape")
    focused(page, "rename")
    page.click(f"{row.format('Gone soon')} [data-action=delete]")
    page.click("#confirm-yes")
    page.wait_for_selector(row.format("Gone soon"), state="detached")
    page.wait_for_function("() => document.activeElement.closest('#mine-list > li') !== null")
    assert client.get(f"/v1/videos/{gone}").status_code == 404
    assert client.request("DELETE", f"/v1/videos/{kept}").status_code == 204


def test_a_description_has_links_and_times(film: Video, open_page: Opener) -> None:
    """Links say nothing of this site and give no rank; times seek; each line has its own direction."""
    page = open_page(film["watchUrl"])
    link = page.wait_for_selector("#description a[target]")
    assert link.get_attribute("href") == "https://a.example/x?y=1" and link.inner_text() == "https://a.example/x?y=1"
    assert set(link.get_attribute("rel").split()) == {"nofollow", "ugc", "noopener"}
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    page.click("#description .time-link >> nth=0")
    page.wait_for_function("() => document.querySelector('video').currentTime >= 40")
    assert page.eval_on_selector("#description", "(node) => getComputedStyle(node).unicodeBidi") == "plaintext"
    assert page.locator("vh-owner").is_hidden()
    for size in ((320, 568), (844, 390), (1280, 800), (3840, 2160)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        box = page.query_selector("#stage").bounding_box()
        assert not page.evaluate(WIDER) and box["height"] <= size[1] - 61, (size, box)


# Where the last character of an element's text stands, and the whole of its last line.
STOP = """(node) => {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  let text = null;
  while (walker.nextNode()) if (walker.currentNode.data.trim()) text = walker.currentNode;
  const [whole, last] = [document.createRange(), document.createRange()];
  whole.selectNodeContents(text);
  const end = text.data.trimEnd().length;
  last.setStart(text, end - 1);
  last.setEnd(text, end);
  return [last.toString(), last.getBoundingClientRect().left, [...whole.getClientRects()].at(-1).left];
}"""


def test_full_stops_end_lines_that_are_written_from_right_to_left(
    client: Client, film: Video, clip: Path, open_page: Opener
) -> None:
    """In a card, as the title of a page, in a description and in a row of one's own videos, the stop is at the left end."""
    title = "مرحبا بكم."
    arabic = client.wait(client.upload(clip, title=title))
    page = open_page("/", signed_in=True, stored=PANEL)
    places = [f"{card(arabic)} [data-part=title]", f"#mine-list .row-title:text-is('{title}')"]
    for path, more in (("", places), (arabic["watchUrl"], ["h1"]), (film["watchUrl"], ["#description"])):
        if path:
            page.goto(client.url + path)
        for place in more:
            page.wait_for_selector(place)
            sign, stop, line = page.eval_on_selector(place, STOP)
            assert sign == "." and abs(stop - line) < 1, (place, stop, line)
    assert client.request("DELETE", f"/v1/videos/{arabic['id']}").status_code == 204


def test_a_video_starts_by_itself(client: Client, clip: Path, open_page: Opener) -> None:
    """As the page of a draft says: when the file has come and its beginning is ready, it plays without a click."""
    draft = client.create("Soon here")
    page = open_page(draft["watchUrl"])
    page.wait_for_function(
        "() => document.getElementById('card-text').textContent.startsWith('It starts here by itself')"
    )
    with clip.open("rb") as file:
        assert client.put(draft["id"], file).status_code == 202
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.5")
    assert page.is_hidden("#card") and client.wait(draft["id"])["state"] == "ready"
    assert client.request("DELETE", f"/v1/videos/{draft['id']}").status_code == 204


def test_an_owner_edits_on_the_page(client: Client, film: Video, open_page: Opener) -> None:
    """What was typed outlives a failure; captions are looked at, sent, replaced and deleted."""
    page = open_page(film["watchUrl"], signed_in=True)
    page.click("vh-owner [data-part=edit]")
    page.fill("vh-owner [data-part=title]", "An edited film")
    page.fill("vh-owner [data-part=description]", "Other words")
    page.route(
        "**/v1/videos/vid_*", lambda route: route.abort() if route.request.method == "PATCH" else route.fallback()
    )
    page.click("vh-owner [data-part=save]")
    assert "cannot be reached" in page.wait_for_selector("vh-owner [data-part=form-error]").inner_text()
    assert page.input_value("vh-owner [data-part=description]") == "Other words"
    page.unroute("**/v1/videos/vid_*")
    page.click("vh-owner [data-part=save]")
    page.wait_for_selector("h1:text-is('An edited film')")
    focused(page, "edit")
    assert page.inner_text("#description") == "Other words"

    page.click("vh-owner [data-part=captions-open]")
    file = {"name": "film.srt", "mimeType": "application/x-subrip", "buffer": VTT.encode()}
    page.set_input_files("vh-captions [data-part=caption-file]", file)
    page.wait_for_selector("vh-captions [data-part=cue-list] li >> nth=1")
    page.click("vh-captions .captions-time >> nth=1")
    page.wait_for_function("() => document.querySelector('video').currentTime >= 30")
    page.select_option("vh-captions [data-part=language]", "he")
    page.click("vh-captions [data-part=send]")
    page.wait_for_selector(".captions-row")
    assert [one["language"] for one in client.video(film["id"])["captions"]] == ["he"]
    page.set_input_files("vh-captions [data-part=caption-file]", {**file, "buffer": b"not captions"})
    assert "WebVTT" in page.wait_for_selector("vh-captions [data-part=caption-error]").inner_text()
    assert page.is_hidden("vh-captions [data-part=cue-preview]")
    page.click(".captions-row [data-action=preview]")
    page.wait_for_selector("vh-captions [data-part=cue-list] li:has-text('שלום')")
    page.click(".captions-row [data-action=delete]")
    page.click("#confirm-yes")
    page.wait_for_selector(".captions-row", state="detached")
    focused(page, "language")
    assert client.video(film["id"])["captions"] == []


def test_shared_addresses_are_public(start: Callable[..., Server], clip: Path, browser: Any) -> None:
    """Links, the code for other sites and the stream have the address of `--public-url`, whatever the browser's own is."""
    server = start("--public-url", "https://videos.example.org")
    client = Client.registered(server.url)
    video = client.wait(client.upload(clip))
    page = browser.new_page()
    page.add_init_script(
        "window.copied = []; navigator.clipboard.writeText = async (text) => window.copied.push(text);"
    )
    page.goto(f"{server.url}{video['watchUrl']}")
    page.wait_for_selector("vh-player:not([hidden])")
    page.click("[data-part=copy-link]")
    page.click("details summary")
    page.click("[data-part=copy-hls]")
    page.click("vh-player [data-part=settings]")
    page.click("vh-player .menu-item[data-row=share]")
    page.click("vh-player [data-part=share-copy]")
    page.click("vh-player [data-part=share-embed-copy]")
    page.wait_for_function("() => window.copied.length === 4")
    public = "https://videos.example.org"
    link, stream, shared, code = page.evaluate("() => window.copied")
    assert (link, shared) == (public + video["watchUrl"],) * 2
    assert stream == public + video["playback"]["hls"]
    assert f'src="{public}/embed/{video["id"]}"' in code
    page.close()


def test_nobody_is_taken_away_from_a_form(film: Video, open_page: Opener) -> None:
    """At the end nothing counts while a form of the owner is open; the browser asks before what was typed is lost."""
    page = open_page(film["watchUrl"], signed_in=True)
    # What a page would do at its end; the browser asks only those that it has seen used.
    asks = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    page.click("vh-owner [data-part=captions-open]")
    assert not page.evaluate(asks)
    page.click("vh-owner [data-part=captions-open]")
    page.click("vh-owner [data-part=edit]")
    assert not page.evaluate(asks)
    page.fill("vh-owner [data-part=description]", "Not saved")
    assert page.evaluate(asks)
    page.evaluate(
        """() => {
          document.activeElement.blur();
          const player = document.querySelector("vh-player");
          player.suggest([{ id: "vid_other", title: "Another", address: "/watch/vid_other", poster: "", length: "" }]);
          player.media.dispatchEvent(new Event("ended"));
        }"""
    )
    page.wait_for_selector("vh-player [data-part=end]")
    assert page.inner_text("vh-player [data-part=end-count]") == ""
    assert page.is_hidden("vh-player [data-part=end-cancel]")
    page.click("vh-owner [data-part=cancel]")
    assert not page.evaluate(asks)


def test_no_small_player_covers_the_owners_form(film: Video, open_page: Opener) -> None:
    """While a form of the owner is open the player stays in its place."""
    page = open_page(film["watchUrl"], size=(390, 844), signed_in=True)
    page.wait_for_selector("vh-owner [data-part=edit]")
    page.evaluate(
        "() => { document.querySelector('video').loop = true; return document.querySelector('video').play(); }"
    )
    page.evaluate("() => { document.body.style.paddingBottom = '3000px'; }")
    # Twice two frames: the observer tells what the first ones have changed.
    away = "() => { scrollTo(0, 0); const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); return frames().then(() => scrollTo(0, 2000)).then(frames).then(frames); }"
    for control, open_form in (("edit", "form"), ("captions-open", "caption-form")):
        page.evaluate(away)
        page.wait_for_selector("vh-player[data-mini]")
        page.dispatch_event(f"vh-owner [data-part={control}]", "click")
        page.wait_for_selector("vh-player:not([data-mini])")
        page.evaluate(away)
        assert page.is_visible(f"vh-owner [data-part={open_form}]")
        assert page.query_selector("vh-player[data-mini]") is None
        page.dispatch_event(f"vh-owner [data-part={control}]", "click")


def test_captions_in_other_encodings(client: Client, film: Video, open_page: Opener) -> None:
    """A file in Windows-1252 is shown, said and sent in UTF-8; without a name it has that of its language in the page's."""
    page = open_page(film["watchUrl"], signed_in=True, locale="de-DE")
    page.click("vh-owner [data-part=captions-open]")
    words = "Grüße – „déjà vu“ für 5 €"
    lines = f"1\r\n00:00:01,000 --> 00:00:02,000\r\n{words}\r\n"
    for encoding, name in (("cp1252", "Windows-1252"), ("utf-16", "UTF-16")):
        file = {"name": "film.srt", "mimeType": "application/x-subrip", "buffer": lines.encode(encoding)}
        page.set_input_files("vh-captions [data-part=caption-file]", file)
        page.wait_for_selector(f"vh-captions [data-part=cue-list] li:has-text('{words}')")
        assert name in page.inner_text("vh-captions [data-part=caption-encoding]")
        page.select_option("vh-captions [data-part=language]", "fr")
        page.click("vh-captions [data-part=send]")
        page.wait_for_selector("vh-captions [data-part=cue-preview]", state="hidden")
        assert words in client.get(f"/v1/videos/{film['id']}/captions/fr").content.decode()
        assert client.request("DELETE", f"/v1/videos/{film['id']}/captions/fr").status_code == 204
    assert page.inner_text(".captions-row bdi") == "Französisch"


def test_an_account_form_says_its_rules(url: str, open_page: Opener) -> None:
    """The rule of names stands there before, every wrong field is named at once, and the file is still announced."""
    page = open_page("/")
    file = {"name": "bunny.mp4", "mimeType": "video/mp4", "buffer": b"0" * 100}
    page.set_input_files("vh-upload input[type=file]", file)
    page.wait_for_selector("#account[open] [data-part=why]:has-text('bunny.mp4')")
    assert "a–z" in page.inner_text("#username-hint")
    page.fill("#email", "nobody")
    page.fill("#username", "Müller")
    page.fill("#password", "short")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/auth" in request.url else None)
    page.click("#account-submit")
    wrong = page.eval_on_selector_all("#account [aria-invalid=true]", "(all) => all.map(({ id }) => id)")
    assert wrong == ["email", "username", "password"] and asked == []
    assert page.is_visible("#account [data-part=why]:has-text('bunny.mp4')")


def test_a_rejected_file_has_advice_and_a_successor(
    client: Client, clip: Path, tmp_path: Path, open_page: Opener
) -> None:
    """The owner reads why and what to do, and sends another file, whose page takes the place of this one."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(os.urandom(4096))
    rejected = client.wait(client.upload(broken, title="A second try"))
    assert rejected["state"] == "rejected"
    page = open_page(rejected["watchUrl"], signed_in=True)
    assert "HandBrake" in page.wait_for_selector("vh-owner [data-part=advice]").inner_text()
    reason = page.wait_for_selector("#card-text:not(:empty)").inner_text()
    assert page.inner_text("main").count(reason) == 1, "the reason is said once"
    assert page.inner_text("[data-part=card-code]") == f"Code for the operator: {rejected['rejection']['code']}"
    assert page.evaluate("() => document.querySelector('main').dataset.pictures") == "", "there is no frame to wait for"
    with page.expect_file_chooser() as chooser:
        page.click("vh-owner [data-part=replace]")
    with page.expect_navigation(url=lambda address: not address.endswith(rejected["id"])):
        chooser.value.set_files(clip)
    page.wait_for_selector("h1:text-is('A second try')")
    assert client.get(f"/v1/videos/{rejected['id']}").status_code == 404
    assert client.request("DELETE", f"/v1/videos/{page.url.rsplit('/', 1)[1]}").status_code == 204


def test_a_server_that_is_away_is_said(client: Client, open_page: Opener) -> None:
    """While a video is awaited, the card says that the server does not answer, and offers a retry."""
    draft = client.create("Awaited")
    page = open_page(draft["watchUrl"], prepare=lambda page: page.route("**/v1/videos/**", lambda route: route.abort()))
    page.wait_for_selector("#card-retry:visible")
    assert "cannot be reached" in page.inner_text("#card-text")
    page.unroute("**/v1/videos/**")
    page.wait_for_selector("#card-retry", state="hidden")
    assert client.request("DELETE", f"/v1/videos/{draft['id']}").status_code == 204


def test_the_header_shows_the_name(url: str, open_page: Opener) -> None:
    """Also after signing in by e-mail address."""
    name = f"mail{os.urandom(4).hex()}"
    account = {"email": f"other.{name}@example.org", "username": name, "password": "correct horse battery"}
    assert Client(url).post("/v1/auth/register", json=account).status_code == 201
    page = open_page("/")
    page.click("#header button:has-text('Sign in')")
    page.fill("#identifier", account["email"])
    page.fill("#password", account["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector(f".header-name:has-text('{name}')")
    assert page.inner_text(".header-name") == name
    # A phone has no room for it but under the word of the button; the language keeps its word.
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.is_visible(f".header-sign-out .header-who:text-is('{name}')")
    natural = "(node) => { const shown = node.offsetWidth; node.style.cssText = 'width: max-content; max-width: none; flex: none'; return node.offsetWidth - shown; }"
    assert page.eval_on_selector(".header-language", natural) <= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
