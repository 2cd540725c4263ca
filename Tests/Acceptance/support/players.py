"""Independent players that play a stream to its end as fast as possible and return their errors."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Played:
    """The result of playback: seconds reached, errors, and further facts of the player."""

    seconds: float
    complaints: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def unprivileged() -> dict[str, Any]:
    """Options that run a child as nobody, for players that refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that the unprivileged user can write."""
    folder = Path(tempfile.mkdtemp(prefix="player-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# FFmpeg 5 does not read WebVTT in HLS, and warns for each rendition.
NO_SUBTITLES = "Can't support the subtitle"


def ffmpeg(url: str) -> Played:
    """Decodes every rendition of the stream; the reached time is that of the last frame or sample."""
    command = ["ffmpeg", "-v", "warning", "-nostdin", "-progress", "-", "-i", url, "-map", "0", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    times = [line.partition("=")[2] for line in done.stdout.splitlines() if line.startswith("out_time_us=")]
    # ffmpeg 5 prints this once for every stream with several renditions.
    harmless = (NO_SUBTITLES, "Could not find codec parameters", "non monotonically increasing dts to muxer")
    complaints = [line for line in done.stderr.splitlines() if line.strip() and not any(h in line for h in harmless)]
    if done.returncode:
        complaints.append(f"exit code {done.returncode}")
    return Played(int(times[-1]) / 1e6 if times else 0, complaints)


def ffprobe(url: str) -> Played:
    """Reads headers only; returns the numbers of programs and streams."""
    command = ["ffprobe", "-v", "warning", "-of", "json", "-show_programs", "-show_streams", "-show_format", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = json.loads(done.stdout or "{}")
    complaints = [line for line in done.stderr.splitlines() if line.strip() and NO_SUBTITLES not in line]
    return Played(float(found.get("format", {}).get("duration", 0)), complaints, found)


def mpv(url: str) -> Played:
    """Plays without a clock; returns the printed errors and warnings."""
    command = ["mpv", "--no-config", "--vo=null", "--ao=null", "--ao-null-untimed=yes", "--untimed", "--no-terminal"]
    with scratch() as folder:
        log = folder / "log"
        command += [f"--log-file={log}", "--msg-level=all=v", "--hls-bitrate=max", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        lines = log.read_text(errors="replace").splitlines()
    complaints = [line for line in lines if "][e][" in line or "][f][" in line or "][w][ffmpeg" in line]
    complaints = [line for line in complaints if NO_SUBTITLES not in line]
    if done.returncode:
        complaints.append(f"exit code {done.returncode}")
    if not any("finished playback" in line or "EOF reached" in line for line in lines):
        complaints.append("never said that it reached the end")
    return Played(0, complaints)


def vlc(url: str) -> Played:
    """Plays at four times the speed into dummy outputs; facts have the fetched segments."""
    with scratch() as folder:
        command = [
            "cvlc",
            "--intf",
            "dummy",
            "--no-plugins-cache",
            "--play-and-exit",
            "--no-interact",
            "-vv",
            "--rate",
            "4",
        ]
        command += ["--vout", "dummy", "--aout", "dummy", url, "vlc://quit"]
        home = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "XDG_CACHE_HOME": str(folder)}
        options = {
            "capture_output": True,
            "text": True,
            "errors": "replace",
            "timeout": 120,
            "env": home,
            "cwd": folder,
        }
        done = subprocess.run(command, **options, **unprivileged())
    lines = done.stderr.splitlines()
    # Messages on machines without a display or a session bus, and for a frame that is longer than the buffer.
    harmless = (
        "buffer deadlock prevented",
        "dbus",
        "globalhotkeys",
        "interface error",
        "X server",
        "xcb",
        "vaapi",
        "vdpau",
    )
    complaints = [line for line in lines if " error: " in line and not any(word in line for word in harmless)]
    complaints += [line for line in lines if re.match(r"HTTP/1\.\d [45]\d\d", line) or "connection failed" in line]
    if done.returncode:
        complaints.append(f"exit code {done.returncode}")
    if not any("EOF reached" in line for line in lines):
        complaints.append("never said that it reached the end")
    if not any("Opening vout display" in line or "mp4a" in line for line in lines):
        complaints.append("showed nothing")
    fetched = [found[1] for line in lines if (found := re.search(r"Retrieving \S+/([\w-]+/\d+\.m4s)", line))]
    return Played(0, complaints, {"fetched": fetched})


def gstreamer(url: str, newer: bool = True) -> Played:
    """Plays into sinks without a clock; `newer` uses playbin3 with its HLS and DASH clients, else playbin with the older ones.

    The newer HLS client of 1.22 sometimes fails for a stream with a single segment before its first request: it
    reaches the end before it has pads.
    """
    command = ["gst-launch-1.0", "-m", "playbin3" if newer else "playbin", f"uri={url}"]
    command += ["video-sink=fakesink sync=false", "audio-sink=fakesink sync=false"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = (done.stdout + done.stderr).splitlines()
    complaints = [
        line for line in lines if "ERROR" in line or "WARN" in line or "(error)" in line or "(warning)" in line
    ]
    # Without Debian's pango plugin subtitles cannot be drawn; everything else plays.
    complaints = [line for line in complaints if "suboverlay" not in line]
    if done.returncode:
        complaints.append(f"exit code {done.returncode}")
    if not any("Got EOS" in line for line in lines):
        complaints.append("no end of stream")
    return Played(0, complaints)


# Plays a media element to its end; the same for native playing and for hls.js, in every browser.
WATCH = """
const done = (result) => { window.played = result; };
const video = document.createElement('video');
video.muted = true;
document.body.append(video);
const problems = [];
let frames = 0;
const report = () => done({
  seconds: video.currentTime, duration: video.duration, width: video.videoWidth, height: video.videoHeight, problems,
  frames: video.getVideoPlaybackQuality ? video.getVideoPlaybackQuality().totalVideoFrames : frames,
  dropped: video.getVideoPlaybackQuality ? video.getVideoPlaybackQuality().corruptedVideoFrames || 0 : 0,
});
video.addEventListener('ended', report);
video.addEventListener('error', () => { problems.push('media error ' + video.error.code + ' ' + video.error.message); report(); });
"""

NATIVE = (
    WATCH
    + "video.src = URL_; video.playbackRate = 2; video.play().catch((e) => { problems.push(String(e)); report(); });"
)

HLSJS = (
    WATCH
    + """
