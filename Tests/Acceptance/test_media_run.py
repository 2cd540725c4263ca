"""`videohost media run`: one file into a folder, without a server."""

from __future__ import annotations

import itertools
import resource
import subprocess
from pathlib import Path

import numpy
from support import media
from support.server import binary, run

CLIP = media.clip("perf_bbb_1080p30_10s_51.mp4")


def test_a_pause_costs_one_key_frame(tmp_path: Path) -> None:
    """A looped clip has a longer frame at each join; the frames after it are not encoded as additional key frames."""
    looped, folder = tmp_path / "looped.mp4", tmp_path / "out"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-stream_loop", "-1", "-i", str(CLIP), "-t", "24", "-c", "copy"]
    subprocess.run([*command, "-map", "0:v:0", "-map", "0:a:0", str(looped)], check=True, timeout=60)
    options = ("--no-stills", "--ladder", "240=400", "--preset", "ultrafast")
    done = run("media", "run", str(looped), "--out", str(folder), *options, timeout=120)
    assert done.returncode == 0, done.stderr
    joined = tmp_path / "joined.mp4"
    parts = [folder / "v240" / "init.mp4", *sorted((folder / "v240").glob("0*.m4s"))]
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags"]
    text = subprocess.run([*command, "-of", "csv=p=0", str(joined)], capture_output=True, text=True, check=True).stdout
    keys = sorted(float(line.split(",")[0]) for line in text.splitlines() if "K" in line)
    assert len(keys) >= 10, keys
    assert min(b - a for a, b in itertools.pairwise(keys)) > 1, keys


def quiet(folder: Path, seconds: int) -> Path:
    """A second of audio, a number of seconds without packets, and a second of audio: a few kilobytes."""
    sound, script, target = folder / "sound.mka", folder / "list.txt", folder / "quiet.mka"
    media.run("-f", "lavfi", "-i", "sine=d=1", "-c:a", "libopus", sound)
    script.write_text(f"file {sound.name}\nduration {seconds}\nfile {sound.name}\n")
    media.run("-f", "concat", "-i", script, "-c", "copy", target)
    return target


def test_a_long_silence_needs_no_memory(tmp_path: Path) -> None:
    """The silence of hours between two packets of a small file is not in memory at once."""
    limit = 600 << 20
    command = [str(binary()), "media", "run", str(quiet(tmp_path, 1800)), "--out", str(tmp_path / "out"), "--no-stills"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=250,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = media.probe(tmp_path / "out" / "main.m3u8", "-show_format")
    assert float(found["format"]["duration"]) > 1800


def test_infinite_samples_become_silence(tmp_path: Path) -> None:
    """Infinities in floating-point audio, which encoders refuse, become silence."""
    samples = numpy.sin(numpy.arange(48_000) / 10).astype(numpy.float32) / 10
    samples[[100, 20_000, 30_000]] = numpy.nan, numpy.inf, -numpy.inf
    (tmp_path / "samples").write_bytes(samples.tobytes())
    wave = tmp_path / "numbers.wav"
    media.run("-f", "f32le", "-ar", "48000", "-ac", "1", "-i", tmp_path / "samples", "-c:a", "copy", wave)
    done = run("media", "run", str(wave), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "poster-1.jpg").exists()
