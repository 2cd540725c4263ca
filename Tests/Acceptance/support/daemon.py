"""Processes that a test starts, kills and restarts; every exit that the test did not request is an error."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def free_port() -> int:
    """A port without a listener outside the range of outgoing connections, so that it is still free after a restart."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.SystemRandom().randrange(10_000, lowest)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("there is no free port")


def answers(port: int) -> bool:
    """Whether a port has a listener."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Daemon:
    """A process with its own log; `ready` decides by the output since its start, or by other facts.

    It is killed when the process that started it ends. Start and stop it in permanent threads, best in the main one: the kernel
    treats the end of the thread that started a child as the end of the parent.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        ready: Callable[[str], bool],
        environment: dict[str, str] | None = None,
        user: str | None = None,
    ):
        self.name = name
        self.command = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
        if user:
            self.command[3:3] = ["--reuid", user, "--regid", user, "--clear-groups"]
        self.log = log
        self.ready = ready
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.complaints: list[str] = []
        self.failed_starts = 0
        """How often it has ended by itself before it was ready, since it last was; that alone is no complaint."""
        self._ended_by_us = False
        self._was_ready = False
        self._begin = 0

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Whether it runs; an unexpected exit is recorded as an error."""
        if self.process is None:
            return False
        code = self.process.poll()
        if code is None:
            return True
        if not self._ended_by_us:
            self._ended_by_us = True
            if not self.is_ready and code > 0 and self.failed_starts < 20:
                self.failed_starts += 1
                return False
            self.complaints.append(f"{self.name} ended by itself with exit code {code}:\n{self.tail()}")
        return False

    @property
    def is_ready(self) -> bool:
        """Whether it is ready, or was ready before it exited."""
        if not self._was_ready and self.ready(self.text()):
            self._was_ready = True
            self.failed_starts = 0
        return self._was_ready

    def launch(self) -> None:
        """Starts it without waiting."""
        self._was_ready = False
        self.log.touch()
        self._begin = self.log.stat().st_size
        self._ended_by_us = False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment, cwd="/"
            )

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Waits until it is ready."""
        deadline = time.monotonic() + timeout
        while not self.is_ready:
            if not self.is_running:
                raise AssertionError(f"{self.name} did not start:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} is not ready after {timeout} s:\n{self.tail()}")
            time.sleep(0.02)

    def start(self, timeout: float = 60) -> None:
        """Starts it and waits until it is ready."""
        self.launch()
        self.wait_until_ready(timeout)

    def text(self) -> str:
        """Its output since its start."""
        with self.log.open("rb") as log:
            log.seek(self._begin)
            return log.read().decode(errors="replace")

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def found(self, pattern: str) -> str:
        """The first group of a pattern in its output since its start."""
        match = re.search(pattern, self.text())
        assert match, f"{self.name} has not printed {pattern}:\n{self.tail()}"
        return match[1]

    def send(self, number: int) -> None:
        """Sends a signal that does not end it, or after which the test waits for the exit itself."""
        if self.is_running:
            assert self.process
            self.process.send_signal(number)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Kills it with a signal and waits for the exit."""
        if self.is_running:
            assert self.process
            self._ended_by_us = True
            self.process.send_signal(number)
            self.process.wait(30)

    def ask_to_end(self) -> None:
        """Sends SIGTERM without waiting."""
        if self.is_running:
            assert self.process
            self._ended_by_us = True
            self.process.terminate()

    def wait_for_end(self, timeout: float = 30) -> int:
        """Waits for a requested exit."""
        assert self.process
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} had not ended {timeout} s after SIGTERM:\n{self.tail()}") from None

    def stop(self, timeout: float = 30) -> int:
        """Stops it gracefully (SIGTERM); returns its exit code."""
        self.ask_to_end()
        return self.wait_for_end(timeout)

    def children(self) -> list[int]:
        """Process ids of its children."""
        found = []
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in Path(f"/proc/{self.pid}/task").iterdir():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    found += [int(pid) for pid in (task / "children").read_text().split()]
        return found

    def kill_child(self) -> bool:
        """Kills one of its children; returns whether it had one."""
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
        return False
