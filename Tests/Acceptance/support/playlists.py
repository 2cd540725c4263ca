"""A strict parser of HLS playlists (RFC 8216bis)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s][^,\s]*)(?:,|$)')


class BadPlaylist(Exception):
    """The text is not a playlist."""


def attributes(text: str) -> dict[str, str]:
    """Parses an attribute list; removes quotes."""
    found, at = {}, 0
    while at < len(text):
        match = ATTRIBUTE.match(text, at)
        if not match:
            raise BadPlaylist(f"bad attribute list at {text[at : at + 40]!r}")
        if match[1] in found:
            raise BadPlaylist(f"attribute {match[1]} twice")
        found[match[1]] = match[2].strip('"')
        at = match.end()
    return found


@dataclass
class Entry:
    """A segment of a media playlist."""

    uri: str
    seconds: Fraction
    map_uri: str | None
    byte_range: tuple[int, int] | None
    discontinuity: bool


@dataclass
class MediaPlaylist:
    """A media or I-frame playlist."""

    tags: list[tuple[str, str]]
    entries: list[Entry]

    def value(self, tag: str) -> str | None:
        """The value of a tag that may occur once; empty for a bare tag."""
        found = [value for name, value in self.tags if name == tag]
        if len(found) > 1:
            raise BadPlaylist(f"{tag} occurs {len(found)} times")
        return found[0] if found else None

    def has(self, tag: str) -> bool:
        """Whether a tag occurs."""
        return any(name == tag for name, _ in self.tags)

    @property
    def target(self) -> int:
        """Target duration in seconds."""
        return int(self.value("EXT-X-TARGETDURATION") or "0")

    @property
    def seconds(self) -> Fraction:
        """Sum of all EXTINF."""
        return sum((entry.seconds for entry in self.entries), Fraction(0))


@dataclass
class MultivariantPlaylist:
    """A multivariant playlist; every item is a dictionary of attributes, with `URI` also for variants."""

    tags: list[tuple[str, str]] = field(default_factory=list)
    variants: list[dict[str, str]] = field(default_factory=list)
    iframe_variants: list[dict[str, str]] = field(default_factory=list)
    media: list[dict[str, str]] = field(default_factory=list)

    def has(self, tag: str) -> bool:
        """Whether a tag occurs."""
        return any(name == tag for name, _ in self.tags)


def lines(text: str) -> list[str]:
    """The lines of a playlist after the checks for all playlists."""
    if text.startswith("\ufeff"):
        raise BadPlaylist("starts with a byte order mark")
    rows = text.splitlines()
    if not rows or rows[0] != "#EXTM3U":
        raise BadPlaylist("does not start with #EXTM3U")
    return rows


def split(line: str) -> tuple[str, str]:
    """A tag line as name and value."""
    name, _, value = line[1:].partition(":")
    return name, value


def read_multivariant(text: str) -> MultivariantPlaylist:
    """Reads a multivariant playlist."""
    playlist, pending = MultivariantPlaylist(), None
    for line in lines(text):
        if line.startswith("#EXT"):
            name, value = split(line)
            playlist.tags.append((name, value))
            if name == "EXT-X-STREAM-INF":
                pending = attributes(value)
            elif name == "EXT-X-I-FRAME-STREAM-INF":
                playlist.iframe_variants.append(attributes(value))
            elif name == "EXT-X-MEDIA":
                playlist.media.append(attributes(value))
            elif name in ("EXTINF", "EXT-X-TARGETDURATION"):
                raise BadPlaylist(f"{name} in a multivariant playlist")
        elif line and not line.startswith("#"):
            if pending is None:
                raise BadPlaylist(f"URI without EXT-X-STREAM-INF: {line}")
            playlist.variants.append({**pending, "URI": line})
            pending = None
    if pending is not None:
        raise BadPlaylist("EXT-X-STREAM-INF without URI")
    return playlist


def read_media(text: str) -> MediaPlaylist:
    """Reads a media playlist."""
    tags: list[tuple[str, str]] = []
    entries: list[Entry] = []
    seconds = map_uri = byte_range = None
    discontinuity, next_offset = False, {}
    for line in lines(text):
        if line.startswith("#EXT"):
            name, value = split(line)
            tags.append((name, value))
            if name == "EXTINF":
                number, comma, _ = value.partition(",")
                if not comma:
                    raise BadPlaylist(f"EXTINF without a comma: {line}")
                seconds = Fraction(Decimal(number))
            elif name == "EXT-X-MAP":
                found = attributes(value)
                if "URI" not in found:
                    raise BadPlaylist("EXT-X-MAP without URI")
                map_uri = found["URI"]
            elif name == "EXT-X-BYTERANGE":
                length, _, offset = value.partition("@")
                byte_range = (int(offset) if offset else -1, int(length))
            elif name == "EXT-X-DISCONTINUITY":
                discontinuity = True
            elif name == "EXT-X-STREAM-INF":
                raise BadPlaylist("EXT-X-STREAM-INF in a media playlist")
        elif line and not line.startswith("#"):
            if seconds is None:
                raise BadPlaylist(f"URI without EXTINF: {line}")
            if byte_range:
                offset = next_offset.get(line, 0) if byte_range[0] < 0 else byte_range[0]
                next_offset[line] = offset + byte_range[1]
                byte_range = (offset, byte_range[1])
            entries.append(Entry(line, seconds, map_uri, byte_range, discontinuity))
            seconds, byte_range, discontinuity = None, None, False
    return MediaPlaylist(tags, entries)
