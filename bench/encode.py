"""The encode of eight kinds of content beside one ffmpeg command and a command a rung: processor time, and bytes at equal SSIM."""

from __future__ import annotations

import math
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

import transcode
from measure import run

# Nine mirrored copies, cut to 720 lines: small clips of cameras get several rungs and stay as sharp and noisy as they are.
MOSAIC = "split=3[a][b][c];[b]hflip[d];[a][d][c]hstack=3,split=3[e][f][g];[f]vflip[h];[e][h][g]vstack=3,crop=1280:720"
# Kind of content → clip of the fixtures, seconds at which it starts and that it lasts, stream, filters.
KINDS = {
    "cartoon 1080p": ("perf_bbb_1080p30_10s_51.mp4", 0, 8, "v:0", "null"),
    "cartoon 720p": ("perf_bbb_720p25_117s_51.ts", 40, 8, "v:0", "null"),
    "live action": ("wmv_vc1_wmapro.wmv", 0, 6, "v:0", f"setpts=PTS-STARTPTS,fps=25,{MOSAIC}"),
    "sport": ("avi_mpeg4_mp3.avi", 0, 4, "v:0", MOSAIC),
    "screen": ("vfr_screenrec_1080x2280.mp4", 0, 6, "v:0", "transpose=clock"),
    "webcam": ("iphone_gps_metadata_rot90.mov", 0, 4, "v:0", MOSAIC),
    "film": ("multitrack_2v2a_subs_nasa.mp4", 0, 6, "v:1", MOSAIC),
    "grain": ("wmv_vc1_wmapro.wmv", 0, 4, "v:0", f"setpts=PTS-STARTPTS,fps=25,{MOSAIC},noise=alls=14:allf=t"),
}
# Rate factors of the reference curve, relative to those of the ladder.
OFFSETS = (-2, 0, 2)


@dataclass
class Found:
    """One kind of content: ratios to one ffmpeg command, medians over the rounds; bytes at equal SSIM of each rung."""

    cpu: float
    wall: float
    cpu_of_commands: float
    memory: int
    bytes_: dict[int, float]


def clip(kind: str, fixtures: Path, folder: Path) -> Path:
    """A clip of a kind, nearly without loss, with silent sound."""
    name, start, seconds, stream, filters = KINDS[kind]
    target = folder / f"{kind.replace(' ', '-')}.mp4"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-noautorotate", "-ss", str(start), "-t", str(seconds)]
    command += ["-i", str(fixtures / name), "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]
    command += ["-filter_complex", f"[0:{stream}]{filters}[v]", "-map", "[v]", "-map", "1:a", "-shortest"]
    command += "-c:v libx264 -preset ultrafast -crf 10 -pix_fmt yuv420p -fps_mode passthrough -c:a aac".split()
    subprocess.run([*command, str(target)], check=True)
    return target


def payload(video: Path) -> int:
    """Bytes of a video's packets, without the container."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size", "-of", "csv=p=0"]
    text = subprocess.run([*command, str(video)], capture_output=True, text=True, check=True).stdout
    return sum(int(line.strip(",")) for line in text.split())


def points(source: Path, videos: dict[int, Path], sizes: dict[int, tuple[int, int]]) -> dict[int, tuple[int, float]]:
    """Bytes and SSIM of each rung."""
    return {
        lines: (payload(videos[lines]), transcode.quality(source, videos[lines], size)[1])
        for lines, size in sizes.items()
    }


def excess(point: tuple[int, float], reference: list[tuple[int, float]]) -> float:
    """How many more bytes a point has than the reference curve at the same SSIM; the curve is straight in log bytes."""
    curve = sorted((ssim, math.log(count)) for count, ssim in reference)
    (low, a), (high, b) = curve[:2] if point[1] <= curve[1][0] else curve[-2:]
    return math.exp(math.log(point[0]) - a - (b - a) * (point[1] - low) / (high - low)) - 1


def compare(program: Path, source: Path, folder: Path, rounds: int) -> Found:
    """Runs all three in turn, so many times."""
    sizes = transcode.sizes(source)
    costs: dict[str, list] = {"one": [], "many": [], "own": []}
    videos: dict[str, dict[int, Path]] = {}
    for number in range(rounds):
        for name in costs:
            out = folder / f"{source.stem}-{name}-{number}"
            out.mkdir(parents=True)
            if name == "own":
                commands = transcode.ours(program, source, out, "--no-stills", "--stereo-only")
            else:
                commands = transcode.single(source, out) if name == "one" else transcode.peertube(source, out)
            parts = [run(command, out / f"log{index}") for index, command in enumerate(commands)]
            total = parts[0]
            for part in parts[1:]:
                total = total + part
            costs[name].append(total)
            videos[name] = transcode.collect(out)[0]
    reference: dict[int, list[tuple[int, float]]] = {lines: [] for lines in sizes}
    for offset in OFFSETS:
        out = folder / f"{source.stem}-reference-{offset}"
        out.mkdir(parents=True)
        run(transcode.single(source, out, offset=offset)[0], out / "log")
        for lines, point in points(source, transcode.collect(out)[0], sizes).items():
            reference[lines].append(point)
    own = points(source, videos["own"], sizes)

    def ratio(figure: str, other: str) -> float:
        pairs = zip(costs["own"], costs[other], strict=True)
        return statistics.median(getattr(a, figure) / getattr(b, figure) for a, b in pairs)

    return Found(
        cpu=ratio("cpu", "one"),
        wall=ratio("wall", "one"),
        cpu_of_commands=ratio("cpu", "many"),
        memory=max(cost.memory for cost in costs["own"]),
        bytes_={lines: excess(own[lines], reference[lines]) for lines in sizes},
    )
