"""Host names, origins and connection limits: which requests a server answers, and how many of one address."""

from __future__ import annotations

import json
import socket
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests
from support.client import Client, problem
from support.server import DidNotStart, Server

ROOM = f"/v1/rooms/room_{'0' * 26}/ws"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@contextmanager
def connected(url: str, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connection from an address of this machine."""
    parts = urllib.parse.urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), 20, (source, 0)) as connection:
        yield connection


def ask(url: str, path: str, host: str = "localhost", fields: str = "", source: str = "127.0.0.1") -> bytes:
    """The complete response to a request, until the server closes."""
    with connected(url, source) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields or 'Connection: close'}\r\n\r\n".encode())
        found = b""
        while data := connection.recv(65_536):
            found += data
        return found


def test_other_names_are_refused(start: Callable[..., Server]) -> None:
    """A page under another host name that resolves to this machine gets no data (DNS rebinding)."""
    server = start()
    port = urllib.parse.urlsplit(server.url).port
    for host in ("evil.example", "localhost.evil.example", f"127.0.0.1.evil.example:{port}", "10.0.0.1"):
        for path in ("/", "/v1/videos", "/health/live", "/metrics"):
            answer = requests.get(server.url + path, headers={"Host": host})
            problem(answer, 421, "unknown_host")
        assert ask(server.url, ROOM, host, UPGRADE.strip()).startswith(b"HTTP/1.1 421 "), host
    for host in ("localhost", f"127.0.0.1:{port}", "[::1]", "app.localhost:80"):
        assert requests.get(server.url + "/v1/videos", headers={"Host": host}).status_code == 200, host
    server.stop()
    named = start("--allowed-hosts", "videos.example, 10.0.0.1")
    for host, status in (("videos.example", 200), ("10.0.0.1:8080", 200), ("localhost", 200), ("evil.example", 421)):
        assert requests.get(named.url + "/v1/videos", headers={"Host": host}).status_code == status, host
    named.stop()
    for wrong in ("no name", "", " , "):
        with pytest.raises(DidNotStart, match="allowed-hosts"):
            start("--allowed-hosts", wrong)


def test_pages_of_other_sites_change_nothing(start: Callable[..., Server]) -> None:
    """On a server that answers only its own machine, pages of other sites change nothing, unless hosts are configured."""
    server = start()
    account = {"email": "a@example.org", "username": "anna", "password": "correct horse battery"}
    foreign = {"Origin": "https://evil.example"}
    problem(requests.post(server.url + "/v1/auth/register", json=account, headers=foreign), 403, "origin_not_allowed")
    upgrade = f"{UPGRADE}Origin: https://evil.example"
    assert ask(server.url, ROOM, fields=upgrade).startswith(b"HTTP/1.1 403 ")
    assert requests.get(server.url + "/v1/videos", headers=foreign).status_code == 200
    own = {"Origin": server.url}
    assert requests.post(server.url + "/v1/auth/register", json=account, headers=own).status_code == 201
    server.stop()
    named = start("--allowed-hosts", "videos.example")
    answer = requests.post(named.url + "/v1/auth/login", json={}, headers=foreign)
    problem(answer, 422, "validation_failed")


def test_one_address_cannot_block_others(start: Callable[..., Server]) -> None:
    """Idle connections of one address use only that address's limit; WebSockets of rooms count too."""
    server = start("--connections-per-address", "20")
    idle = []
    parts = urllib.parse.urlsplit(server.url)
    try:
        # Some may be earlier connections of the test that have not ended yet, so it continues until one is refused.
        while len(idle) < 40:
            idle.append(socket.create_connection((parts.hostname or "", parts.port or 80), 20, ("127.0.0.2", 0)))
        refused = ask(server.url, "/health/live", source="127.0.0.2")
        assert refused.startswith(b"HTTP/1.1 429 ") and b"\r\nRetry-After: " in refused
        assert json.loads(refused.partition(b"\r\n\r\n")[2])["code"] == "too_many_connections"
        assert ask(server.url, ROOM, fields=UPGRADE.strip(), source="127.0.0.2").startswith(b"HTTP/1.1 429 ")
        assert ask(server.url, "/health/live", source="127.0.0.3").startswith(b"HTTP/1.1 200 ")
        assert "set --trusted-proxies" in server.log_tail(200)
    finally:
        for connection in idle:
            connection.close()
    while ask(server.url, "/health/live", source="127.0.0.2").startswith(b"HTTP/1.1 429 "):
        pass


def test_clients_behind_a_proxy_are_distinguished(start: Callable[..., Server]) -> None:
    """Behind a trusted proxy a client's requests and WebSockets count together, by the address in X-Forwarded-For."""
    server = start("--trusted-proxies", "1", "--connections-per-address", "2")
    draft = Client.registered(server.url).create("to be watched")["id"]
    forged = "X-Forwarded-For: 192.0.2.1, 2001:db8::"
    with connected(server.url) as one, connected(server.url) as two:
        for number, follower in enumerate((one, two)):
            fields = f"Host: a.example\r\n{forged}{number}"
            follower.sendall(f"GET /v1/videos/{draft}/events HTTP/1.1\r\n{fields}\r\n\r\n".encode())
            assert follower.recv(65_536).startswith(b"HTTP/1.1 200 ")
        answer = ask(server.url, "/v1/videos", "a.example", f"{forged}2\r\nConnection: close")
        assert answer.startswith(b"HTTP/1.1 429 ") and b'"code":"too_many_connections"' in answer
        # The close frame with the code 1013 (try again later).
        assert ask(server.url, ROOM, "a.example", f"{UPGRADE}{forged}3").endswith(b"\x88\x02\x03\xf5")
        answer = ask(server.url, "/v1/videos", "a.example", "X-Forwarded-For: 192.0.2.1\r\nConnection: close")
        assert answer.startswith(b"HTTP/1.1 200 ")


def test_handshakes_are_logged_and_counted(start: Callable[..., Server]) -> None:
    """A handshake has an id, counts as a request and has a log line, also if it is refused."""
    server = start()
    fields = f"{UPGRADE}X-Request-ID: my-socket"
    with connected(server.url) as connection:
        connection.sendall(f"GET {ROOM} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n".encode())
        assert b"\r\nx-request-id: my-socket\r\n" in connection.recv(65_536).lower()
    refused = ask(server.url, ROOM, fields=f"{UPGRADE.replace('13', '12')}X-Request-ID: my-mistake")
    assert refused.startswith(b"HTTP/1.1 426 ") and b"\r\nX-Request-ID: my-mistake\r\n" in refused
    metrics = requests.get(server.url + "/metrics").text
    for status in ("1xx", "4xx"):
        line = f'videohost_http_requests_total{{method="GET",route="/v1/rooms/{{id}}/ws",status="{status}"}} 1\n'
        assert line in metrics, metrics
    assert "videohost_http_requests_in_flight 1\n" in metrics
    lines = [line for line in server.log_tail(200).splitlines() if "my-socket" in line or "my-mistake" in line]
    assert any("101" in line and ROOM in line for line in lines), lines
    assert any("426" in line and ROOM in line for line in lines), lines


def test_nested_json_is_refused(url: str) -> None:
    """A text with too many levels or values is refused before it is decoded; one at the limits is accepted."""
    for body, code in (
        ('{"a":' + "[" * 500 + ",".join(map(str, range(2000))) + "]" * 500 + "}", "malformed_request"),
        ('{"a":' + "[" * 16 + "]" * 16 + "}", "malformed_request"),
        ('{"a":' + "[" * 15 + "]" * 15 + "}", "validation_failed"),
        ('{"a":[' + ",".join(["[]"] * 2000) + "]}", "malformed_request"),
        ('{"a":{"b":"' + "[" * 5000 + '"}}', "validation_failed"),
    ):
        answer = requests.post(url + "/v1/auth/login", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422) and answer.json()["code"] == code, body[:40]
