"""A complete stream from a server or a folder, with parsed playlists and segments."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import requests

from . import boxes, playlists


@dataclass(eq=False)
class Rendition:
    """A media playlist with its initialization segment and its media segments."""

    uri: str
    text: str
    playlist: playlists.MediaPlaylist
    track: boxes.Track
    init: bytes
    segment_paths: list[Path]

    @cached_property
    def segments(self) -> list[list[boxes.Fragment]]:
        """Fragments of each segment."""
        return [boxes.read_fragments(path.read_bytes(), self.track) for path in self.segment_paths]

    @property
    def name(self) -> str:
        """The folder's name: `v720`, `aund`."""
        return posixpath.basename(posixpath.dirname(self.uri)) or self.uri

    @cached_property
    def samples(self) -> list[boxes.Sample]:
        """All samples of all segments, in decode order."""
        return [sample for segment in self.segments for fragment in segment for sample in fragment.samples]

    @cached_property
    def seconds(self) -> list[Fraction]:
        """The duration of each segment by its samples."""
        scale = self.track.timescale
        return [Fraction(sum(fragment.duration for fragment in segment), scale) for segment in self.segments]

    @cached_property
    def starts(self) -> list[Fraction]:
        """`tfdt` of each segment, in seconds."""
        return [Fraction(segment[0].base_time, self.track.timescale) for segment in self.segments]

    @cached_property
    def frame(self) -> Fraction:
        """The duration of the longest sample in seconds: the tolerance of times."""
        return Fraction(max(sample.duration for sample in self.samples), self.track.timescale)

    @property
    def byte_counts(self) -> list[int]:
        """Size of each segment."""
        return [path.stat().st_size for path in self.segment_paths]

    def bytes_of(self, segment: int, sample: boxes.Sample) -> bytes:
        """A sample's bytes."""
        return self.segment_paths[segment].read_bytes()[sample.start : sample.start + sample.size]

    def peak_and_average(self) -> tuple[Fraction, Fraction]:
        """The peak over runs of 0.5 to 1.5 target durations, and the average, in bits a second (RFC 8216bis 4.4.6.2)."""
        sizes, seconds, target = (
            self.byte_counts,
            [entry.seconds for entry in self.playlist.entries],
            self.playlist.target,
        )
        total = sum(seconds, Fraction(0))
        average = Fraction(sum(sizes) * 8) / total
        peak = Fraction(0)
        for first in range(len(sizes)):
            bits = length = Fraction(0)
            for size, duration in zip(sizes[first:], seconds[first:], strict=True):
                bits, length = bits + size * 8, length + duration
                if length > target * Fraction(3, 2):
                    break
                if length >= Fraction(target, 2):
                    peak = max(peak, bits / length)
        return peak or average, average


@dataclass(eq=False)
class Captions:
    """A media playlist of WebVTT and the text of its segments."""

    uri: str
    playlist: playlists.MediaPlaylist
    segments: list[str]


@dataclass
class Stream:
    """A multivariant playlist and all files that it refers to, in a folder."""

    folder: Path
    main_uri: str
    main: playlists.MultivariantPlaylist
    renditions: dict[str, Rendition]
    iframes: dict[str, playlists.MediaPlaylist]
    captions: dict[str, Captions] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    redirected: list[str] = field(default_factory=list)

    @property
    def video(self) -> list[Rendition]:
        """The distinct video renditions in the order of the multivariant playlist."""
        return list(dict.fromkeys(self.renditions[v["URI"]] for v in self.main.variants if self.is_video(v["URI"])))

    @property
    def main_seconds(self) -> Fraction:
        """The duration of the longest rendition."""
        return max(rendition.playlist.seconds for rendition in self.renditions.values())

    def is_video(self, uri: str) -> bool:
        """Whether a rendition has video."""
        return self.renditions[uri].track.handler == "vide"

    @property
    def audio(self) -> list[Rendition]:
        """The audio renditions, declared by EXT-X-MEDIA or as variants."""
        return [r for r in self.renditions.values() if r.track.handler == "soun"]

    def audio_of(self, variant: dict[str, str]) -> list[Rendition]:
        """The audio renditions of a variant's group."""
        group = variant.get("AUDIO")
        return [
            self.renditions[m["URI"]]
            for m in self.main.media
            if m.get("TYPE") == "AUDIO" and m.get("GROUP-ID") == group and "URI" in m
        ]

    def joined(self, rendition: Rendition) -> Path:
        """One playable file: the initialization segment followed by all segments."""
        path = self.folder / f"joined-{rendition.name}.mp4"
        if not path.exists():
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                file.write(rendition.init)
                for segment in rendition.segment_paths:
                    file.write(segment.read_bytes())
            part.rename(path)
        return path


