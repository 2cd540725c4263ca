"""H.264 that fits is copied and not encoded: only the frames of the file are published."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support import conformance, media, streams
from support.client import Client

MARK = "planted-in-the-stream"


def made(path: Path, *options: str) -> Path:
    """Eleven seconds of 640×480 with B-frames, a key frame every two seconds, and a marker text in every access unit."""
    picture = "testsrc2=size=640x480:rate=25:duration=11"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-f",
        "lavfi",
        "-i",
        picture,
        "-f",
        "lavfi",
        "-i",
        "sine=duration=11",
    ]
    command += (
        "-c:v libx264 -preset veryfast -bf 3 -g 50 -keyint_min 50 -sc_threshold 0 -b:v 900k -pix_fmt yuv420p".split()
    )
    # In a transport stream, FFmpeg's demuxer loses some times with such messages, and then the video cannot be copied.
    if path.suffix != ".ts":
        command += ["-bsf:v", f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{MARK}"]
    command += ["-c:a", "aac", "-ac", "2", "-ar", "48000", "-metadata", f"title={MARK}"]
    command += ["-metadata", f"service_name={MARK}", *options, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def frames(path: Path) -> list[str]:
    """A hash of each decoded frame, in presentation order."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-map", "0:v:0", "-fps_mode", "passthrough"]
    done = subprocess.run([*command, "-f", "framemd5", "-"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line.split(",")[-1].strip() for line in done.stdout.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("name", ["passthrough.mp4", "passthrough.ts", "passthrough.mkv", "passthrough.mov"])
def test_the_frames_are_the_source_s_own(name: str, client: Client, tmp_path: Path) -> None:
    source = made(tmp_path / name)
    video = client.wait(client.upload(source))
    assert video["state"] == "ready", video
    rungs = [rendition for rendition in video["renditions"] if rendition.get("height")]
    assert [rung["kept"] for rung in rungs] == [False, False, True], rungs
    assert "encodeReasons" not in rungs[-1]
    stream = streams.load(client.url + video["playback"]["hls"].removesuffix("/main.m3u8"), tmp_path / "stream")
    *encoded, copied = sorted(stream.video, key=lambda rendition: rendition.track.height)
    joined = stream.joined(copied)
    assert frames(joined) == frames(source)
    # Every rung has its boundaries at the same frames, and no rule is broken.
    for rung in encoded:
        assert rung.seconds == copied.seconds and [entry.seconds for entry in rung.playlist.entries] == [
            entry.seconds for entry in copied.playlist.entries
        ]
    assert [str(breach) for breach in conformance.check(stream) if breach.level == "must"] == []
    # No other data of the file is copied.
    assert MARK.encode() in source.read_bytes()
    assert MARK.encode() not in joined.read_bytes()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("-g", "300", "-keyint_min", "300"), "video_key_frames"),
        # Only the first key frame is an IDR picture.
        (("-x264-params", "open-gop=1"), "video_key_frames"),
        (("-b:v", "12M", "-preset", "ultrafast", "-qmin", "1", "-qmax", "8"), "video_bitrate"),
        (("-pix_fmt", "yuv422p"), "pixel_format"),
        (("-vf", "setsar=4/3"), "pixel_aspect_ratio"),
    ],
)
def test_video_that_does_not_fit_has_reasons(
    options: tuple[str, ...], reason: str, client: Client, tmp_path: Path
) -> None:
    video = client.wait(client.upload(made(tmp_path / "clip.mp4", *options)))
    assert video["state"] == "ready", video
    rungs = [rendition for rendition in video["renditions"] if rendition.get("height")]
    assert not any(rung["kept"] for rung in rungs)
    assert reason in rungs[-1]["encodeReasons"], rungs[-1]


SMALL, LARGE = ["v240", "v360"], ["v240", "v360", "v480", "v720", "v1080"]


@pytest.mark.parametrize(
    ("size", "pixels", "names"),
    [(360, "yuv420p", [*SMALL, "v1080"]), (360, "yuv420p10le", SMALL), (1080, "yuv420p", LARGE)],
)
def test_a_picture_that_was_enlarged_has_no_rungs_of_its_size(
    size: int, pixels: str, names: list[str], client: Client, tmp_path: Path
) -> None:
    """A film that was reduced and enlarged: only the file's own video has its size, where it is copied."""
    enlarge = f"fps=10,scale=-2:{size}:flags=area,scale=1920:1080:flags=lanczos"
    encoder = ["-an", "-vf", enlarge, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", pixels]
    media.run("-i", media.clip("perf_bbb_1080p30_10s_51.mp4"), "-t", "3", *encoder, "-g", "2", tmp_path / "clip.mp4")
    # The plan is complete when the video can be played.
    video = client.wait(client.upload(tmp_path / "clip.mp4"), {"playable", "ready"})
    assert [rendition["name"] for rendition in video["renditions"]] == names
    assert ("detail_below_size" in video["notes"]) == (size == 360)
    assert client.request("DELETE", f"/v1/videos/{video['id']}").status_code == 204


def test_an_operator_may_encode_all(start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    client = Client.registered(start("--encode-all").url)
    video = client.wait(client.upload(made(tmp_path / "clip.mp4")))
    rungs = [rendition for rendition in video["renditions"] if rendition.get("height")]
    assert rungs[-1]["kept"] is False and rungs[-1]["encodeReasons"] == ["not_wanted"]
