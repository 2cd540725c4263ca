"""The files that the pages load, as scripts/build-web has built them."""

from __future__ import annotations

import json

from .server import ROOT

DIST = ROOT / "web" / "dist"
# Those with a module.
PAGES = ("start", "watch", "room", "embed")


def names() -> dict[str, str]:
    """The built files by the paths of their sources."""
    return json.loads((DIST / "manifest.json").read_text())


def address(source: str) -> str:
    """The path under which the server has what was built of a source, such as `vendor/hls.js`."""
    return f"/assets/{names()[source]}"


def scripts(page: str) -> list[str]:
    """The sources of all JavaScript that a page in English loads at once, without hls.js."""
    return [f"js/pages/{page}.js", f"messages/{page}/en.js", "js/boot.js"]


def weight(page: str) -> int:
    """Bytes of that JavaScript as gzip."""
    known = names()
    return sum((DIST / f"{known[source]}.gz").stat().st_size for source in scripts(page))
