"""Our transcode against one ffmpeg command with split outputs and against one command a rung, as PeerTube does it."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from math import log10
from pathlib import Path

from measure import Cost, run

# The standard ladder: shorter side → ceiling in kbit/s up to 30 frames a second, and the H.264 level.
LADDER = {240: 400, 360: 800, 480: 1400, 720: 2800, 1080: 5000}
# PeerTube's ceilings for 16:9: average bits per pixel of each rung.
PEERTUBE_BPP = {240: 0.17, 360: 0.15, 480: 0.12, 720: 0.11, 1080: 0.10}


@dataclass
class Outcome:
    """Costs of all rounds of one way, and where its last round's videos are."""

    costs: list[Cost] = field(default_factory=list)
    videos: dict[int, Path] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)

    @property
    def cost(self) -> Cost:
        """Medians over the rounds."""
        return Cost(
            statistics.median(c.cpu for c in self.costs),
            statistics.median(c.wall for c in self.costs),
            round(statistics.median(c.memory for c in self.costs)),
        )


def facts(clip: Path) -> tuple[int, int, Fraction]:
    """Width, height and frame rate of a clip."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json", "-show_streams", str(clip)]
    stream = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"][0]
    return stream["width"], stream["height"], Fraction(stream["avg_frame_rate"])


def sizes(clip: Path) -> dict[int, tuple[int, int]]:
    """The rungs of a clip: shorter side → size."""
    width, height, _ = facts(clip)
    return {lines: (round(width * lines / height / 2) * 2, lines) for lines in LADDER if lines <= height}


def ours(program: Path, clip: Path, folder: Path, *options: str) -> list[list[str]]:
    """videohost: probe, plan, every rung, sound, segments, playlists; stills too unless they are left out.

    The highest rung is encoded, as the others do it, even where the source's pictures could be kept.
    """
    return [[str(program), "media", "run", str(clip), "--out", str(folder), "--encode-all", *options]]


def single(clip: Path, folder: Path, threads: int = 0, offset: int = 0) -> list[list[str]]:
    """One ffmpeg command: one decode, split, all rungs, the ladder's x264 settings, the same sound.

    `threads` an encoder; 0 leaves it to x264, as a plain command does. `offset` is added to the rate factors.
    """
    rungs = sizes(clip)
    names = "".join(f"[s{lines}]" for lines in rungs)
    graph = f"[0:v:0]split={len(rungs)}{names};"
    graph += ";".join(f"[s{n}]scale={w}:{h}:flags=bicubic,setsar=1[v{n}]" for n, (w, h) in rungs.items())
    command = ["ffmpeg", "-y", "-nostdin", "-v", "error", "-i", str(clip), "-filter_complex", graph]
    for lines in rungs:
        command += ["-map", f"[v{lines}]", *x264(lines, threads, offset), str(folder / f"v{lines}.mp4")]
    command += ["-map", "0:a:0", "-c:a", "aac", "-ac", "2", "-ar", "48000", "-b:a", "128k", str(folder / "a.mp4")]
    return [command]


def x264(lines: int, threads: int, offset: int) -> list[str]:
    """The encoder's settings of a rung of the ladder, with the lookahead of the preset."""
    kilobits = LADDER[lines]
    # Small pictures are encoded finer, and their colour finer still.
    factor, parameters = 23 + offset, "scenecut=0:open-gop=0"
    if lines < 360:
        factor, parameters = factor - 1, f"{parameters}:chroma-qp-offset=-2"
    options = f"-c:v libx264 -preset veryfast -crf {factor} -profile:v high -maxrate {kilobits}k"
    options += f" -bufsize {kilobits * 2}k -bf 3 -g 600 -forced-idr 1 -x264-params {parameters}"
    options += f" -threads {threads} -pix_fmt yuv420p"
    # Every picture of the source and no other, as videohost has it.
    options += " -fps_mode passthrough"
    return [*options.split(), "-force_key_frames", "expr:gte(t,n_forced*2)", "-movflags", "+frag_keyframe+delay_moov"]


