"""PUT and form uploads, with curl and with raw requests: complete, interrupted, repeated and invalid."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support import disk, media
from support.client import Client, problem, random_file
from support.server import Server

CLIP = media.clip("phone_portrait_rot90_h264.mov")
SMALL = media.clip("rot270_iphone_3frames.mov")


def curl(*arguments: str | Path) -> tuple[int, str]:
    """curl's result: status and body."""
    command = ["curl", "-sS", "-o", "-", "-w", "\n%{http_code}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@pytest.fixture
def data(shared: dict[str, str]) -> Path:
    """The shared server's data folder."""
    return Path(shared["folder"]) / "data"


def bearer(client: Client) -> str:
    """The header with the user's token."""
    return f"Authorization: Bearer {client.token}"


def left_over(data: Path) -> set[str]:
    """The names of uploads with bytes on disk."""
    folder = data / "uploads"
    return {path.name for path in disk.files(folder) if not path.name.startswith(".")}


def test_curl_put(client: Client, data: Path) -> None:
    video = client.create("curl -T")
    status, body = curl("-T", CLIP, "-H", bearer(client), f"{client.url}/v1/videos/{video['id']}/source")
    assert status == 202, body
    assert json.loads(body)["id"] == video["id"]
    assert client.wait(video["id"])["state"] == "ready"
    assert disk.sources(data, video["id"])[0].read_bytes() == CLIP.read_bytes()


def test_curl_form(client: Client, data: Path) -> None:
    status, body = curl("-F", "title=A form", "-F", f"file=@{CLIP}", "-H", bearer(client), f"{client.url}/v1/videos")
    assert status == 202, body
    video = json.loads(body)
    assert client.video(video["id"])["title"] == "A form"
    assert client.wait(video["id"])["state"] == "ready"
    assert disk.sources(data, video["id"])[0].read_bytes() == CLIP.read_bytes()


def test_the_form_with_the_file_before_the_title(client: Client) -> None:
    status, body = curl("-F", f"file=@{SMALL}", "-F", "title=Late", "-H", bearer(client), f"{client.url}/v1/videos")
    assert status == 202, body
    assert client.video(json.loads(body)["id"])["title"] == "Late"


def test_put_without_a_length(client: Client) -> None:
    """Transfer-Encoding: chunked."""
    video = client.create("chunked")

    def pieces() -> Iterator[bytes]:
        body = CLIP.read_bytes()
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    assert client.put(video["id"], pieces()).status_code == 202
    assert client.wait(video["id"])["state"] == "ready"


def send_part(client: Client, video_id: str, body: bytes, claimed: int) -> None:
    """A PUT that claims more bytes than it sends and then closes the connection."""
    parts = urlsplit(client.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = f"PUT /v1/videos/{video_id}/source HTTP/1.1\r\nHost: localhost\r\n{bearer(client)}\r\nContent-Length: {claimed}\r\n\r\n"
        connection.sendall(head.encode() + body)


def test_an_interrupted_put_leaves_a_draft(start: Callable[..., Server], tmp_path: Path) -> None:
    """A PUT cannot be continued: after an interruption the video is a draft without bytes, and the PUT can be repeated."""
    server = start("--slots", "1")
    client = Client.registered(server.url)
    video = client.create("cut")
    send_part(client, video["id"], CLIP.read_bytes()[:50_000], CLIP.stat().st_size)
    for _ in range(400):
        if "http.status=408" in server.log_tail(50):
            break
        time.sleep(0.02)
    assert client.video(video["id"])["state"] == "draft"
    assert left_over(tmp_path / "data") == set()
    with CLIP.open("rb") as file:
        assert client.put(video["id"], file).status_code == 202
    assert client.wait(video["id"])["state"] == "ready"


def test_an_interrupted_curl_can_be_repeated(client: Client) -> None:
    """curl is interrupted by a time limit, and then repeated."""
    video = client.create("curl cut")
    target = f"{client.url}/v1/videos/{video['id']}/source"
    command = ["curl", "-sS", "-T", str(CLIP), "--limit-rate", "50k", "--max-time", "1", "-H", bearer(client), target]
    assert subprocess.run(command, capture_output=True).returncode == 28
    for _ in range(200):
        status, body = curl("-T", CLIP, "-H", bearer(client), target)
        if status != 423 and status != 409:
            break
        time.sleep(0.05)
    assert status == 202, body


def test_a_second_source_is_refused(client: Client) -> None:
    video = client.create("twice")
    with SMALL.open("rb") as file:
        assert client.put(video["id"], file).status_code == 202
    with SMALL.open("rb") as file:
        answer = client.put(video["id"], file)
    problem(answer, 409, answer.json()["code"])
    assert client.tus_create(10, {"videoId": video["id"]}).status_code == 409


def test_too_large(start: Callable[..., Server], tmp_path: Path) -> None:
    """Beyond --max-upload every kind of upload is refused with 413, with and without a length, and leaves no bytes."""
    server = start("--max-upload", "100000")
    client = Client.registered(server.url)
    body = os.urandom(150_000)
    video = client.create("large")
    problem(client.put(video["id"], body), 413, "upload_too_large")
    answer = client.put(video["id"], iter([body[:90_000], body[90_000:]]))
    problem(answer, 413, "upload_too_large")
    answer = client.post("/v1/videos", data={"title": "form"}, files={"file": ("a.mov", body)})
    problem(answer, 413, "upload_too_large")
    problem(client.tus_create(len(body), {"title": "tus"}), 413, "upload_too_large")
    assert client.video(video["id"])["state"] == "draft"
    assert left_over(tmp_path / "data") == set()
    assert client.get("/v1/videos?mine=1").json()["data"] == [client.video(video["id"])]


WRONG_FORMS: list[tuple[str, dict[str, str], list[tuple[str, tuple[str | None, bytes]]], set[int]]] = [
    ("no file", {"title": "x"}, [("description", (None, b"words"))], {400, 422}),
    ("unknown field", {"title": "x", "colour": "red"}, [("file", ("a.mov", b"data"))], {400}),
    ("no title", {}, [("file", ("a.mov", b"data"))], {400, 422}),
    ("empty title", {"title": "  "}, [("file", ("a.mov", b"data"))], {400, 422}),
    ("title too long", {"title": "x" * 10_000}, [("file", ("a.mov", b"data"))], {400, 413, 422}),
    ("empty file", {"title": "x"}, [("file", ("a.mov", b""))], {400, 422}),
    ("two files", {"title": "x"}, [("file", ("a.mov", b"1")), ("file", ("b.mov", b"2"))], {400, 422}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "fields", "files", "statuses"), WRONG_FORMS, ids=[row[0] for row in WRONG_FORMS])
def test_invalid_forms(what: str, fields: dict, files: list, statuses: set[int], client: Client) -> None:
    count = len(client.get("/v1/videos?mine=1&limit=100").json()["data"])
    answer = client.post("/v1/videos", data=fields, files=files)
    assert answer.status_code in statuses, f"{what}: {answer.status_code} {answer.text}"
    problem(answer, answer.status_code, answer.json()["code"])
    assert len(client.get("/v1/videos?mine=1&limit=100").json()["data"]) <= count


BROKEN_BODIES = [
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"no parts at all"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nendless'),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 50_000 + b"\r\n\r\n--x--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 500, b"--x--\r\n"),
    ("application/json", b"{not json"),
    ("application/json", b'{"title": 5}'),
    ("application/json", b'{"title": "\\ud800"}'),
    ("application/json", b"[" * 100_000),
    ("text/plain", b"title=x"),
]


@pytest.mark.parametrize(("kind", "body"), BROKEN_BODIES, ids=range(len(BROKEN_BODIES)))
def test_invalid_bodies(kind: str, body: bytes, client: Client) -> None:
    answer = client.post("/v1/videos", data=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 413, 415, 422), answer.text
    problem(answer, answer.status_code, answer.json()["code"])


def outside(data: Path) -> set[str]:
    """Files next to the data folder that the tests did not create."""
    return {path.name for path in data.parent.iterdir() if path.suffix != ".rows" and path.name != "library"}


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\0b.mov", "x" * 5000, "", ".", "ö\u202egpj.mov"],
)
def test_file_names_are_only_text(name: str, client: Client, data: Path) -> None:
    """The file name is stored as text and does not affect where the bytes are stored."""
    before = outside(data)
    answer = client.tus_create(SMALL.stat().st_size, {"title": "named", "filename": name})
    assert answer.status_code in (201, 400, 422), answer.text
    if answer.status_code == 201:
        assert client.tus_patch(answer.headers["Location"], 0, SMALL.read_bytes()).status_code == 204
    boundary = b"frontier"
    quoted = name.encode("utf-8").replace(b'"', b"%22").replace(b"\0", b"\xff\xfe")
    body = b'--frontier\r\nContent-Disposition: form-data; name="title"\r\n\r\nnamed\r\n--frontier\r\n'
    body += b'Content-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n\r\n' + SMALL.read_bytes()
    body += b"\r\n--frontier--\r\n"
    answer = client.post(
        "/v1/videos", data=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
    )
    assert answer.status_code in (202, 400, 413, 422), answer.text
    assert outside(data) == before
    assert not [path for path in disk.paths(data) if "passwd" in path.name or "boot" in path.name]


def raw(url: str, request: bytes, timeout: float = 10) -> bytes:
    """The response to these bytes: a complete response, or the bytes until the server closed or stopped sending."""
    parts, found = urlsplit(url), b""
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as connection:
        try:
            connection.sendall(request)
            while not whole(found) and (data := connection.recv(65_536)):
                found += data
        except (ConnectionError, TimeoutError):
            pass
    return found


def whole(answer: bytes) -> bool:
    """Whether a response is complete by its Content-Length."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(length) and len(body) >= int(length[1])  # type: ignore[index]


HOSTILE = [
    b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(10_000)) + b"\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
    b"PUT /v1/videos/x/source HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"PUT /v1/videos/x/source HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"PUT /v1/videos/x/source HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"PUT /v1/videos/x/source HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500),
    b"GET /v/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /js/../../Package.swift HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("request_bytes", HOSTILE, ids=range(len(HOSTILE)))
def test_malicious_requests(request_bytes: bytes, url: str, visitor: Client) -> None:
    """A malicious request gets an error or a closed connection, never a file of the machine, and the server continues."""
    answer = raw(url, request_bytes)
    status = re.match(rb"HTTP/1\.1 (\d+)", answer)
    assert not answer or (status and 400 <= int(status[1]) < 500), answer[:300]
    assert b"root:" not in answer and b"swift-tools-version" not in answer
    assert visitor.get("/health/live").status_code == 200


def test_permissions(client: Client, visitor: Client) -> None:
    """Requests without a session, with an invalid one, as another user, and for missing objects."""
    video = client.create("mine")
    path, other = f"/v1/videos/{video['id']}", Client.registered(client.url)
    answer = visitor.request("PUT", f"{path}/source", data=b"x")
    problem(answer, 401, "authentication_required")
    assert "WWW-Authenticate" in answer.headers
    problem(Client(client.url, "not-a-token").post("/v1/videos", json={"title": "x"}), 401, "invalid_token")
    for method, where, options in [
        ("PUT", f"{path}/source", {"data": b"x"}),
        ("PATCH", path, {"json": {"title": "theirs"}}),
        ("DELETE", path, {}),
    ]:
        assert other.request(method, where, **options).status_code in (403, 404), (method, where)
    assert client.video(video["id"])["title"] == "mine"
    missing = "/v1/videos/vid_00000000000000000000000000"
    for method in ("GET", "DELETE", "PATCH"):
        answer = client.request(method, missing, json={"title": "x"} if method == "PATCH" else None)
        problem(answer, 404, answer.json()["code"])
    assert client.request("PUT", f"{missing}/source", data=b"x").status_code == 404
    answer = client.request("TRACE", path)
    assert answer.status_code in (404, 405)


def test_deleting_leaves_nothing(client: Client, data: Path) -> None:
    video_id = client.upload(CLIP, "to be deleted")
    playback = client.wait(video_id)["playback"]
    assert client.request("DELETE", f"/v1/videos/{video_id}").status_code == 204
    assert client.get(f"/v1/videos/{video_id}").status_code == 404
    assert client.get(playback["hls"]).status_code == 404
    for _ in range(200):
        files = [path for path in disk.files(data) if video_id in str(path)]
        if not files:
            break
        time.sleep(0.05)
    assert files == []


def test_two_hundred_concurrent_uploads(start: Callable[..., Server], tmp_path: Path) -> None:
    """200 concurrent uploads by PUT and tus all arrive completely, with constant memory."""
    server = start("--slots", "1")
    client = Client.registered(server.url)
    size = 1 << 20
    bodies = [os.urandom(4096) * (size // 4096) for _ in range(8)]
    before = server.memory()

    def send(number: int) -> tuple[str, str]:
        mine, body = Client(server.url, client.token), bodies[number % 8]
        video = mine.create(f"number {number}")["id"]
        if number % 2:
            answer = mine.put(video, (body[i : i + 65_536] for i in range(0, size, 65_536)))
            assert answer.status_code == 202, answer.text
        else:
            location = mine.tus_create(size, {"videoId": video}).headers["Location"]
            for offset in range(0, size, size // 2):
                answer = mine.tus_patch(location, offset, body[offset : offset + size // 2])
                assert answer.status_code == 204, answer.text
        return video, hashlib.sha256(body).hexdigest()

    with ThreadPoolExecutor(200) as pool:
        sent = list(pool.map(send, range(200)))
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())[1]) * 1024  # type: ignore[index]
    for video, digest in sent:
        (path,) = disk.sources(tmp_path / "data", video)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert peak - before < 200 << 20, f"memory grew by {(peak - before) >> 20} MB"


TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


class Zeros:
    """A gigabyte of zeros behind some bytes; counts what was sent."""

    def __init__(self, head: bytes = b"") -> None:
        self.head, self.sent = head, 0

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        while self.sent < 1 << 30:
            self.sent += 1 << 18
            yield bytes(1 << 18)

    def check(self, code: str, status: int, answer: dict) -> None:
        """Expects that the body was refused with a code."""
        assert (status, answer["code"]) == (422, code), answer
        # What the sockets and the server had taken in meanwhile is sent too.
        assert self.sent < 128 << 20, self.sent


def test_a_large_file_of_no_kind_is_refused_early(client: Client) -> None:
    """Of a gigabyte that is no media file, 16 MiB are read: by PUT, tus and form; the video is rejected."""
    code = "unsupported_container"
    video = client.create("zeros")["id"]
    zeros = Zeros()
    octets = {"Content-Type": "application/octet-stream"}
    zeros.check(code, *early(client, "PUT", f"/v1/videos/{video}/source", zeros, octets))
    found = client.get(f"/v1/videos/{video}").json()
    assert (found["state"], found["rejection"]["code"]) == ("rejected", code)

    head = b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nzeros by form\r\n'
    head += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    zeros = Zeros(head)
    zeros.check(code, *early(client, "POST", "/v1/videos", zeros, {"Content-Type": "multipart/form-data; boundary=b"}))
    assert not [one for one in client.get("/v1/videos?mine=1").json()["data"] if one["title"] == "zeros by form"]

    # A part of a joined upload may begin anywhere, and small files are rejected by their probe.
    part = client.tus_create(17 << 20, Upload_Concat="partial").headers["Location"]
    assert client.tus_patch(part, 0, bytes(17 << 20)).status_code == 204
    assert client.put(client.create("small")["id"], bytes(1 << 20)).status_code == 202


def source(size: str, seconds: int, rate: int = 5) -> list[str]:
    """FFmpeg's options for a black picture."""
    return ["-f", "lavfi", "-i", f"color=size={size}:rate={rate}:duration={seconds}"]


H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart"]
KEY = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 32, "-encryption_kid", "1" * 32]
RULED_OUT = {
    "dimensions_too_large": ("mp4", [*source("8208x64", 1), *H264]),
    "unsupported_codec": ("mkv", [*source("64x64", 1), "-c:v", "snow"]),
    "too_many_streams": ("mkv", ["-f", "lavfi", "-i", "anullsrc", "-t", "1", *["-map", "0"] * 70, "-c:a", "aac"]),
    "no_media_stream": ("mkv", ["-i", "{folder}/a.srt", "-c:s", "srt"]),
    "protected": ("mp4", [*source("64x64", 1), *H264, *KEY]),
    "too_long": ("mp4", [*source("16x16", 46_800, 1), *H264, "-g", "600"]),
}


