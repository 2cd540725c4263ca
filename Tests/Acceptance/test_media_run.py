"""`videohost media run`: one file into a folder, without a server."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

from support import media
from support.server import run

CLIP = media.clip("perf_bbb_1080p30_10s_51.mp4")


def test_a_pause_costs_one_key_frame(tmp_path: Path) -> None:
    """A clip that is repeated has a longer picture at each join; the pictures behind it are no key frames by themselves."""
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