def peertube(clip: Path, folder: Path) -> list[list[str]]:
    """PeerTube 6.3: a command a rung with its own arguments, sound encoded in each; as many threads as ffmpeg likes."""
    _, _, rate = facts(clip)
    frames = round(rate)
    commands = []
    for lines, (width, height) in sizes(clip).items():
        ceiling = int(width * height * frames * PEERTUBE_BPP[lines])
        command = ["ffmpeg", "-y", "-nostdin", "-v", "error", "-i", str(clip), "-threads", "0"]
        command += "-acodec aac -channel_layout stereo -b:a 256k -vcodec libx264 -max_muxing_queue_size 1024".split()
        command += ["-map_metadata", "-1", "-pix_fmt", "yuv420p", "-vf", f"scale=w=-2:h={lines}", "-preset", "veryfast"]
        command += ["-maxrate:v", str(ceiling), "-bufsize:v", str(2 * ceiling), "-b_strategy", "1", "-bf", "16"]
        command += ["-r", str(frames), "-g:v", str(2 * frames), "-f", "hls", "-hls_time", "4", "-hls_list_size", "0"]
        command += ["-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags", "single_file"]
        command += ["-hls_segment_filename", str(folder / f"v{lines}.mp4"), str(folder / f"v{lines}.m3u8")]
        commands.append(command)
    return commands


def compare(program: Path, clip: Path, folder: Path, rounds: int) -> dict[str, Outcome]:
    """Runs all ways in turn, so many times, so that a busy moment of the machine meets all of them."""
    ways = {
        "videohost": lambda out: ours(program, clip, out, "--no-stills", "--stereo-only"),
        "one ffmpeg command": lambda out: single(clip, out),
        "one ffmpeg command, a thread an encoder": lambda out: single(clip, out, 1),
        "a command a rung": lambda out: peertube(clip, out),
        "videohost with thumbnails": lambda out: ours(program, clip, out, "--stereo-only"),
    }
    outcomes = {name: Outcome() for name in ways}
    for number in range(rounds):
        for name, outcome in outcomes.items():
            out = folder / f"{clip.stem}-{name.replace(' ', '-').replace(',', '')}-{number}"
            out.mkdir(parents=True)
            cost = Cost(0, 0, 0)
            for index, command in enumerate(ways[name](out)):
                cost = cost + run(command, out / f"log{index}")
            outcome.costs.append(cost)
            outcome.videos, outcome.sizes = collect(out)
            print(
                f"  {clip.name} round {number + 1} {name}: {cost.cpu:.1f} CPU s, {cost.wall:.1f} s, {cost.memory >> 20} MB",
                flush=True,
            )
    return outcomes


def collect(folder: Path) -> tuple[dict[int, Path], dict[int, int]]:
    """The rungs in a folder: joined where they are segments; and the bytes of each."""
    videos, counts = {}, {}
    for path in sorted(folder.rglob("v*")):
        found = re.fullmatch(r"v(\d+)(\.mp4)?", path.name)
        if not found:
            continue
        lines = int(found[1])
        if path.is_dir():
            joined = folder / f"joined-{lines}.mp4"
            segments = sorted(path.glob("*.m4s"))
            with joined.open("wb") as file:
                for part in [path / "init.mp4", *segments]:
                    file.write(part.read_bytes())
            videos[lines] = joined
        elif path.suffix == ".mp4":
            videos[lines] = path
        else:
            continue
        counts[lines] = videos[lines].stat().st_size
    return videos, counts


def quality(clip: Path, video: Path, size: tuple[int, int]) -> tuple[float, float]:
    """PSNR of luma, and SSIM of all planes told in dB, against the source scaled to the rung."""
    width, height = size
    # Picture by picture: in one time base, or equal numbers would be different times.
    graph = "[0:v]settb=1/1000,setpts=N,split[a][b];"
    graph += f"[1:v]scale={width}:{height}:flags=bicubic,settb=1/1000,setpts=N,split[c][d];"
    graph += "[a][c]psnr,nullsink;[b][d]ssim"
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "info",
        "-i",
        str(video),
        "-i",
        str(clip),
        "-filter_complex",
        graph,
        "-an",
        "-f",
        "null",
        "-",
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    psnr = float(re.search(r"PSNR y:([\d.]+)", text)[1])  # type: ignore[index]
    ssim = float(re.search(r"SSIM .*All:([\d.]+)", text)[1])  # type: ignore[index]
    return psnr, -10 * log10(1 - ssim)
