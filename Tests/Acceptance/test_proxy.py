"""The program behind a real nginx with the shipped configuration."""

from __future__ import annotations

import http.client
import http.server
import ipaddress
import json
import random
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from support import media
from support.client import Client, events, problem
from support.operators import Operator
from support.proxy import Proxy
from support.server import ROOT, Server

CLIP = "avi_mpeg4_mp3.avi"


@pytest.fixture
def through(tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Starts nginx as the proxy of a server; it ends with the test."""
    running: list[Proxy] = []

    def begin(server: Server, *others: Server, tls: bool = False, keeps: str = "1m") -> Proxy:
        nodes = [one.url for one in (server, *others)]
        nginx = Proxy(tmp_path / "nginx", nodes, server.data / "media", tls, keeps=keeps)
        running.append(nginx)
        return nginx.start()

    yield begin
    for nginx in running:
        nginx.stop()


def finished_segment(client: Client) -> str:
    """Uploads a clip and waits until it is ready; returns the path of one of its segments."""
    video = client.wait(client.upload(media.clip(CLIP)))
    base = video["playback"]["hls"].rpartition("/")[0]
    main = client.get(f"{base}/main.m3u8").text
    playlist = next(line for line in main.splitlines() if line and not line.startswith("#"))
    lines = client.get(f"{base}/{playlist}").text.splitlines()
    return f"{base}/{playlist.rpartition('/')[0]}/{next(line for line in lines if line.endswith('.m4s'))}"


def check_serving(url: str, whole: bytes, tag: str) -> None:
    """Checks whole objects, ranges, HEAD and validators, as players use them."""
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
    """With --accel-redirect the program returns file names, and the responses of nginx equal those of the program."""
    server = start("--accel-redirect", "/_media/")
    nginx = through(server)
    client = Client.registered(nginx.url)
    path = finished_segment(client)
    named = requests.get(server.url + path)
    key = "videos/" + path.removeprefix("/v/")
    assert named.status_code == 200 and named.content == b"" and named.headers["X-Accel-Redirect"] == f"/_media/{key}"
    check_serving(nginx.url + path, (server.data / "media" / key).read_bytes(), named.headers["ETag"])
    assert "X-Accel-Redirect" not in requests.get(nginx.url + path).headers
    # The folder is only reachable by such a response.
    for outside in (f"/_media/{key}", "/_media/", "/_media/../videohost.db"):
        assert requests.get(nginx.url + outside).status_code == 404, outside
    problem(requests.get(nginx.url + path.replace("00001", "99999")), 404, "not_found")
    assert nginx.log() == ""


def test_files_of_two_versions(tmp_path: Path, start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """While nodes of two versions run, the files that pages of either name come, whichever node is asked first."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    web = tmp_path / "web"
    shutil.copytree(ROOT / "web", web, ignore=shutil.ignore_patterns("dist"))
    tokens = web / "css" / "tokens.css"
    tokens.write_text(tokens.read_text().replace("--page: 1180px", "--page: 1181px"))
    subprocess.run([tmp_path / "scripts" / "build-web"], check=True, capture_output=True)
    old, new = start(data="old"), start("--web", str(web), data="new")
    names = {node: re.search(r"/assets/start-\w+\.css", requests.get(node.url).text)[0] for node in (old, new)}
    assert requests.get(old.url + names[new]).status_code == 404 == requests.get(new.url + names[old]).status_code
    nginx = through(old, new)
    for name in [*names.values()] * 6:
        assert requests.get(nginx.url + name).status_code == 200, name
    problem(requests.get(f"{nginx.url}/assets/start-000000000000.css"), 404, "not_found")


def test_nginx_caches_segments(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """Without --accel-redirect, nginx sends segments from its cache after the first request, also if the API is down."""
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


def test_nginx_revalidates(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """nginx revalidates cached segments without their bytes, and stops serving a blocked video after the cache time."""
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
    # The command of docs/operations.md that removes one video from the cache.
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


def exact(url: str, target: str, method: str = "GET", **fields: str) -> tuple[int, dict[str, str], bytes]:
    """A request whose target is sent unchanged, which HTTP libraries do not do."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in fields.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def tricks(path: str) -> list[str]:
    """Other spellings of a media path, and of pages that a decoding cache would store under its key."""
    inner = path.removeprefix("/")
    folders = inner.split("/")
    escaped = "%2f".join(folders)
    found = [f"/watch/..{slash}{escaped.replace('%2f', slash)}" for slash in ("%2f", "%2F", "%5c", "%5C", "\\")]
    found += [f"/watch/{dots}/{inner}" for dots in ("..", "%2e%2e", "%2E.", ".%2e", "x/../..", "./..")]
    found += [f"/watch/..%2f{escaped}?{query}" for query in ("", "x=1", "/..")]
    found += [f"//{inner}", f"/{inner}".replace("/g1/", "//g1/"), f"/./{inner}", f"/watch//../{inner}"]
    found += [f"/{inner[:-1]}%{ord(inner[-1]):02x}", f"/%76{inner[1:]}", f"/{escaped}", f"/watch/..%252f{escaped}"]
    found += [
        f"/{inner}%00",
        f"/{inner}%0d%0a",
        f"/{inner}%",
        f"/{inner}%zz",
        f"/{inner}/",
        f"/{inner}/.",
        f"/{inner}/..",
    ]
    found += [f"/{inner}#x", f"/{inner};x=1", f"/index.html/..%2f{escaped}", f"/v1/videos/..%2f..%2f{escaped}"]
    found += [
        f"/{inner}%2f..",
        f"/{inner}%23",
        f"/{inner}%3f",
        f"/V{inner[1:]}",
        f"http://other.example/watch/..%2f{escaped}",
    ]
    return found


def test_nothing_is_cached_under_another_key(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """For every spelling of a path the poster stays the poster, and only media are cached."""
    server = start()
    nginx = through(server)
    client = Client.registered(nginx.url)
    video = client.wait(client.upload(media.clip(CLIP)))
    poster, missing = video["playback"]["poster"], video["playback"]["poster"].replace("-1.jpg", "-9999.jpg")
    whole = requests.get(server.url + poster)
    assert whole.headers["Content-Type"] == "image/jpeg"
    for target in [trick for path in (poster, missing) for trick in tricks(path)]:
        # Both protocols, so that one would find what the other has stored.
        for method in ("GET", "HEAD"):
            status, fields, _ = exact(nginx.url, target, method)
            assert status in (400, 404), (target, status)
            assert fields.get("x-cache") in (None, "MISS"), (target, fields)
        status, fields, body = exact(server.url, target)
        assert status in (400, 404) and fields["content-type"] == "application/problem+json", (target, status)
        assert json.loads(body)["code"] in ("invalid_target", "not_found", "malformed_request"), (target, body)
    assert exact(nginx.url, missing)[0] == 404
    for expected in ("MISS", "HIT"):
        status, fields, body = exact(nginx.url, poster)
        assert (status, fields["content-type"], fields["x-cache"]) == (200, "image/jpeg", expected)
        assert body == whole.content
    status, _, body = exact(nginx.url, "/watch/..%2fx")
    assert status == 400 and json.loads(body)["code"] == "invalid_target"
    for page in ("/watch/unknown", "/watch/vid_00000000000000000000000000", "/nonsense", "/nonsense.html"):
        assert exact(nginx.url, page)[0] == exact(server.url, page)[0] == 404, page
    assert exact(nginx.url, f"/watch/{video['id']}")[0] == 200


class Careless(http.server.BaseHTTPRequestHandler):
    """A node that decodes and resolves paths, and returns a page for every path except the poster."""

    poster = f"/v/vid_{'0' * 26}/g1/poster-1.jpg"
    still = poster.replace("poster", "storyboard")
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The poster at its exact path; an image that may change; otherwise a cacheable page."""
        body, kind, keep = b"<html>", "text/html", "public, max-age=31536000, immutable"
        if self.path == self.poster:
            body, kind = b"poster", "image/jpeg"
        elif self.path == self.still:
            body, kind, keep = b"still", "image/jpeg", "no-cache"
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Cache-Control", keep), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


def test_nginx_alone_keeps_keys_apart(tmp_path: Path) -> None:
    """With the shipped configuration before a careless node, no spelling stores a page under the poster's key."""
    node = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    threading.Thread(target=node.serve_forever, daemon=True).start()
    nginx = Proxy(tmp_path / "nginx", [f"http://127.0.0.1:{node.server_port}"], tmp_path / "media").start()
    try:
        for target in tricks(Careless.poster):
            for method in ("GET", "HEAD"):
                assert exact(nginx.url, target, method)[1].get("x-cache") in (None, "MISS"), target
        for expected in ("MISS", "HIT"):
            _, fields, body = exact(nginx.url, Careless.poster)
            assert (fields["x-cache"], fields["content-type"], body) == (expected, "image/jpeg", b"poster")
        page = Careless.poster.replace("poster-1", "poster-2")
        for target, body in ((page, b"<html>"), (Careless.still, b"still")):
            for _ in range(2):
                answer = exact(nginx.url, target)
                assert answer[1]["x-cache"] == "MISS" and answer[2] == body, (
                    "kept although it is no media, or may change"
                )
    finally:
        nginx.stop()
        node.shutdown()
        node.server_close()


def test_nginx_accepts_old_clients_and_ipv6_networks(tmp_path: Path, start: Callable[..., Server]) -> None:
    """An HTTP/1.0 request needs no Host; an IPv6 /64 is one client in every notation of its addresses."""
    nginx = Proxy(tmp_path / "nginx", [start("--trusted-proxies", "1").url], tmp_path / "media")
    site = nginx.folder / "site.conf"
    text = site.read_text()
    for old, new in (
        (
            "map $remote_addr $videohost_client {\n    default $remote_addr;",
            "map $arg_a $videohost_client { default $arg_a;",
        ),
        ("    location / {", "    location = /client { return 200 $videohost_client; }\n    location / {"),
    ):
        assert old in text
        text = text.replace(old, new)
    site.write_text(text)
    nginx.start()
    try:
        with socket.create_connection(("127.0.0.1", nginx.port), 20) as connection:
            connection.sendall(b"GET /v1/videos HTTP/1.0\r\n\r\n")
            found = b""
            while data := connection.recv(65_536):
                found += data
        assert found.startswith(b"HTTP/1.1 200 "), found
        seeds = random.Random(5)
        numbers = [[seeds.choice((0, 0, 1, 0xABCD)) for _ in range(8)] for _ in range(300)]
        keys: dict[str, set[str]] = {}
        for groups in numbers:
            groups[0] = 0x2001
            address = ipaddress.IPv6Address(":".join(f"{group:x}" for group in groups))
            shown = str(address)
            key = requests.get(f"{nginx.url}/client?a={shown}").text
            network = str(ipaddress.ip_network((address, 64), strict=False))
            keys.setdefault(network, set()).add(key)
        assert all(len(found) == 1 for found in keys.values()), keys
        assert len({key for found in keys.values() for key in found}) == len(keys)
        for shown, key in (("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::1", "::")):
            assert requests.get(f"{nginx.url}/client?a={shown}").text == key
    finally:
        nginx.stop()


def test_operators_paths_are_hidden(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """Metrics and health are not reachable under any spelling; the program accepts one spelling of each."""
    server = start()
    nginx = through(server)
    for path in ("/metrics", "/health/ready", "/health"):
        spelled = [path, f"{path}/", f"{path}?x", f"{path}/?x", f"/{path}", f"{path}/.", f"/x/..{path}", f"{path}%2f"]
        for target in [*spelled, path.upper(), "/%6d" + path[2:], f"{path};x", f"/./{path[1:]}", f"{path}/x"]:
            assert exact(nginx.url, target)[0] in (400, 404), target
            if target not in (path, f"{path}?x"):
                assert exact(server.url, target)[0] in (400, 404), target
    status, fields, _ = exact(server.url, "/metrics", Origin="https://other.example")
    assert status == 200 and "access-control-allow-origin" not in fields
    assert fields["cross-origin-resource-policy"] == "same-origin"
    assert exact(nginx.url, "/health/live")[0] == 200


def test_secrets_of_uploads_are_not_logged(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """The secrets are neither in nginx' access log nor in its error log, also if no node responds."""
    server = start()
    nginx = through(server)
    client = Client.registered(nginx.url)
    location = client.tus_create(10, {"title": "secret"}).headers["Location"]
    name, _, secret = location.rpartition("/")[2].partition(".")
    assert client.tus_patch(location, 0, b"12345").status_code == 204
    status, _, _ = exact(nginx.url, f"{location}?x", Referer=nginx.url + location)
    assert status == 405
    server.stop()
    assert client.tus_head(location).status_code == 502
    assert exact(nginx.url, "/v1/videos?after=the+uploads")[0] == 502
    nginx.stop()
    requested = (nginx.folder / "access.log").read_text()
    assert re.search(rf'"PATCH /v1/uploads/{name}\.\.\. HTTP/1\.1" 204 ', requested), requested
    assert "/v1/videos?after=the+uploads" in requested
    complaints = (nginx.folder / "error.log").read_text()
    assert "after=the+uploads" in complaints, "what else fails is told of as before"
    for text in (requested, complaints):
        assert secret not in text


def test_requests_of_one_client_are_limited(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """nginx limits the concurrent requests of an address; more get 429, and new ones are accepted when they have ended."""
    server = start("--trusted-proxies", "1", "--slots", "1")
    nginx = through(server)
    client = Client.registered(nginx.url)
    draft = client.create("to be watched")["id"]
    followers = []
    try:
        for _ in range(256):
            parts = urllib.parse.urlsplit(nginx.url)
            follower = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            follower.request("GET", f"/v1/videos/{draft}/events")
            followers.append(follower)
        assert {follower.getresponse().status for follower in followers} == {200}
        answer = requests.get(nginx.url + "/v1/videos")
        problem(answer, 429, "too_many_requests")
        assert answer.headers["Retry-After"] == "5"
    finally:
        for follower in followers:
            follower.close()
    while (status := requests.get(nginx.url + "/v1/videos").status_code) == 429:
        pass
    assert status == 200


def test_uploads_and_events_pass(start: Callable[..., Server], through: Callable[..., Proxy]) -> None:
    """tus uploads pass with all fields and beyond nginx' default size limit, and events arrive without delay."""
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
    """With a certificate, HTTP redirects to HTTPS, which serves the same."""
    nginx = through(start(), tls=True)
    answer = requests.get(nginx.url + "/v1/videos", allow_redirects=False)
    assert answer.status_code == 301 and answer.headers["Location"] == "https://127.0.0.1/v1/videos"
    trust = str(nginx.folder / "videohost" / "tls" / "fullchain.pem")
    answer = requests.get(f"https://localhost:{nginx.tls_port}/v1/openapi.json", verify=trust)
    assert answer.status_code == 200 and answer.json()["openapi"].startswith("3.")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
