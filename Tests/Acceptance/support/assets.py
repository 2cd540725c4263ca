"""The files that the pages load, as scripts/build-web has built them."""

from __future__ import annotations

import json

from .server import ROOT

DIST = ROOT / "web" / "dist"


def address(source: str) -> str:
    """The path under which the server has what was built of a source, such as `vendor/hls.js`."""
    names: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    return f"/assets/{names[source]}"