import(LIBRARY_).then((module) => {
  const Hls = module.default || module.Hls;
  const hls = new Hls({ startLevel: -1 });
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (data.fatal || !/bufferStalled|bufferNudge/.test(data.details)) problems.push(data.details + ' ' + (data.reason || ''));
    if (data.fatal) report();
  });
  hls.loadSource(URL_);
  hls.attachMedia(video);
  video.playbackRate = 2;
  video.play().catch((e) => { problems.push(String(e)); report(); });
}).catch((e) => done({ problems: ['library: ' + e], seconds: 0 }));
"""
)

# An order of events that occurs in a browser under load: the audio header is appended, the video is buffered, then the event
# of the header arrives, and only then is the audio appended.
LATE_EVENTS = """
const audio = new WeakMap();
const add = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (type) {
  const buffer = add.call(this, type);
  if (type.startsWith('audio/')) audio.set(buffer, { appends: 0, waits: false });
  return buffer;
};
const listen = SourceBuffer.prototype.addEventListener;
SourceBuffer.prototype.addEventListener = function (name, listener, options) {
  const late = (event) => setTimeout(() => listener.call(this, event), 400);
  listen.call(this, name, name === 'updateend' && audio.has(this) ? late : listener, options);
};
const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (data) {
  const state = audio.get(this);
  if (!state || state.appends++ === 0) return append.call(this, data);
  state.waits = true;
  setTimeout(() => { state.waits = false; append.call(this, data); }, 600);
};
const { get } = Object.getOwnPropertyDescriptor(SourceBuffer.prototype, 'updating');
Object.defineProperty(SourceBuffer.prototype, 'updating', { get() { return audio.get(this)?.waits || get.call(this); } });
"""


def script(text: str, url: str, library: str) -> str:
    """The script with its two URLs."""
    return (
        text.replace("URL_", json.dumps(url), 1)
        .replace("LIBRARY_", json.dumps(library))
        .replace("URL_", json.dumps(url))
    )


# The options of Chromium without a display and audio output.
HEADLESS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--mute-audio"]


def judge(result: dict[str, Any] | None) -> Played:
    """Converts the result of a browser."""
    if result is None:
        return Played(0, ["it did not come to the end in time"])
    return Played(float(result.get("seconds") or 0), list(result.get("problems", [])), result)


def chromium(
    page_url: str, url: str, native: bool, library: str = "", timeout: float = 150, before: str = ""
) -> Played:
    """Debian's Chromium through playwright; `page_url` is any page of the server, for its origin. `before` runs first."""
    from playwright.sync_api import TimeoutError as TookTooLong
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            page = browser.new_page()
            page.goto(page_url)
            page.evaluate(
                "(source) => { const s = document.createElement('div'); document.body.replaceChildren(s); }", ""
            )
            page.evaluate(f"() => {{ {before}{script(NATIVE if native else HLSJS, url, library)} }}")
            try:
                page.wait_for_function("() => window.played", timeout=timeout * 1000)
            except TookTooLong:
                return Played(0, ["it did not come to the end in time: " + page.evaluate("() => JSON.stringify([...document.querySelectorAll('video')].map(v => [v.currentTime, v.readyState, v.networkState]))")])  # fmt: skip
            return judge(page.evaluate("() => window.played"))
        finally:
            browser.close()


