#!/usr/bin/env python3
"""Puts the QR code generator 1.4.4 into web/vendor/, once.

Debian's package node-qrcode-generator has it as one plain script. The package and the script are pinned by SHA-256; the end
of the script, which hands the function to loaders of other kinds, becomes an export of an ES module. Beside the module go
Debian's copyright file, with the license, and a note of where the file came from. When web/vendor/ already holds the right
bytes, nothing is downloaded. Exit codes: 0 done, 1 with one line that says what is wrong.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = "node-qrcode-generator=1.4.4+dfsg-3"
PACKAGE_SHA256 = "2c71d3d71236e0902f8d5662d22bfeb3b1d7baf4b8345bb11c24ef67e5e97df6"
SCRIPT = "usr/share/nodejs/qrcode-generator/qrcode.js"
LICENSE = "usr/share/doc/node-qrcode-generator/copyright"
OLD_END = b"(function (factory) {\n  if (typeof define === 'function' && define.amd) {"
NEW_END = b"export default qrcode;\n"
RESULT_SHA256 = "86e07bd03bcfd50b44f3a86fe6776cba7169b1a47f4aed4216c489780743ce14"
LICENSE_SHA256 = "f0c951df1da166eeacd2d4c8acd6d6ff3b3b1ea8af8c48d93857fe8da73b6837"

VENDOR = Path(__file__).resolve().parent.parent / "web" / "vendor"

PROVENANCE = f"""QR Code Generator for JavaScript 1.4.4 (https://github.com/kazuhikoarase/qrcode-generator), Copyright (c) 2009 Kazuhiko Arase,
MIT license (LICENSE-qrcode.txt).

Taken from the Debian package {PACKAGE},
  sha256 {PACKAGE_SHA256}
as its member {SCRIPT}

Change: the last statement, which begins with
  {OLD_END.decode().splitlines()[0]}
became
  {NEW_END.decode().strip()}
Result: qrcode.js, sha256 {RESULT_SHA256}
"""


class Failure(Exception):
    """What is wrong, in one line for the person at the terminal."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def up_to_date() -> bool:
    wanted = {
        "qrcode.js": RESULT_SHA256,
        "LICENSE-qrcode.txt": LICENSE_SHA256,
        "PROVENANCE-qrcode.txt": digest(PROVENANCE.encode()),
    }
    try:
        return all(digest((VENDOR / name).read_bytes()) == value for name, value in wanted.items())
    except OSError:
        return False


def run(folder: str, *command: str) -> None:
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if outcome.returncode != 0:
        lines = [line for line in outcome.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"it ended with {outcome.returncode}"
        raise Failure(
            f"{command[0]} could not get {PACKAGE} ({reason}); is there a network, and is apt's list new enough?"
        )


def write(name: str, data: bytes) -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    temporary = VENDOR / f".{name}.{os.getpid()}"
    temporary.write_bytes(data)
    temporary.replace(VENDOR / name)


def fetch() -> None:
    with tempfile.TemporaryDirectory(prefix="fetch-qrcode-") as name:
        folder = Path(name)
        run(name, "apt-get", "download", "--quiet", PACKAGE)
        found = list(folder.glob("*.deb"))
        if len(found) != 1:
            raise Failure(f"apt-get downloaded {os.listdir(folder)} where one package was expected")
        if digest(found[0].read_bytes()) != PACKAGE_SHA256:
            raise Failure(f"{found[0].name} has another sha256 than the pinned one: not used")
        run(name, "dpkg-deb", "--extract", found[0].name, "package")
        script = (folder / "package" / SCRIPT).read_bytes()
        license_text = (folder / "package" / LICENSE).read_bytes()
    if script.count(OLD_END) != 1:
        raise Failure(f"{SCRIPT} does not have the end that is to be changed")
    module = script[: script.index(OLD_END)] + NEW_END
    for what, data, wanted in (("module", module, RESULT_SHA256), ("license", license_text, LICENSE_SHA256)):
        if digest(data) != wanted:
            raise Failure(f"the {what} has sha256 {digest(data)}, expected {wanted}")
    write("LICENSE-qrcode.txt", license_text)
    write("PROVENANCE-qrcode.txt", PROVENANCE.encode())
    write("qrcode.js", module)


def main() -> int:
    try:
        if up_to_date():
            return 0
        fetch()
        print(f"fetch-qrcode: qrcode-generator 1.4.4 is in {VENDOR}")
        return 0
    except (Failure, OSError) as problem:
        print(f"fetch-qrcode: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
