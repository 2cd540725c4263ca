"""Viewers who seek into what is not processed yet: what they ask for comes first, and every segment is made once."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests
from support import conformance, media, streams
from support.client import Client
from support.cluster import Cluster
from support.player_page import screens
from support.server import Server

SECONDS = 120
OPTIONS = ("--slots", "1", "--ladder", "144=200,240=400,360=800")
TRACKS = ("v144", "v240", "v360", "aund")
# The rules that a wrong join breaks.
JOINS = (
    conformance.media_is_continuous,
    conformance.segments_start_with_an_idr,
    conformance.durations_are_exact,
    conformance.iframe_ranges_hold_one_picture,
)


def playable(server: Server, folder: Path) -> tuple[Client, str, str]:
    """Sends a clip, and waits until it can be played: the client, the video and the address of its generation."""
    client = Client.registered(server.url)
    video = client.wait(client.upload(media.long_clip(folder / "long.mp4", SECONDS), "long"), {"playable", "ready"})
    assert video["state"] == "playable", "it was finished at once: the clip is too short for this test"
    return client, video["id"], server.url + video["playback"]["hls"].rpartition("/")[0]


def get(address: str, patience: float = 120) -> bytes:
    """A segment, asked for again as a player does after 503."""
    end = time.monotonic() + patience
    while True:
        answer = requests.get(address, timeout=60)
        if answer.status_code != 503 or time.monotonic() > end:
            assert answer.status_code == 200, answer.text
            return answer.content
        assert int(answer.headers["Retry-After"]) > 0


def states(pids: list[int]) -> dict[int, str]:
    """The states of the processes that there still are, as letters of the kernel."""
    found = {}
    for pid in pids:
        try:
            found[pid] = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return {pid: state for pid, state in found.items() if state != "Z"}


def test_seeks_divide_exactly(start: Callable[..., Server], tmp_path: Path) -> None:
    """Three viewers seek at random: the finished stream has every frame and sample once, and joins are exact."""
    server = start(*OPTIONS)
    client, video, base = playable(server, tmp_path)

    def seek(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(4):
            first, track = chance.randrange(2, SECONDS // 4 - 3), chance.choice(TRACKS)
            for number in range(first, first + 3):
                seen[(track, number)] = get(f"{base}/{track}/{number + 1:05}.m4s")

    seen: dict[tuple[str, int], bytes] = {}
    viewers = [threading.Thread(target=seek, args=(seed,)) for seed in range(3)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert len(seen) > 20
    assert client.wait(video, timeout=600)["state"] == "ready"
    for (track, number), content in seen.items():
        assert get(f"{base}/{track}/{number + 1:05}.m4s") == content, "a segment was made again"
    with sqlite3.connect(next((tmp_path / "data").rglob("*.db*"))) as database:
        rows = database.execute(
            "SELECT track, first_segment, segment_count FROM ledger WHERE track IN (?,?,?,?)", TRACKS
        )
        made = [(track, first + offset) for track, first, count in rows for offset in range(count)]
    assert sorted(made) == sorted((track, index) for track in TRACKS for index in range(SECONDS // 4))
    stream = streams.load(base, tmp_path / "stream")
    for rule in JOINS:
        assert list(rule(stream)) == []
    for rendition in stream.video:
        assert len(rendition.samples) == SECONDS * 30
        assert media.decode_errors(stream.joined(rendition)) == ""


def test_killed_during_a_seek(start: Callable[..., Server], tmp_path: Path) -> None:
    """The background child stands still while a viewer waits; `kill -9` leaves no child, and the viewer's player goes on."""
    server = start(*OPTIONS)
    client, video, base = playable(server, tmp_path)
    stopped: list[int] = []

    def ask(address: str) -> None:
        # The server is killed meanwhile.
        with contextlib.suppress(requests.RequestException):
            requests.get(address)

    number = 3
    while not stopped and number < SECONDS // 4:
        waiting = threading.Thread(target=ask, args=(f"{base}/v144/{number + 1:05}.m4s",), daemon=True)
        waiting.start()
        while waiting.is_alive() and not stopped:
            children = server.children()
            stopped = [pid for pid, state in states(children).items() if state == "T"]
        number += 4
    assert stopped, "no child yielded"
    server.kill()
    end = time.monotonic() + 10
    while states(children) and time.monotonic() < end:
        time.sleep(0.05)
    assert not states(children)
    again = start(*OPTIONS)
    client.url = again.url
    assert len(get(f"{again.url}{base[len(server.url) :]}/v144/{number - 3:05}.m4s")) > 1000
    assert client.wait(video, timeout=600)["state"] == "ready"


def test_a_page_plays_on_after_kills() -> None:
    """`kill -9` of the worker, then of the API node, while a seek waits: the page plays on by itself when they are back."""
    with Cluster(apis=1, workers=1, encoding=OPTIONS[2:], worker_options=OPTIONS[:2]) as cluster, screens() as browser:
        url = cluster.urls["api1"]
        client = Client.registered(url)
        clip = media.long_clip(cluster.folder / "long.mp4", 60)
        video = client.wait(client.upload(clip, "long"), {"playable", "ready"})
        viewer = browser.open(f"{url}/watch/{video['id']}")
        viewer.plays(0)
        for name, position in (("worker1", 34), ("api1", 50)):
            with viewer.page.expect_request(lambda asked, at=position: asked.url.endswith(f"/{at // 4 + 1:05}.m4s")):
                viewer.page.evaluate("at => { document.querySelector('video').currentTime = at; }", position)
            cluster.nodes[name].kill()
            cluster.nodes[name].launch()
            cluster.nodes[name].wait_until_ready()
            viewer.until("!video.paused && video.currentTime > arg", position + 0.5)
        assert cluster.complaints() == []
