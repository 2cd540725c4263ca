"""Compares the API with its served OpenAPI description: schemathesis with a fixed seed and a bounded time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.client import Client
from support.server import Server

FOLDER = Path(__file__).parent


def test_the_description_has_every_route(visitor: Client) -> None:
    document = visitor.get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    paths = set(document["paths"])
    assert paths >= {
        "/v1/auth/register", "/v1/auth/login", "/v1/auth/logout", "/v1/videos", "/v1/uploads",
        "/health/live", "/health/ready", "/metrics",
    }  # fmt: skip
    assert any(path.startswith("/v1/videos/{") and path.endswith("/source") for path in paths)


@pytest.mark.timeout(200)
def test_schemathesis_finds_nothing(start: Callable[..., Server], tmp_path: Path) -> None:
    """There is no server error, no undocumented status, no response outside its schema, and no accepted invalid input."""
    server = start("--slots", "1")
    client = Client.registered(server.url)
    shutil.copy(FOLDER / "schemathesis.toml", tmp_path)
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{server.url}/v1/openapi.json"]
    command += ["--header", f"Authorization: Bearer {client.token}", "--seed", "20260101", "--max-time", "60"]
    command += ["--max-examples", "40", "--workers", "1", "--request-timeout", "20", "--generation-database", "none"]
    # A stream of events never ends, so there is nothing to compare with a schema.
    command += ["--exclude-path-regex", "/events$", "--exclude-path", "/v1/auth/logout", "--no-color"]
    environment = {**os.environ, "COLUMNS": "160", "PYTHONPATH": str(FOLDER)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, cwd=tmp_path, env=environment)
    print(done.stdout[-12_000:], done.stderr[-2000:])
    assert client.get("/health/live").status_code == 200
    assert done.returncode == 0, done.stdout[-6000:]
