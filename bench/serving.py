"""Segments, playlists and documents beside nginx: one core for the server, one for wrk, all over the loopback interface."""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import upload

CLIP = "phone_portrait_rot90_h264.mov"
# Objects that the bench puts beside the segments of the clip, by their sizes in bytes.
OBJECTS = {"64 KiB": ("90001.m4s", 64 << 10), "1 MiB": ("90002.m4s", 1 << 20)}
CONNECTIONS = (16, 256)
SLOW = 5000
# The store as responses with X-Accel-Redirect name it.
INTERNAL = "/_media/"


@dataclass
class Rate:
    """What a server answered in a run."""

    requests: float
    per_cpu: float


@dataclass
class Found:
    """All runs by server, what was asked for, and connections; bytes of memory before and with slow readers."""

    runs: dict[tuple[str, str, int], list[Rate]] = field(default_factory=dict)
    memory_before: int = 0
    memory_slow: int = 0

    def median(self, server: str, what: str, connections: int) -> Rate:
        """The middle of all rounds."""
        rates = self.runs[server, what, connections]
        return Rate(statistics.median(r.requests for r in rates), statistics.median(r.per_cpu for r in rates))

    def ratio(self, one: tuple[str, str], other: tuple[str, str], connections: int) -> float:
        """Requests for a second of the servers' processor time: one divided by the other."""
        return self.median(*one, connections).per_cpu / self.median(*other, connections).per_cpu


def seconds_of(pids: list[int]) -> float:
    """Processor time of processes."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def load(pids: list[int], url: str, connections: int, seconds: int) -> Rate:
    """Requests one address as fast as it goes; pids are the server's. An answer that is no success is an error."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "30s", url]
    before = seconds_of(pids)
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = seconds_of(pids) - before
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"{url}: {text}")
    count = int(re.search(r"(\d+) requests in", text)[1])  # type: ignore[index]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    return Rate(rate, count / spent)


def pin(pid: int) -> None:
    """Keeps a process and its threads on the first core."""
    subprocess.run(["taskset", "-a", "-p", "-c", "0", str(pid)], check=True, stdout=subprocess.DEVNULL)


def start_nginx(folder: Path, port: int, store: Path, server: str) -> subprocess.Popen[bytes]:
    """nginx with one worker: files of the store under /plain/, all else from the program, whose files it sends.

    Under /least/ it asks itself for the name of the file: what such a request costs with a program that costs nothing more.
    """
    folder.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    text = f"""{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 12000; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=1000;
  client_body_temp_path {folder}/t0; proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2;
  uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  upstream program {{ server {server.removeprefix("http://")}; keepalive 512; keepalive_requests 1000000000; }}
  upstream itself {{ server unix:{folder}/itself; keepalive 512; keepalive_requests 1000000000; }}
  server {{ listen unix:{folder}/itself;
    location ~ ^/v/(.*)$ {{ add_header X-Accel-Redirect {INTERNAL}videos/$1; return 200; }} }}
  server {{ listen 127.0.0.1:{port};
    location /plain/ {{ alias {store}/; }}
    location {INTERNAL} {{ internal; alias {store}/; }}
    location /least/ {{ proxy_pass http://itself/; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    location / {{ proxy_pass http://program; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; }} }} }}
"""
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nginx did not start: " + (folder / "error.log").read_text())


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [process.pid, *map(int, children)]


