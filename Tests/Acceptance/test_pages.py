"""What programs without scripts see of the pages, and what browsers load for them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import micawber
import pytest
import requests
from linkpreview import Link, LinkPreview
from PIL import Image
from support import assets, media, players
from support.client import Client
from support.fault_proxy import FaultProxy
from support.foreign_site import ForeignSite
from support.library import Library
from support.server import ROOT, Server, binary

NAME = "perf_bbb_1080p30_10s_51.mp4"
HOSTILE = "\"\u0301 onload=\u0301'</script><script>alert(1)</script><\u0338b>&amp; \u2028"
# Plays without sound as soon as it can, and notes when the first frame is shown, in milliseconds of the day's clock.
PLAYS = """
const look = new MutationObserver(() => {
    const video = document.querySelector("video");
    if (!video) return;
    look.disconnect();
    video.muted = true;
    video.addEventListener("loadedmetadata", () => video.play());
    video.requestVideoFrameCallback(() => (window.firstFrame = Date.now()));
});
look.observe(document, { childList: true, subtree: true });
"""


class Document(HTMLParser):
    """The elements of a page, and the text in those that hold data or a heading."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[int, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append((len(self.elements) - 1, data))

    def text(self, tag: str, **attributes: str) -> str:
        """The text of the first such element."""
        for index, (name, found) in enumerate(self.elements):
            if name == tag and attributes.items() <= found.items():
                return "".join(text for at, text in self.texts if at == index).strip()
        raise AssertionError(f"no {tag} {attributes}")

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all such elements."""
        return [found for name, found in self.elements if name == tag]


@pytest.fixture(scope="module")
def video(library: Library) -> dict:
    """A video that is ready."""
    return library.finished(NAME)


def test_curl_sees_title_and_cards(start: Callable[..., Server]) -> None:
    """Without scripts the start page lists the newest videos, and the watch page has title, description and date."""
    server = start()
    # The first page of cards has an end: videos of other tests would push this one out of it.
    creator = Client.registered(server.url)
    video = creator.wait(creator.upload(media.clip(NAME)))
    text = subprocess.run(["curl", "-sS", server.url + "/"], capture_output=True, text=True, check=True).stdout
    page = Document(text)
    # The card without a video is the template that scripts copy.
    cards = [found["data-video"] for found in page.all("li") if found.get("class") == "card"]
    assert cards == [video["id"], ""]
    assert f"/watch/{video['id']}" in [link["href"] for link in page.all("a")]
    (image,) = [one for one in page.all("img") if one.get("src") == video["playback"]["poster"]]
    assert image["srcset"] == f"{video['playback']['smallPoster']} 480w, {video['playback']['poster']} 1280w"
    watch = Document(requests.get(server.url + video["watchUrl"]).text)
    assert watch.text("h1") == video["title"]
    assert watch.text("title") == f"{video['title']} · videohost"
    data = json.loads(watch.text("script", id="page-data"))
    assert data["id"] == video["id"]
    assert data["video"] == requests.get(f"{server.url}/v1/videos/{video['id']}").json()


def test_a_link_previews(url: str, video: dict) -> None:
    """An independent reader of OpenGraph finds title, picture, site and address; JSON-LD has what search engines ask for."""
    address = url + video["watchUrl"]
    text = requests.get(address).text
    preview = LinkPreview(Link(address, text))
    assert preview.generic.title and preview.opengraph.title == video["title"]
    assert preview.opengraph.site_name == "videohost" and preview.opengraph.description
    picture = requests.get(preview.opengraph.image)
    assert picture.status_code == 200 and picture.headers["Content-Type"] == "image/jpeg"
    assert preview.twitter.title == video["title"] and preview.twitter.image == preview.opengraph.image
    found = {one["property"]: one["content"] for one in Document(text).all("meta") if "property" in one}
    assert found["og:url"] == address and found["og:type"] == "video.other"
    size = Image.open(BytesIO(picture.content)).size
    assert (int(found["og:image:width"]), int(found["og:image:height"])) == size
    assert requests.get(found["og:video"]).status_code == 200
    thing = json.loads(Document(text).text("script", type="application/ld+json"))
    assert thing["@type"] == "VideoObject" and thing["name"] == video["title"]
    assert re.fullmatch(r"PT(\d+H)?(\d+M)?\d+S", thing["duration"])
    assert requests.get(thing["contentUrl"]).text.startswith("#EXTM3U")
    assert requests.get(thing["thumbnailUrl"]).status_code == 200 and thing["uploadDate"] == video["createdAt"]


def test_oembed(url: str, video: dict) -> None:
    """An independent consumer gets a frame by the address that the page names."""
    address = url + video["watchUrl"]
    links = Document(requests.get(address).text).all("link")
    named = next(link["href"] for link in links if link.get("type") == "application/json+oembed")
    endpoint = named.split("?")[0]
    assert urlsplit(endpoint).path == "/v1/oembed"
    found = micawber.Provider(endpoint).request(address, maxwidth=400, maxheight=400)
    assert found["type"] == "video" and found["title"] == video["title"] and found["width"] == 400
    frame = Document(found["html"]).all("iframe")[0]
    assert (frame["width"], frame["height"]) == (str(found["width"]), str(found["height"]))
    embedded = requests.get(frame["src"])
    assert embedded.status_code == 200 and "frame-ancestors *" in embedded.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in requests.get(address).headers["Content-Security-Policy"]
    assert requests.get(endpoint, params={"url": address, "format": "xml"}).status_code == 501
    assert requests.get(endpoint, params={"url": "https://example.org/watch/x"}).status_code == 404


def test_texts_of_users_are_text(url: str, client: Client) -> None:
    """A hostile title is the same text in every place, and adds no element."""
    video = client.create(HOSTILE)
    for path in (video["watchUrl"], f"/embed/{video['id']}"):
        text = requests.get(url + path).text
        page = Document(text)
        assert page.text("h1").replace("\u2028", " ").split() == video["title"].replace("\u2028", " ").split()
        assert json.loads(page.text("script", id="page-data"))["video"]["title"] == video["title"]
        assert not [name for _, found in page.elements for name in found if name.startswith("on")]
        assert all("src" in one or one["type"] == "application/json" for one in page.all("script")), path


def test_missing_pages(url: str) -> None:
    """What does not exist is a page with words and a link, whoever asks."""
    for path in ("/watch/vid_x", "/embed/vid_x", "/room.html?id=room_x"):
        answer = requests.get(url + path)
        assert answer.status_code == 404 and "There is no such" in Document(answer.text).text("h1")
        assert "/" in [link["href"] for link in Document(answer.text).all("a")]
    answer = requests.get(f"{url}/nonsense", headers={"Accept": "text/html"})
    assert answer.status_code == 404 and answer.headers["Content-Type"].startswith("text/html")
    assert Document(answer.text).text("h1") and "/" in [link["href"] for link in Document(answer.text).all("a")]


def test_no_inline_code(url: str, video: dict) -> None:
    """Pages hold no script or style of their own, and load nothing from elsewhere."""
    for path in ("/", video["watchUrl"], f"/embed/{video['id']}", "/watch/vid_x"):
        answer = requests.get(url + path)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        page = Document(answer.text)
        for script in page.all("script"):
            assert script.get("src", "").startswith("/assets/") or script["type"].endswith("json"), script
        assert not page.all("style")
        assert not [name for _, found in page.elements for name in found if name == "style" or name.startswith("on")]
        for link in page.all("link"):
            if link["rel"] in ("stylesheet", "modulepreload", "icon"):
                assert link["href"].startswith("/assets/"), link


def test_built_files(url: str) -> None:
    """Every built file is immutable, and is the same in each coding."""
    for source, name in assets.names().items():
        plain = (assets.DIST / name).read_bytes()
        for coding in ("br", "gzip", "identity"):
            answer = requests.get(f"{url}/assets/{name}", headers={"Accept-Encoding": coding}, stream=True)
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", source
            assert answer.headers.get("Content-Encoding", "identity") == coding
            raw = answer.raw.read(decode_content=False)
            if coding == "gzip":
                raw = gzip.decompress(raw)
            elif coding == "br":
                raw = subprocess.run(["brotli", "--decompress", "--stdout"], input=raw, capture_output=True).stdout
            assert raw == plain, (source, coding)


def test_scripts_are_small() -> None:
    """All JavaScript that a page loads at once: module, messages and the script of the head, as `make bench` counts it."""
    modules = {source for source in assets.names() if re.fullmatch(r"js/pages/\w+\.js", source)}
    assert modules == {f"js/pages/{page}.js" for page in assets.PAGES}
    weights = {page: assets.weight(page) for page in assets.PAGES}
    assert max(weights.values()) <= 40_000, weights


def test_the_build_repeats(tmp_path: Path) -> None:
    """The same sources give the same files, and unchanged ones are not built again."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("dist"))
    command = [str(tmp_path / "scripts" / "build-web")]
    assert "files are in" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    built = {path.name: path.read_bytes() for path in (tmp_path / "web" / "dist").iterdir()}
    assert built == {path.name: path.read_bytes() for path in assets.DIST.iterdir()}
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""
    (tmp_path / "web" / "js" / "pages" / "start.js").write_text("import './none.js';")
    failed = subprocess.run(command, capture_output=True, text=True)
    assert failed.returncode == 1 and "build-web: esbuild ended with 1" in failed.stderr
    assert built == {path.name: path.read_bytes() for path in (tmp_path / "web" / "dist").iterdir()}


