"""Uploads of a large file: raw PUT and tus against nginx's WebDAV PUT, all by curl over the loopback interface."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

GIGABYTE = 1 << 30


@dataclass
class Speeds:
    """Bytes a second of each round, by way."""

    rounds: dict[str, list[float]] = field(default_factory=dict)
    memory_before: int = 0
    memory_peak: int = 0

    def median(self, way: str) -> float:
        """The middle one."""
        return statistics.median(self.rounds[way])


def curl(*arguments: str) -> float:
    """Sends, and tells the seconds that it took; a status that is no success is an error."""
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{time_total}", "-H", "Expect:", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, seconds = done.stdout.split()
    if not status.startswith("2"):
        raise RuntimeError(f"curl {arguments[-1]}: {status}")
    return float(seconds)


def start_nginx(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """nginx with one worker that takes PUT into a folder of the same file system."""
    (folder / "files").mkdir(parents=True)
    (folder / "files").chmod(0o777)
    folder.chmod(0o777)
    user = "user root;" if os.geteuid() == 0 else ""
    text = f"""{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {folder}/temp; client_max_body_size 0;
  proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2; uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; location / {{ dav_methods PUT; }} }} }}
"""
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
        except urllib.error.HTTPError:
            return process
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nginx did not start: " + (folder / "error.log").read_text())


def start_server(program: Path, root: Path, data: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    """`videohost serve` on a free port, with more options."""
    command = [str(program), "serve", "--data", str(data), "--port", "0", "--web", str(root / "web"), "--slots", "1"]
    command += ["--connections-per-address", "100000"]  # all of them come from this machine
    process = subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    for line in process.stdout:
        if found := re.search(r"listening on (http://\S+)", line):
            return process, found[1]
    raise RuntimeError("the server did not start")


def call(url: str, path: str, body: dict | None, headers: dict[str, str]) -> tuple[dict, dict[str, str]]:
    """A small JSON request."""
    data = b"" if body is None else json.dumps(body).encode()
    fields = {"Content-Type": "application/json", **headers}
    with urllib.request.urlopen(urllib.request.Request(url + path, data, fields)) as answer:
        text = answer.read()
        return json.loads(text) if text else {}, dict(answer.headers)


def memory(pid: int, what: str) -> int:
    """VmRSS or VmHWM of a process, in bytes."""
    return int(re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024  # type: ignore[index]


def compare(program: Path, root: Path, folder: Path, rounds: int, size: int = 2 * GIGABYTE) -> Speeds:
    """All ways in turn, so many times."""
    file = folder / "large"
    with file.open("wb") as output:
        # The first box of an MP4 file: the server refuses a large file without it.
        block = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + os.urandom((1 << 24) - 24)
        for _ in range(size // len(block)):
            output.write(block)
    port = 20_000 + os.getpid() % 10_000
    nginx = start_nginx(folder / "nginx", port)
    server, url = start_server(program, root, folder / "data")
    try:
        account = {"email": "bench@example.org", "username": "bench", "password": "a long password"}
        call(url, "/v1/auth/register", account, {})
        session, _ = call(url, "/v1/auth/login", {"email": account["email"], "password": account["password"]}, {})
        token = {"Authorization": f"Bearer {session['token']}"}
        speeds = Speeds({"nginx PUT": [], "videohost PUT": [], "videohost tus": []}, memory(server.pid, "VmRSS"))
        for number in range(rounds):
            seconds = {"nginx PUT": curl("-T", str(file), f"http://127.0.0.1:{port}/file{number}")}
            os.unlink(folder / "nginx" / "files" / f"file{number}")
            video, _ = call(url, "/v1/videos", {"title": "bench"}, token)
            bearer = f"Authorization: {token['Authorization']}"
            seconds["videohost PUT"] = curl("-T", str(file), "-H", bearer, f"{url}/v1/videos/{video['id']}/source")
            clear(url, video["id"], token)
            create = {
                **token,
                "Tus-Resumable": "1.0.0",
                "Upload-Length": str(size),
                "Upload-Metadata": "title YmVuY2g=",
            }
            _, headers = call(url, "/v1/uploads", None, create)
            location = next(value for name, value in headers.items() if name.lower() == "location")
            location = location if location.startswith("http") else url + location
            fields = ["Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"]
            options = [part for name in fields for part in ("-H", name)]
            seconds["videohost tus"] = curl("-X", "PATCH", "-T", str(file), *options, location)
            for way, took in seconds.items():
                speeds.rounds[way].append(size / took)
            print(
                "  upload round",
                number + 1,
                {way: f"{size / took / 1e6:.0f} MB/s" for way, took in seconds.items()},
                flush=True,
            )
        speeds.memory_peak = memory(server.pid, "VmHWM")
        return speeds
    finally:
        nginx.terminate()
        server.terminate()
        nginx.wait()
        server.wait()
        file.unlink()


def clear(url: str, video: str, token: dict[str, str]) -> None:
    """Deletes a video, so that the disk holds one copy at a time."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/v1/videos/{video}", method="DELETE", headers=token)).close()
