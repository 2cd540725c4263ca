"""What the scripts that fill web/vendor/ share: a package is pinned by checksum, and nothing else gets into the folder."""

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "web" / "vendor"


class Failure(Exception):
    """What is wrong, in one line for the person at the terminal."""


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def checked(name: str, data: bytes, wanted: str) -> bytes:
    """The bytes, if they are the pinned ones."""
    if digest(data) != wanted:
        raise Failure(f"{name} has sha256 {digest(data)}, pinned is {wanted}: not used")
    return data


def replaced(name: str, text: bytes, old: bytes, new: bytes) -> bytes:
    """The text with the one place changed that is to be changed."""
    if text.count(old) != 1:
        raise Failure(f"{name} has {text.count(old)} times what is to be changed once: {old.decode()}")
    return text.replace(old, new)


def run(folder: str, what: str, *command: str) -> None:
    """Runs a tool in a folder; `what` says what it is to get."""
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if outcome.returncode != 0:
        lines = [line for line in outcome.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"it ended with {outcome.returncode}"
        raise Failure(f"could not get {what} ({reason}); is there a network, and are the lists of packages new enough?")


def only(folder: str, pattern: str) -> Path:
    """The one file that was downloaded."""
    found = list(Path(folder).glob(pattern))
    if len(found) != 1:
        raise Failure(f"{os.listdir(folder)} was downloaded where one file {pattern} was expected")
    return found[0]


def put(files: dict[str, bytes]) -> None:
    """Writes files into web/vendor/, each as a whole; the last one makes the folder complete."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        temporary = VENDOR / f".{name}.{os.getpid()}"
        temporary.write_bytes(data)
        temporary.replace(VENDOR / name)


def has(wanted: dict[str, str]) -> bool:
    """Whether web/vendor/ holds files with these checksums."""
    try:
        return all(digest((VENDOR / name).read_bytes()) == value for name, value in wanted.items())
    except OSError:
        return False


def main(title: str, wanted: dict[str, str], fetch: Callable[[], dict[str, bytes]]) -> int:
    """Gets what is missing, and says so. The exit code: 0 done, 1 with one line that says what is wrong."""
    script = Path(sys.argv[0]).stem
    try:
        if not has(wanted):
            put(fetch())
            print(f"{script}: {title} is in {VENDOR}")
        return 0
    except (Failure, OSError, zipfile.BadZipFile) as problem:
        print(f"{script}: {problem}", file=sys.stderr)
        return 1