def chromium_page(page_url: str, timeout: float = 90) -> Played:
    """Opens a watch page and plays; returns errors of its scripts and failed requests."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            page = browser.new_page()
            page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
            page.on(
                "console", lambda line: complaints.append(f"console: {line.text}") if line.type == "error" else None
            )
            page.on(
                "response",
                lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
            )
            page.goto(page_url)
            page.wait_for_selector("video", timeout=timeout * 1000)
            page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play(); }")
            page.wait_for_function("() => document.querySelector('video').currentTime > 1", timeout=timeout * 1000)
            return Played(page.evaluate("() => document.querySelector('video').currentTime"), complaints)
        finally:
            browser.close()


CAPTIONS = """
import(LIBRARY_).then((module) => {
  const Hls = module.default || module.Hls;
  const hls = new Hls();
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const problems = [];
  hls.on(Hls.Events.ERROR, (_, data) => { if (!/bufferStalled|bufferNudge/.test(data.details)) problems.push(data.details); });
  hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => {
    hls.subtitleDisplay = true;
    hls.subtitleTrack = hls.subtitleTracks.findIndex((track) => track.lang === LANGUAGE_);
  });
  video.addEventListener('ended', () => {
    const track = [...video.textTracks].find((one) => one.mode === 'showing');
    const words = (cue) => cue.getCueAsHTML().textContent.split(/\\s+/).join(' ').trim();
    const cues = [...(track?.cues ?? [])].map((cue) => [Math.round(cue.startTime * 1000), Math.round(cue.endTime * 1000), words(cue)]);
    window.played = { seconds: video.currentTime, problems, cues };
  });
  hls.loadSource(URL_);
  hls.attachMedia(video);
  video.playbackRate = 4;
  video.play();
});
"""


def chromium_captions(page_url: str, url: str, library: str, language: str, timeout: float = 60) -> Played:
    """The cues of a language in the visible text track of hls.js in Chromium."""
    from playwright.sync_api import sync_playwright

    text = CAPTIONS.replace("LIBRARY_", json.dumps(library)).replace("LANGUAGE_", json.dumps(language))
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=HEADLESS)
        try:
            page = browser.new_page()
            page.goto(page_url)
            page.evaluate(f"() => {{ document.body.replaceChildren(); {text.replace('URL_', json.dumps(url))} }}")
            page.wait_for_function("() => window.played", timeout=timeout * 1000)
            return judge(page.evaluate("() => window.played"))
        finally:
            browser.close()


VIDEO_STATE = """
const ranges = (list) => [...Array(list.length).keys()].map((n) => [list.start(n), list.end(n)]);
return JSON.stringify([...document.querySelectorAll("video")].map((video) => ({
  time: video.currentTime, ready: video.readyState, network: video.networkState, paused: video.paused,
  seeking: video.seeking, duration: video.duration, buffered: ranges(video.buffered), error: video.error?.message,
})));
"""


class Marionette:
    """Firefox's own remote protocol: `length:[0, id, command, parameters]` over TCP."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.2)
        self.buffer, self.count = b"", 0
        self.receive()

    def receive(self) -> Any:
        """The next message."""
        while b":" not in self.buffer:
            self.buffer += self.read()
        length, _, self.buffer = self.buffer.partition(b":")
        while len(self.buffer) < int(length):
            self.buffer += self.read()
        message, self.buffer = self.buffer[: int(length)], self.buffer[int(length) :]
        return json.loads(message)

    def read(self) -> bytes:
        """Reads a number of bytes; an early end is an error."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("Firefox closed the connection")
        return data

    def command(self, name: str, **parameters: Any) -> Any:
        """A command's result."""
        self.count += 1
        text = json.dumps([0, self.count, name, parameters]).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{name}: {error.get('message')}")
        return result


