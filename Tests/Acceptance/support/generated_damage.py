"""Truncated and damaged sources: the rest must play, with notes for the owner."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from . import media, pattern
from .generated_timing import H264, MPEG2, TAGS

SECONDS = 4
# Key frames every half second, so that damage ends soon.
FILM = [*H264, "-g", "12"]


def whole(path: Path, encoder: list[str], *more: str) -> Path:
    """A video of 4 s with audio."""
    return pattern.film(path, *encoder, *more, seconds=SECONDS)


def cut(encoder: list[str], more: tuple[str, ...], path: Path) -> Path:
    """The first three fifths of a file."""
    data = whole(path, encoder, *more).read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    return path


def lost(encoder: list[str], path: Path) -> Path:
    """Some packets of a transport stream are lost (188 bytes each), none of the first half second."""
    data, chance = whole(path, encoder).read_bytes(), random.Random(7)
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    path.write_bytes(b"".join(p for n, p in enumerate(packets) if n < len(packets) // 8 or chance.random() > 0.02))
    return path


def noisy(encoder: list[str], name: str, path: Path) -> Path:
    """Bytes of some frames are wrong."""
    clean = whole(path.parent / f"{path.stem}-{name}", encoder)
    # On average every n-th byte of the data of a few frames.
    media.run("-y", "-i", clean, "-c", "copy", "-bsf:v", r"noise=amount=if(between(n\,30\,33)\,40\,-1000000)", path)
    return path


def dropped(path: Path) -> Path:
    """Some frames are missing, so later frames lack their references."""
    clean = whole(path.parent / f"{path.stem}-clean.mp4", FILM)
    media.run("-y", "-i", clean, "-c", "copy", "-bsf:v", r"noise=drop=between(n\,30\,33)", path)
    return path


SOURCES: dict[str, Callable[[Path], object]] = {
    "cut.mp4": lambda path: cut(FILM, ("-movflags", "+faststart"), path),
    "cut.mkv": lambda path: cut(FILM, (), path),
    "cut.avi": lambda path: cut(["-c:v", "mpeg4", "-q:v", "4", *TAGS], (), path),
    "cut_fragments.mp4": lambda path: cut(FILM, ("-movflags", "+frag_keyframe+empty_moov"), path),
    "lost.ts": lambda path: lost(FILM, path),
    "lost_mpeg2.ts": lambda path: lost([*MPEG2, "-g", "12"], path),
    "noisy.mp4": lambda path: noisy(FILM, "clean.mp4", path),
    "dropped.mp4": dropped,
}
