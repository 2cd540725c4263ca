"""Webhooks: signed deliveries to creators, retries until they arrive, and no requests to private networks."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import queue
import re
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support import rooms
from support.client import Client, problem
from support.server import Server, binary

OPEN = ("--webhook-http", "--webhook-allow", "127.0.0.0/8")


class Receiver:
    """An endpoint with Python's HTTP server that records its requests."""

    def __init__(self) -> None:
        self.requests: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.requests.put(({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, timeout: float = 60) -> tuple[dict[str, str], bytes]:
        """Waits for the next request."""
        return self.requests.get(timeout=timeout)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that ends with the test."""
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def check_signature(headers: dict[str, str], body: bytes, secret: str) -> None:
    """Checks the signature as a receiver does."""
    seconds, given = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["videohost-signature"]).groups()
    wanted = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(given, wanted)
    assert abs(time.time() - int(seconds)) < 60


def test_a_rejection_is_delivered(start: Callable[..., Server], receiver: Receiver) -> None:
    """For an upload that is not a video the event arrives once, with a signature that equals that of Python's hmac."""
    client = Client.registered(start(*OPEN).url)
    made = client.post("/v1/webhooks", json={"url": receiver.url, "events": ["video.rejected"]})
    assert made.status_code == 201, made.text
    secret = made.json()["secret"]
    video = client.create("Not a video")
    answer = client.request("PUT", f"/v1/videos/{video['id']}/source", data=b"no video " * 1000)
    assert answer.ok, answer.text
    headers, body = receiver.next()
    check_signature(headers, body, secret)
    told = json.loads(body)
    assert headers["videohost-event"] == told["type"] == "video.rejected"
    assert told["video"]["id"] == video["id"] and told["video"]["rejection"]["code"]
    assert headers["videohost-delivery"] == told["id"]
    listed = client.get("/v1/webhooks").json()["data"]
    assert [hook["id"] for hook in listed] == [made.json()["id"]] and "secret" not in listed[0]


def test_a_failed_delivery_is_retried(start: Callable[..., Server], receiver: Receiver) -> None:
    """A delivery is retried after a 500; a delivered one can be redelivered; both have the same body."""
    client = Client.registered(start(*OPEN).url)
    hook = client.post("/v1/webhooks", json={"url": receiver.url}).json()
    receiver.statuses = [500]
    assert client.post(f"/v1/webhooks/{hook['id']}/test").status_code == 202
    _, first = receiver.next()
    headers, second = receiver.next()
    check_signature(headers, second, hook["secret"])
    assert first == second
    path = f"/v1/webhooks/{hook['id']}/deliveries"
    deadline = time.monotonic() + 20
    while (delivery := client.get(path).json()["data"][0])["state"] != "delivered":
        assert time.monotonic() < deadline, delivery
    assert delivery["attempts"] == 2 and delivery["lastStatus"] == 204
    assert client.post(f"{path}/{delivery['id']}/redeliver").status_code == 202
    assert receiver.next()[1] == first


def test_a_gone_endpoint_is_disabled(start: Callable[..., Server], receiver: Receiver) -> None:
    """A 410 disables the endpoint, and unsent deliveries of a killed server are sent after a restart."""
    client = Client.registered((server := start(*OPEN)).url)
    refused = client.post("/v1/webhooks", json={"url": "ftp://example.org/"}).json()["errors"]
    assert [error["detail"] for error in refused] == ["Must start with https:// or http://."]
    hook = client.post("/v1/webhooks", json={"url": receiver.url}).json()
    receiver.statuses = [410] * 10
    assert client.post(f"/v1/webhooks/{hook['id']}/test").status_code == 202
    server.kill()
    client.url = server.start().url
    receiver.next()
    # The delivery in progress of the killed server is claimed when its lease has expired.
    deadline = time.monotonic() + 60
    while "disabled" not in (listed := client.get("/v1/webhooks").json()["data"][0]):
        assert time.monotonic() < deadline, listed
    assert listed["disabled"]["reason"] == "gone"
    again = client.post(f"/v1/webhooks/{hook['id']}/test")
    assert (again.status_code, again.json()["code"]) == (409, "webhook_disabled")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root, for a resolv.conf of its own"
)
def test_lookups_that_hang(
    start: Callable[..., Server], receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While name lookups of one account hang, segments are served and deliveries of another account arrive."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((f"127.77.{secrets.randbelow(250) + 1}.{secrets.randbelow(250) + 1}", 53))
        silent.settimeout(30)
        names = tmp_path / "resolv.conf"
        names.write_text(f"nameserver {silent.getsockname()[0]}\noptions timeout:5 attempts:3\n")
        wrapper = tmp_path / "videohost"
        wrapper.write_text(
            "#!/bin/sh\n"
            f'exec unshare -m sh -c \'mount --bind {names} /etc/resolv.conf && exec "$0" "$@"\' {binary()} "$@"\n'
        )
        wrapper.chmod(0o755)
        monkeypatch.setenv("VIDEOHOST_BINARY", str(wrapper))
        server = start(*OPEN)
        client, hanging = Client.registered(server.url), Client.registered(server.url, "hanging")
        video = client.wait(client.upload(rooms.sound(tmp_path / "sound.m4a", 4)))
        segment = client.get(video["playback"]["hls"].replace("main.m3u8", "aund/00001.m4s"))
        assert segment.status_code == 200
        for number in range(20):
            made = hanging.post("/v1/webhooks", json={"url": f"https://hang{number}.example.net/"})
            assert hanging.post(f"/v1/webhooks/{made.json()['id']}/test").status_code == 202
        silent.recv(4096)
        hook = client.post("/v1/webhooks", json={"url": receiver.url, "events": ["video.ready"]}).json()
        for _ in range(30):
            # Without separate threads, the lookups would delay this by eight seconds and more.
            assert client.get(segment.url, timeout=4).content == segment.content
        assert client.post(f"/v1/webhooks/{hook['id']}/test").status_code == 202
        assert receiver.next(timeout=20)[0]["videohost-event"] == "webhook.test"


def test_tests_are_limited(client: Client) -> None:
    """Thirty tests in five minutes are accepted; then there is a code and `Retry-After`."""
    other = Client.registered(client.url, "eager")
    made = other.post("/v1/webhooks", json={"url": "https://example.invalid/"}).json()
    answers = [other.post(f"/v1/webhooks/{made['id']}/test") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [202] * 30 + [429]
    problem(answers[-1], 429, "rate_limited")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 300


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://example.org/", "scheme_not_allowed"),
        ("https://127.0.0.1/", "address_not_allowed"),
        ("https://[::ffff:169.254.169.254]/", "address_not_allowed"),
        ("https://user:word@example.org/", "credentials_not_allowed"),
        ("https://2130706433/", "invalid_url"),
    ],
)
def test_refused_urls(client: Client, address: str, code: str) -> None:
    """By default only https and public addresses are accepted; each refusal has its code."""
    answer = client.post("/v1/webhooks", json={"url": address})
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_owner_only(url: str, client: Client, visitor: Client) -> None:
    """Other accounts cannot see a webhook, and an account has at most 20."""
    made = client.post("/v1/webhooks", json={"url": "https://example.org/hook"})
    path = made.headers["Location"]
    assert visitor.get("/v1/webhooks").status_code == 401
    other = Client.registered(url, "other")
    assert other.get(f"{path}/deliveries").json()["code"] == "webhook_not_found"
    assert other.request("DELETE", path).status_code == 404
    assert client.get(f"{path}/deliveries").json()["data"] == []
    assert client.request("DELETE", path).status_code == 204
    answers = [other.post("/v1/webhooks", json={"url": "https://example.org/"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [409]
    assert answers[-1].json()["code"] == "too_many_webhooks"
