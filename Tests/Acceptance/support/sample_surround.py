"""Adds 5.1 to the sample stream: a second variant of every rung, with a second group of audio renditions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from . import sample_stream, streams

NAME = "aund-6ch"


def add(folder: Path) -> Path:
    """Adds 5.1 to a sample stream; returns the folder."""
    muxer = "-use_editlist 1 -avoid_negative_ts disabled -movflags +delay_moov+default_base_moof+cmaf".split()
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"sine=440:r=48000:d={sample_stream.SECONDS}"]
    command += ["-c:a", "aac", "-b:a", "192k", "-ac", "6", *muxer]
    command += ["-frag_duration", str(sample_stream.SEGMENT * 1_000_000), str(folder / f"{NAME}.mp4")]
    subprocess.run(command, check=True)
    sample_stream.package(folder, NAME)
    main = folder / "main.m3u8"
    rows: list[str] = []
    for row in main.read_text().splitlines():
        rows.append(row)
        if row.startswith("#EXT-X-MEDIA:TYPE=AUDIO"):
            twin = row.replace('GROUP-ID="audio"', 'GROUP-ID="surround"').replace('CHANNELS="2"', 'CHANNELS="6"')
            rows.append(twin.replace("aund/", f"{NAME}/"))
    main.write_text("\n".join(rows) + "\n")
    stream = streams.load(folder, folder)
    sound = stream.renditions[f"{NAME}/index.m3u8"].peak_and_average()
    for number, row in enumerate(list(rows)):
        if row.startswith("#EXT-X-STREAM-INF"):
            uri = rows[number + 1]
            peak, average = stream.renditions[uri].peak_and_average()
            twin = re.sub(r":BANDWIDTH=\d+", f":BANDWIDTH={int(peak + sound[0]) + 1}", row)
            twin = re.sub(r"AVERAGE-BANDWIDTH=\d+", f"AVERAGE-BANDWIDTH={int(average + sound[1])}", twin)
            rows += [twin.replace('AUDIO="audio"', 'AUDIO="surround"'), uri]
    main.write_text("\n".join(rows) + "\n")
    return folder
