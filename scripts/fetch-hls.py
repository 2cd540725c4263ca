#!/usr/bin/env python3
"""Puts hls.js 1.6.15 into web/vendor/, once.

hls.js is not on PyPI under its own name, but the gradio wheel carries the full build as one standalone ES module.
The wheel and the module are pinned by SHA-256, and two places of the module are changed. The closing export line exports
the Hls class. And a finished wait for one source buffer steps the queue of that buffer alone: hls.js stepped all queues,
and dropped an append of another buffer whose `updateend` was still to come, so that a stream of one segment never ended.
Beside the module go the Apache-2.0 text and a note of where the file came from. When web/vendor/ already holds the right
bytes, nothing is downloaded. Exit codes: 0 done, 1 with one line that says what is wrong.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "gradio==6.31.0"
WHEEL = "gradio-6.31.0-py3-none-any.whl"
WHEEL_SHA256 = "7b50b9b6a2d23cd02851ad4c8b1c8312c88d8b911d1f29c93f9761c98348a64a"
MODULE = "gradio/templates/frontend/assets/hls-DKvqWxTe.js"
MODULE_SHA256 = "6692562e22d2d7b7325223f3cdc306c7bdad4e18b215a738817f84aa8832d4f2"
LICENSE = "gradio-6.31.0.dist-info/licenses/LICENSE"
LICENSE_SHA256 = "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4"
OLD_EXPORT = b"export{wu as n,Mu as r,ju as t};"
NEW_EXPORT = b"export{Cu as default,Cu as Hls};"
OLD_STEP = b".then(t=>{n===this.operationQueue&&(e(),this.stepOperationQueue(this.sourceBufferTypes))})"
NEW_STEP = b".then(()=>{n===this.operationQueue&&(e(),this.stepOperationQueue(t))})"
CHANGES = ((OLD_EXPORT, NEW_EXPORT), (OLD_STEP, NEW_STEP))
HEADER = b"/*! hls.js 1.6.15, Apache-2.0, see LICENSE.txt; changed as PROVENANCE.txt says */\n"
RESULT_SHA256 = "ac550df6b091509fce743c162dec1468d2cfc8c78b8d2bf2c5000f9da0fddbd0"

VENDOR = Path(__file__).resolve().parent.parent / "web" / "vendor"

PROVENANCE = f"""hls.js 1.6.15 (https://github.com/video-dev/hls.js), Copyright (c) 2017 Dailymotion, Apache License 2.0 (LICENSE.txt).

Taken from the Python package {PACKAGE} (Apache-2.0), file {WHEEL},
  sha256 {WHEEL_SHA256}
as its member {MODULE},
  sha256 {MODULE_SHA256}

Changes: a first line with a notice, and
  {OLD_EXPORT.decode()}
became
  {NEW_EXPORT.decode()}
and, so that the end of a wait for one source buffer does not drop an append of another,
  {OLD_STEP.decode()}
became
  {NEW_STEP.decode()}
Result: hls.js, sha256 {RESULT_SHA256}
"""


class Failure(Exception):
    """What is wrong, in one line for the person at the terminal."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def up_to_date() -> bool:
    files = {"hls.js": RESULT_SHA256, "LICENSE.txt": LICENSE_SHA256, "PROVENANCE.txt": digest(PROVENANCE.encode())}
    try:
        return all(digest((VENDOR / name).read_bytes()) == wanted for name, wanted in files.items())
    except OSError:
        return False


def download(folder: str) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", folder, PACKAGE]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode != 0:
        lines = [line for line in outcome.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"pip ended with {outcome.returncode}"
        raise Failure(f"could not download {PACKAGE} with pip ({reason}); is there a network?")
    wheel = Path(folder) / WHEEL
    if not wheel.is_file():
        raise Failure(f"pip downloaded {os.listdir(folder)} where {WHEEL} was expected")
    found = hashlib.sha256()
    with wheel.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            found.update(chunk)
    if found.hexdigest() != WHEEL_SHA256:
        raise Failure(f"{WHEEL} has sha256 {found.hexdigest()}, pinned is {WHEEL_SHA256}: not used")
    return wheel


def member(wheel: zipfile.ZipFile, name: str, wanted: str) -> bytes:
    try:
        data = wheel.read(name)
    except KeyError:
        raise Failure(f"{WHEEL} has no member {name}") from None
    if digest(data) != wanted:
        raise Failure(f"{name} has sha256 {digest(data)}, pinned is {wanted}: not used")
    return data


def write(name: str, data: bytes) -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    temporary = VENDOR / f".{name}.{os.getpid()}"
    temporary.write_bytes(data)
    temporary.replace(VENDOR / name)


def fetch() -> None:
    with tempfile.TemporaryDirectory(prefix="fetch-hls-") as folder:
        with zipfile.ZipFile(download(folder)) as wheel:
            module = member(wheel, MODULE, MODULE_SHA256)
            license_text = member(wheel, LICENSE, LICENSE_SHA256)
    patched = HEADER + module
    for old, new in CHANGES:
        if patched.count(old) != 1:
            raise Failure(f"{MODULE} has {patched.count(old)} times what is to be changed once: {old.decode()}")
        patched = patched.replace(old, new)
    if digest(patched) != RESULT_SHA256:
        raise Failure(f"the patched module has sha256 {digest(patched)}, expected {RESULT_SHA256}")
    write("LICENSE.txt", license_text)
    write("PROVENANCE.txt", PROVENANCE.encode())
    write("hls.js", patched)


def main() -> int:
    try:
        if up_to_date():
            return 0
        fetch()
        print(f"fetch-hls: hls.js 1.6.15 is in {VENDOR}")
        return 0
    except (Failure, OSError, zipfile.BadZipFile) as problem:
        print(f"fetch-hls: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
