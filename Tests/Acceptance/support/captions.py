"""A strict parser of WebVTT (W3C, section 4), and the cues that ffmpeg reads from a source."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from . import media

TIMESTAMP_MAP = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"
TIMING = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3}) --> (?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})( .*)?")


class BadCaptions(Exception):
    """The text is not WebVTT."""


@dataclass(frozen=True)
class Cue:
    """A text and its times in milliseconds."""

    start: int
    end: int
    text: str
    settings: str = ""

    @property
    def words(self) -> str:
        """The visible text: without tags, with resolved references and normalized white space."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", "", self.text)).split())


def milliseconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> int:
    """A time of a timing line."""
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)


def head(text: str) -> list[str]:
    """The lines of the first block."""
    return text.split("\n\n", 1)[0].rstrip("\n").split("\n")


def read(text: str) -> list[Cue]:
    """The cues of a file; blocks other than cues and comments are refused."""
    if not re.match(r"WEBVTT([ \t\n]|$)", text):
        raise BadCaptions(f"starts with {text[:20]!r}")
    cues = []
    for block in re.split(r"\n{2,}", text.rstrip("\n"))[1:]:
        lines = block.split("\n")
        if lines[0].startswith("NOTE"):
            continue
        if "-->" not in lines[0]:
            lines = lines[1:]
        found = TIMING.fullmatch(lines[0]) if lines else None
        if not found:
            raise BadCaptions(f"no times in {block!r}")
        start, end = milliseconds(*found.groups()[:4]), milliseconds(*found.groups()[4:8])
        if end <= start:
            raise BadCaptions(f"no length: {lines[0]!r}")
        cues.append(Cue(start, end, "\n".join(lines[1:]), (found[9] or "").strip()))
    return cues


def of_source(path: Path, stream: int | str) -> list[Cue]:
    """The cues of a subtitle stream as ffmpeg writes them."""
    return read(media.run("-copyts", "-i", path, "-map", f"0:{stream}", "-f", "webvtt", "-").decode())
