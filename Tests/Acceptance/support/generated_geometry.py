"""Sources with unusual geometry: rotated, mirrored, non-square samples, tiny, elongated, and with odd sides."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy

from . import atoms, pattern
from .generated import Recipe

H264 = "-c:v libx264 -preset veryfast -qp 14 -colorspace bt709 -color_trc bt709 -color_primaries bt709".split()
EXACT = "-c:v ffv1 -colorspace bt709 -color_trc bt709 -color_primaries bt709".split()

# The matrix of a track header, and the orientation of the stored frame.
TURNS: dict[str, tuple[tuple[int, int, int, int], pattern.Turn]] = {
    "upright": ((1, 0, 0, 1), lambda image: image),
    "turned_90": ((0, 1, -1, 0), lambda image: numpy.rot90(image, 1)),
    "turned_180": ((-1, 0, 0, -1), lambda image: numpy.rot90(image, 2)),
    "turned_270": ((0, -1, 1, 0), lambda image: numpy.rot90(image, -1)),
    "mirrored": ((-1, 0, 0, 1), numpy.fliplr),
    "upside_down": ((1, 0, 0, -1), numpy.flipud),
    "transposed": ((0, 1, 1, 0), lambda image: image.transpose(1, 0, 2)),
    "anti_transposed": ((0, -1, -1, 0), lambda image: numpy.rot90(image.transpose(1, 0, 2), 2)),
}


def turned(matrix: tuple[int, int, int, int], turn: pattern.Turn, path: Path) -> Path:
    """A video that is stored rotated, with the matrix that makes it upright."""
    return atoms.turn(pattern.film(path, *H264, turn=turn, seconds=1, sound=None), matrix)


def shaped(width: int, height: int, path: Path, ratio: str = "1:1", turn: pattern.Turn | None = None) -> Path:
    """A video with a coded size and a sample aspect ratio."""
    filters = f"scale=out_color_matrix=bt709:out_range=tv,setsar={ratio},format=yuv420p"
    options = {"turn": turn} if turn else {}
    return pattern.film(path, *H264, size=(width, height), filters=filters, seconds=0.4, sound=None, **options)


def exact(width: int, height: int, path: Path) -> Path:
    """A lossless video without chroma subsampling, whose sides may be odd."""
    filters = "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p"
    return pattern.film(path, *EXACT, size=(width, height), filters=filters, seconds=0.4, sound=None)


def wide_and_turned(path: Path) -> Path:
    """Samples twice as wide as high in a rotated frame: the ratio applies to the stored frame."""
    shaped(180, 160, path, "2", turn=lambda image: numpy.rot90(image, 1))
    return atoms.turn(path, TURNS["turned_90"][0])


def still(name: str, size: tuple[int, int], make: partial[Path]) -> Recipe:
    """A recipe of ten frames without audio or flash."""
    numbers = range(10) if min(size) >= pattern.SMALLEST else ()
    tolerance = 5 if min(size) > 4 else 0
    return Recipe(name, make, size, numbers, seconds=0.4, flash=None, beep=None, tolerance=tolerance)


RECIPES = [
    *(
        Recipe(f"{name}.mp4", partial(turned, *how), numbers=range(25), seconds=1, flash=None, beep=None)
        for name, how in TURNS.items()
    ),
    still("samples_2_1.mp4", (320, 180), partial(shaped, 160, 180, ratio="2")),
    still("samples_1_2.mp4", (160, 180), partial(shaped, 320, 180, ratio="1/2")),
    still("samples_16_15.mkv", (384, 288), partial(shaped, 360, 288, ratio="16/15")),
    still("samples_absurd.mp4", (320, 180), partial(shaped, 320, 180, ratio="1000")),
    still("samples_2_1_turned.mp4", (180, 320), wide_and_turned),
    still("side_1x1.mkv", (2, 2), partial(exact, 1, 1)),
    still("side_2x2.mkv", (2, 2), partial(exact, 2, 2)),
    still("side_3x5.mkv", (2, 4), partial(exact, 3, 5)),
    still("side_321x181.mkv", (320, 180), partial(exact, 321, 181)),
    still("side_4096x16.mp4", (4096, 16), partial(shaped, 4096, 16)),
    still("side_16x4096.mp4", (16, 4096), partial(shaped, 16, 4096)),
    still("side_65x999.mkv", (64, 998), partial(exact, 65, 999)),
]
