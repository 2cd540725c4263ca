"""A real nginx with the configuration of deploy/nginx, in a separate folder."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

from support.server import ROOT

FILES = ROOT / "deploy" / "nginx"


def free_port() -> int:
    """A port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder: Path) -> Path:
    """A self-signed certificate for localhost; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(["openssl", "req", "-x509", *kind, *names, *subject], check=True, capture_output=True)
    return folder / "fullchain.pem"


class Proxy:
    """nginx as the proxy of API nodes; only addresses and folders differ from the shipped files."""

    def __init__(
        self,
        folder: Path,
        nodes: list[str],
        media: Path,
        tls: bool = False,
        rooms: list[str] | None = None,
        keeps: str = "1m",
    ):
        self.folder = folder
        self.port = free_port()
        self.tls_port = free_port() if tls else None
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        (folder / "cache").mkdir()
        site = (FILES / "videohost.conf").read_text()
        site = self._replaced(site, "listen 80;", f"listen 127.0.0.1:{self.port};")
        site = self._replaced(site, "listen [::]:80;", "")
        site = self._replaced(site, "/var/cache/nginx/videohost", str(folder / "cache"))
        site = self._replaced(site, "/var/lib/videohost/media/", f"{media}/")
        site = self._replaced(site, "proxy_cache_valid 200 1m;", f"proxy_cache_valid 200 {keeps};")
        site = self._replaced(site, "/var/log/nginx/", f"{folder}/")
        (folder / "site.conf").write_text(site)
        (folder / "videohost" / "tls").mkdir(parents=True)
        servers = [urllib.parse.urlsplit(node).netloc for node in nodes]
        upstream = (FILES / "upstream.conf").read_text()
        for number, server in zip((1, 2), (servers * 2)[:2], strict=True):
            upstream = self._replaced(upstream, f"api-{number}:8080", server)
        # `serve` also has rooms.
        (line,) = [line for line in upstream.splitlines() if "rooms:8081" in line]
        sockets = [urllib.parse.urlsplit(node).netloc for node in rooms or nodes[:1]]
        upstream = self._replaced(upstream, line, "\n".join(line.replace("rooms:8081", node) for node in sockets))
        (folder / "videohost" / "upstream.conf").write_text(upstream)
        if tls:
            certificate(folder / "videohost" / "tls")
            text = (FILES / "tls.conf.example").read_text()
            text = self._replaced(text, "listen 443 ssl", f"listen 127.0.0.1:{self.tls_port} ssl")
            text = self._replaced(text, "listen [::]:443 ssl http2;", "")
            text = self._replaced(text, "/etc/nginx/", f"{folder}/")
            (folder / "videohost" / "tls" / "tls.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        main = (FILES / "nginx.conf").read_text()
        main = self._replaced(main, "user nginx;", f"{user} daemon off;")
        # A limit that an ordinary user cannot raise.
        main = self._replaced(main, "worker_rlimit_nofile 32768;", "")
        main = self._replaced(main, "worker_processes auto;", "worker_processes 2;")
        main = self._replaced(main, "/var/log/nginx/error.log notice", f"{folder}/error.log info")
        main = self._replaced(main, "/run/nginx.pid", f"{folder}/pid")
        temporary = " ".join(
            f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main = self._replaced(main, "include /etc/nginx/conf.d/*.conf;", f"{temporary} include {folder}/site.conf;")
        (folder / "nginx.conf").write_text(main)

    @staticmethod
    def _replaced(text: str, old: str, new: str) -> str:
        assert old in text, f"{old} is not in the file any more"
        return text.replace(old, new)

    @property
    def url(self) -> str:
        """Its URL without TLS."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        """The command line of nginx with this configuration."""
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin") or "nginx"
        return [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), *arguments]

    def check(self) -> subprocess.CompletedProcess[str]:
        """The result of `nginx -t`."""
        return subprocess.run(self.command("-t"), capture_output=True, text=True)

    def start(self) -> Proxy:
        """Starts nginx and waits until it accepts connections."""
        self.process = subprocess.Popen(self.command())
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nginx did not start: " + self.log())

    def log(self) -> str:
        """The error log."""
        text = (self.folder / "error.log").read_text() if (self.folder / "error.log").exists() else ""
        return "\n".join(line for line in text.splitlines() if re.search(r"\[(warn|error|crit|alert|emerg)\]", line))

    def stop(self) -> None:
        """Stops nginx at once."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
