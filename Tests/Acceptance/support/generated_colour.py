"""Sources with unusual colour formats: matrices, ranges, missing tags, RGB, other chroma sampling."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from . import atoms, pattern
from .generated import Recipe
from .generated_geometry import TURNS

X264 = "-c:v libx264 -preset ultrafast -qp 10".split()
SECONDS = 0.4


def tagged(matrix: str, transfer: str | None = None, primaries: str | None = None) -> list[str]:
    """Options that tag a stream."""
    return ["-colorspace", matrix, "-color_trc", transfer or matrix, "-color_primaries", primaries or matrix]


def coloured(
    path: Path,
    encoder: list[str],
    matrix: str = "bt709",
    full: bool = False,
    form: str = "yuv420p",
    size: tuple[int, int] = (320, 180),
    turn: pattern.Turn = lambda image: image,
) -> Path:
    """A short video converted from RGB with a matrix and a range, independent of the tags of `encoder`."""
    span = "pc" if full else "tv"
    filters = f"scale=out_color_matrix={matrix}:out_range={span}:flags=accurate_rnd+full_chroma_int,format={form}"
    return pattern.film(path, *encoder, size=size, filters=filters, seconds=SECONDS, sound=None, turn=turn)


def full_and_turned(path: Path) -> Path:
    """Full range in a rotated frame, so that a filter is between decoder and scaler."""
    matrix, turn = TURNS["turned_90"]
    return atoms.turn(coloured(path, [*X264, *BT601, *FULL], matrix="bt601", full=True, turn=turn), matrix)


def zimg(path: Path, matrix: str, form: str) -> Path:
    """A short video with a matrix that swscale does not support."""
    filters = f"format=gbrp,zscale=m={matrix}:r=tv:min=gbr:rin=pc,format={form}"
    return pattern.film(path, *X264, *tagged(matrix, "bt709", "bt709"), filters=filters, seconds=SECONDS, sound=None)


def plain_rgb(path: Path, encoder: list[str], form: str = "rgb24", size: tuple[int, int] = (320, 180)) -> Path:
    """A short video in RGB."""
    return pattern.film(path, *encoder, size=size, filters=f"format={form}", seconds=SECONDS, sound=None)


def dolby_vision(profile: int, compatibility: int, path: Path) -> Path:
    """HEVC video with a Dolby Vision profile, which only the box declares (Dolby's ISO BMFF specification)."""
    coloured(path, [*HEVC, *BT709], form="yuv420p10le")
    film = atoms.Atoms(path)
    # Version 1.0, profile of 7 bits, level 3 of 6 bits, metadata and base layer present, compatibility of 4 bits.
    word = profile << 9 | 3 << 3 | 0b101
    kind = "dvcC" if profile < 8 else "dvvC"
    record = bytes([1, 0]) + word.to_bytes(2, "big") + bytes([compatibility << 4]) + bytes(19)
    film.insert(atoms.box(kind, record), "moov", "trak", "mdia", "minf", "stbl", "stsd", "hvc1")
    return film.save()


def good(name: str, make: partial[Path], size: tuple[int, int] = (320, 180), tolerance: float = 5) -> Recipe:
    """A recipe of ten frames without audio or flash."""
    return Recipe(name, make, size, range(10), seconds=SECONDS, flash=None, beep=None, tolerance=tolerance)


BT709, BT601, BT2020 = tagged("bt709"), tagged("smpte170m"), tagged("bt2020nc", "bt2020-10", "bt2020")
FULL = ["-color_range", "pc"]
PNG = ["-c:v", "png"]
PRORES = "-c:v prores_ks -profile:v 4444 -alpha_bits 8".split()
HEVC = "-c:v libx265 -preset ultrafast -x265-params log-level=none:qp=10 -tag:v hvc1".split()
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -crf 15 -b:v 0".split()

RECIPES = [
    good("tagged_709.mp4", partial(coloured, encoder=[*X264, *BT709])),
    good("tagged_601.mp4", partial(coloured, encoder=[*X264, *BT601], matrix="bt601")),
    good("tagged_470bg.mp4", partial(coloured, encoder=[*X264, *tagged("bt470bg", "gamma28")], matrix="bt470")),
    good("tagged_240m.mp4", partial(coloured, encoder=[*X264, *tagged("smpte240m")], matrix="smpte240m")),
    good("tagged_2020.mp4", partial(coloured, encoder=[*HEVC, *BT2020], matrix="bt2020", form="yuv420p10le")),
    good("tagged_ycgco.mp4", partial(zimg, matrix="ycgco", form="yuv420p")),
    good("untagged_sd.mp4", partial(coloured, encoder=X264, matrix="bt601")),
    good("untagged_hd.mp4", partial(coloured, encoder=X264, size=(1280, 720)), (1280, 720)),
    good("full_709.mp4", partial(coloured, encoder=[*X264, *BT709, *FULL], full=True)),
    good("full_601.mp4", partial(coloured, encoder=[*X264, *BT601, *FULL], matrix="bt601", full=True)),
    good("full_422_10.mp4", partial(coloured, encoder=[*X264, *BT709, *FULL], full=True, form="yuv422p10le")),
    good("full_vp9.webm", partial(coloured, encoder=[*VP9, *BT709, *FULL], full=True)),
    good("full_turned.mp4", full_and_turned),
    good(
        "jpeg.avi", partial(coloured, encoder="-c:v mjpeg -q:v 2".split(), matrix="bt601", full=True, form="yuvj422p")
    ),
    good("sdr_422.mp4", partial(coloured, encoder=[*X264, *BT709], form="yuv422p")),
    good("sdr_444.mp4", partial(coloured, encoder=[*X264, *BT709], form="yuv444p")),
    good("sdr_10.mp4", partial(coloured, encoder=[*X264, *BT709], form="yuv420p10le")),
    good("prores_4444.mov", partial(coloured, encoder=PRORES, matrix="bt601", form="yuva444p10le")),
    good("rgb_png.mov", partial(plain_rgb, encoder=PNG)),
    good("rgb_alpha.mov", partial(plain_rgb, encoder=PNG, form="rgba")),
    good("rgb_48.mov", partial(plain_rgb, encoder=PNG, form="rgb48be")),
    good("rgb_raw.mov", partial(plain_rgb, encoder=["-c:v", "rawvideo"])),
    good("rgb_raw.avi", partial(plain_rgb, encoder=["-c:v", "rawvideo"], form="bgr24")),
    good("rgb_h264.mp4", partial(plain_rgb, encoder="-c:v libx264rgb -preset ultrafast -qp 10".split())),
    good("rgb_ffv1.mkv", partial(plain_rgb, encoder=["-c:v", "ffv1"], form="bgr0")),
    good("rgb_hd.mkv", partial(plain_rgb, encoder=["-c:v", "ffv1"], form="bgr0", size=(1280, 720)), (1280, 720)),
    good("dolby_vision_7.mp4", partial(dolby_vision, 7, 6)),
    good("dolby_vision_8.mp4", partial(dolby_vision, 8, 1)),
    Recipe("dolby_vision_5.mp4", partial(dolby_vision, 5, 0), rejection=("unsupported_codec", "profile 5")),
]
