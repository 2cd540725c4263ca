"""tus 1.0 with independent clients: raw requests by the specification, `tuspy`, interruptions at any byte."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support import disk, media
from support.client import Client, encode_metadata, problem
from support.library import Library
from support.server import Server
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

CLIP = media.clip("phone_portrait_rot90_h264.mov")


def stored(folder: Path, video_id: str) -> bytes:
    """The stored source."""
    found = disk.sources(folder, video_id)
    assert len(found) == 1, found
    return found[0].read_bytes()


@pytest.fixture
def data(shared: dict[str, str]) -> Path:
    """The shared server's data folder."""
    return Path(shared["folder"]) / "data"


def open_upload(client: Client, length: int | None, title: str = "tus", **headers: str) -> str:
    """A new upload's URL."""
    answer = client.tus_create(length, {"title": title, "filename": "clip.mov"}, **headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    return absolute(client, answer.headers["Location"])


def absolute(client: Client, location: str) -> str:
    """A location, relative or not, as a URL."""
    return location if location.startswith("http") else client.url + location


def test_options_list_the_extensions(visitor: Client) -> None:
    answer = visitor.request("OPTIONS", "/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) >= {
        "creation", "creation-with-upload", "creation-defer-length", "termination", "checksum", "expiration", "concatenation",
    }  # fmt: skip
    assert {"sha1", "sha256"} <= set(answer.headers["Tus-Checksum-Algorithm"].split(","))
    assert int(answer.headers["Tus-Max-Size"]) == 50 << 30


def test_cors_allows_tus_clients(visitor: Client) -> None:
    """CORS allows the headers that tus-js-client sends, and exposes those that it reads."""
    # The server answers only this machine: only pages of loopback names may change something.
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,tus-resumable,upload-offset,upload-checksum,content-type",
    }
    answer = visitor.request("OPTIONS", "/v1/uploads", headers=asked)
    assert answer.status_code in (200, 204)
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(
        name in allowed
        for name in ("authorization", "tus-resumable", "upload-offset", "upload-checksum", "upload-concat")
    )
    assert {"PATCH", "HEAD", "POST", "DELETE"} <= {
        m.strip() for m in answer.headers["Access-Control-Allow-Methods"].split(",")
    }
    answer = visitor.request("OPTIONS", "/v1/uploads", headers={"Origin": "https://example.org"})
    head = visitor.request(
        "HEAD", "/v1/uploads/nothing", headers={"Origin": "https://example.org", "Tus-Resumable": "1.0.0"}
    )
    exposed = head.headers.get("Access-Control-Expose-Headers", "").lower()
    assert all(
        name in exposed for name in ("location", "upload-offset", "upload-length", "upload-expires", "tus-resumable")
    )


def test_an_upload_in_steps(client: Client, data: Path) -> None:
    """An upload is created and appended in two steps; the stored bytes equal the file, and the video is processed."""
    body = CLIP.read_bytes()
    answer = client.tus_create(len(body), {"title": "In pieces", "filename": "clip.mov"})
    url = absolute(client, answer.headers["Location"])
    assert parsedate_to_datetime(answer.headers["Upload-Expires"])
    offset = 0
    for size in (1, 0, 65_536, 12_345, len(body)):
        answer = client.tus_patch(url, offset, body[offset : offset + size])
        offset = min(offset + size, len(body))
        assert answer.status_code == 204, answer.text
        assert answer.headers["Upload-Offset"] == str(offset)
        if offset < len(body):
            assert parsedate_to_datetime(answer.headers["Upload-Expires"])
            head = client.tus_head(url)
            assert head.status_code == 200 and head.headers["Upload-Offset"] == str(offset)
            assert head.headers["Upload-Length"] == str(len(body))
            assert head.headers["Cache-Control"] == "no-store"
            assert head.headers["Upload-Metadata"] == encode_metadata({"title": "In pieces", "filename": "clip.mov"})
    videos = client.get("/v1/videos?mine=1&limit=100").json()["data"]
    video = next(v for v in videos if v["title"] == "In pieces")
    assert stored(data, video["id"]) == body
    assert client.wait(video["id"])["state"] == "ready"


def test_the_upload_url_needs_no_session(client: Client, visitor: Client) -> None:
    """The URL contains a secret; an upload outlives its session. Another secret is refused."""
    url = open_upload(client, 10)
    assert visitor.tus_head(url).headers["Upload-Offset"] == "0"
    assert visitor.tus_patch(url, 0, b"12345").status_code == 204
    assert visitor.tus_head(url[:-4] + "AAAA").status_code == 404
    assert visitor.tus_patch(url[:-4] + "AAAA", 5, b"12345").status_code == 404
    assert visitor.tus_create(10, {"title": "nobody's"}).status_code == 401


