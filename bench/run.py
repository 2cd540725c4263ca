#!/usr/bin/env python3
"""Measures, prints ratios against the targets, and writes docs/benchmarks.md.

    bench/run.py [--rounds 3] [--only transcode|encode|upload|pool|rooms|seeks|durations|web|serving] [--clip NAME] [--no-write]

`--only encode`, `--only web` and `--only serving` write their own section alone. VIDEOHOST_BINARY names another program than the release build. Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import encode
import measure
import pool
import rooms
import transcode
import upload

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("VIDEOHOST_BINARY") or ROOT / ".build" / "release" / "videohost").absolute()
# Sections of docs/benchmarks.md that can be written alone, in their order behind all others.
ENCODE = "## Eight kinds of content"
WEB = "## The watch page on a slow line"
SERVING = "## Serving beside nginx"


@dataclass
class Target:
    """A figure and what it has to be."""

    what: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it is good enough."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> str:
        """A row of a table."""
        sign = "≥" if self.at_least else "≤"
        return f"| {self.what} | {self.value:.3g}{self.unit} | {sign} {self.limit:g}{self.unit} | {'met' if self.met else '**missed**'} |"


def transcode_report(clip: Path, title: str, folder: Path, rounds: int) -> tuple[list[str], list[Target]]:
    """Tables of one clip, and its targets."""
    outcomes = transcode.compare(PROGRAM, clip, folder, rounds)
    mine, one, many = (outcomes[name] for name in ("videohost", "one ffmpeg command", "a command a rung"))
    text = [f"### {title}", "", "| method | CPU s | wall s | peak memory |", "|---|---|---|---|"]
    for name, outcome in outcomes.items():
        cost = outcome.cost
        text.append(f"| {name} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory >> 20} MB |")
    targets = [
        Target(f"{clip.stem}: CPU / one command", mine.cost.cpu / one.cost.cpu, 0.72),
        Target(f"{clip.stem}: CPU / a command a rung", mine.cost.cpu / many.cost.cpu, 0.5),
        Target(f"{clip.stem}: wall / one command", mine.cost.wall / one.cost.wall, 0.75),
        Target(f"{clip.stem}: memory", mine.cost.memory / (1 << 20), 1024, unit=" MB"),
    ]
    text += ["", "| rung | bytes: videohost, one command | PSNR dB | SSIM dB |", "|---|---|---|---|"]
    for lines, size in transcode.sizes(clip).items():
        own, theirs = (transcode.quality(clip, way.videos[lines], size) for way in (mine, one))
        bytes_ = f"{mine.sizes[lines]:,}, {one.sizes[lines]:,} ({mine.sizes[lines] / one.sizes[lines] - 1:+.2%})"
        text.append(f"| {lines} | {bytes_} | {own[0]:.2f}, {theirs[0]:.2f} | {own[1]:.2f}, {theirs[1]:.2f} |")
    more = (sum(mine.sizes.values()) / sum(one.sizes.values()) - 1) * 100
    targets.append(Target(f"{clip.stem}: bytes of all rungs, more than one command", more, 0, unit=" %"))
    return [*text, ""], targets


def encode_section(folder: Path, rounds: int) -> tuple[list[str], list[Target]]:
    """The section of the encode of eight kinds of content, and its targets."""
    found = {}
    for kind in encode.KINDS:
        source = encode.clip(kind, ROOT / "fixtures", folder)
        found[kind] = encode.compare(PROGRAM, source, folder, rounds)
    rows = []
    for kind, figures in found.items():
        rungs = ", ".join(f"{lines}: {more:+.1%}" for lines, more in figures.bytes_.items())
        rows.append(
            f"| {kind} | {figures.cpu:.2f} | {figures.wall:.2f} | {figures.cpu_of_commands:.2f} | {figures.memory >> 20} MB | {rungs} |"
        )
    means = [statistics.mean(figures.bytes_.values()) * 100 for figures in found.values()]
    cpu = [figures.cpu for figures in found.values()]
    targets = [
        Target("CPU / one command, median", statistics.median(cpu), 0.72),
        Target("CPU / one command, highest", max(cpu), 0.95),
        Target("wall / one command, median", statistics.median(figures.wall for figures in found.values()), 0.75),
        Target("CPU / a command a rung, median", statistics.median(f.cpu_of_commands for f in found.values()), 0.5),
        Target("bytes at equal SSIM, mean of rungs, median", statistics.median(means), -4, unit=" %"),
        Target("bytes at equal SSIM, mean of rungs, highest", max(means), 1, unit=" %"),
        Target("memory", max(figures.memory for figures in found.values()) / (1 << 20), 1024, unit=" MB"),
    ]
    return [
        ENCODE,
        "",
        f'Written by `make bench ARGS="--only encode"` on {date.today().isoformat()}: {measure.machine()}; medians of {rounds} rounds in turn, with the build `{PROGRAM.parent.name}`; load average {os.getloadavg()[0]:.0f}.',
        "",
        "One ffmpeg command makes the same rungs with the settings of the ladder and the lookahead of the preset; a command a rung is",
        "PeerTube's way. Bytes are compared at equal SSIM of all planes, on a curve through rate factors 2 below and 2 above the ladder's.",
        "Small clips of cameras are nine mirrored copies, cut to 720 lines; grain is noise of strength 14.",
        "",
        "| figure | measured | target | |",
        "|---|---|---|---|",
        *(target.row() for target in targets),
        "",
        "| content | CPU / one command | wall / one command | CPU / a command a rung | memory | bytes at equal SSIM, a rung |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ], targets


def upload_report(folder: Path, rounds: int) -> tuple[list[str], list[Target]]:
    """Table of uploads, and their targets."""
    speeds = upload.compare(PROGRAM, ROOT, folder, rounds)
    text = ["### Upload of 2 GiB over the loopback interface", "", "| method | MB/s |", "|---|---|"]
    text += [f"| {way} | {speeds.median(way) / 1e6:.0f} |" for way in speeds.rounds]
    grown = (speeds.memory_peak - speeds.memory_before) / (1 << 20)
    targets = [
        Target(f"{way} / nginx PUT", speeds.median(way) / speeds.median("nginx PUT"), 0.6, at_least=True)
        for way in ("videohost PUT", "videohost tus")
    ]
    targets.append(Target("server's memory grows by", grown, 32, unit=" MB"))
    return [*text, ""], targets


def pool_report(folder: Path) -> tuple[list[str], list[Target]]:
    """Figures of the pool and of the sandbox, and their targets."""
    queue = pool.queue(PROGRAM.parent / "queue-bench")
    listing = pool.listing(PROGRAM, folder)
    without, within = pool.sandbox(PROGRAM.parent / "SandboxBench")
    text = ["### The pool, without media", ""]
    text += ["SQLite with a flush of the disk a commit, Redis on a socket, 64 slots in one process:", ""]
    text += [f"- {queue['tasks_per_second']:,} tasks a second, each claimed, completed and followed by the next"]
    text += [
        f"- the first task of an idle pool starts {queue['first_task_ms_p50']:.1f} ms after its job's commit (median)"
    ]
    text += [f"- `jobs list --limit 10000` of 10,000 queued jobs: {listing:.2f} s", ""]
    text += ["### The sandbox", ""]
    text += [
        f"A child that does nothing: {without:.1f} ms without the sandbox, {within:.1f} ms within it (medians of 50)."
    ]
    return [*text, ""], [
        Target("tasks a second through claim and completion", queue["tasks_per_second"], 2000, at_least=True),
        Target("first task of an idle pool, 95th percentile", queue["first_task_ms_p95"], 100, unit=" ms"),
        Target("a list of 10,000 queued jobs", listing, 1, unit=" s"),
        Target("what the sandbox adds to a task", within - without, 15, unit=" ms"),
    ]


def rooms_report(folder: Path) -> tuple[list[str], list[Target]]:
    """Figures of rooms, and their targets."""
    mine, other = rooms.compare(PROGRAM, ROOT, folder)
    text = ["### Rooms, beside python-socketio with the same clients", ""]
    text += [
        "A message's way to the last of all members (one at a time), members who all talk at once, idle members:",
        "",
    ]
    text += ["| | videohost | python-socketio |", "|---|---|---|"]
    for members in mine.latency:
        for name, share in (("median", 0.5), ("99th percentile", 0.99)):
            figures = " | ".join(f"{way.percentile(members, share):.1f} ms" for way in (mine, other))
            text.append(f"| {members} members, {name} | {figures} |")
    text.append(f"| messages delivered a second, 100 members | {mine.delivered:,.0f} | {other.delivered:,.0f} |")
    text.append(f"| the same for a second of processor time | {mine.per_cpu:,.0f} | {other.per_cpu:,.0f} |")
    text.append(
        f"| memory a connection, of {rooms.IDLE} | {mine.memory / 1024:.1f} KiB | {other.memory / 1024:.1f} KiB |"
    )
    text += [
        "",
        "videohost keeps each event in Redis, for members who come back and for other nodes; python-socketio does not.",
    ]
    return [*text, ""], [
        Target(
            f"{members} members: 99th percentile / python-socketio",
            mine.percentile(members, 0.99) / other.percentile(members, 0.99), 2 if members == 10 else 1,
        )
        for members in mine.latency
    ] + [
        Target("messages delivered a second / python-socketio", mine.delivered / other.delivered, 2, at_least=True),
        Target("memory a connection / python-socketio", mine.memory / other.memory, 1.5),
    ]  # fmt: skip


def seeks_report(folder: Path) -> tuple[list[str], list[Target]]:
    """Figures of seeks into what is not processed yet, and their targets."""
    # What it imports makes a Python process slower: clients of the other parts would measure that.
    import seeks

    source = looped(ROOT / "fixtures" / "perf_bbb_720p25_117s_51.ts", seeks.SECONDS, folder)
    found = seeks.compare(PROGRAM, source, folder)
    resumed = seeks.kills(PROGRAM, source, folder, seeks.SECONDS)
    text = ["### Seeks right after the upload of two hours", ""]
    text += [
        f"Chromium with hls.js, {seeks.PAUSE} s after the upload of a video whose key frames are too far apart to copy it, while the",
        "rest is processed; seconds to the first frame:",
        "",
        "| | seeks | median | 95th percentile | answers 503 |",
        "|---|---|---|---|---|",
    ]
    for name, way in found.items():
        text.append(f"| {name} | {len(way.waits)} | {way.median:.2f} | {way.percentile(0.95):.2f} | {way.refused} |")
    one, many = found.values()
    return [*text, ""], [
        Target("a seek of one viewer, median", one.median, 1.5, unit=" s"),
        Target("a seek of one viewer, 95th percentile", one.percentile(0.95), 3, unit=" s"),
        Target("answers 503 to one viewer", one.refused, 0),
        Target(f"a seek of {seeks.VIEWERS} viewers at once, 95th percentile", many.percentile(0.95), 6, unit=" s"),
        Target("`kill -9` during a seek: from the new start to a frame, longest", max(resumed), 5, unit=" s"),
        Target("from a request to its child process, median", statistics.median(one.reactions) * 1000, 150, unit=" ms"),
    ]


def durations_report(folder: Path) -> tuple[list[str], list[Target]]:
    """Figures of first frames by the length of the video, and their targets."""
    import durations  # Not at the top, as in seeks_report.

    rows = durations.compare(PROGRAM, folder)
    targets = []
    for (kind, name), row in rows.items():
        targets += [
            Target(f"{kind} input, {name}: playable, median", statistics.median(row.playable), 2, unit=" s"),
            Target(f"{kind} input, {name}: first frame, median", statistics.median(row.frame), 3, unit=" s"),
        ]
    longest = rows["standard", "60+ min"].top
    targets.append(
        Target("standard input, 60+ min: own top rung whole, median", statistics.median(longest), 15, unit=" s")
    )
    return ["### From the end of an upload to the first frame", "", *durations.table(rows), ""], targets


def web_section(folder: Path, rounds: int) -> tuple[list[str], list[Target]]:
    """The section of the web pages, and its targets."""
    import first_frame  # Not at the top, as in seeks_report.

    found = first_frame.compare(PROGRAM, folder, rounds)
    cold, warm = ({name: found.median(name, at, "frame") for name in found.views} for at in (0, 1))
    targets = [Target(f"{name}: first frame, cold", cold[name], 3.5, unit=" s") for name in cold]
    targets += [Target(f"{name}: first frame, warm", warm[name], 2.0, unit=" s") for name in warm]
    targets += [
        Target("requests, cold", found.median("Chromium", 0, "requests"), 25),
        Target("requests, warm", found.median("Chromium", 1, "requests"), 5),
        Target("cumulative layout shift", max(found.median("Chromium", at, "shift") for at in (0, 1)), 0.02),
    ]
    targets += [
        Target(f"JavaScript of the page `{page}`, gzip, without hls.js", size / 1000, 40, unit=" kB")
        for page, size in found.code.items()
    ]
    build = "" if PROGRAM.parent.name == "release" else f", with the build `{PROGRAM.parent.name}`"
    kilobytes = found.median("Chromium", 0, "bytes") / 1000
    return [
        WEB,
        "",
        f'Written by `make bench ARGS="--only web"` on {date.today().isoformat()}: {measure.machine()}; medians of {rounds} rounds{build}.',
        "",
        f"The line has {first_frame.RATE * 8 / 1e6:g} Mbit/s for all connections together, and a round trip of {first_frame.DELAY * 1000:g} ms: so much passes from a request",
        "to its answer. Chromium's developer tools make it, for which a new connection costs nothing. For Firefox a proxy in front of the",
        "server makes it, where each new connection takes one more round trip, the handshake of TCP; there is no TLS. Firefox opens six.",
        f"The video is `{first_frame.CLIP}`, and four",
        "others are on the page. Cold is a new browser; warm is the second view in the same one. The first frame is that of the video, not",
        f"the poster. Until then a cold page takes {kilobytes:.0f} kB over the line.",
        "",
        "| figure | measured | target | |",
        "|---|---|---|---|",
        *(target.row() for target in targets),
        "",
    ], targets


def serving_section(folder: Path, rounds: int) -> tuple[list[str], list[Target]]:
    """The section of serving, and its targets."""
    import serving  # Not at the top, as in seeks_report.

    found = serving.compare(PROGRAM, ROOT, folder, rounds)
    targets, rows = [], []
    both = "nginx and videohost"
    for connections in serving.CONNECTIONS:
        for what, limit in (("64 KiB", 0.5), ("1 MiB", 0.85)):
            ratio = found.ratio(("videohost", what), ("nginx", what), connections)
            targets.append(Target(f"{what}, {connections} connections: videohost / nginx", ratio, limit, at_least=True))
        for what in ("64 KiB", "1 MiB"):
            ratio = found.ratio((both, what), ("nginx", what), connections)
            targets.append(
                Target(f"{what}, {connections} connections: X-Accel-Redirect / nginx", ratio, 0.9, at_least=True)
            )
        for what in ("playlist", "document"):
            rate = found.median("videohost", what, connections).per_cpu
            targets.append(Target(f"{what}, {connections} connections: a second", rate, 20_000, at_least=True))
    grown = (found.memory_slow - found.memory_before) / serving.SLOW / 1024
    targets.append(Target(f"memory of each of {serving.SLOW} slow connections", grown, 64, unit=" KiB"))
    least = [
        f"{found.ratio((both, what), ('nginx and itself', what), connections):.2g}"
        for what in ("64 KiB", "1 MiB")
        for connections in serving.CONNECTIONS
    ]
    for who, what, connections in found.runs:
        rate = found.median(who, what, connections)
        rows.append(f"| {who} | {what} | {connections} | {rate.requests:,.0f} | {rate.per_cpu:,.0f} |")
    count = "one round" if rounds == 1 else f"medians of {rounds} rounds"
    return [
        SERVING,
        "",
        f'Written by `make bench ARGS="--only serving"` on {date.today().isoformat()}: {measure.machine()}; {count}, with the build `{PROGRAM.parent.name}`; load average {os.getloadavg()[0]:.0f}.',
        "",
        "nginx (one worker, `sendfile`, `tcp_nopush`, `open_file_cache`) sends the same files. Servers share the first core, `wrk` has the",
        "second. Other work on the machine changes what is answered in a second, so targets are about requests for a second of the",
        "servers' processor time, which is what one core would answer. With `X-Accel-Redirect` that is the time of nginx and videohost together.",
        "A request that nginx passes to an upstream of its own (`return 200` with `X-Accel-Redirect`) is the least that such a request costs:",
        f"against that, nginx and videohost reach {', '.join(least[:2])} (64 KiB, 16 and 256 connections) and {', '.join(least[2:])} (1 MiB).",
        "Slow connections ask for 1 MiB and read nothing; 4,096 of them are accepted at a time.",
        "",
        "Before responses were kept (2026-11-30, release build, 16 connections) a second of processor time was enough for 5,010",
        "requests of 64 KiB, 1,090 of 1 MiB, 3,530 of a playlist and 2,850 of a document; nginx made 50,700 and 7,470 of the files.",
        "`strace` counted, for a request of 64 KiB, 20 calls for random bytes, 3.4 wake-ups of other threads, 4 calls on the file and",
        "2.5 writes.",
        "",
        "| figure | measured | target | |",
        "|---|---|---|---|",
        *(target.row() for target in targets),
        "",
        "| server | object | connections | requests a second | for a second of processor time |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ], targets


def looped(clip: Path, seconds: int, folder: Path) -> Path:
    """A clip repeated without an encode."""
    target = folder / f"{clip.stem}_looped_{seconds}s.mp4"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-stream_loop", "-1", "-i", str(clip), "-t", str(seconds)]
    subprocess.run([*command, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", str(target)], check=True)
    return target


def main() -> int:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", choices=["transcode", "encode", "upload", "pool", "rooms", "seeks", "durations", "web", "serving"]
    )
    parser.add_argument("--clip", help="another clip for the transcode")
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md alone")
    options = parser.parse_args()
    if not PROGRAM.exists():
        print(f"bench: {PROGRAM} does not exist: run `make build` first", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="videohost-bench-", dir=ROOT / ".build"))
    text, targets = [], []
    sections: dict[str, tuple[list[str], list[Target]]] = {}
    try:
        if options.only in (None, "transcode"):
            clips = [
                (ROOT / "fixtures" / "perf_bbb_720p25_117s_51.ts", "117 s of 1280×720, 25 frames a second, 5.1 audio"),
                (
                    looped(ROOT / "fixtures" / "perf_bbb_1080p30_10s_51.mp4", 60, folder),
                    "60 s of 1920×1080, 30 frames a second, 5.1 audio",
                ),
            ]
            if options.clip:
                clips = [(Path(options.clip), options.clip)]
            for clip, title in clips:
                more, found = transcode_report(clip, title, folder, options.rounds)
                text, targets = text + more, targets + found
        if options.only in (None, "upload"):
            more, found = upload_report(folder, options.rounds)
            text, targets = text + more, targets + found
        if options.only in (None, "pool"):
            more, found = pool_report(folder)
            text, targets = text + more, targets + found
        if options.only in (None, "rooms"):
            more, found = rooms_report(folder)
            text, targets = text + more, targets + found
        if options.only in (None, "seeks"):
            more, found = seeks_report(folder)
            text, targets = text + more, targets + found
        if options.only in (None, "encode"):
            sections[ENCODE] = encode_section(folder, options.rounds)
        if options.only in (None, "durations"):
            more, found = durations_report(folder)
            text, targets = text + more, targets + found
        if options.only in (None, "web"):
            sections[WEB] = web_section(folder, options.rounds)
        if options.only in (None, "serving"):
            sections[SERVING] = serving_section(folder, options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table = ["| figure | measured | target | |", "|---|---|---|---|", *(target.row() for target in targets), ""]
    alone = [line for section, _ in sections.values() for line in section]
    print("\n".join(["", *text, *(table if targets else []), *alone]))
    document = ROOT / "docs" / "benchmarks.md"
    if not options.no_write and not options.clip:
        if not options.only:
            document.write_text("\n".join(page(options.rounds, text, table) + alone))
        elif sections:
            document.write_text(
                with_sections(document.read_text(), {name: part for name, (part, _) in sections.items()})
            )
    every = targets + [target for _, found in sections.values() for target in found]
    missed = [target for target in every if not target.met]
    return 1 if missed else 0


def with_sections(text: str, new: dict[str, list[str]]) -> str:
    """A document in which some of the sections that are written alone are replaced or added."""
    head, *parts = re.split(rf"^(?=(?:{ENCODE}|{WEB}|{SERVING})$)", text, flags=re.M)
    kept = {part.split("\n", 1)[0]: part for part in parts} | {name: "\n".join(part) for name, part in new.items()}
    order = [name for name in (ENCODE, WEB, SERVING) if name in kept]
    return "\n\n".join(part.rstrip("\n") for part in (head, *(kept[name] for name in order))) + "\n"


def page(rounds: int, text: list[str], table: list[str]) -> list[str]:
    """docs/benchmarks.md."""
    ffmpeg = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split()[2]
    return [
        "# Benchmarks",
        "",
        f"Written by `make bench` on {date.today().isoformat()}: {measure.machine()}, {platform.freedesktop_os_release()['PRETTY_NAME']}, ffmpeg {ffmpeg}.",
        f"Every method ran {rounds} times, alternating; the tables have medians.",
        "",
        "- **videohost**: `videohost media run --no-stills --stereo-only --encode-all`: probe, plan, all rungs, audio, segments, playlists.",
        "- **one ffmpeg command**: one decode, `split`, the same rungs with the ladder's x264 settings and the preset's lookahead, the audio encoded once; ffmpeg's default threads, or one thread for each encoder as in videohost.",
        "- **a command a rung**: PeerTube's arguments (its maximum bit rates, `-bf 16`, audio encoded in each rung), ffmpeg's default threads.",
        "- **videohost with thumbnails**: as videohost, with posters and storyboard, which the other methods do not produce.",
        "",
        "CPU is what the kernel counts for a command and its children; memory is the proportional set size of the whole",
        "process tree, measured every 40 ms; PSNR is that of luma, SSIM that of all planes, against the source scaled to the rung.",
        "",
        "## Targets",
        "",
        *table,
        "## Figures",
        "",
        *text,
    ]


if __name__ == "__main__":
    sys.exit(main())
