"""Clips to upload, and ffmpeg as an independent reader of sources and streams."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from .server import ROOT

FIXTURES = ROOT / "fixtures"


@dataclass(frozen=True)
class Clip:
    """A file and its expected outcome."""

    path: Path
    accepted: bool
    note: bool
    seen: bool
    heard: bool
    rejection: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """File name."""
        return self.path.name


# A rejection may have several correct codes; the first one is the expected one.
REJECTIONS = {
    "bad_truncated_no_moov.mp4": ("truncated",),
    "evil_hls_playlist_as.avi": ("unsupported_container",),
}


@cache
def clips() -> dict[str, Clip]:
    """The project's clips by file name, and those of the folder in VIDEOHOST_EXTRA_MEDIA."""
    extra = os.environ.get("VIDEOHOST_EXTRA_MEDIA")
    return (listed(Path(extra)) if extra else {}) | own_clips()


@cache
def own_clips() -> dict[str, Clip]:
    """The project's clips by file name, the same on every machine."""
    return listed(FIXTURES)


def listed(folder: Path) -> dict[str, Clip]:
    """The clips of a folder's INDEX.tsv by file name."""
    found: dict[str, Clip] = {}
    with (folder / "INDEX.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            # This product accepts audio files, also if the list has them as rejected.
            accepted = row["expected"] != "reject" or row["file"].startswith("audio_only")
            seen = row["vcodec"] != "-" and "cover" not in row["vcodec"]
            note, codes = "note" in row["expected"], REJECTIONS.get(row["file"], ())
            found[row["file"]] = Clip(folder / row["file"], accepted, note, seen, row["acodec/channels"] != "-", codes)
    return found


def clip(name: str) -> Path:
    """A clip of the project's own."""
    return FIXTURES / name


def probe(path: Path | str, *options: str) -> dict[str, Any]:
    """ffprobe's JSON."""
    command = ["ffprobe", "-v", "error", "-of", "json", *options, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def run(*arguments: str | Path) -> bytes:
    """Runs ffmpeg without log output; returns its standard output."""
    command = ["ffmpeg", "-v", "error", "-nostdin", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.decode(errors='replace')[-800:]}"
    return done.stdout


def long_clip(target: Path, seconds: int) -> Path:
    """A clip with many segments that is encoded quickly: 640×360, 30 frames a second, with audio."""
    source = clip("perf_bbb_1080p30_10s_51.mp4")
    encoder = "-vf scale=640:360 -c:v libx264 -preset ultrafast -crf 28 -c:a ac3 -ac 2 -b:a 128k".split()
    run("-y", "-stream_loop", "-1", "-i", source, "-t", str(seconds), *encoder, target)
    return target


@dataclass
class Source:
    """The properties of an upload by ffprobe."""

    video: dict[str, Any] | None
    audio: dict[str, Any] | None

    @property
    def rotation(self) -> int:
        """Clockwise degrees that make the frame upright."""
        data = (self.video or {}).get("side_data_list", [])
        turns = [int(float(side["rotation"])) for side in data if "rotation" in side]
        return -turns[0] % 360 if turns else 0

    @property
    def upright(self) -> tuple[Fraction, Fraction]:
        """The display size: square samples, upright."""
        assert self.video
        aspect = self.video.get("sample_aspect_ratio", "1:1").split(":")
        square = Fraction(int(aspect[0]), int(aspect[1])) if "0" not in aspect else Fraction(1)
        size = Fraction(self.video["width"]) * square, Fraction(self.video["height"])
        return size if self.rotation % 180 == 0 else (size[1], size[0])

    @property
    def is_hdr(self) -> bool:
        """Whether the video is PQ or HLG."""
        return (self.video or {}).get("color_transfer") in ("smpte2084", "arib-std-b67")

    @property
    def is_interlaced(self) -> bool:
        """Whether the video is interlaced."""
        return (self.video or {}).get("field_order", "progressive") not in ("progressive", "unknown")


@cache
def inspect(path: Path) -> Source:
    """The streams that a player would select: the largest video that is not a cover, the first audio."""
    streams = probe(path, "-show_streams")["streams"]
    video = [s for s in streams if s["codec_type"] == "video" and not s["disposition"]["attached_pic"]]
    if path.suffix == ".mp3":
        video = []
    audio = [s for s in streams if s["codec_type"] == "audio"]
    best = max(video, key=lambda s: (s["width"] * s["height"], -s["index"]), default=None)
    transfer = None
    if best and "color_transfer" not in best:
        # The container may lack properties of the bitstream.
        frame = probe(path, "-select_streams", str(best["index"]), "-read_intervals", "%+#1", "-show_frames")["frames"]
        transfer = frame[0].get("color_transfer") if frame else None
    if best and transfer:
        best["color_transfer"] = transfer
    default = [s for s in audio if s["disposition"]["default"]]
    return Source(best, (default or audio or [None])[0])


def frame_times(path: Path, stream: int | str) -> list[Fraction]:
    """Presentation times of all frames that decode, in seconds, sorted."""
    found = probe(
        path, "-select_streams", str(stream), "-show_entries", "frame=pts,best_effort_timestamp:stream=time_base"
    )
    times = [frame.get("pts", frame.get("best_effort_timestamp")) for frame in found["frames"]]
    base = Fraction(found["streams"][0]["time_base"])
    known = sorted(base * int(time) for time in times if time is not None)
    # If a container has only decoding times, the last frame has no time: it follows after the usual duration.
    usual = (known[-1] - known[0]) / max(1, len(known) - 1)
    return known + [known[-1] + usual * (number + 1) for number in range(times.count(None))]


def decode_errors(path: Path) -> str:
    """The errors of ffmpeg while it decodes everything; empty for an audio file."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-xerror", "-i", str(path), "-map", "0"]
    # By default the null muxer rounds times to a constant rate and warns about it.
    command += ["-vsync", "passthrough", "-enc_time_base", "1/1000000", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr if done.returncode or done.stderr else ""


def samples(path: Path, rate: int, stream: int | str = "a:0", channels: int = 1) -> NDArray[numpy.float32]:
    """Decoded audio, resampled and mixed to `channels`, with silence in gaps of the times; applies edit lists."""
    mixed = ["-ac", str(channels), "-ar", str(rate)]
    data = run(
        "-i", path, "-map", f"0:{stream}", "-af", "aresample=async=1:min_hard_comp=0.02", *mixed, "-f", "f32le", "-"
    )
    return numpy.frombuffer(data, numpy.float32).reshape(-1, channels)


def picture(
    path: Path, at: Fraction, size: tuple[int, int], filters: str = "", stream: int | str = "v:0"
) -> NDArray[Any]:
    """The frame shown at a time, as RGB (rows × columns × 3), after `filters` and scaled to `size`."""
    width, height = size
    seek = max(Fraction(0), at)
    chain = f"{filters + ',' if filters else ''}scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int,format=gbrp,format=rgb24"
    chain = f"select=gte(t\\,{float(seek) - 0.0005:.6f}),{chain}" if seek else chain
    data = run("-copyts", "-i", path, "-map", f"0:{stream}", "-vf", chain, "-frames:v", "1", "-f", "rawvideo", "-")
    return numpy.frombuffer(data, numpy.uint8).reshape(height, width, 3).astype(numpy.float64)


def planes(
    path: Path, at: Fraction, size: tuple[int, int], filters: str = "", stream: int | str = "v:0"
) -> list[NDArray[Any]]:
    """The frame shown at a time as 4:2:0 in limited range, after `filters` and scaled to `size`: luma, blue, red."""
    width, height = size
    scale = f"scale={width}:{height}:flags=bicubic+accurate_rnd:out_range=tv,format=yuv420p"
    chain = ",".join(part for part in (filters, scale) if part)
    if at > 0:
        chain = f"select=gte(t\\,{float(at) - 0.0005:.6f}),{chain}"
    data = run("-copyts", "-i", path, "-map", f"0:{stream}", "-vf", chain, "-frames:v", "1", "-f", "rawvideo", "-")
    values = numpy.frombuffer(data, numpy.uint8).astype(numpy.float64)
    whole, small, half = width * height, width * height // 4, (height // 2, width // 2)
    parts = values[:whole], values[whole : whole + small], values[whole + small :]
    return [part.reshape(shape) for part, shape in zip(parts, ((height, width), half, half), strict=True)]


def psnr(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = float(numpy.mean((one - other) ** 2))
    return 99.0 if error == 0 else 10 * float(numpy.log10(255**2 / error))


def luma(image: NDArray[Any]) -> NDArray[Any]:
    """BT.709 luma of an RGB frame."""
    return image @ numpy.array([0.2126, 0.7152, 0.0722])


def similarity(one: NDArray[Any], other: NDArray[Any], block: int = 8) -> float:
    """SSIM of luma over blocks: 1 for equal frames."""
    return plane_similarity(luma(one), luma(other), block)


def plane_similarity(a: NDArray[Any], b: NDArray[Any], block: int = 8) -> float:
    """SSIM of a plane over blocks: 1 for equal planes."""
    block = min(block, *a.shape)
    rows, columns = a.shape[0] // block * block, a.shape[1] // block * block

    def blocks(plane: NDArray[Any]) -> NDArray[Any]:
        cut = plane[:rows, :columns].reshape(rows // block, block, columns // block, block)
        return cut.transpose(0, 2, 1, 3).reshape(-1, block * block)

    a, b = blocks(a), blocks(b)
    mean_a, mean_b = a.mean(1), b.mean(1)
    covariance = ((a - mean_a[:, None]) * (b - mean_b[:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    score = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    return float((score / ((mean_a**2 + mean_b**2 + c1) * (a.var(1) + b.var(1) + c2))).mean())
