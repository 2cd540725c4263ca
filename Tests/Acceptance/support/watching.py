"""Measures decoded video and audio of a stream: colours, numbers, the times of the flash and the beep."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy
from numpy.typing import NDArray

from . import media, pattern
from .streams import Rendition, Stream

# The weights of red and blue in luma (ITU-T H.273 table 4).
SHARES = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt470bg": (0.299, 0.114),
    "fcc": (0.30, 0.11),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
}


def shown_times(rendition: Rendition) -> list[Fraction]:
    """The presentation times of a rendition's frames: composition times minus the edit list's start."""
    edit = sum(time for _, time in rendition.track.edits)
    return sorted(Fraction(sample.presentation_time - edit, rendition.track.timescale) for sample in rendition.samples)


@dataclass
class Watched:
    """One rendition of a stream, decoded by ffmpeg."""

    stream: Stream
    rendition: Rendition

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.rendition.track.width, self.rendition.track.height

    @cached_property
    def tags(self) -> dict[str, Any]:
        """The properties of the stream by ffprobe."""
        return media.probe(self.stream.joined(self.rendition), "-show_streams")["streams"][0]

    @cached_property
    def times(self) -> list[Fraction]:
        """The presentation time of each frame."""
        return shown_times(self.rendition)

    @cached_property
    def planes(self) -> list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
        """Luma and both chroma planes of every frame."""
        width, height = self.size
        path = self.stream.joined(self.rendition)
        raw = media.run(
            "-i", path, "-map", "0:v:0", "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"
        )
        return [split(raw[at : at + width * height * 3 // 2], width, height)
                for at in range(0, len(raw), width * height * 3 // 2)]  # fmt: skip

    @property
    def numbers(self) -> list[int]:
        """The number in each frame."""
        return [pattern.number_of(luma) for luma, _, _ in self.planes]

    def colours(self, picture: int) -> list[NDArray[Any]]:
        """The mean colour of each quadrant of a frame, as RGB from 0 to 255."""
        width, height = self.size
        areas, half = pattern.quadrant_areas(width, height), pattern.quadrant_areas(width // 2, height // 2)
        luma, blue, red = self.planes[picture]
        return [
            rgb(luma[whole].mean(), blue[small].mean(), red[small].mean(), self.tags["color_space"])
            for whole, small in zip(areas, half, strict=True)
        ]

    @property
    def flash(self) -> Fraction | None:
        """The start of the flash."""
        width, height = self.size
        areas = pattern.quadrant_areas(width, height)
        for time, (luma, _, _) in zip(self.times, self.planes, strict=True):
            if min(luma[area].mean() for area in areas) > 190:
                return time
        return None


def split(raw: bytes, width: int, height: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The planes of a 4:2:0 frame of even sides."""
    data = numpy.frombuffer(raw, numpy.uint8)
    whole, small = width * height, width * height // 4
    half = (height // 2, width // 2)
    return (
        data[:whole].reshape(height, width),
        data[whole : whole + small].reshape(half),
        data[whole + small :].reshape(half),
    )


def rgb(luma: float, blue: float, red: float, matrix: str) -> NDArray[Any]:
    """A colour of limited range as RGB."""
    kr, kb = SHARES[matrix]
    y, b, r = (luma - 16) / 219, (blue - 128) / 224 * 2 * (1 - kb), (red - 128) / 224 * 2 * (1 - kr)
    return 255 * numpy.array([y + r, y - (kr * r + kb * b) / (1 - kr - kb), y + b])


def beep(stream: Stream) -> Fraction | None:
    """The start of the beep in the default audio."""
    rendition = stream.audio[0]
    rate = rendition.track.timescale
    data = media.run(
        "-ignore_editlist", "1", "-i", stream.joined(rendition), "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"
    )
    skipped = sum(time for _, time in rendition.track.edits)
    loud = numpy.flatnonzero(numpy.abs(numpy.frombuffer(data, numpy.float32)[skipped:]) > 0.2)
    return Fraction(int(loud[0]), rate) if loud.size else None
