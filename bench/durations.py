"""How soon a video of any length is watched: playable, and the first frame of a watch page that is opened when the upload ends."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from first_frame import WATCH, send
from seeks import ARGUMENTS, account
from upload import start_server

ROOT = Path(__file__).resolve().parent.parent
# A length in seconds of each row of the table.
LENGTHS = {"0-1 min": 40, "1-5 min": 180, "5-20 min": 720, "20-60 min": 2400, "60+ min": 5400}
# The clip of each kind of input. The first becomes the highest rung without an encode, since its key frames are two seconds
# apart; those of the second are up to ten seconds apart.
KINDS = {"standard": 50, "other": None}
CLIP = ROOT / "fixtures" / "perf_bbb_720p25_117s_51.ts"
ROUNDS = 5
TOP = 720


@dataclass
class Row:
    """Seconds from the end of each upload."""

    playable: list[float] = field(default_factory=list)
    """Until the video is playable."""
    frame: list[float] = field(default_factory=list)
    """Until the watch page shows a frame."""
    top: list[float] = field(default_factory=list)
    """Until the highest rung is whole, where it is not encoded."""


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def clip(kind: str, folder: Path) -> Path:
    """A clip of the kind, which repeated end to end gives a file of any length."""
    target = folder / f"{kind}.mp4"
    spacing = KINDS[kind]
    coding = ["-c:v", "copy"]
    if spacing:
        coding = ["-c:v", "libx264", "-preset", "superfast", "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "2500k"]
        coding += ["-g", str(spacing), "-keyint_min", str(spacing), "-sc_threshold", "0", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(CLIP), "-t", "40", "-map", "0:v:0", "-map", "0:a:0"]
    subprocess.run([*command, *coding, "-c:a", "aac", "-ac", "2", str(target)], check=True)
    return target


def looped(source: Path, seconds: int, folder: Path) -> Path:
    """The clip repeated without an encode."""
    target = folder / f"{source.stem}-{seconds}.mp4"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-stream_loop", "-1", "-i", str(source), "-t", str(seconds)]
    subprocess.run([*command, "-c", "copy", "-movflags", "+faststart", str(target)], check=True)
    return target


def document(url: str, video: str) -> dict[str, Any]:
    """A video as the API gives it."""
    with urllib.request.urlopen(f"{url}/v1/videos/{video}") as answer:
        return json.load(answer)


def watch(browser: Any, url: str, token: dict[str, str], source: Path, row: Row, is_copied: bool) -> None:
    """Sends a file and opens its watch page at once."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(f"{{ {WATCH} }}")
    video = send(url, token, source)
    sent = time.monotonic()
    page.goto(f"{url}/watch/{video}", wait_until="commit")
    is_playable = has_frame = is_whole = False
    while not is_playable or not has_frame or (is_copied and not is_whole):
        now = time.monotonic() - sent
        if now > 120:
            missing = {"playable": is_playable, "frame": has_frame, "top rung": is_whole or not is_copied}
            names = ", ".join(name for name, there in missing.items() if not there)
            raise RuntimeError(f"{source.name}: missing after {now:.0f} s: {names}")
        if not has_frame and page.evaluate("() => window.benchmark?.frame ?? null") is not None:
            has_frame = True
            row.frame.append(now)
        found = document(url, video)
        if not is_playable and found["state"] in ("playable", "ready"):
            is_playable = True
            row.playable.append(now)
        states = [one["state"] for one in found.get("renditions", []) if one.get("height") == TOP]
        if is_copied and not is_whole and "ready" in states:
            is_whole = True
            row.top.append(now)
        page.wait_for_timeout(30)
    page.context.close()
    request = urllib.request.Request(f"{url}/v1/videos/{video}", headers=token, method="DELETE")
    urllib.request.urlopen(request).close()


def compare(program: Path, folder: Path, rounds: int = ROUNDS) -> dict[tuple[str, str], Row]:
    """All kinds and lengths, on one server without other work."""
    from playwright.sync_api import sync_playwright

    server, url = start_server(program, ROOT, folder / "durations-data")
    rows: dict[tuple[str, str], Row] = {}
    try:
        token = account(url)
        with sync_playwright() as engine:
            browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            try:
                for kind, spacing in KINDS.items():
                    short = clip(kind, folder)
                    for name, seconds in LENGTHS.items():
                        source = looped(short, seconds, folder)
                        row = rows[kind, name] = Row()
                        for _ in range(rounds):
                            watch(browser, url, token, source, row, spacing is not None)
                        source.unlink()
            finally:
                browser.close()
    finally:
        server.terminate()
        server.wait()
    return rows


def table(rows: dict[tuple[str, str], Row]) -> list[str]:
    """The rows for docs/benchmarks.md."""
    lines = [
        "| input | length | playable, median | 95th percentile | first frame, median | 95th percentile | own top rung whole |",
        "|---|---|---|---|---|---|---|",
    ]
    for (kind, name), row in rows.items():
        pairs = [(statistics.median(values), percentile(values, 0.95)) for values in (row.playable, row.frame)]
        figures = [f"{figure:.2f} s" for pair in pairs for figure in pair]
        figures.append(f"{statistics.median(row.top):.2f} s" if row.top else "")
        lines.append(f"| {kind} | {name} | {' | '.join(figures)} |")
    return lines