def prepare(url: str, root: Path, data: Path) -> tuple[str, str]:
    """Uploads the clip and puts objects of known sizes beside its segments; the video and the folder of a rung."""
    account = {"email": "bench@example.org", "username": "bench", "password": "a long password"}
    upload.call(url, "/v1/auth/register", account, {})
    session, _ = upload.call(url, "/v1/auth/login", {"email": account["email"], "password": account["password"]}, {})
    bearer = {"Authorization": f"Bearer {session['token']}"}
    video = upload.call(url, "/v1/videos", {"title": "bench"}, bearer)[0]["id"]
    upload.curl(
        "-T", str(root / "fixtures" / CLIP), "-H", f"Authorization: {bearer['Authorization']}",
        f"{url}/v1/videos/{video}/source",
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while json.load(urllib.request.urlopen(f"{url}/v1/videos/{video}"))["state"] != "ready":
        if time.monotonic() > deadline:
            raise RuntimeError("the clip was not processed in time")
        time.sleep(0.2)
    rung = sorted((data / "media" / "videos" / video / "g1").glob("v*"))[0]
    for name, size in OBJECTS.values():
        (rung / name).write_bytes(os.urandom(size))
        (rung / name).chmod(0o644)
    return video, f"{video}/g1/{rung.name}"


def slow_readers(host: str, port: int, path: str, count: int) -> list[socket.socket]:
    """Connections that ask for an object and read nothing of it."""
    readers = []
    for number in range(count):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # One loopback address has too few ports for tests that follow each other.
        reader.bind((f"127.0.0.{2 + number % 50}", 0))
        reader.connect((host, port))
        reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        readers.append(reader)
    return readers


def compare(program: Path, root: Path, folder: Path, rounds: int, seconds: int = 6) -> Found:
    """All servers in turn, so many times: first the program alone, then as what tells nginx which files to send."""
    found = Found()
    data = folder / "data"
    port = 20_000 + os.getpid() % 10_000
    server, url = upload.start_server(program, root, data)
    nginx = None
    try:
        video, rung = prepare(url, root, data)
        for parent in (folder, data, data / "media"):
            parent.chmod(0o755)
        asked = {("videohost", what): f"{url}/v/{rung}/{name}" for what, (name, _) in OBJECTS.items()}
        asked["videohost", "playlist"] = f"{url}/v/{video}/g1/main.m3u8"
        asked["videohost", "document"] = f"{url}/v1/videos/{video}"
        nginx = start_nginx(folder / "nginx", port, data / "media", url)
        measure(found, nginx, server, asked, rung, rounds, seconds)
        host, _, address = url.removeprefix("http://").partition(":")
        found.memory_before = upload.memory(server.pid, "VmRSS")
        readers = slow_readers(host, int(address), f"/v/{rung}/{OBJECTS['1 MiB'][0]}", SLOW)
        time.sleep(5)
        found.memory_slow = upload.memory(server.pid, "VmRSS")
        for reader in readers:
            reader.close()
        for process in (nginx, server):
            process.terminate()
            process.wait()
        server, url = upload.start_server(program, root, data, "--accel-redirect", INTERNAL)
        nginx = start_nginx(folder / "nginx2", port, data / "media", url)
        base = f"http://127.0.0.1:{port}"
        asked = {
            (who, what): f"{base}{prefix}/v/{rung}/{name}"
            for who, prefix in (("nginx and videohost", ""), ("nginx and itself", "/least"))
            for what, (name, _) in OBJECTS.items()
        }
        measure(found, nginx, server, asked, rung, rounds, seconds)
        return found
    finally:
        for process in (nginx, server):
            if process and process.poll() is None:
                process.terminate()
                process.wait()


def measure(
    found: Found, nginx: subprocess.Popen[bytes], server: subprocess.Popen[str], asked: dict[tuple[str, str], str],
    rung: str, rounds: int, seconds: int,
) -> None:  # fmt: skip
    """Runs of what is asked for, each beside nginx with the same files."""
    plain = nginx.args[nginx.args.index("-p") + 1]  # type: ignore[union-attr, index]
    port = re.search(r"listen (127\S+);", (Path(plain) / "nginx.conf").read_text())[1]  # type: ignore[index]
    every = {
        ("nginx", what): f"http://{port}/plain/videos/{rung}/{name}" for what, (name, _) in OBJECTS.items()
    } | asked
    pids = {"nginx": workers(nginx), "videohost": [server.pid], "nginx and videohost": [*workers(nginx), server.pid]}
    pids["nginx and itself"] = pids["nginx"]
    for pid in pids["nginx and videohost"]:
        pin(pid)
    for number in range(rounds):
        for connections in CONNECTIONS:
            for (who, what), address in every.items():
                rate = load(pids[who], address, connections, seconds)
                found.runs.setdefault((who, what, connections), []).append(rate)
                print(
                    f"  round {number + 1}: {who}, {what}, {connections} connections: {rate.requests:.0f}/s", flush=True
                )