def test_creation_with_upload(client: Client, data: Path) -> None:
    body = CLIP.read_bytes()
    half = len(body) // 2
    fields = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(body)),
        "Upload-Metadata": encode_metadata({"title": "At once"}),
        "Content-Type": "application/offset+octet-stream",
    }
    answer = client.post("/v1/uploads", data=body[:half], headers=fields)
    assert answer.status_code == 201 and answer.headers["Upload-Offset"] == str(half)
    answer = client.tus_patch(absolute(client, answer.headers["Location"]), half, body[half:])
    assert answer.status_code == 204


def test_deferred_length(client: Client) -> None:
    """The length may come with any PATCH, once."""
    url = open_upload(client, None, Upload_Defer_Length="1")
    head = client.tus_head(url)
    assert head.headers["Upload-Defer-Length"] == "1" and "Upload-Length" not in head.headers
    assert client.tus_patch(url, 0, b"abc").headers["Upload-Offset"] == "3"
    assert client.tus_patch(url, 3, b"def", Upload_Length="10").status_code == 204
    head = client.tus_head(url)
    assert head.headers["Upload-Length"] == "10" and "Upload-Defer-Length" not in head.headers
    assert client.tus_patch(url, 6, b"g", Upload_Length="11").status_code in (400, 409)
    assert client.tus_head(url).headers["Upload-Offset"] == "6"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_checksums(client: Client, algorithm: str) -> None:
    """Bytes with a correct checksum are stored, those with a wrong one are not, an unknown algorithm is refused."""
    url = open_upload(client, 100)
    chunk = os.urandom(60)

    def checksum(data: bytes) -> str:
        return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"

    assert client.tus_patch(url, 0, chunk, Upload_Checksum=checksum(b"other")).status_code == 460
    assert client.tus_head(url).headers["Upload-Offset"] == "0"
    assert client.tus_patch(url, 0, chunk, Upload_Checksum="crc32 AAAA").status_code == 400
    assert client.tus_patch(url, 0, chunk, Upload_Checksum=f"{algorithm} not-base64!").status_code == 400
    assert client.tus_head(url).headers["Upload-Offset"] == "0"
    assert client.tus_patch(url, 0, chunk, Upload_Checksum=checksum(chunk)).status_code == 204
    assert client.tus_head(url).headers["Upload-Offset"] == "60"