def test_a_file_that_its_first_bytes_rule_out_is_refused_early(client: Client, tmp_path: Path) -> None:
    """Each is sent whole, and with a gigabyte behind it, of which little is received; both are rejected with one code."""
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nWords\n")
    for code, (kind, options) in RULED_OUT.items():
        file = tmp_path / f"{code}.{kind}"
        media.run("-y", *(option.replace("{folder}", str(tmp_path)) for option in options), file)
        whole = client.put(client.create(code)["id"], file.read_bytes()).json()["id"]
        upload = client.tus_create(1 << 30, {"title": f"{code} early"})
        location, padded = upload.headers["Location"], Zeros(file.read_bytes())
        padded.check(code, *early(client, "PATCH", location, padded, TUS))
        assert client.request("HEAD", location, headers={"Tus-Resumable": "1.0.0"}).status_code == 410
        mine = client.get("/v1/videos?mine=1").json()["data"]
        (video,) = [one for one in mine if one["title"] == f"{code} early"]
        assert (video["state"], video["rejection"]["code"]) == ("rejected", code), video
        assert client.wait(whole)["rejection"]["code"] == code


def early(client: Client, method: str, path: str, body: Iterable[bytes], headers: dict[str, str]) -> tuple[int, dict]:
    """The answer to a chunked body that may come before the body's end."""
    address = urlsplit(client.url)
    connection = socket.create_connection((address.hostname, address.port))
    fields = {
        "Host": address.netloc,
        "Transfer-Encoding": "chunked",
        "Authorization": f"Bearer {client.token}",
    } | headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    with connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        for chunk in body:
            if select.select([connection], [], [], 0)[0]:
                break
            if chunk:
                connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


def test_memory_is_constant(start: Callable[..., Server], tmp_path: Path) -> None:
    """256 MB by PUT and by tus: the server's memory grows by less than 32 MB."""
    server = start("--slots", "1")
    client = Client.registered(server.url)
    file = random_file(tmp_path / "random", 256 << 20)
    warm = client.create("warm")["id"]
    client.put(warm, SMALL.read_bytes())
    before = server.memory()
    with file.open("rb") as body:
        assert client.put(client.create("put")["id"], body).status_code == 202
    location = client.tus_create(256 << 20, {"title": "tus"}).headers["Location"]
    with file.open("rb") as body:
        answer = client.request(
            "PATCH", location, data=body,
            headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        )  # fmt: skip
    assert answer.status_code == 204
    assert server.memory() - before < 32 << 20, f"{(server.memory() - before) >> 20} MB"
