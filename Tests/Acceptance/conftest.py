"""One server for all tests of a run, started by the main pytest process; clips are uploaded on first use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import report
from support import server as servers
from support.client import Client
from support.library import Library

SHARED = pytest.StashKey[dict[str, str]]()
OWNED = pytest.StashKey[servers.Server]()


def pytest_configure(config: pytest.Config) -> None:
    """In the main process: starts the server and stores its address."""
    if hasattr(config, "workerinput"):
        config.stash[SHARED] = config.workerinput["shared"]
        return
    folder = Path(tempfile.mkdtemp(prefix="videohost-"))
    config.stash[SHARED] = {"folder": str(folder), "url": "", "reason": ""}
    if config.option.collectonly:
        return
    try:
        # All tests of the run have the same client address.
        server = servers.Server(folder / "data", "--connections-per-address", "4096").start()
    except (FileNotFoundError, servers.DidNotStart) as reason:
        # Tests without the server still run; the others fail with this reason.
        config.stash[SHARED]["reason"] = str(reason)
        return
    config.stash[OWNED] = server
    config.stash[SHARED]["url"] = server.url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Passes the server's address to each worker process."""
    node.workerinput["shared"] = node.config.stash[SHARED]  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """In the main process: stops the server and removes its files."""
    if hasattr(config, "workerinput") or SHARED not in config.stash:
        return
    if server := config.stash.get(OWNED, None):
        server.stop()
    shutil.rmtree(config.stash[SHARED]["folder"], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the tables of the tests."""
    for title in ("media", "look", "geometry", "colour", "timing", "damage", "players"):
        lines = report.text(
            sorted(report.rows(Path(config.stash[SHARED]["folder"]), title), key=lambda row: row["file"])
        )
        if lines:
            terminalreporter.section(title)
            terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> dict[str, str]:
    """The address of the shared server."""
    found = pytestconfig.stash[SHARED]
    if not found["url"]:
        pytest.fail(f"no server: {found['reason']}", pytrace=False)
    return found


@pytest.fixture(scope="session")
def url(shared: dict[str, str]) -> str:
    """The shared server's URL."""
    return shared["url"]


@pytest.fixture(scope="session")
def client(url: str) -> Client:
    """A user of the shared server, one for each worker process."""
    return Client.registered(url)


@pytest.fixture(scope="session")
def visitor(url: str) -> Client:
    """A client without a session."""
    return Client(url)


@pytest.fixture(scope="session")
def library(shared: dict[str, str]) -> Library:
    """All clips on the shared server."""
    return Library(Path(shared["folder"]) / "library", shared["url"])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., servers.Server]]:
    """Starts separate servers with data folders in the test's folder; they end with the test."""
    running: list[servers.Server] = []

    def begin(*arguments: str, data: str = "data", environment: dict[str, str] | None = None) -> servers.Server:
        server = servers.Server(tmp_path / data, *arguments, environment=environment)
        running.append(server)
        return server.start()

    yield begin
    for server in running:
        if server.process is not None:
            server.kill()
