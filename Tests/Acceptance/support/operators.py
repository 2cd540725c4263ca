"""The operator's commands on a data folder."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .server import run


class Operator:
    """Runs the commands on one data folder."""

    def __init__(self, data: Path):
        self.data = data

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs a command, which must end with this exit code; returns what it printed."""
        done = run(*arguments, "--data", str(self.data))
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        if code not in (0, 65, 66, 75):
            assert done.stderr.strip(), arguments
        return done.stdout

    def jobs(self, *arguments: str, code: int = 0) -> str:
        """`videohost jobs`."""
        return self.run("jobs", *arguments, code=code)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """`videohost jobs` with --json."""
        return json.loads(self.jobs(*arguments, "--json", code=code))

    def videos(self, *arguments: str, code: int = 0) -> Any:
        """`videohost videos` with --json."""
        return json.loads(self.run("videos", *arguments, "--json", code=code))

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs SQL directly on the database."""
        with sqlite3.connect(self.data / "videohost.db", timeout=30) as connection:
            return connection.execute(statement, values).fetchall()

    def dump(self) -> list[str]:
        """A dump of the database."""
        with sqlite3.connect(f"file:{self.data / 'videohost.db'}?mode=ro", uri=True) as connection:
            return list(connection.iterdump())

    def generation(self, video: str, number: int) -> Path:
        """The folder of a generation."""
        return self.data / "media" / "videos" / video / f"g{number}"


def until(condition: Callable[[], bool], timeout: float = 60) -> None:
    """Waits for a condition that the program reaches automatically."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
