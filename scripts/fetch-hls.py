#!/usr/bin/env python3
"""Puts hls.js 1.6.15 into web/vendor/, once.

hls.js is not on PyPI under its own name, but the gradio wheel carries the full build as one standalone ES module.
The wheel and the module are pinned by SHA-256, and two places of the module are changed. The closing export line exports
the Hls class. And a finished wait for one source buffer steps the queue of that buffer alone: hls.js stepped all queues,
and dropped an append of another buffer whose `updateend` was still to come, so that a stream of one segment never ended.
Beside the module go the Apache-2.0 text and a note of where the file came from. When web/vendor/ already holds the right
bytes, nothing is downloaded. Exit codes: 0 done, 1 with one line that says what is wrong.
"""

import sys
import tempfile
import zipfile

import pinned

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


def member(wheel: zipfile.ZipFile, name: str, wanted: str) -> bytes:
    try:
        return pinned.checked(name, wheel.read(name), wanted)
    except KeyError:
        raise pinned.Failure(f"{WHEEL} has no member {name}") from None


def fetch() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="fetch-hls-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        pinned.run(folder, PACKAGE, *command, "--only-binary=:all:", PACKAGE)
        file = pinned.only(folder, WHEEL)
        pinned.checked(WHEEL, file.read_bytes(), WHEEL_SHA256)
        with zipfile.ZipFile(file) as wheel:
            module = member(wheel, MODULE, MODULE_SHA256)
            license_text = member(wheel, LICENSE, LICENSE_SHA256)
    patched = HEADER + module
    for old, new in CHANGES:
        patched = pinned.replaced(MODULE, patched, old, new)
    pinned.checked("the patched module", patched, RESULT_SHA256)
    return {"LICENSE.txt": license_text, "PROVENANCE.txt": PROVENANCE.encode(), "hls.js": patched}


if __name__ == "__main__":
    files = {
        "hls.js": RESULT_SHA256,
        "LICENSE.txt": LICENSE_SHA256,
        "PROVENANCE.txt": pinned.digest(PROVENANCE.encode()),
    }
    sys.exit(pinned.main("hls.js 1.6.15", files, fetch))