def test_without_built_files(tmp_path: Path) -> None:
    """A server without them says in one line what to do; with --web-dev it serves the sources."""
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("dist"))
    command = [str(binary()), "serve", "--data", str(tmp_path / "data"), "--port", "0", "--web", str(tmp_path / "web")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    lines = [line for line in done.stderr.splitlines() if line.startswith("videohost: ")]
    # Service managers do not start it again with 78.
    assert done.returncode == 78 and len(lines) == 1 and "scripts/build-web" in lines[0] and "--web-dev" in lines[0]
    server = Server(tmp_path / "development", "--web-dev").start()
    try:
        page = requests.get(server.url)
        source = requests.get(server.url + "/js/pages/start.js")
        assert page.ok and "/js/pages/start.js" in page.text and "/assets/" not in page.text
        assert source.content == (ROOT / "web" / "js" / "pages" / "start.js").read_bytes()
    finally:
        server.stop()


def test_a_watch_page_asks_little(url: str, video: dict) -> None:
    """Until the first frame at most 25 requests reach the server, at most 5 on a second visit, and none of them the API."""
    from playwright.sync_api import sync_playwright

    asked: list[tuple[float, str]] = []
    complaints: list[str] = []
    # What the browser has in its cache does not pass here.
    proxy = FaultProxy(urlsplit(url).port or 80, seen=lambda target: asked.append((time.time() * 1000, target)))
    proxy.start()
    try:
        with sync_playwright() as engine:
            arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--mute-audio"]
            browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
            context = browser.new_context()
            context.add_init_script(f"{{ {PLAYS} }}")
            for limit in (25, 5):
                asked.clear()
                page = context.new_page()
                page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
                page.on("pageerror", lambda error: complaints.append(str(error)))
                page.goto(f"http://127.0.0.1:{proxy.port}{video['watchUrl']}")
                shown = page.wait_for_function("() => window.firstFrame").json_value()
                before = [target for at, target in asked if at <= shown]
                assert 1 <= len(before) <= limit, before
                assert not [target for target in before if target.startswith("/v1/")], before
                page.close()
            browser.close()
    finally:
        proxy.stop()
    assert complaints == []


@pytest.mark.parametrize(("width", "density"), [(390, 3), (1280, 1)])
def test_cards_load_small_pictures(start: Callable[..., Server], width: int, density: int) -> None:
    """On a phone and on a desktop the small poster is what a card loads; the poster itself is not asked for."""
    from playwright.sync_api import sync_playwright

    # On a server of its own: videos of other tests would push this one out of the first page.
    server = start()
    creator = Client.registered(server.url)
    video = creator.wait(creator.upload(media.clip(NAME)))
    asked: list[str] = []
    with sync_playwright() as engine:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            page = browser.new_page(viewport={"width": width, "height": 800}, device_scale_factor=density)
            page.on("request", lambda request: asked.append(urlsplit(request.url).path))
            page.goto(server.url)
            image = page.locator(f"[data-video='{video['id']}'] img")
            image.scroll_into_view_if_needed()
            page.wait_for_function("(node) => node.complete && node.naturalWidth > 0", arg=image.element_handle())
            assert video["playback"]["smallPoster"] in asked and video["playback"]["poster"] not in asked
        finally:
            browser.close()


def test_a_frame_of_another_site_plays(url: str, video: dict) -> None:
    """The page for frames plays in a page of another site, whose storage the browser keeps apart."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with ForeignSite() as site, sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=players.HEADLESS)
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site.frames(f"{url}/embed/{video['id']}"))
        frame = page.frame_locator("iframe").locator("video")
        frame.evaluate("(video) => { video.muted = true; return video.play(); }")
        inside = next(one for one in page.frames if "/embed/" in one.url)
        inside.wait_for_function("() => document.querySelector('video').currentTime > 1", timeout=90_000)
        assert inside.evaluate("() => location.origin") == url and page.evaluate("() => location.origin") != url
        browser.close()
    assert complaints == []
