"""Serving of media, pages and documents: ranges, caching, compression, CORS, events, health, metrics."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from support import assets, media, players
from support.client import Client, events, problem
from support.library import Library
from support.server import ROOT, Server, binary, run

NAME = "phone_portrait_rot90_h264.mov"


@pytest.fixture(scope="module")
def hls(library: Library) -> str:
    """URL of a multivariant playlist."""
    return library.url + library.finished(NAME)["playback"]["hls"]


@pytest.fixture(scope="module")
def segment(library: Library, hls: str) -> str:
    """URL of a segment."""
    rendition = library.stream(NAME).video[0]
    return f"{hls.rpartition('/')[0]}/{rendition.name}/{rendition.playlist.entries[0].uri}"


def test_ranges(segment: str) -> None:
    """206 with the right bytes, 416 beyond the end, 200 for an invalid range; HEAD gives the same head without a body."""
    whole = requests.get(segment).content
    size = len(whole)
    for asked, first, last in [
        ("0-0", 0, 0),
        ("0-", 0, size - 1),
        ("10-19", 10, 19),
        ("-7", size - 7, size - 1),
        (f"5-{size * 2}", 5, size - 1),
    ]:
        answer = requests.get(segment, headers={"Range": f"bytes={asked}"})
        assert answer.status_code == 206, asked
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert answer.content == whole[first : last + 1]
    answer = requests.get(segment, headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416 and answer.headers["Content-Range"] == f"bytes */{size}"
    for nonsense in ("bytes=x-y", "lines=1-2", "bytes=5-2"):
        assert requests.get(segment, headers={"Range": nonsense}).status_code in (200, 416)
    head = requests.head(segment)
    assert head.status_code == 200 and head.headers["Content-Length"] == str(size) and head.content == b""
    assert head.headers["Accept-Ranges"] == "bytes"


def test_validators(segment: str) -> None:
    """A strong ETag; If-None-Match gives 304; If-Range with another tag gives the whole object."""
    answer = requests.get(segment)
    tag = answer.headers["ETag"]
    assert tag.startswith('"')
    assert "immutable" in answer.headers["Cache-Control"] and "max-age=31536000" in answer.headers["Cache-Control"]
    again = requests.get(segment, headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.content == b"" and again.headers["ETag"] == tag
    part = requests.get(segment, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert part.status_code == 206
    part = requests.get(segment, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert part.status_code == 200 and part.content == answer.content


def test_repeated_requests(start: Callable[..., Server]) -> None:
    """Objects of all sizes are the same each time, on one connection and on many, also for a client that reads slowly."""
    server = start("--ladder", "720=2500", "--preset", "ultrafast")
    client = Client.registered(server.url)
    video = client.wait(client.upload(media.clip("perf_bbb_1080p30_10s_51.mp4"), "again"))["id"]
    folder = server.data / "media" / "videos" / video / "g1"
    files = {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.suffix in {".m4s", ".jpg"}
    }
    sizes = sorted(map(len, files.values()))
    assert sizes[0] < 64 << 10 < sizes[-1], "small and large objects are kept in different ways"
    session = requests.Session()
    for path, whole in files.items():
        url = f"{server.url}/v/{video}/g1/{path}"
        first = session.get(url)
        for again in (session.get(url), session.get(url), requests.get(url)):
            assert again.content == whole and again.status_code == 200, path
            changing = {"X-Request-ID", "Date"}
            assert {name: value for name, value in again.headers.items() if name not in changing} == {
                name: value for name, value in first.headers.items() if name not in changing
            }
    path, whole = max(files.items(), key=lambda item: len(item[1]))
    parts = urllib.parse.urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as slow:
        # Not less than a segment of the loopback interface: with a smaller window each waits for a timer of the kernel.
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        slow.sendall(f"GET /v/{video}/g1/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 3)
        got = b""
        while got.count(whole) < 3:
            part = slow.recv(20_000)
            assert part, "the connection ended"
            got += part
    assert got.count(b"HTTP/1.1 200 OK") == 3
    # A client that has said all before it reads anything gets all that it asked for, and then the end.
    smallest = min(files.items(), key=lambda item: len(item[1]))
    for name, content in (smallest, (path, whole)):
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as ended:
            ended.sendall(f"GET /v/{video}/g1/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 2)
            ended.shutdown(socket.SHUT_WR)
            got = b"".join(iter(lambda: ended.recv(65_536), b""))
        assert got.count(content) == 2 and got.count(b"HTTP/1.1 200 OK") == 2, name


def test_segments_are_not_compressed_and_playlists_are(hls: str, segment: str) -> None:
    accept = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in requests.get(segment, headers=accept).headers
    packed = requests.get(hls, headers=accept, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
    plain = requests.get(hls, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.raw.read(decode_content=False)) == plain.content
    assert plain.headers["Content-Type"].startswith("application/vnd.apple.mpegurl")


def test_other_origins_may_play(hls: str, segment: str) -> None:
    for url in (hls, segment):
        answer = requests.get(url, headers={"Origin": "https://example.org", "Range": "bytes=0-9"})
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://example.org")
        assert "content-range" in answer.headers.get("Access-Control-Expose-Headers", "").lower()
        asked = {
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "range",
        }
        preflight = requests.options(url, headers=asked)
        assert preflight.status_code in (200, 204)
        assert "range" in preflight.headers["Access-Control-Allow-Headers"].lower()


def test_nosniff_and_missing_objects(hls: str) -> None:
    base = hls.rpartition("/")[0]
    assert requests.get(hls).headers["X-Content-Type-Options"] == "nosniff"
    for path in (
        "v9999/00001.m4s",
        "v240/99999.m4s",
        "v240/1.m4s",
        "nothing.m3u8",
        "../../../data",
    ):
        assert requests.get(f"{base}/{path}").status_code == 404, path
    problem(requests.get(f"{base}/%2e%2e/g1/main.m3u8"), 400, "invalid_target")
    assert requests.get(base.replace("/g1", "/g2") + "/main.m3u8").status_code == 404


def test_the_source_is_not_public(library: Library) -> None:
    """Only the generation is served, not the uploaded file."""
    video = library.finished(NAME)
    for path in (
        f"/v/{video['id']}/original",
        f"/sources/{video['id']}/original",
        f"/v/{video['id']}/../../sources/{video['id']}/original",
    ):
        assert requests.get(library.url + path).status_code == 404


def test_events(client: Client) -> None:
    """Events have each change of state and progress up to ready; the last event equals the response to GET."""
    video = client.create("events")["id"]
    seen: list[dict] = []

    def watch() -> None:
        for name, data in events(client, video):
            assert name == "state"
            seen.append(json.loads(data))
            if seen[-1]["state"] == "ready":
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    client.put(video, media.clip("avi_mpeg4_mp3.avi").read_bytes())
    watcher.join(120)
    assert not watcher.is_alive() and seen[-1]["state"] == "ready"
    states = list(dict.fromkeys(event["state"] for event in seen))
    order = ["draft", "uploading", "processing", "playable", "ready"]
    assert states == [state for state in order if state in states] and "processing" in states
    progress = [event["progress"] for event in seen]
    assert progress == sorted(progress) and progress[-1] == 1
    assert seen[-1] == client.video(video)


def test_playable_before_finished(start: Callable[..., Server], tmp_path: Path) -> None:
    """Playlists are complete before most segments are encoded; a request for the last segment moves it to the front of the queue."""
    server = start("--slots", "1", "--range-segments", "2")
    client = Client.registered(server.url)
    clip = media.long_clip(tmp_path / "long.mp4", 60)
    video = client.wait(client.upload(clip, "long"), {"playable", "ready"})
    assert video["state"] == "playable", "it was finished at once: the clip is too short for this test"
    base = server.url + video["playback"]["hls"].rpartition("/")[0]
    main = requests.get(server.url + video["playback"]["hls"]).text
    variants = [line for line in main.splitlines() if line and not line.startswith("#")]
    playlists = {uri: requests.get(f"{base}/{uri}").text for uri in variants}
    for text in playlists.values():
        assert "#EXT-X-ENDLIST" in text and abs(sum(map(float, re.findall(r"#EXTINF:([\d.]+)", text))) - 60) < 0.1
    lowest = min(variants, key=lambda uri: int(re.findall(r"\d+", uri)[0]))
    last = [line for line in playlists[lowest].splitlines() if line.endswith(".m4s")][-1]
    answer = requests.get(f"{base}/{lowest.rpartition('/')[0]}/{last}", timeout=60)
    while answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) > 0
        answer = requests.get(f"{base}/{lowest.rpartition('/')[0]}/{last}", timeout=60)
    assert answer.status_code == 200 and len(answer.content) > 1000
    assert client.video(video["id"])["state"] == "playable", "the last segment came no sooner than everything else"
    assert client.wait(video["id"])["state"] == "ready"
    after = {uri: requests.get(f"{base}/{uri}").text for uri in variants}
    assert after == playlists, "a media playlist changed after it was handed out"


def test_health_and_metrics(visitor: Client) -> None:
    assert visitor.get("/health/live").status_code == 200
    assert visitor.get("/health/ready").status_code == 200
    text = visitor.get("/metrics").text
    assert re.search(r"^# TYPE \S+ (counter|gauge|histogram)$", text, re.M)
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-zA-Z_:][\w:]*(\{.*\})? [-+0-9.eEInfNa]+", line), line


def test_accounts(visitor: Client) -> None:
    """Every invalid registration and login has its code; an unknown user and a wrong password have the same response."""
    name = "someone" + str(id(visitor))
    account = {"email": f"{name}@example.org", "username": name, "password": "correct horse battery"}
    answer = visitor.post("/v1/auth/register", json=account)
    assert answer.status_code == 201 and answer.json()["username"] == name and answer.json()["id"].startswith("usr_")
    for change, status, code in [
        ({}, 409, "email_taken"),
        ({"email": "other" + account["email"]}, 409, "username_taken"),
        ({"email": "no address"}, 422, "invalid_email"),
        ({"username": "a b"}, 422, "invalid_username"),
        ({"password": "short"}, 422, "weak_password"),
    ]:
        problem(visitor.post("/v1/auth/register", json={**account, **change}), status, code)
    wrong = visitor.post("/v1/auth/login", json={"email": account["email"], "password": "wrong horse battery"})
    unknown = visitor.post("/v1/auth/login", json={"email": "nobody@example.org", "password": "wrong horse battery"})
    problem(wrong, 401, wrong.json()["code"])
    assert {**wrong.json(), "requestId": ""} == {**unknown.json(), "requestId": ""}
    token = visitor.post("/v1/auth/login", json={"email": account["email"], "password": account["password"]}).json()[
        "token"
    ]
    session = Client(visitor.url, token)
    assert session.get("/v1/videos?mine=1").status_code == 200
    assert session.post("/v1/auth/logout").status_code == 204
    assert session.get("/v1/videos?mine=1").status_code == 401


def test_lists(client: Client) -> None:
    """Pages have every video once; an invalid cursor or limit is refused."""
    owner = Client.registered(client.url)
    ids = [owner.create(f"number {n}")["id"] for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = owner.get(f"/v1/videos?mine=1&limit=2{cursor}").json()
        seen += [video["id"] for video in page["data"]]
        if not page["page"]["next"]:
            break
        cursor = f"&cursor={page['page']['next']}"
    assert sorted(seen) == sorted(ids) and seen == list(reversed(ids))
    for query in ("limit=0", "limit=101", "limit=x", "cursor=nonsense"):
        assert owner.get(f"/v1/videos?{query}").status_code in (400, 422), query


def test_titles(client: Client) -> None:
    video = client.create("Before")["id"]
    changed = client.request("PATCH", f"/v1/videos/{video}", json={"title": "After ✓", "description": "Words"})
    assert changed.status_code == 200 and changed.json()["title"] == "After ✓"
    assert client.video(video)["description"] == "Words"
    for bad in ({"title": ""}, {"title": "x" * 10_000}, {"title": None}, {"state": "ready"}, []):
        assert client.request("PATCH", f"/v1/videos/{video}", json=bad).status_code in (400, 422), bad


def test_jobs_tool(start: Callable[..., Server], tmp_path: Path) -> None:
    """`videohost jobs` lists, shows and watches; --json is for programs."""
    server = start()
    client = Client.registered(server.url)
    video = client.upload(media.clip(NAME), "jobs")
    watched = run("jobs", "watch", "--data", str(tmp_path / "data"), timeout=120)
    assert watched.returncode == 0 and "done" in watched.stdout
    client.wait(video)
    listed = run("jobs", "list", "--data", str(tmp_path / "data"))
    assert listed.returncode == 0 and "done" in listed.stdout
    listed = json.loads(run("jobs", "list", "--json", "--data", str(tmp_path / "data")).stdout)
    (job,) = [row["job"] for row in listed if row["job"]["videoID"] == video]
    assert job["state"] == "done"
    shown = run("jobs", "show", job["id"], "--data", str(tmp_path / "data"))
    assert shown.returncode == 0 and "video" in shown.stdout and "audio" in shown.stdout
    assert json.loads(run("jobs", "show", job["id"], "--json", "--data", str(tmp_path / "data")).stdout)
    unknown = run("jobs", "show", "job_00000000000000000000000000", "--data", str(tmp_path / "data"))
    assert unknown.returncode > 0 and len(unknown.stderr.strip().splitlines()) == 1


def test_no_request_leaves_the_machine(start: Callable[..., Server], tmp_path: Path) -> None:
    """A playlist with the file name of a video that refers to a URL is rejected, and the URL is never requested."""
    asked = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(1)

    def listen() -> None:
        try:
            listener.accept()
            asked.set()
        except TimeoutError:
            pass

    server = start()
    client = Client.registered(server.url)
    thread = threading.Thread(target=listen)
    thread.start()
    port = listener.getsockname()[1]
    for text in (
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nhttp://127.0.0.1:{port}/x.ts\n#EXT-X-ENDLIST\n",
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nconcat:http://127.0.0.1:{port}/x|file:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        f'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:{port}/</BaseURL></MPD>',
        "v=0\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\n",
    ):
        answer = client.put(client.create("evil.avi")["id"], text.encode())
        assert answer.status_code == 202
        assert client.wait(answer.json()["id"])["rejection"]["code"] == "unsupported_container", text
    thread.join()
    assert not asked.is_set()


def test_damaged_files_have_different_codes(client: Client, tmp_path: Path) -> None:
    """Truncated, empty, random and encrypted files are rejected with different codes within seconds."""
    whole = media.clip("perf_bbb_1080p30_10s_51.mp4").read_bytes()
    faststart = whole.index(b"moov") < whole.index(b"mdat")
    for data, codes in [
        (b"", {"empty"}),
        (b"\0" * 100_000, {"unsupported_container"}),
        (bytes(range(256)) * 400, {"unsupported_container"}),
        (b"plain words, no film\n" * 100, {"unsupported_container"}),
        (whole[:4000] if not faststart else whole[:200], {"truncated"}),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 1000, {"unsupported_container", "no_media_stream"}),
    ]:
        video = client.create("damaged")["id"]
        answer = client.put(video, data)
        if answer.status_code != 202:
            problem(answer, answer.status_code, answer.json()["code"])
            assert data == b""
            continue
        ended = client.wait(video)
        assert ended["state"] == "rejected" and ended["rejection"]["code"] in codes, ended


def test_pages(url: str, library: Library) -> None:
    """The web pages are served, and the watch page plays in a browser."""
    video = library.finished(NAME)
    for path in ("/", f"/watch/{video['id']}"):
        answer = requests.get(url + path)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert requests.get(url + assets.address("vendor/hls.js")).headers["Content-Type"].startswith("text/javascript")
    assert requests.get(f"{url}/package.json").status_code == 404
    result = players.chromium_page(f"{url}/watch/{video['id']}")
    assert result.complaints == [] and result.seconds > 1


def test_the_demo(tmp_path: Path) -> None:
    """The script of `make demo` prints the URLs of a playable clip at its end."""
    environment = {
        **os.environ,
        "DEMO_EXIT": "1",
        "DEMO_DATA": str(tmp_path / "var"),
        "VIDEOHOST_BINARY": str(binary()),
        "DEMO_PORT": "0",
    }
    done = subprocess.run(
        [str(ROOT / "scripts" / "demo")], capture_output=True, text=True, timeout=200, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"http://\S+/watch/vid_\w+", done.stdout) and re.search(r"http://\S+/main\.m3u8", done.stdout)