def test_concatenation(client: Client, data: Path) -> None:
    """Partial uploads are joined in the order of the final upload."""
    body = CLIP.read_bytes()
    cuts = [0, len(body) // 3, len(body) // 2, len(body)]
    urls = []
    for first, last in pairwise(cuts):
        answer = client.tus_create(last - first, None, Upload_Concat="partial")
        assert answer.status_code == 201, answer.text
        urls.append((absolute(client, answer.headers["Location"]), body[first:last]))
    for url, part in reversed(urls):
        assert client.tus_head(url).headers["Upload-Concat"] == "partial"
        assert client.tus_patch(url, 0, part).status_code == 204
    # URLs may be absolute or relative.
    named = [urls[0][0], *(urlsplit(url).path for url, _ in urls[1:])]
    answer = client.tus_create(None, {"title": "Joined"}, Upload_Concat="final;" + " ".join(named))
    assert answer.status_code == 201, answer.text
    final = absolute(client, answer.headers["Location"])
    head = client.tus_head(final)
    assert head.headers["Upload-Concat"].startswith("final;")
    assert head.headers["Upload-Length"] == head.headers["Upload-Offset"] == str(len(body))
    assert client.tus_patch(final, len(body), b"more").status_code == 403
    video = next(v for v in client.get("/v1/videos?mine=1&limit=100").json()["data"] if v["title"] == "Joined")
    assert stored(data, video["id"]) == body


def test_concatenation_of_missing_parts(client: Client) -> None:
    partial = client.tus_create(10, None, Upload_Concat="partial").headers["Location"]
    assert client.tus_create(None, {"title": "x"}, Upload_Concat=f"final;{partial}").status_code in (400, 409)
    assert client.tus_create(None, {"title": "x"}, Upload_Concat="final;/v1/uploads/nothing").status_code in (400, 404)
    assert client.tus_create(None, {"title": "x"}, Upload_Concat="final;").status_code == 400
    assert client.tus_create(10, {"title": "x"}, Upload_Concat="halfway").status_code == 400


def test_termination(client: Client, visitor: Client) -> None:
    url = open_upload(client, 10)
    client.tus_patch(url, 0, b"12345")
    assert visitor.request("DELETE", url, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert client.tus_head(url).status_code in (404, 410)
    assert client.tus_patch(url, 5, b"67890").status_code in (404, 410)
    assert client.request("DELETE", url, headers={"Tus-Resumable": "1.0.0"}).status_code in (404, 410)


def test_method_override(client: Client) -> None:
    """POST with X-HTTP-Method-Override replaces PATCH in networks that block it."""
    url = open_upload(client, 10)
    fields = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH",
        "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip
    assert client.post(url, data=b"12345", headers=fields).status_code == 204
    assert client.tus_head(url).headers["Upload-Offset"] == "5"


def test_violations_of_the_protocol(client: Client) -> None:
    """Every violation of the protocol has its status, and no byte is stored."""
    url = open_upload(client, 10)
    assert client.tus_patch(url, 3, b"abc").status_code == 409
    assert client.tus_patch(url, -1, b"abc").status_code == 400
    assert client.tus_patch(url, 0, b"abc", Upload_Offset="ten").status_code == 400
    assert client.tus_patch(url, 0, b"abc", Content_Type="text/plain").status_code == 415
    assert client.tus_patch(url, 0, b"x" * 11).status_code in (400, 413)
    answer = client.request("HEAD", url, headers={"Tus-Resumable": "0.2.1"})
    assert answer.status_code == 412 and answer.headers["Tus-Version"] == "1.0.0"
    assert client.post("/v1/uploads", headers={"Upload-Length": "1"}).status_code == 412
    assert client.tus_create(None, {"title": "x"}).status_code == 400
    assert client.tus_create(-5, {"title": "x"}).status_code == 400
    assert client.tus_create(51 << 30, {"title": "x"}).status_code == 413
    assert client.tus_create(10, {"title": "x"}, Upload_Defer_Length="1").status_code == 400
    assert client.tus_create(10, None, Upload_Metadata="title not*base64").status_code == 400
    assert client.tus_create(10, {"videoId": "vid_00000000000000000000000000"}).status_code == 404
    head = client.tus_head(url)
    assert int(head.headers["Upload-Offset"]) == 0
    problem(client.tus_patch(url, 3, b"abc"), 409, "upload_offset_mismatch")


def test_an_empty_upload_is_complete_and_refused(client: Client) -> None:
    """An upload without bytes is rejected with a code."""
    answer = client.tus_create(0, {"title": "Nothing in it"})
    assert answer.status_code in (201, 400, 422)
    if answer.status_code == 201:
        video = next(
            v for v in client.get("/v1/videos?mine=1&limit=100").json()["data"] if v["title"] == "Nothing in it"
        )
        assert client.wait(video["id"])["rejection"]["code"] == "empty"


def test_a_second_writer_waits(client: Client) -> None:
    """While one connection writes, another gets 423; the bytes of the first stay."""
    url = open_upload(client, 1000)
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as slow:
        head = f"PATCH {parts.path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: 1000\r\n"
        slow.sendall(head.encode() + b"Content-Type: application/offset+octet-stream\r\n\r\n" + b"x" * 400)
        wait_for_offset(client, url, 400)
        answer = client.tus_patch(url, 400, b"y" * 600)
        assert answer.status_code == 423, answer.text
        problem(answer, 423, answer.json()["code"])
    # The first connection was interrupted: its bytes are stored, and the upload is unlocked.
    for _ in range(100):
        answer = client.tus_patch(url, 400, b"y" * 100)
        if answer.status_code == 204:
            break
    assert answer.headers["Upload-Offset"] == "500"


def wait_for_offset(client: Client, url: str, offset: int) -> None:
    """Waits until the server has a number of bytes."""
    for _ in range(500):
        answer = client.tus_head(url)
        if answer.status_code == 423 or int(answer.headers.get("Upload-Offset", -1)) >= offset:
            return
    raise AssertionError("the bytes did not arrive")


def test_an_interrupted_connection_loses_no_acknowledged_byte(client: Client) -> None:
    """After any end of the connection, HEAD returns the number of bytes that the server has stored."""
    body = os.urandom(300_000)
    url = open_upload(client, len(body))
    parts, offset = urlsplit(url), 0
    for cut in (1, 70_000, 150_000):
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            head = (
                f"PATCH {parts.path} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
            )
            head += f"Content-Length: {len(body) - offset}\r\nContent-Type: application/offset+octet-stream\r\n\r\n"
            connection.sendall(head.encode() + body[offset : offset + cut])
        for _ in range(500):
            answer = client.tus_head(url)
            if answer.status_code == 200 and int(answer.headers["Upload-Offset"]) == offset + cut:
                break
        assert answer.headers["Upload-Offset"] == str(offset + cut)
        offset += cut
    assert client.tus_patch(url, offset, body[offset:]).headers["Upload-Offset"] == str(len(body))


class Unreliable:
    """A file whose reading fails once after a number of bytes, so that tuspy stops."""

    def __init__(self, path: Path, after: int):
        self.file, self.after = path.open("rb"), after

    def read(self, size: int = -1) -> bytes:
        if self.file.tell() >= self.after:
            raise OSError("the cable was pulled")
        return self.file.read(size)

    def seek(self, *arguments: int) -> int:
        return self.file.seek(*arguments)

    def tell(self) -> int:
        return self.file.tell()


def test_tuspy_interrupted_and_resumed(client: Client, data: Path, tmp_path: Path) -> None:
    """tuspy stops, starts again with only the URL, requests the offset and continues there."""
    foreign = TusClient(f"{client.url}/v1/uploads", headers={"Authorization": f"Bearer {client.token}"})
    metadata = {"title": "tuspy", "filename": "clip.mov"}
    size = CLIP.stat().st_size
    first = foreign.uploader(
        file_stream=Unreliable(CLIP, 100_000), chunk_size=40_000, metadata=metadata, upload_checksum=True
    )
    with pytest.raises(OSError, match="cable"):
        first.upload()
    assert 0 < first.offset < size
    again = foreign.uploader(file_path=str(CLIP), chunk_size=30_000, url=first.url, upload_checksum=True)
    assert again.offset == first.offset, "it did not resume at the byte"
    again.upload()
    assert again.offset == size
    video = next(v for v in client.get("/v1/videos?mine=1&limit=100").json()["data"] if v["title"] == "tuspy")
    assert stored(data, video["id"]) == CLIP.read_bytes()
    assert client.wait(video["id"])["state"] == "ready"


def test_tuspy_without_metadata_and_with_a_wrong_url(client: Client) -> None:
    """tuspy sends an empty Upload-Metadata; the video then gets the file name or a default title."""
    foreign = TusClient(f"{client.url}/v1/uploads", headers={"Authorization": f"Bearer {client.token}"})
    uploader = foreign.uploader(file_path=str(CLIP))
    uploader.upload()
    assert uploader.offset == CLIP.stat().st_size
    with pytest.raises(TusCommunicationError):
        foreign.uploader(file_path=str(CLIP), url=f"{client.url}/v1/uploads/nothing").upload()


def test_an_upload_of_an_existing_draft(client: Client, library: Library) -> None:
    """An upload with videoId fills that draft; a video with a source, or of another user, is refused."""
    draft = client.create("By tus")
    body = CLIP.read_bytes()
    answer = client.tus_create(len(body), {"videoId": draft["id"], "filename": "clip.mov"})
    assert answer.status_code == 201
    assert client.tus_patch(absolute(client, answer.headers["Location"]), 0, body).status_code == 204
    assert client.tus_create(len(body), {"videoId": draft["id"]}).status_code == 409
    other = Client.registered(client.url)
    assert other.tus_create(len(body), {"videoId": client.create("Mine")["id"]}).status_code in (403, 404)


def test_expired_uploads_are_deleted(start: Callable[..., Server], tmp_path: Path) -> None:
    """An upload that is not continued is deleted with its bytes when it has expired."""
    server = start("--upload-lifetime", "1")
    client = Client.registered(server.url)
    url = open_upload(client, 100_000)
    client.tus_patch(url, 0, b"x" * 50_000)
    assert any(p.name.startswith("upl_") for p in disk.paths(tmp_path / "data" / "uploads"))
    answer: Any = None
    for _ in range(400):
        answer = client.tus_head(url)
        if answer.status_code == 410:
            break
        time.sleep(0.05)
    assert answer.status_code == 410, answer.status_code
    for _ in range(400):
        if not any(p.name.startswith("upl_") for p in disk.paths(tmp_path / "data" / "uploads")):
            break
        time.sleep(0.05)
    assert not any(p.name.startswith("upl_") for p in disk.paths(tmp_path / "data" / "uploads"))
