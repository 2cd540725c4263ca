"""The pool without media: its throughput, its latency, a long list; and what the sandbox adds to a child's start."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from pathlib import Path


def queue(program: Path) -> dict[str, float]:
    """What the pool's own benchmark finds."""
    return json.loads(subprocess.run([program], capture_output=True, text=True, check=True).stdout)


def sandbox(program: Path) -> tuple[float, float]:
    """Milliseconds of a child's life without the sandbox and within it."""
    text = subprocess.run([program, "50"], capture_output=True, text=True, check=True).stdout
    without, within = re.search(r"without ([\d.]+) ms, with ([\d.]+) ms", text).groups()  # type: ignore[union-attr]
    return float(without), float(within)


def listing(program: Path, folder: Path) -> float:
    """Seconds in which 10,000 queued jobs of 10 tasks each are listed."""
    data = folder / "listing"
    subprocess.run([program, "migrate", "--data", data], check=True, capture_output=True)
    with sqlite3.connect(data / "videohost.db") as connection:
        connection.execute(
            "INSERT INTO users (id, email, email_ci, username, username_ci, password_hash, password_scheme, role, "
            "created_at) VALUES ('usr', 'a', 'a', 'a', 'a', '', '', 'creator', 0)"
        )
        connection.execute(
            "INSERT INTO videos (id, owner_id, title, description, state, created_at, updated_at) "
            "VALUES ('vid', 'usr', '', '', 'processing', 0, 0)"
        )
        numbers = [(f"job_{number:026}",) for number in range(10_000)]
        connection.executemany(
            "INSERT INTO jobs (id, video_id, generation, kind, state, share, created_at) "
            "VALUES (?, 'vid', 1, 'process', 'queued', 'usr', 0)",
            numbers,
        )
        connection.executemany(
            "INSERT INTO tasks (id, job_id, video_id, generation, ordinal, spec, kind, lane, state, share, created_at) "
            "VALUES (?, ?, 'vid', 1, ?, '{}', 'video', 'normal', 'queued', 'usr', 0)",
            ((f"tsk_{job}_{ordinal}", job, ordinal) for (job,) in numbers for ordinal in range(10)),
        )
    began = time.monotonic()
    done = subprocess.run(
        [program, "jobs", "list", "--limit", "10000", "--data", data], check=True, capture_output=True, text=True
    )
    seconds = time.monotonic() - began
    assert done.stdout.count("job_") == 10_000
    return seconds
