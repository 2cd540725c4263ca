"""The watch page on a slow line: first frame, requests, bytes and layout shift in Chromium, first frame in Firefox."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slow_line import SlowLine
from upload import call, start_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Acceptance"))
RATE = 200_000  # bytes a second: 1.6 Mbit/s
DELAY = 0.15  # seconds from a request to the first byte of its answer
CLIP = "perf_bbb_1080p30_10s_51.mp4"
OTHERS = ("phone_portrait_rot90_h264.mov", "no_audio_h264.mp4", "avi_mpeg4_mp3.avi", "sar3-2_h264.mp4")
# Notes the first frame that is shown and every shift of the layout, and plays as soon as it can.
WATCH = """
  const seen = window.benchmark = { frame: null, shift: 0 };
  try {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  } catch {}
  const take = (video) => {
    video.muted = true;
    video.addEventListener("loadedmetadata", () => video.play().catch(() => {}));
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => (seen.frame ??= performance.now()));
    else video.addEventListener("playing", () => (seen.frame ??= performance.now()));
  };
  const look = new MutationObserver(() => {
    const video = document.querySelector("video");
    if (!video) return;
    look.disconnect();
    take(video);
  });
  look.observe(document, { childList: true, subtree: true });
"""


@dataclass
class View:
    """One view of the page."""

    frame: float
    """Seconds to the first frame."""
    shift: float = 0
    """Cumulative layout shift."""
    requests: int = 0
    """What was asked for over the line until the first frame."""
    bytes: int = 0
    """Bytes of the answers until then."""


@dataclass
class Figures:
    """What was measured: views by browser, the first one cold and the second one warm, and bytes of JavaScript by page."""

    views: dict[str, list[tuple[View, View]]]
    code: dict[str, int]

    def median(self, browser: str, at: int, name: str) -> float:
        """The middle value of a figure of the cold (0) or the warm (1) views."""
        return statistics.median(getattr(pair[at], name) for pair in self.views[browser])


def chromium(address: str) -> tuple[View, View]:
    """A cold and a warm view in a new browser."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_init_script(f"{{ {WATCH} }}")
            return chromium_view(context, address), chromium_view(context, address)
        finally:
            browser.close()


@dataclass
class Asked:
    """A request of a page."""

    address: str
    cached: bool = False
    bytes: int = 0


def chromium_view(context: Any, address: str) -> View:
    """One view; Chromium itself makes the line slow."""
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    speed = {"offline": False, "latency": DELAY * 1000, "downloadThroughput": RATE, "uploadThroughput": RATE}
    line.send("Network.emulateNetworkConditions", speed)
    asked: dict[str, Asked] = {}

    def sent(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = Asked(event["request"]["url"])

    def cached(event: dict[str, Any]) -> None:
        if event["requestId"] in asked and event.get("response", {"fromDiskCache": True}).get("fromDiskCache"):
            asked[event["requestId"]].cached = True

    def arrived(event: dict[str, Any]) -> None:
        if event["requestId"] in asked:
            asked[event["requestId"]].bytes += event["encodedDataLength"]

    line.on("Network.requestWillBeSent", sent)
    line.on("Network.requestServedFromCache", cached)
    line.on("Network.responseReceived", cached)
    line.on("Network.dataReceived", arrived)
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.benchmark?.frame", timeout=60_000)
    over = [one for one in asked.values() if not one.cached and one.address.startswith("http")]
    total = sum(one.bytes for one in over)
    # What moves after the first frame counts too.
    page.wait_for_timeout(1500)
    seen = page.evaluate("() => window.benchmark")
    page.close()
    return View(seen["frame"] / 1000, seen["shift"], len(over), total)


def firefox(address: str) -> tuple[View, View]:
    """A cold and a warm view in a new browser, behind a line that is slow itself."""
    from support.players import firefox_at

    host, port = address.split("/")[2].split(":")
    line = SlowLine(int(port), RATE, DELAY)
    slow = address.replace(f"{host}:{port}", f"{host}:{line.port}")
    try:
        with firefox_at("about:blank") as browser:
            return firefox_view(browser, slow), firefox_view(browser, slow)
    finally:
        line.close()


def firefox_view(browser: Any, address: str) -> View:
    """One view. Marionette runs no script before the page's: the time of the first frame is read from the video's clock."""
    browser.command("WebDriver:Navigate", url="about:blank")
    browser.command("WebDriver:SetTimeouts", pageLoad=300_000)
    browser.command("WebDriver:ExecuteScript", script=f"location.href = {json.dumps(address)};", args=[])
    deadline = time.monotonic() + 60
    look = """
      const video = document.querySelector("video");
      if (!video || !location.href.startsWith("http")) return null;
      if (video.readyState < 2) return null;
      return performance.now() / 1000;"""
    while time.monotonic() < deadline:
        seconds = browser.command("WebDriver:ExecuteScript", script=look, args=[])["value"]
        if seconds is not None:
            return View(seconds)
        time.sleep(0.02)
    raise RuntimeError(f"Firefox showed no frame of {address}")


def compare(program: Path, folder: Path, rounds: int) -> Figures:
    """All browsers in turn, so many times."""
    server, url = start_server(program, ROOT, folder / "web-data", "--slots", "2")
    try:
        account = {"email": "bench@example.org", "username": "bench", "password": "a long password"}
        call(url, "/v1/auth/register", account, {})
        session, _ = call(url, "/v1/auth/login", {"email": account["email"], "password": account["password"]}, {})
        token = {"Authorization": f"Bearer {session['token']}"}
        ids = [send(url, token, ROOT / "fixtures" / name) for name in (*OTHERS, CLIP)]
        for video in ids:
            while json.load(urllib.request.urlopen(f"{url}/v1/videos/{video}"))["state"] != "ready":
                time.sleep(0.5)
        from support import assets

        address = f"{url}/watch/{ids[-1]}"
        ways = {"Chromium": chromium}
        if shutil.which("firefox-esr"):
            ways["Firefox"] = firefox
        figures = Figures({name: [] for name in ways}, {page: assets.weight(page) for page in assets.PAGES})
        for number in range(rounds):
            for name, way in ways.items():
                pair = way(address)
                figures.views[name].append(pair)
                print(
                    f"  web round {number + 1}: {name} {pair[0].frame:.2f} s cold, {pair[1].frame:.2f} s warm",
                    flush=True,
                )
        return figures
    finally:
        server.terminate()
        server.wait()


def send(url: str, token: dict[str, str], clip: Path) -> str:
    """Uploads a clip; returns its video's id."""
    video, _ = call(url, "/v1/videos", {"title": clip.stem}, token)
    request = urllib.request.Request(
        f"{url}/v1/videos/{video['id']}/source", clip.read_bytes(), token, method="PUT"
    )  # fmt: skip
    urllib.request.urlopen(request).close()
    return video["id"]
