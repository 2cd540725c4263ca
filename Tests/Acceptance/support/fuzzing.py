"""Runs damaged files in the real media children: the outcome of each, and its time and memory."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from . import media
from .mutations import Base, Mutant, mutant
from .server import binary

# Fast to encode: damage is a test of the readers and not of the encoder.
CHEAP = ("--ladder", "144=100", "--preset", "ultrafast", "--crf", "40")
# A base is a whole clip up to this size, or the first second of a larger one in the same container.
LARGEST = 700_000
# Most seconds of processor time of a file's processes in a debug build; no base needs a tenth of it.
MOST_PROCESSOR = 60.0
# Most seconds of wall time, for processes that wait; other tests share the processor.
MOST_TIME = 240.0
# No random identifiers, no dates, and no dependence on the number of processors: the same bytes on every machine.
REPEATABLE = "-threads 1 -filter_threads 1 -bitexact".split()
# Containers that no clip has, as arguments of ffmpeg.
MADE = {
    "made.ogg": "-c:a libvorbis -vn",
    "made.opus.ogg": "-c:a libopus -vn",
    "made.wav": "-c:a pcm_s16le -vn",
    "made.flac": "-c:a flac -vn",
    "made.aac": "-c:a aac -vn -f adts",
    "made.mpg": "-c:v mpeg2video -c:a mp2 -f mpeg",
    "made.mxf": "-c:v mpeg2video -c:a pcm_s16le -ar 48000 -f mxf",
    "made.fragmented.mp4": "-c:v libx264 -preset ultrafast -c:a aac -movflags frag_keyframe+empty_moov -g 5",
    "made.m2ts": "-c:v libx264 -preset ultrafast -c:a ac3 -f mpegts -mpegts_m2ts_mode 1",
    "made.vp8.webm": "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 100k -c:a libvorbis",
    "made.asf": "-c:v msmpeg4 -c:a wmav2 -f asf",
}
CODE = re.compile(r"videohost: ([a-z_]+): (.*)")
# A trap of this program and not a crash of a library: an overflow, a missing element.
TRAPS = {signal.SIGILL, signal.SIGTRAP}


@dataclass
class Outcome:
    """The outcome of a damaged file."""

    number: int
    base: str
    kind: str
    code: str
    """`ready`, `rejected:CODE`, `failed:CODE`, or `broken:WHY` where this program did what it must not."""
    detail: str
    seconds: float
    peak: int
    """Most resident bytes of one process; what starts it counts too, so that is the least."""
    processor: float
    """Seconds of processor time of all processes."""

    @property
    def is_broken(self) -> bool:
        """Whether the program violated a rule."""
        return self.code.startswith("broken")


@dataclass
class Summary:
    """All outcomes of a run."""

    outcomes: list[Outcome] = field(default_factory=list)

    def table(self) -> list[str]:
        """The outcomes by code, the most frequent first, with their maximum time and memory."""
        codes: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            codes.setdefault(outcome.code, []).append(outcome)
        lines = [f"{'outcome':32} {'files':>6} {'slowest':>9} {'processor':>10} {'peak memory':>12}"]
        for code, found in sorted(codes.items(), key=lambda pair: -len(pair[1])):
            slowest, most = max(row.seconds for row in found), max(row.processor for row in found)
            peak = max(row.peak for row in found) / 2**20
            lines.append(f"{code:32} {len(found):6} {slowest:7.1f} s {most:8.1f} s {peak:8.0f} MiB")
        return lines


def bases(folder: Path, clips: dict[str, media.Clip] | None = None) -> list[Base]:
    """Every clip, or the first second of a large one, and small files of further containers; by default the project's clips."""
    found = []
    for clip in sorted((clips or media.own_clips()).values(), key=lambda clip: clip.name):
        path = clip.path
        if path.stat().st_size > LARGEST:
            path = folder / clip.name
            command = ["-y", "-i", str(clip.path), "-map", "0:v?", "-map", "0:a?", "-c", "copy", "-t", "0.6"]
            media.run(*command, *REPEATABLE, str(path))
        data = path.read_bytes()
        if len(data) <= 4 * LARGEST:
            found.append(Base(clip.name, data))
    source = "-f lavfi -i testsrc2=s=160x120:r=25:d=1 -f lavfi -i sine=d=1 -shortest".split()
    for name, arguments in MADE.items():
        media.run("-y", *source, *arguments.split(), *REPEATABLE, str(folder / name))
        found.append(Base(name, (folder / name).read_bytes()))
    return found


