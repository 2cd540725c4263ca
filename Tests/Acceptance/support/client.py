"""A simple HTTP client of the API."""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import requests

Video = dict[str, Any]
ENDED = {"ready", "rejected", "failed", "blocked"}


class Client:
    """A client with or without a session."""

    def __init__(self, url: str, token: str | None = None):
        self.url = url
        self.token = token
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Sends a request; `path` may be an absolute path or a URL."""
        options.setdefault("timeout", 60)
        url = path if path.startswith("http") else self.url + path
        return self.session.request(method, url, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """POST."""
        return self.request("POST", path, **options)

    @classmethod
    def registered(cls, url: str, name: str = "user") -> Client:
        """A new user with a session."""
        unique = f"{name}{secrets.token_hex(5)}"
        visitor = cls(url)
        password = "correct horse battery staple"
        account = {"email": f"{unique}@example.org", "username": unique, "password": password}
        answer = visitor.post("/v1/auth/register", json=account)
        assert answer.status_code == 201, answer.text
        answer = visitor.post("/v1/auth/login", json={"email": account["email"], "password": password})
        assert answer.status_code == 200, answer.text
        return cls(url, answer.json()["token"])

    # Videos

    def create(self, title: str = "A clip") -> Video:
        """Creates a draft."""
        answer = self.post("/v1/videos", json={"title": title})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def video(self, video_id: str) -> Video:
        """The current document of a video."""
        answer = self.get(f"/v1/videos/{video_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, video_id: str, data: bytes | IO[bytes] | Iterator[bytes], **options: Any) -> requests.Response:
        """Uploads the source by PUT."""
        return self.request("PUT", f"/v1/videos/{video_id}/source", data=data, **options)

    def upload(self, path: Path, title: str | None = None) -> str:
        """Creates a video and uploads this file by PUT; returns its id."""
        video = self.create(title or path.name)
        with path.open("rb") as file:
            answer = self.put(video["id"], file)
        assert answer.status_code == 202, answer.text
        return video["id"]

    def wait(self, video_id: str, states: set[str] | None = None, timeout: float = 240) -> Video:
        """Waits until a video is in one of `states` (by default: a final state)."""
        deadline = time.monotonic() + timeout
        while True:
            video = self.video(video_id)
            if video["state"] in (states or ENDED):
                return video
            if video["state"] in ENDED:
                raise AssertionError(f"{video_id} ended as {video['state']}: {video}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{video_id} is still {video['state']} after {timeout} s: {video}")
            time.sleep(0.1)

    # tus 1.0

    def tus_create(
        self, length: int | None, metadata: dict[str, str] | None = None, **headers: str
    ) -> requests.Response:
        """POST to the creation URL."""
        fields = {"Tus-Resumable": "1.0.0"}
        if length is not None:
            fields["Upload-Length"] = str(length)
        if metadata is not None:
            fields["Upload-Metadata"] = encode_metadata(metadata)
        return self.post("/v1/uploads", headers={**fields, **{k.replace("_", "-"): v for k, v in headers.items()}})

    def tus_patch(self, location: str, offset: int, data: bytes | Iterator[bytes], **headers: str) -> requests.Response:
        """PATCH at an offset."""
        fields = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        return self.request(
            "PATCH", location, data=data, headers={**fields, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )

    def tus_head(self, location: str) -> requests.Response:
        """HEAD of an upload."""
        return self.request("HEAD", location, headers={"Tus-Resumable": "1.0.0"})


def encode_metadata(fields: dict[str, str]) -> str:
    """Upload-Metadata: keys and base64 values."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


def events(client: Client, video_id: str, timeout: float = 60) -> Iterator[tuple[str, str]]:
    """The server-sent events of a video as (event, data)."""
    with client.get(f"/v1/videos/{video_id}/events", stream=True, timeout=timeout) as answer:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        event, data = "message", []
        for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
            if line == "":
                if data:
                    yield event, "\n".join(data)
                event, data = "message", []
            elif line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())


def problem(answer: requests.Response, status: int, code: str) -> None:
    """Asserts that a response is a problem document with this status and code."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:400]}"
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers
    body = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status and body["title"] and body["type"] and body["requestId"], body


def random_file(path: Path, size: int) -> Path:
    """A file of random bytes behind the first box of an MP4 file, without which a large file is refused."""
    head = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"
    with path.open("wb") as file:
        file.write(head)
        size -= len(head)
        while size > 0:
            file.write(os.urandom(min(size, 1 << 20)))
            size -= 1 << 20
    return path