class Fetcher:
    """Loads the files of a stream by URIs relative to its folder, and stores them with their headers."""

    def __init__(self, base: str | Path, folder: Path):
        self.base, self.folder = base, folder
        self.headers: dict[str, dict[str, str]] = {}
        self.redirected: list[str] = []
        self.session = requests.Session() if isinstance(base, str) else None

    def get(self, uri: str) -> Path:
        """The file, fetched once."""
        path = self.folder / uri
        if self.session is None:
            return Path(self.base) / uri
        if not path.exists():
            answer = self.session.get(f"{self.base}/{uri}", timeout=60)
            if answer.status_code != 200:
                raise AssertionError(f"GET {answer.url}: {answer.status_code} {answer.text[:300]}")
            if answer.history:
                self.redirected.append(uri)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(answer.content)
            self.headers[uri] = {name.lower(): value for name, value in answer.headers.items()}
        return path

    def save(self) -> None:
        """Stores headers and redirects, so that a later reader needs no server."""
        (self.folder / "headers.json").write_text(json.dumps([self.headers, self.redirected]))


def load(base: str | Path, folder: Path, main_uri: str = "main.m3u8") -> Stream:
    """Reads a stream.

    `base` is the URL of the folder that holds the multivariant playlist, or that folder on disk. `folder` keeps what is
    fetched; a second call with the same folder reads it from there.
    """
    kept = folder / "headers.json"
    fetcher = Fetcher(folder if kept.exists() else base, folder)
    main = playlists.read_multivariant(fetcher.get(main_uri).read_text())
    uris = [v["URI"] for v in main.variants] + [m["URI"] for m in main.media if "URI" in m and m["TYPE"] == "AUDIO"]
    renditions = {}
    for uri in dict.fromkeys(uris):
        text = fetcher.get(uri).read_text()
        playlist = playlists.read_media(text)
        parent = posixpath.dirname(uri)

        def beside(name: str, parent: str = parent) -> str:
            return posixpath.normpath(posixpath.join(parent, name))

        maps = {entry.map_uri for entry in playlist.entries}
        if len(maps) != 1 or None in maps:
            raise playlists.BadPlaylist(f"{uri}: one EXT-X-MAP expected, found {maps}")
        init = fetcher.get(beside(maps.pop() or "")).read_bytes()
        paths = [fetcher.get(beside(entry.uri)) for entry in playlist.entries]
        renditions[uri] = Rendition(uri, text, playlist, boxes.read_init(init), init, paths)
    iframes = {}
    for variant in main.iframe_variants:
        iframes[variant["URI"]] = playlists.read_media(fetcher.get(variant["URI"]).read_text())
    stream = Stream(folder, main_uri, main, renditions, iframes)
    for uri in dict.fromkeys(m["URI"] for m in main.media if m["TYPE"] == "SUBTITLES"):
        playlist = playlists.read_media(fetcher.get(uri).read_text())
        paths = [fetcher.get(posixpath.join(posixpath.dirname(uri), entry.uri)) for entry in playlist.entries]
        stream.captions[uri] = Captions(uri, playlist, [path.read_text() for path in paths])
    if kept.exists():
        stream.headers, stream.redirected = json.loads(kept.read_text())
    elif fetcher.session is not None:
        stream.headers, stream.redirected = fetcher.headers, fetcher.redirected
        fetcher.save()
    return stream