def package(damaged: Mutant, folder: Path, *, stills: bool, look: bool) -> Outcome:
    """Runs `videohost media run` for a file; leftover files and unexpected exits are in `broken`."""
    scratch, out, source = folder / "scratch", folder / "out", folder / "source"
    scratch.mkdir(parents=True)
    source.write_bytes(damaged.data)
    command = [str(binary()), "media", "run", str(source), "--out", str(out), *CHEAP]
    began = time.monotonic()
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [*command, *([] if stills else ["--no-stills"])], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, env={**os.environ, "TMPDIR": str(scratch)}, start_new_session=True,
        )  # fmt: skip
    overrun = watch(process.pid, began)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = (folder / "errors").read_text(errors="replace")
    code, detail = ("broken:time", overrun) if overrun else verdict(process.returncode, text)
    if not overrun and (left := [path.name for path in scratch.iterdir()]):
        code, detail = "broken:scratch", f"left in scratch: {left}"
    if not overrun and (others := session(process.pid)):
        code, detail = "broken:children", f"still running: {others}"
    if code == "ready" and look and (complaint := unreadable(out)):
        code, detail = "broken:output", complaint
    taken = usage.ru_utime + usage.ru_stime
    return Outcome(
        damaged.number,
        damaged.base,
        damaged.kind,
        code,
        detail,
        time.monotonic() - began,
        usage.ru_maxrss * 1024,
        taken,
    )


def watch(leader: int, began: float) -> str | None:
    """Waits for the first process of a session, and kills it beyond a time limit; returns which limit was exceeded."""
    ending = os.pidfd_open(leader)
    try:
        while not select.select([ending], [], [], 0.5)[0]:
            taken, waited = processor(leader), time.monotonic() - began
            if taken > MOST_PROCESSOR or waited > MOST_TIME:
                # Its children die with it.
                signal.pidfd_send_signal(ending, signal.SIGKILL)
                return f"killed after {taken:.0f} s of processor time and {waited:.0f} s on the clock"
    finally:
        os.close(ending)
    return None


def processor(leader: int) -> float:
    """The processor time of a session's processes in seconds, including ended ones."""
    ticks = 0
    for fields in processes():
        if int(fields[SESSION]) == leader:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


# Fields of /proc/PID/stat after the name (proc(5)); 11 to 14 are processor time, including that of ended children.
STATE, SESSION = 0, 3


def processes() -> Iterator[list[str]]:
    """The fields of /proc/PID/stat after the name for each process, followed by its id."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield [*(entry / "stat").read_text().rpartition(")")[2].split(), entry.name]
            except OSError:
                continue


def verdict(status: int, text: str) -> tuple[str, str]:
    """The outcome for an exit code and its message."""
    if status == 0:
        return "ready", ""
    found = CODE.search(text)
    if status not in (65, 70) or not found:
        return f"broken:exit {status}", text[-600:]
    name, detail = found.groups()
    if trapped := next((trap for trap in TRAPS if detail.endswith(f"signal {int(trap)}")), None):
        return f"broken:{trapped.name}", text[-600:]
    return f"{'rejected' if status == 65 else 'failed'}:{name}", detail


def session(leader: int) -> list[str]:
    """The remaining processes of an ended session."""
    return [fields[-1] for fields in processes() if int(fields[SESSION]) == leader and fields[STATE] != "Z"]


def unreadable(out: Path) -> str | None:
    """The errors of ffprobe for a stream."""
    command = ["ffprobe", "-v", "error", "-allowed_extensions", "ALL", "-count_packets", "-show_entries"]
    command += ["stream=codec_type,nb_read_packets", "-of", "csv=p=0", str(out / "main.m3u8")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    counts = [line.split(",")[1] for line in done.stdout.splitlines() if "," in line]
    fine = done.returncode == 0 and counts and all(count.isdigit() and int(count) > 0 for count in counts)
    return None if fine else f"ffprobe: {done.returncode} {done.stdout[:200]} {done.stderr[:200]}"


@dataclass
class Run:
    """Runs damaged files with these numbers, several at a time."""

    seed: int
    numbers: range
    keep: Path | None = None
    """Where files that broke something are kept."""
    at_once: int = 2

    def each(self, found: list[Base]) -> Iterator[Outcome]:
        """Packages all of them; yields the result of each in order."""
        with ThreadPoolExecutor(self.at_once) as pool:
            yield from pool.map(lambda number: self.one(found, number), self.numbers)

    def outcomes(self, found: list[Base]) -> Summary:
        """Packages all of them."""
        return Summary(list(self.each(found)))

    def one(self, found: list[Base], number: int) -> Outcome:
        """Packages one."""
        damaged = mutant(found, self.seed, number)
        folder = Path(tempfile.mkdtemp(prefix="videohost-fuzz-"))
        folder.chmod(0o755)
        try:
            outcome = package(damaged, folder, stills=number % 3 == 0, look=number % 5 == 0)
            if outcome.is_broken and self.keep:
                self.keep.mkdir(parents=True, exist_ok=True)
                (self.keep / f"{self.seed}-{number}-{damaged.base}").write_bytes(damaged.data)
            return outcome
        finally:
            shutil.rmtree(folder, ignore_errors=True)
