"""A failed start prints the reason and advice in one line, and has a nonzero exit code."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import disk, players
from support.server import ROOT, Server, binary


def serve(data: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A start that is expected to fail."""
    command = [str(binary()), "serve", "--data", str(data), "--web", str(ROOT / "web"), *arguments]
    if "--port" not in arguments:
        command += ["--port", "0"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, **options)  # type: ignore[call-overload]


def failed_clearly(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Checks for one line on standard error with the program's name and these texts, and for a nonzero exit code."""
    assert done.returncode > 0, done
    # Log lines start with a time; a media child of a coverage build reports that it cannot write a profile.
    harmless = re.compile(r"[\d:.]+ info |LLVM Profile ")
    lines = [line for line in done.stderr.splitlines() if line.strip() and not harmless.match(line)]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("videohost: "), lines
    for word in words:
        assert word.lower() in lines[0].lower(), lines
    assert "listening" not in done.stdout


def test_redis_is_missing(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path)}
    environment.pop("REDIS_URL", None)
    failed_clearly(serve(tmp_path / "data", env=environment), "redis-server", "install")


def test_the_port_is_taken(start: Callable[..., Server], tmp_path: Path) -> None:
    port = start().url.rpartition(":")[2]
    failed_clearly(serve(tmp_path / "other", "--port", port), port, "taken", "--port")


def test_the_port_is_invalid(tmp_path: Path) -> None:
    done = serve(tmp_path / "data", "--port", "70000")
    assert done.returncode > 0 and "65535" in done.stderr


def test_the_data_folder_is_read_only(tmp_path: Path) -> None:
    """Runs as an ordinary user, since root can write to read-only folders."""
    with players.scratch() as folder:
        (folder / "data").mkdir()
        (folder / "data").chmod(0o555)
        command = [str(reachable(folder)), "serve", "--data", str(folder / "data"), "--port", "0"]
        options = unprivileged()
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=folder, **options)
    failed_clearly(done, str(folder / "data"), "cannot be written", "--data")


def unprivileged() -> dict[str, Any]:
    """Options that run the program as nobody, who cannot write the coverage profile of this run."""
    options = players.unprivileged()
    return options and {**options, "env": {**os.environ, "LLVM_PROFILE_FILE": "/dev/null"}}


def reachable(folder: Path) -> Path:
    """A copy of the program that the unprivileged user can run."""
    copy = folder / "videohost"
    copy.write_bytes(binary().read_bytes())
    copy.chmod(0o755)
    return copy


def test_access_of_others_to_the_data_folder_is_removed(start: Callable[..., Server], tmp_path: Path) -> None:
    """Access of other users to an existing data folder is removed before anything is written into it."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    start().stop()
    parts = [data, *(data / name for name in ("uploads", "redis", "media", "scratch", "videohost.db"))]
    for path in parts:
        path.chmod(0o777 if path.is_dir() else 0o666)
    server = start()
    for path in [*parts, *data.glob("videohost.db-*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert "other users had access; it was removed" in server.log_tail(200)
    # The scratch folder may be in a shared folder, whose mode is not changed.
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    start("--scratch", str(shared), data="other")
    assert shared.stat().st_mode & 0o7777 == 0o1777
    (mine,) = [path for path in shared.iterdir() if path.is_dir()]
    assert mine.stat().st_mode & 0o077 == 0


def test_the_data_folder_belongs_to_another_user(tmp_path: Path) -> None:
    """A data folder of another user is refused with advice, also by root, who could use it."""
    with players.scratch() as folder:
        data = folder / "data"
        data.mkdir()
        options = unprivileged()
        if not options:
            pytest.skip("needs two users")
        data.chmod(0o777)
        command = [str(reachable(folder)), "serve", "--data", str(data), "--port", "0"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=folder, **options)
        assert done.returncode == 77
        failed_clearly(done, str(data), "belongs to another user", "chown")
        os.chown(data, options["user"], options["group"])
        done = serve(data)
        assert done.returncode == 77 and not list(data.iterdir())
        failed_clearly(done, str(data), "belongs to another user", "chown")


def test_the_data_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    failed_clearly(serve(tmp_path / "data"), str(tmp_path / "data"))


def test_the_database_is_newer(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start()
    server.stop()
    (path,) = [p for p in disk.files(tmp_path / "data") if p.suffix in (".sqlite", ".db", ".sqlite3")]
    with sqlite3.connect(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        ((table,),) = [(name,) for name in tables if "migration" in name or "schema" in name]
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        row = dict(zip(columns, connection.execute(f"SELECT * FROM {table} ORDER BY 1 DESC").fetchone(), strict=True))
        row["version"] = 9999
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    failed_clearly(serve(tmp_path / "data"), "newer")


def test_the_database_is_damaged(tmp_path: Path, start: Callable[..., Server]) -> None:
    server = start()
    server.stop()
    (path,) = [p for p in disk.files(tmp_path / "data") if p.suffix in (".sqlite", ".db", ".sqlite3")]
    for name in (f"{path}-wal", f"{path}-shm"):
        Path(name).unlink(missing_ok=True)
    path.write_bytes(b"this is no database" * 1000)
    failed_clearly(serve(tmp_path / "data"), "database")


def test_the_folder_is_in_use(start: Callable[..., Server], tmp_path: Path) -> None:
    """A second server on the same folder is refused, since it would use the first one's queue and database."""
    start()
    failed_clearly(serve(tmp_path / "data"), "in use")


@pytest.mark.parametrize("arguments", [("serve", "--slots", "none"), ("serve", "--max-upload", "-5"), ("nothing",)])
def test_wrong_arguments(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([str(binary()), *arguments], capture_output=True, text=True, timeout=30)
    assert done.returncode > 0 and done.stderr


def test_doctor(tmp_path: Path) -> None:
    """`doctor` lists every requirement, and fails if one is missing."""
    command = [str(binary()), "doctor", "--data", str(tmp_path / "data")]
    # It creates nothing.
    assert "does not exist yet" in subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
    assert not (tmp_path / "data").exists()
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "redis-server" in done.stdout
    missing = subprocess.run(command, capture_output=True, text=True, timeout=30, env={"PATH": str(tmp_path)})
    assert missing.returncode > 0 and "redis-server" in missing.stdout + missing.stderr


def test_help() -> None:
    for arguments in (["--help"], ["serve", "--help"], ["jobs", "--help"]):
        done = subprocess.run([str(binary()), *arguments], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0 and "USAGE" in done.stdout
