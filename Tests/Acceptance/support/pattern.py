"""A frame of known colours with its number, which is drawn for sources and read from the output.

The four quadrants differ, so that every rotation and mirroring is detected; a strip across the middle has the
frame's number in eight black or white cells; at one time the quadrants flash white during a beep.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

# Red, green, blue and yellow: top left, top right, bottom left, bottom right. No component is at the limit of its range.
QUADRANTS = ((200, 40, 40), (40, 180, 60), (50, 70, 200), (220, 200, 60))
WHITE = (235, 235, 235)
CELLS = 8
# Smaller frames have no number.
SMALLEST = 64
# Seconds from the start to the flash, and its duration.
FLASH = 1.0
FLASH_SECONDS = 0.1
BEEP = "aevalsrc='0.5*sin(2*PI*1000*t)*between(t,{begin},{end})':s={rate}:d={seconds}"

Turn = Callable[[NDArray[Any]], NDArray[Any]]


def draw(width: int, height: int, number: int, flashes: bool) -> NDArray[numpy.uint8]:
    """Draws a frame as RGB (rows × columns × 3)."""
    image = numpy.empty((height, width, 3), numpy.uint8)
    middle, centre = (height + 1) // 2, (width + 1) // 2
    colours = [WHITE] * 4 if flashes else QUADRANTS
    image[:middle, :centre], image[:middle, centre:] = colours[0], colours[1]
    image[middle:, :centre], image[middle:, centre:] = colours[2], colours[3]
    if min(width, height) >= SMALLEST:
        for cell in range(CELLS):
            rows, columns = cell_area(width, height, cell)
            image[rows, columns] = 235 if number >> cell & 1 else 16
    return image


def cell_area(width: int, height: int, cell: int, inset: float = 0) -> tuple[slice, slice]:
    """The rows and columns of a cell without `inset`, a fraction of its width, on each side."""
    wide, high = width * 0.08, height * 0.14
    left, top = width * 0.18 + cell * wide, height * 0.5 - high / 2
    return (
        slice(round(top + inset * high), round(top + high - inset * high)),
        slice(round(left + inset * wide), round(left + wide - inset * wide)),
    )


def quadrant_areas(width: int, height: int) -> list[tuple[slice, slice]]:
    """The rows and columns of the inner part of each quadrant, away from its edges and from the strip."""

    def part(begin: float, end: float, side: int) -> slice:
        first = min(int(begin * side), side - 1)
        return slice(first, max(first + 1, int(end * side)))

    rows, columns = (
        [part(0.08, 0.36, height), part(0.64, 0.92, height)],
        [
            part(0.08, 0.4, width),
            part(0.6, 0.92, width),
        ],
    )
    return [(rows[0], columns[0]), (rows[0], columns[1]), (rows[1], columns[0]), (rows[1], columns[1])]


def number_of(luma: NDArray[Any]) -> int:
    """The number in a frame's strip."""
    height, width = luma.shape
    cells = [luma[cell_area(width, height, cell, 0.3)].mean() > 126 for cell in range(CELLS)]
    return sum(1 << cell for cell, white in enumerate(cells) if white)


def film(
    path: Path,
    *encoder: str,
    size: tuple[int, int] = (320, 180),
    rate: float = 25,
    seconds: float = 2,
    filters: str = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
    sound: Iterable[str] | None = ("-c:a", "aac", "-b:a", "96k"),
    sound_rate: int = 48_000,
    sound_seconds: float | None = None,
    turn: Turn = lambda image: image,
    flash: float = FLASH,
    first: int = 0,
) -> Path:
    """Encodes a video of numbered frames with ffmpeg; `encoder` has the options of the video and of the file.

    `filters` convert RGB for the encoder; `turn` is applied to each frame first, as by a rotated camera;
    `first` is the number of the first frame.
    """
    count = round(seconds * rate)
    shape = turn(draw(*size, 0, False)).shape
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{shape[1]}x{shape[0]}", "-r", str(rate), "-i", "pipe:0"]
    if sound is not None:
        length = seconds if sound_seconds is None else sound_seconds
        beep = BEEP.format(begin=flash, end=flash + FLASH_SECONDS, rate=sound_rate, seconds=length)
        command += ["-f", "lavfi", "-i", beep, "-map", "0:v", "-map", "1:a", *sound]
    command += ["-vf", filters, *encoder, str(path)]
    pictures = []
    for number in range(count):
        flashes = flash <= number / rate + 1e-6 < flash + FLASH_SECONDS
        pictures.append(turn(draw(*size, first + number, flashes)).tobytes())
    done = subprocess.run(command, input=b"".join(pictures), capture_output=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.decode(errors='replace')[-800:]}"
    return path
