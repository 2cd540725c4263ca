"""The outcome of a reported file: its facts and notes, its frames by their numbers, its beeps by their pitch.

The files are numbered alike: twelve cells, six in each of two rows of the upper third, have the frame's number
in black or white, the lowest bit first; each second `n` starts with a beep of 500 + 100 · (n mod 20) Hz.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from . import media, streams
from .server import run

FOLDER = media.FIXTURES / "reported"
COLUMNS, ROWS = 6, 2
# Pixels a cell is scaled to.
CELL = (16, 9)
RATE = 16_000


def rows() -> list[dict[str, str]]:
    """The table of all reported files."""
    with (FOLDER / "INDEX.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclass
class Outcome:
    """The result of `videohost media run` for a file."""

    folder: Path
    status: int
    words: str
    facts: dict[str, Any]

    @property
    def notes(self) -> set[str]:
        """The notes of the probe."""
        return set(self.facts["notes"])

    @property
    def seconds(self) -> float:
        """The duration by the probe."""
        return self.facts["durationMilliseconds"] / 1000

    @cached_property
    def stream(self) -> streams.Stream:
        """Playlists and segments."""
        return streams.load(self.folder, self.folder)

    def times(self, rendition: streams.Rendition) -> list[Fraction]:
        """The presentation times of a rung's frames."""
        return media.frame_times(self.stream.joined(rendition), "v:0")

    def numbers(self, rendition: streams.Rendition) -> list[int]:
        """The numbers of a rung's frames in presentation order."""
        return numbers(self.stream.joined(rendition))

    def beeps(self, channel: int = 0) -> list[tuple[float, int]]:
        """The start of each beep of the default audio, and its pitch in Hz."""
        return beeps(self.stream.joined(self.stream.audio[0]), channel)


def package(path: Path, folder: Path, *options: str, timeout: float = 120) -> Outcome:
    """Runs `videohost media run` for a file without thumbnails; `options` replace other defaults."""
    done = run("media", "run", str(path), "--out", str(folder), "--json", "--no-stills", "--preset", "ultrafast", *options,
               timeout=timeout)  # fmt: skip
    facts = json.loads(done.stdout)["facts"] if done.returncode == 0 else {}
    return Outcome(folder, done.returncode, done.stderr, facts)


def numbers(path: Path, crop: str = "") -> list[int]:
    """The numbers of all decoded frames of a file in presentation order; `crop` is ffmpeg's filter that removes bars."""
    width, height = COLUMNS * CELL[0], 3 * ROWS * CELL[1]
    chain = f"{crop + ',' if crop else ''}scale={width}:{height}:flags=area,format=gray"
    data = media.run("-i", path, "-map", "0:v:0", "-vf", chain, "-vsync", "passthrough", "-f", "rawvideo", "-")
    pictures = numpy.frombuffer(data, numpy.uint8).reshape(-1, height, width).astype(float)
    return [_number(picture) for picture in pictures]


def _number(picture: NDArray[Any]) -> int:
    bits = 0
    for cell in range(COLUMNS * ROWS):
        row, column = divmod(cell, COLUMNS)
        area = picture[row * CELL[1] + 3 : (row + 1) * CELL[1] - 3, column * CELL[0] + 5 : (column + 1) * CELL[0] - 5]
        bits |= int(area.mean() > 126) << cell
    return bits


def beeps(path: Path, channel: int = 0, channels: int = 2) -> list[tuple[float, int]]:
    """The start of each beep of a file's first audio track in seconds to a hundredth, and its pitch to the nearest 100 Hz."""
    sound = media.samples(path, RATE, channels=channels)[:, channel]
    step = RATE // 100
    levels = numpy.sqrt((sound[: len(sound) // step * step].reshape(-1, step) ** 2).mean(1))
    loud = numpy.concatenate([[False], levels > 0.02, [False]])
    edges = numpy.flatnonzero(loud[1:] != loud[:-1])
    found = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < 5:
            continue
        piece = sound[begin * step : end * step]
        spectrum = numpy.abs(numpy.fft.rfft(piece * numpy.hanning(len(piece)), 1 << 15))
        found.append((begin / 100, round(spectrum.argmax() * RATE / (1 << 15) / 100) * 100))
    return found
