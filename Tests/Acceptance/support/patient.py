"""A client that retries like real ones: on another node, after a pause, and from the offset of an upload."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import requests

from .client import encode_metadata


class GaveUp(Exception):
    """The client's time is over, or it got a response after which no client can continue."""


class Patient:
    """A user of a pool with several API nodes."""

    def __init__(self, urls: Sequence[str], seed: int, deadline: float):
        self.urls = list(urls)
        self.random = random.Random(seed)
        self.deadline = deadline
        self.session = requests.Session()
        self.account = {
            "email": f"patient{seed}@example.org",
            "username": f"patient{seed}",
            "password": "correct horse battery staple",
        }

    def register(self) -> None:
        """Creates the account, unless an attempt whose response was lost has created it."""
        answer = self.request("POST", "/v1/auth/register", json=self.account, expect=(201, 409))
        assert answer.status_code == 201 or "taken" in answer.text, answer.text
        self.sign_in()

    def sign_in(self) -> None:
        """A session."""
        account = {"email": self.account["email"], "password": self.account["password"]}
        answer = self.request("POST", "/v1/auth/login", json=account, expect=(200,))
        self.session.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def request(
        self, method: str, path: str, expect: Sequence[int], body: Callable[[], Any] | None = None, **options: Any
    ) -> requests.Response:
        """Sends a request until the response is an expected one."""
        attempt = 0
        while True:
            attempt += 1
            url = self.random.choice(self.urls) + path
            told = "nothing"
            try:
                answer = self.session.request(method, url, data=body() if body else None, timeout=30, **options)
                if answer.status_code in expect:
                    return answer
                told = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code == 401 and not path.startswith("/v1/auth"):
                    self.sign_in()  # an emptied Redis has no sessions
                elif answer.status_code < 500 and answer.status_code not in (408, 423, 429):
                    raise GaveUp(f"{method} {url}: {told}")
            except requests.RequestException as error:
                told = f"{error}"
            if time.monotonic() > self.deadline:
                raise GaveUp(f"{method} {url}: no end of trouble; last: {told}")
            self.pause(min(2.0, 0.1 * 2**attempt))

    def pause(self, longest: float) -> None:
        """Waits a while."""
        time.sleep(longest * (0.5 + self.random.random() / 2))

    # tus

    def upload_tus(self, path: Path, title: str) -> str:
        """Creates a video by a resumable upload; returns its id."""
        data = path.read_bytes()
        # The video is created first, so that its id is known even if later responses are lost.
        video = self.create(title)
        fields = {"videoId": video, "filename": path.name}
        headers = {"Upload-Length": str(len(data)), "Upload-Metadata": encode_metadata(fields)}
        while True:
            location = self.tus("POST", "/v1/uploads", (201, 409), headers)
            if location.status_code == 201:
                break
            # The response of an earlier attempt with the upload's URL was lost: that upload must be abandoned first.
            if self.video(video)["state"] not in ("draft", "uploading"):
                raise GaveUp(f"{title}: {location.text}")
            self.give_way()
        address, acknowledged = location.headers["Location"], 0
        while acknowledged < len(data):
            offset = int(self.tus("HEAD", address, (200,)).headers["Upload-Offset"])
            if offset < acknowledged:
                raise GaveUp(f"{title}: {acknowledged} bytes were acknowledged, and {offset} are there")
            acknowledged = self.send_chunks(address, data, offset)
        return video

    def send_chunks(self, address: str, data: bytes, offset: int) -> int:
        """Sends bytes until a failure; returns the acknowledged offset."""
        while offset < len(data):
            chunk = data[offset : offset + self.random.choice([100_000, 400_000, 1_000_000])]
            headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            url = self.random.choice(self.urls) + address
            try:
                answer = self.session.patch(url, data=chunk, headers={"Tus-Resumable": "1.0.0", **headers}, timeout=30)
            except requests.RequestException:
                break
            if answer.status_code != 204:
                if answer.status_code < 500 and answer.status_code not in (408, 409, 423, 429):
                    raise GaveUp(f"PATCH {url}: {answer.status_code} {answer.text[:300]}")
                break
            offset = int(answer.headers["Upload-Offset"])
            self.pause(0.3)
        if time.monotonic() > self.deadline:
            raise GaveUp(f"{address} stands at {offset} of {len(data)}")
        self.pause(0.5)
        return offset

    def tus(
        self, method: str, path: str, expect: Sequence[int], headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Sends a tus request without a body."""
        return self.request(method, path, expect, headers={"Tus-Resumable": "1.0.0", **(headers or {})})

    def give_way(self) -> None:
        """Waits before the next attempt for a video that another upload of this client has locked."""
        if time.monotonic() > self.deadline:
            raise GaveUp("a video was held by an upload whose client is gone")
        self.pause(2)

    # PUT

    def create(self, title: str) -> str:
        """Creates a draft; returns its id."""
        return self.request("POST", "/v1/videos", (201,), json={"title": title}).json()["id"]

    def video(self, video: str) -> dict[str, Any]:
        """The current document of a video."""
        return self.request("GET", f"/v1/videos/{video}", (200,)).json()

    def upload_put(self, path: Path, title: str) -> str:
        """Creates a video by PUT; returns its id."""
        video, data = self.create(title), path.read_bytes()

        def slowly() -> Any:
            for start in range(0, len(data), 200_000):
                yield data[start : start + 200_000]
                time.sleep(0.1)

        while True:
            answer = self.request("PUT", f"/v1/videos/{video}/source", (202, 409), body=slowly)
            if answer.status_code == 202:
                return video
            # An attempt whose response was lost has succeeded, or is still in progress.
            if self.video(video)["state"] not in ("draft", "uploading"):
                return video
            self.give_way()