def free_port() -> int:
    """A free TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def firefox_at(page_url: str) -> Iterator[Marionette]:
    """Debian's Firefox ESR on a page, controlled by Marionette; media may play without a click."""
    with scratch() as profile:
        port = free_port()
        preferences = {
            "marionette.port": port,
            "media.autoplay.default": 0,
            "media.autoplay.blocking_policy": 0,
            "datareporting.policy.dataSubmissionEnabled": False,
            "browser.shell.checkDefaultBrowser": False,
        }
        text = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
        (profile / "user.js").write_text(text)
        command = ["firefox-esr", "--headless", "--marionette", "--profile", str(profile), "--no-remote"]
        environment = {**os.environ, "HOME": str(profile), "MOZ_HEADLESS": "1"}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            browser = Marionette(port, process)
            browser.command("WebDriver:NewSession", capabilities={})
            browser.command("WebDriver:Navigate", url=page_url)
            yield browser
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def firefox(page_url: str, url: str, library: str, timeout: float = 200) -> Played:
    """Plays with hls.js in Firefox."""
    with firefox_at(page_url) as browser:
        browser.command("WebDriver:ExecuteScript", script="document.body.replaceChildren();" + script(HLSJS, url, library), args=[], newSandbox=False, sandbox=None)  # fmt: skip
        deadline = time.monotonic() + timeout
        result = None
        while result is None and time.monotonic() < deadline:
            time.sleep(0.2)
            answer = browser.command("WebDriver:ExecuteScript", script="return JSON.stringify(window.wrappedJSObject ? window.wrappedJSObject.played : window.played) || null;", args=[], newSandbox=False, sandbox=None)  # fmt: skip
            result = json.loads(answer["value"]) if answer["value"] else None
        if result is None:
            answer = browser.command("WebDriver:ExecuteScript", script=VIDEO_STATE, args=[], newSandbox=False, sandbox=None)  # fmt: skip
            return Played(0, [f"it did not come to the end in time: {answer['value']}"])
        return judge(result)
