#!/usr/bin/env python3
"""Puts the QR code generator 1.4.4 into web/vendor/, once.

Debian's package node-qrcode-generator has it as one plain script. The package and the script are pinned by SHA-256; the end
of the script, which hands the function to loaders of other kinds, becomes an export of an ES module. Beside the module go
Debian's copyright file, with the license, and a note of where the file came from. When web/vendor/ already holds the right
bytes, nothing is downloaded. Exit codes: 0 done, 1 with one line that says what is wrong.
"""

import sys
import tempfile
from pathlib import Path

import pinned

PACKAGE = "node-qrcode-generator=1.4.4+dfsg-3"
PACKAGE_SHA256 = "2c71d3d71236e0902f8d5662d22bfeb3b1d7baf4b8345bb11c24ef67e5e97df6"
SCRIPT = "usr/share/nodejs/qrcode-generator/qrcode.js"
LICENSE = "usr/share/doc/node-qrcode-generator/copyright"
OLD_END = b"(function (factory) {\n  if (typeof define === 'function' && define.amd) {"
NEW_END = b"export default qrcode;\n"
RESULT_SHA256 = "86e07bd03bcfd50b44f3a86fe6776cba7169b1a47f4aed4216c489780743ce14"
LICENSE_SHA256 = "f0c951df1da166eeacd2d4c8acd6d6ff3b3b1ea8af8c48d93857fe8da73b6837"

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


def fetch() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="fetch-qrcode-") as folder:
        pinned.run(folder, PACKAGE, "apt-get", "download", "--quiet", PACKAGE)
        file = pinned.only(folder, "*.deb")
        pinned.checked(file.name, file.read_bytes(), PACKAGE_SHA256)
        pinned.run(folder, PACKAGE, "dpkg-deb", "--extract", file.name, "package")
        script = (Path(folder) / "package" / SCRIPT).read_bytes()
        license_text = (Path(folder) / "package" / LICENSE).read_bytes()
    # The rest of the script is one statement, which begins so.
    pinned.replaced(SCRIPT, script, OLD_END, NEW_END)
    module = script[: script.index(OLD_END)] + NEW_END
    return {
        "LICENSE-qrcode.txt": pinned.checked("the license", license_text, LICENSE_SHA256),
        "PROVENANCE-qrcode.txt": PROVENANCE.encode(),
        "qrcode.js": pinned.checked("the module", module, RESULT_SHA256),
    }


if __name__ == "__main__":
    files = {
        "qrcode.js": RESULT_SHA256,
        "LICENSE-qrcode.txt": LICENSE_SHA256,
        "PROVENANCE-qrcode.txt": pinned.digest(PROVENANCE.encode()),
    }
    sys.exit(pinned.main("the QR code generator 1.4.4", files, fetch))
