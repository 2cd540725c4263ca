"""The program behind a real nginx, with the configuration that is shipped."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from support import media
from support.client import Client, events, problem
from support.operators import Operator
from support.proxy import Proxy
from support.server import Server

CLIP = "avi_mpeg4_mp3.avi"


@pytest.fixture
def through(tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Starts nginx before a server; it ends with the test."""
    running: list[Proxy] = []

    def begin(server: Server, tls: bool = False, keeps: str = "1m") -> Proxy:
        nginx = Proxy(tmp_path / "nginx", [server.url], server.data / "media", tls, keeps=keeps)
        running.append(nginx)
        return nginx.start()

    yield begin
    for nginx in running:
        nginx.stop()


def finished_segment(client: Client) -> str:
    """Uploads a clip, waits until it is ready; the path of one of its segments."""
    video = client.wait(client.upload(media.clip(CLIP)))
    base = video["playback"]["hls"].rpartition("/")[0]
    main = client.get(f"{base}/main.m3u8").text
    playlist = next(line for line in main.splitlines() if line and not line.startswith("#"))
    lines = client.get(f"{base}/{playlist}").text.splitlines()
    return f"{base}/{playlist.rpartition('/')[0]}/{next(line for line in lines if line.endswith('.m4s'))}"


def check_serving(url: str, whole: bytes, tag: str) -> None:
    """Whole, parts, HEAD and validators, as a player asks for them."""
    answer = requests.get(url)
    assert answer.status_code == 200 and answer.content == whole
    shown = answer.headers
    assert shown["ETag"] == tag and shown["Content-Type"] == "video/iso.segment"
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown["Accept-Ranges"] == "bytes"
    assert shown["Access-Control-Allow-Origin"] == "*" and "Content-Range" in shown["Access-Control-Expose-Headers"]
    assert shown["X-Content-Type-Options"] == "nosniff" and shown["Cross-Origin-Resource-Policy"] == "cross-origin"
    size = len(whole)
    for asked, first, last in [("0-0", 0, 0), ("10-19", 10, 19), ("-7", size - 7, size - 1), ("5-", 5, size - 1)]:
        part = requests.get(url, headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206, asked
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole[first : last + 1]
    beyond = requests.get(url, headers={"Range": f"bytes={size}-"})
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{size}"
    part = requests.get(url, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert part.status_code == 206 and part.content == whole[:10]
    part = requests.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert part.status_code == 200 and part.content == whole
    head = requests.head(url)
    assert head.status_code == 200 and head.headers["Content-Length"] == str(size) and head.content == b""
    assert head.headers["ETag"] == tag
    for match in (tag, f'"other", {tag}', "*"):
        same = requests.get(url, headers={"If-None-Match": match})
        assert same.status_code == 304 and same.content == b"", match
    assert requests.get(url, headers={"If-None-Match": '"other"'}).content == whole


def test_nginx_sends_the_files_itself(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """With --accel-redirect the program names files, and what comes out of nginx is what it would have sent."""
    server = start("--accel-redirect", "/_media/")
    nginx = through(server)
    client = Client.registered(nginx.url)
    path = finished_segment(client)
    named = requests.get(server.url + path)
    key = "videos/" + path.removeprefix("/v/")
    assert named.status_code == 200 and named.content == b"" and named.headers["X-Accel-Redirect"] == f"/_media/{key}"
    check_serving(nginx.url + path, (server.data / "media" / key).read_bytes(), named.headers["ETag"])
    assert "X-Accel-Redirect" not in requests.get(nginx.url + path).headers
    # Nobody gets at the folder but by such an answer.
    for outside in (f"/_media/{key}", "/_media/", "/_media/../videohost.db"):
        assert requests.get(nginx.url + outside).status_code == 404, outside
    problem(requests.get(nginx.url + path.replace("00001", "99999")), 404, "not_found")
    assert nginx.log() == ""


def test_nginx_keeps_segments(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """Without it, segments are sent from nginx' cache after the first time; also when the API is gone."""
    server = start()
    nginx = through(server)
    path = finished_segment(Client.registered(nginx.url))
    direct = requests.get(server.url + path)
    assert requests.get(nginx.url + path, headers={"Range": "bytes=0-9"}).headers["X-Cache"] == "MISS"
    assert requests.get(nginx.url + path).headers["X-Cache"] == "HIT"
    check_serving(nginx.url + path, direct.content, direct.headers["ETag"])
    missing = nginx.url + path.replace("00001", "99999")
    assert [requests.get(missing).headers["X-Cache"] for _ in range(2)] == ["MISS", "MISS"]
    server.stop()
    assert requests.get(nginx.url + path).content == direct.content


def test_nginx_asks_again(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """What nginx keeps is asked for again without its bytes, and a blocked video is gone from it when the time is over."""
    server = start()
    nginx = through(server, keeps="1s")
    client = Client.registered(nginx.url)
    path = finished_segment(client)
    direct = requests.get(server.url + path)

    def fetch(**headers: str) -> requests.Response:
        return requests.get(
            nginx.url + path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def later(wanted: Callable[[requests.Response], bool]) -> requests.Response:
        deadline = time.monotonic() + 20
        while not wanted(answer := fetch()):
            assert time.monotonic() < deadline, (answer.status_code, answer.headers)
            time.sleep(0.1)
        return answer

    assert fetch().headers["X-Cache"] == "MISS"
    again = later(lambda answer: answer.headers["X-Cache"] == "REVALIDATED")
    assert again.status_code == 200 and again.content == direct.content
    check_serving(nginx.url + path, direct.content, direct.headers["ETag"])
    # What docs/operations.md says about removing one video from the cache.
    video = path.split("/")[2]
    purge = f"grep -rlaE '^KEY: /v/{video}/' {nginx.folder}/cache | xargs -r rm -f --"
    subprocess.run(["sh", "-c", purge], check=True)
    assert fetch().headers["X-Cache"] == "MISS"
    operator = Operator(server.data)
    operator.videos("block", video, "--reason", "not here")
    problem(later(lambda answer: answer.status_code != 200), 403, "video_blocked")
    problem(fetch(If_None_Match=direct.headers["ETag"]), 403, "video_blocked")
    operator.videos("unblock", video)
    assert later(lambda answer: answer.status_code == 200).content == direct.content


def test_uploads_and_events_pass(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """tus goes through with all of its fields, larger than nginx' own limit, and events come while they happen."""
    nginx = through(start("--slots", "1"))
    client = Client.registered(nginx.url)
    data = media.clip(CLIP).read_bytes()
    video = client.create("through a proxy")["id"]
    answer = client.tus_create(len(data), {"videoId": video, "filename": CLIP})
    assert answer.status_code == 201 and answer.headers["Tus-Resumable"] == "1.0.0"
    location = answer.headers["Location"]
    half = len(data) // 2
    assert client.tus_patch(location, 0, data[:half]).headers["Upload-Offset"] == str(half)
    asked = client.tus_head(location)
    assert asked.headers["Upload-Offset"] == str(half) and asked.headers["Upload-Length"] == str(len(data))
    problem(client.tus_patch(location, 0, data[:half]), 409, "upload_offset_mismatch")
    stream = events(client, video)
    assert json.loads(next(stream)[1])["state"] == "uploading", "the first event came no sooner than the upload's end"
    assert client.tus_patch(location, half, data[half:]).status_code == 204
    assert next(state for _, text in stream if (state := json.loads(text)["state"]) == "ready")
    for hidden in ("/metrics", "/health/ready"):
        assert requests.get(nginx.url + hidden).status_code == 404
    assert requests.get(nginx.url + "/health/live").status_code == 200


def test_tls(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """With the certificate in place, plain HTTP leads to HTTPS, where the same is served."""
    nginx = through(start(), tls=True)
    answer = requests.get(nginx.url + "/v1/videos", allow_redirects=False)
    assert answer.status_code == 301 and answer.headers["Location"] == "https://127.0.0.1/v1/videos"
    trust = str(nginx.folder / "videohost" / "tls" / "fullchain.pem")
    answer = requests.get(f"https://localhost:{nginx.tls_port}/v1/openapi.json", verify=trust)
    assert answer.status_code == 200 and answer.json()["openapi"].startswith("3.")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
