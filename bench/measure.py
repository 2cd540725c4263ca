"""Runs commands and tells what they cost: CPU seconds, wall seconds, peak memory of the whole process tree."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Cost:
    """What a command cost, with all its children."""

    cpu: float
    wall: float
    memory: int

    def __add__(self, other: Cost) -> Cost:
        """One command after the other."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.memory, other.memory))


def tree(root: int) -> list[int]:
    """A process and its descendants."""
    found = [root]
    for pid in found:
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def resident(pids: list[int]) -> int:
    """Bytes of memory that processes hold, pages that they share counted once (PSS)."""
    total = 0
    for pid in pids:
        try:
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
            total += int(found[1]) * 1024 if found else 0
        except OSError:
            continue
    return total


class CommandFailed(Exception):
    """A command of the benchmark ended with an error."""


def run(command: list[str], log: Path) -> Cost:
    """Runs a command to its end; what it prints goes to `log`.

    CPU is what the kernel counted for it and for every child that it waited for (`wait4`); memory is looked at every
    40 ms.
    """
    peak = [0]
    done = threading.Event()

    def watch(pid: int) -> None:
        while not done.wait(0.04):
            peak[0] = max(peak[0], resident(tree(pid)))

    with log.open("w") as output:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        watcher = threading.Thread(target=watch, args=(process.pid,))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
    if process.returncode != 0:
        raise CommandFailed(f"{command[0]} ended with {process.returncode}: {log.read_text(errors='replace')[-1500:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak[0])


def machine() -> str:
    """The machine in one line."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    kernel = os.uname().release
    gigabytes = round(int(memory[1]) / 1024**2) if memory else 0
    return f"{os.cpu_count()} × {cpu[1] if cpu else 'unknown CPU'}, {gigabytes} GB, Linux {kernel}"
