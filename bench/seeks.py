"""Seeks into a long video right after its upload, in Chromium with hls.js, while the rest is processed."""

from __future__ import annotations

import json
import random
import shutil
import socket
import statistics
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from first_frame import send
from upload import call, start_server

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 7200
SEEKS = 50
VIEWERS = 5
# Seconds from the end of the upload to the first seek.
PAUSE = 5
# How often the server is killed during a seek.
KILLS = 5
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--mute-audio", "--autoplay-policy=no-user-gesture-required"]
# Requests whose way to a working child process is measured.
REACTIONS = 20
# The longest wait for a frame, in seconds; a seek without one counts with it.
LONGEST = 30
# Seeks to each position in turn and notes the seconds until a frame from there is shown; watches for a second between two.
RUN = """(positions) => {
  const video = document.querySelector("video");
  video.muted = true;
  const seen = window.seeks = { waits: [], done: false };
  const frame = (position) => new Promise((resolve) => {
    const look = (_now, { mediaTime }) => {
      if (mediaTime >= position - 0.5 && mediaTime <= position + 8) resolve();
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
  (async () => {
    await video.play().catch(() => {});
    for (const position of positions) {
      const start = performance.now();
      const shown = frame(position);
      video.currentTime = position;
      const late = new Promise((resolve) => setTimeout(resolve, LONGEST * 1000));
      await Promise.race([shown, late]);
      seen.waits.push((performance.now() - start) / 1000);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    seen.done = true;
  })();
}""".replace("LONGEST", str(LONGEST))


@dataclass
class Seeks:
    """Seconds from each seek to its first frame, and the number of answers with status 503."""

    waits: list[float] = field(default_factory=list)
    refused: int = 0
    reactions: list[float] = field(default_factory=list)
    """Seconds from a request to the child that works on it, of ``reactions``."""

    def percentile(self, share: float) -> float:
        """The wait that this share of the seeks does not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def median(self) -> float:
        """The middle wait."""
        return statistics.median(self.waits)


def niceness(pid: int) -> int | None:
    """The niceness of a process; none if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[16])
    except (FileNotFoundError, ProcessLookupError):
        return None


def urgent_children(server: int) -> set[int]:
    """The server's children for whose work a viewer waits: the others are nicer than the server."""
    lists = [(task / "children").read_text() for task in Path(f"/proc/{server}/task").iterdir()]
    return {int(pid) for text in lists for pid in text.split() if niceness(int(pid)) == niceness(server)}


def reactions(server: int, url: str, video: str, length: float, seed: int = 7) -> list[float]:
    """Seconds from a request for a segment that is not made until a child process works on it; the client leaves then."""
    chance = random.Random(seed)
    host, port = url.split("/")[2].split(":")
    found = []
    # The server's private Redis is a child as well.
    always = urgent_children(server)
    for _ in range(REACTIONS):
        while urgent_children(server) - always:
            time.sleep(0.01)
        with socket.create_connection((host, int(port))) as client:
            path = f"/v/{video}/g1/v360/{chance.randrange(20, int(length) // 4 - 20):05}.m4s"
            start = time.monotonic()
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            while not urgent_children(server) - always and time.monotonic() < start + LONGEST:
                time.sleep(0.001)
            found.append(time.monotonic() - start)
    return found


def kills(program: Path, source: Path, folder: Path, length: float) -> list[float]:
    """Seconds from the new start of a server that was killed during a seek until the page, by itself, shows a frame from there."""
    from playwright.sync_api import sync_playwright

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    chance = random.Random(3)
    found = []
    server, url = start_server(program, ROOT, folder / "kills-data", "--port", str(port))
    try:
        video = send(url, account(url), source)
        while state(url, video) not in ("playable", "ready"):
            time.sleep(0.1)
        with sync_playwright() as engine:
            browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.goto(f"{url}/watch/{video}")
            page.wait_for_function("() => document.querySelector('video')?.readyState >= 2", timeout=60_000)
            for _ in range(KILLS):
                page.evaluate(RUN, [chance.uniform(60, length - 60)])
                time.sleep(0.4)  # The request waits, or its segment is being made.
                server.kill()
                server.wait()
                server, _ = start_server(program, ROOT, folder / "kills-data", "--port", str(port))
                started = time.monotonic()
                page.wait_for_function("() => window.seeks.waits.length > 0", timeout=(LONGEST + 5) * 1000)
                found.append(time.monotonic() - started)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return found


def account(url: str) -> dict[str, str]:
    """The header of requests of a new account."""
    person = {"email": "bench@example.org", "username": "bench", "password": "a long password"}
    call(url, "/v1/auth/register", person, {})
    session, _ = call(url, "/v1/auth/login", {"email": person["email"], "password": person["password"]}, {})
    return {"Authorization": f"Bearer {session['token']}"}


def watch(engine: Any, address: str, viewers: int, seeks: int, seed: int, length: float) -> Seeks:
    """Has so many viewers at once make so many seeks each, to random positions."""
    chance = random.Random(seed)
    found = Seeks()
    browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)

    def answered(response: Any) -> None:
        found.refused += response.status == 503

    try:
        pages = []
        for _ in range(viewers):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            page.on("response", answered)
            page.goto(address)
            page.wait_for_function("() => document.querySelector('video')?.readyState >= 2", timeout=60_000)
            pages.append(page)
        for page in pages:
            page.evaluate(RUN, [chance.uniform(60, length - 60) for _ in range(seeks)])
        for page in pages:
            page.wait_for_function("() => window.seeks.done", timeout=seeks * (LONGEST + 5) * 1000)
            found.waits += page.evaluate("() => window.seeks.waits")
    finally:
        browser.close()
    return found


def compare(program: Path, source: Path, folder: Path, length: float = SECONDS, seeks: int = SEEKS) -> dict[str, Seeks]:
    """One viewer, then five at once, each beside the processing of a video that has just been sent."""
    from playwright.sync_api import sync_playwright

    server, url = start_server(program, ROOT, folder / "seeks-data")
    found = {}
    try:
        token = account(url)
        with sync_playwright() as engine:
            for number, (name, viewers) in enumerate({"one viewer": 1, f"{VIEWERS} viewers": VIEWERS}.items()):
                video = send(url, token, source)
                sent = time.monotonic()
                while state(url, video) not in ("playable", "ready"):
                    time.sleep(0.1)
                time.sleep(max(0.0, sent + PAUSE - time.monotonic()))
                answered = reactions(server.pid, url, video, length) if viewers == 1 else []
                found[name] = watch(engine, f"{url}/watch/{video}", viewers, max(1, seeks // viewers), number, length)
                found[name].reactions = answered
                request = urllib.request.Request(f"{url}/v1/videos/{video}", headers=token, method="DELETE")
                urllib.request.urlopen(request).close()
    finally:
        server.terminate()
        server.wait()
    return found


def state(url: str, video: str) -> str:
    """The state of a video."""
    with urllib.request.urlopen(f"{url}/v1/videos/{video}") as answer:
        return json.load(answer)["state"]
