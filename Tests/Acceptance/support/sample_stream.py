"""A small stream, encoded by ffmpeg and packaged here: the valid sample for the tests of the checkers."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

from . import boxes, captions

SECONDS = 12
SEGMENT = 4


def make(folder: Path, extra: list[str] | None = None, group: int = 50, heights: tuple[int, ...] = (240, 360)) -> Path:
    """Encodes video rungs and an audio rendition of 12 s, with further options of the encoder; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    muxer = "-use_editlist 1 -avoid_negative_ts disabled -movflags +delay_moov+default_base_moof+cmaf".split()
    video = "-c:v libx264 -preset superfast -bf 2 -pix_fmt yuv420p -sc_threshold 0".split()
    video += ["-g", str(group), "-keyint_min", str(group), *(extra or [])]
    video += "-color_primaries bt709 -color_trc bt709 -colorspace bt709".split()
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=s=640x360:r=25:d={SECONDS}"]
    command += ["-f", "lavfi", "-i", f"sine=440:r=48000:d={SECONDS}"]
    for height in heights:
        width = height * 16 // 9 // 2 * 2
        command += ["-map", "0:v", "-vf", f"scale={width}:{height},setsar=1", *video, "-b:v", f"{height}k"]
        command += [*muxer[:-1], f"{muxer[-1]}+frag_keyframe", "-min_frag_duration", str(SEGMENT * 1_000_000 - 100_000)]
        command.append(str(folder / f"v{height}.mp4"))
    command += [
        "-map",
        "1:a",
        "-c:a",
        "aac",
        "-b:a",
        "96k",
        "-ac",
        "2",
        *muxer,
        "-frag_duration",
        str(SEGMENT * 1_000_000),
    ]
    subprocess.run([*command, str(folder / "aund.mp4")], check=True)
    rows = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    rows.append(
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="und",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="aund/index.m3u8"'
    )
    audio = package(folder, "aund")
    rows.append(caption(folder, audio[2]))
    for height in heights:
        track, sizes, seconds = package(folder, f"v{height}")
        peak = max(Fraction(size * 8) / length for size, length in zip(sizes, seconds, strict=True))
        audio_peak = max(Fraction(size * 8) / length for size, length in zip(audio[1], audio[2], strict=True))
        average = Fraction(sum(sizes) * 8) / sum(seconds) + Fraction(sum(audio[1]) * 8) / sum(audio[2])
        size = f"{track.width}x{track.height}"
        rows.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={int(peak + audio_peak) + 1},AVERAGE-BANDWIDTH={int(average)},"
            f'CODECS="{track.codec},mp4a.40.2",RESOLUTION={size},FRAME-RATE=25.000,AUDIO="audio",SUBTITLES="subs"'
        )
        rows.append(f"v{height}/index.m3u8")
        rows.append(
            f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,CODECS="{track.codec}",RESOLUTION={size},URI="v{height}/iframes.m3u8"'
        )
    (folder / "main.m3u8").write_text("\n".join(rows) + "\n")
    return folder


def caption(folder: Path, seconds: list[Fraction]) -> str:
    """Writes captions with a cue across the first boundary; returns their tag."""
    parts = folder / "sen"
    parts.mkdir(exist_ok=True)
    rows = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{SEGMENT}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for number in range(len(seconds)):
        text = f"WEBVTT\n{captions.TIMESTAMP_MAP}\n\n"
        if number < 2:
            text += "00:00:03.000 --> 00:00:05.000\nHello\n\n"
        (parts / f"{number + 1:05}.vtt").write_text(text)
        rows += [f"#EXTINF:{SEGMENT}.000000,", f"{number + 1:05}.vtt"]
    (parts / "index.m3u8").write_text("\n".join([*rows, "#EXT-X-ENDLIST", ""]))
    characteristics = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
    return (
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,'
        f'CHARACTERISTICS="{characteristics}",URI="sen/index.m3u8"'
    )


def package(folder: Path, name: str) -> tuple[boxes.Track, list[int], list[Fraction]]:
    """Splits a fragmented file into an initialization segment and segments, and writes its playlists."""
    data = (folder / f"{name}.mp4").read_bytes()
    (folder / f"{name}.mp4").unlink()
    parts = folder / name
    parts.mkdir(exist_ok=True)
    top = [box for box in boxes.parse(data) if box.kind in ("ftyp", "moov", "moof", "mdat")]
    init_end = next(box.end for box in top if box.kind == "moov")
    (parts / "init.mp4").write_bytes(data[:init_end])
    track = boxes.read_init(data[:init_end])
    head = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{SEGMENT}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    rows, iframes, sizes, seconds = [], [], [], []
    for box in top:
        if box.kind != "moof":
            continue
        end = next(other.end for other in top if other.kind == "mdat" and other.start == box.end)
        segment = data[box.start : end]
        fragment = boxes.read_fragments(segment, track)[0]
        file = f"{len(sizes) + 1:05}.m4s"
        (parts / file).write_bytes(segment)
        sizes.append(len(segment))
        heard = Fraction(track.edits[0][1], track.timescale) if track.channels and len(sizes) == 1 else 0
        seconds.append(Fraction(fragment.duration, track.timescale) - heard)
        rows += [f"#EXTINF:{float(seconds[-1]):.6f},", file]
        key = fragment.samples[0]
        iframes += [f"#EXTINF:{float(seconds[-1]):.6f},", f"#EXT-X-BYTERANGE:{key.start + key.size}@0", file]
    (parts / "index.m3u8").write_text("\n".join([*head, '#EXT-X-MAP:URI="init.mp4"', *rows, "#EXT-X-ENDLIST", ""]))
    if not track.channels:
        text = [*head, "#EXT-X-I-FRAMES-ONLY", '#EXT-X-MAP:URI="init.mp4"', *iframes, "#EXT-X-ENDLIST", ""]
        (parts / "iframes.m3u8").write_text("\n".join(text))
    return track, sizes, seconds
