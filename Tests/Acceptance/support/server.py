"""Starts the real program like a user."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LISTENING = re.compile(r"videohost: listening on (http://\S+)")


def binary() -> Path:
    """The program under test: `VIDEOHOST_BINARY`, else the debug build."""
    path = Path(os.environ.get("VIDEOHOST_BINARY") or ROOT / ".build" / "debug" / "videohost").absolute()
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: run `swift build --product videohost` first")
    return path


class DidNotStart(Exception):
    """The server exited or did not listen in time."""


class Server:
    """`videohost serve` on a free port of the loopback interface, with its data in a folder."""

    def __init__(self, data: Path, *arguments: str, environment: dict[str, str] | None = None):
        self.data = data
        self.arguments = arguments
        self.environment = {**os.environ, **(environment or {})}
        self.log_path = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, timeout: float = 30) -> Server:
        """Starts the server and waits for the line with its URL."""
        command = [str(binary()), "serve", "--data", str(self.data), "--port", "0", "--web", str(ROOT / "web")]
        # The low hash cost keeps the tests fast.
        command += ["--bcrypt-cost", "4"]
        begin = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment
            )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = LISTENING.search(self.log_path.read_text(errors="replace")[begin:])
            if found:
                self.url = found[1]
                return self
            if self.process.poll() is not None:
                raise DidNotStart(f"exit code {self.process.returncode}: {self.log_tail()}")
            time.sleep(0.02)
        self.kill()
        raise DidNotStart(f"not listening after {timeout} s: {self.log_tail()}")

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self.process
        return self.process.pid

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of its output."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, timeout: float = 30) -> int:
        """Stops it gracefully (SIGTERM) and returns the exit code."""
        assert self.process
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end {timeout} s after SIGTERM:\n{self.log_tail()}") from None

    def kill(self) -> None:
        """Kills it (SIGKILL)."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory(self) -> int:
        """Resident bytes of the server process itself, without its children."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]

    def children(self) -> list[int]:
        """Process ids of its children."""
        path = Path(f"/proc/{self.pid}/task")
        return [int(pid) for task in path.iterdir() for pid in (task / "children").read_text().split()]


def run(
    *arguments: str, environment: dict[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Runs a command of the program to its end."""
    return subprocess.run(
        [str(binary()), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=None if environment is None else environment,
    )
