"""Tests of the checkers: a valid stream breaks no rule, and each invalid one breaks exactly its rule."""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from support import boxes, conformance, playlists, sample_stream, sample_surround, streams


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid stream."""
    return sample_surround.add(sample_stream.make(tmp_path_factory.mktemp("sample")))


def broken(stream: streams.Stream) -> set[str]:
    """The numbers of the rules that a stream breaks."""
    return {breach.number for breach in conformance.check(stream)}


def replace(old: str, new: str, count: int = 0) -> Callable[[bytes], bytes]:
    """Replaces text, which must occur."""

    def change(data: bytes) -> bytes:
        text, changes = re.subn(old, new, data.decode(), count=count)
        assert changes, old
        return text.encode()

    return change


def patch(find: bytes, offset: int, value: bytes) -> Callable[[bytes], bytes]:
    """Replaces bytes at an offset from the first occurrence of other bytes."""

    def change(data: bytes) -> bytes:
        at = data.index(find) + offset
        return data[:at] + value + data[at + len(value) :]

    return change


def clear_sync(data: bytes) -> bytes:
    """Marks the first sample of the segment as a non-sync sample."""
    changed, trun = bytearray(data), data.index(b"trun")
    flags = struct.unpack_from(">I", data, trun + 4)[0] & 0xFFFFFF
    assert flags == 0xE01, "the sample writes size, flags and composition offset of each sample"
    struct.pack_into(">I", changed, trun + 20, 0x01010000)
    return bytes(changed)


BAD: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("1.1", "main.m3u8", replace("avc1", "vp09")),
    ("1.2", "v240/init.mp4", patch(b"cmfc", 0, b"isom")),
    ("1.3b", "v240/init.mp4", patch(b"\x67\x64", 1, b"\x7a")),
    ("1.26", "main.m3u8", replace(r"AVERAGE-BANDWIDTH=(\d+)", r"AVERAGE-BANDWIDTH=9\1")),
    ("1.27", "main.m3u8", replace(r":BANDWIDTH=(\d+),AV", r":BANDWIDTH=9\1,AV")),
    ("2.3", "main.m3u8", replace("aund/index.m3u8", "aund-6ch/index.m3u8")),
    ("2.11", "main.m3u8", replace('CHANNELS="2"', 'CHANNELS="6"')),
    ("2.15", "aund/index.m3u8", replace(r"EXTINF:4.0\d+", "EXTINF:3.9")),
    ("4.4", "main.m3u8", replace('LANGUAGE="und",', "")),
    ("4.4", "main.m3u8", replace('LANGUAGE="en",', "")),
    ("4.5", "main.m3u8", replace(",public.accessibility.describes-music-and-sound", "")),
    ("5.2", "sen/00001.vtt", replace("WEBVTT", "WEBVTT:")),
    ("5.2", "sen/00003.vtt", replace("\n\n", "\n\n00:00:03.000 --> 00:00:05.000\nHello\n\n")),
    ("5.3", "sen/00003.vtt", replace("X-TIMESTAMP-MAP.*\n", "")),
    ("5.3", "sen/00001.vtt", replace("MPEGTS:0", "MPEGTS:900000")),
    ("5.5", "sen/index.m3u8", replace("#EXTINF.*\n00003.vtt\n", "")),
    ("6.1", "main.m3u8", replace("#EXT-X-I-FRAME-STREAM-INF.*\n", "")),
    ("6.8", "v240/iframes.m3u8", replace("#EXT-X-I-FRAMES-ONLY\n", "")),
    ("6.10", "v360/iframes.m3u8", replace(r"BYTERANGE:(\d+)@0", r"BYTERANGE:\1@1", 1)),
    ("7.3", "v360/00002.m4s", patch(b"tfdt", 15, b"\x09")),
    ("7.4", "v360/00002.m4s", clear_sync),
    ("7.5", "v360/index.m3u8", replace("DURATION:4", "DURATION:8")),
    ("7.7", "v240/index.m3u8", replace("EXTINF:4.0", "EXTINF:4.6", 1)),
    ("8.1", "v240/index.m3u8", replace("EXTINF:4.0", "EXTINF:4.1", 1)),
    ("8.2", "aund/index.m3u8", replace("DURATION:4", "DURATION:5")),
    ("8.3", "v240/index.m3u8", replace("EXTINF:4.0", "EXTINF:4.2", 1)),
    ("8.6", "v240/index.m3u8", replace("#EXT-X-ENDLIST\n", "")),
    ("8.7", "v240/index.m3u8", replace("#EXTINF.*\n00003.m4s\n", "")),
    ("8.9", "main.m3u8", replace('AUDIO="audio"', 'AUDIO="other"', 1)),
    ("RFC 8216bis 4.4.6.1.1", "main.m3u8", replace('GROUP-ID="surround",NAME="und"', 'GROUP-ID="surround",NAME="other"')),
    ("8.14", "v240/index.m3u8", replace("#EXTINF:4.0+,\n00002", "#EXT-X-DISCONTINUITY\n#EXTINF:4.0,\n00002")),
    ("8.20", "v240/index.m3u8", replace("VERSION:7", "VERSION:3")),
    ("8.22", "v240/00002.m4s", patch(b"tfdt", 15, b"\x09")),
    ("9.1", "main.m3u8", replace(r"avc1\.64\w+,", "avc1.640034,", 1)),
    ("9.2", "main.m3u8", replace(r"RESOLUTION=640x360,F", "RESOLUTION=642x360,F")),
    ("9.3", "main.m3u8", replace(r'(I-FRAME-STREAM.*)RESOLUTION=\w+,', r"\1")),
    ("9.6", "main.m3u8", replace('#EXT-X-STREAM-INF.*AUDIO="audio".*\nv360/index.m3u8\n', "")),
    ("9.9", "main.m3u8", replace("#EXT-X-STREAM-INF.*\nv240/index.m3u8\n", "")),
    ("9.11", "main.m3u8", replace("#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    ("9.13", "main.m3u8", replace(r":BANDWIDTH=\d+,AV", ":BANDWIDTH=1000,AV")),
    ("9.14", "main.m3u8", replace(r"AVERAGE-BANDWIDTH=\d+,", "", 1)),
    ("9.15", "main.m3u8", replace("FRAME-RATE=25.000", "FRAME-RATE=30.000", 1)),
    ("9.19", "main.m3u8", replace("FRAME-RATE=25.000", "FRAME-RATE=25.000,SCORE=1.0", 1)),
]  # fmt: skip


def test_a_valid_stream_breaks_no_rule(sample: Path) -> None:
    assert [str(breach) for breach in conformance.check(streams.load(sample, sample))] == []


@pytest.mark.parametrize(("number", "file", "change"), BAD, ids=[number for number, _, _ in BAD])
def test_an_invalid_stream_breaks_its_rule(
    number: str, file: str, change: Callable[[bytes], bytes], sample: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(sample, tmp_path / "stream")
    (folder / file).write_bytes(change((folder / file).read_bytes()))
    assert number in broken(streams.load(folder, folder))


def test_rules_of_http_read_the_headers(sample: Path) -> None:
    stream = streams.load(sample, sample)
    stream.headers = {
        "main.m3u8": {"content-type": "text/plain"},
        "v240/00001.m4s": {"content-type": "video/iso.segment"},
    }
    stream.redirected = ["v240/00001.m4s"]
    assert broken(stream) == {"8.18", "10.1", "10.4"}


def test_every_other_rule_has_an_invalid_sample() -> None:
    # These rules need another encode or depend on the content; each compares one number.
    without = {"1.10", "1.13", "1.14", "1.19", "1.30", "2.17"}
    http = {"8.18", "10.1", "10.4"}
    assert {number for number, _, _ in conformance.RULES} - {number for number, _, _ in BAD} == without | http


def test_interlaced_and_sparse_key_frames_are_found(tmp_path: Path) -> None:
    folder = sample_stream.make(
        tmp_path, extra=["-flags", "+ildct+ilme", "-x264opts", "tff=1"], group=150, heights=(240,)
    )
    assert {"1.13", "1.14"} <= broken(streams.load(folder, folder))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#EXTM3U8\n",
        "\ufeff#EXTM3U\n",
        "#EXTM3U\nstray.m4s\n",
        "#EXTM3U\n#EXTINF:4.0\na.m4s\n",
        '#EXTM3U\n#EXT-X-MAP:URI="a\n',
        "#EXTM3U\n#EXT-X-MAP:BYTERANGE=1\n",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n",
    ],
)
def test_invalid_playlists_are_refused(text: str) -> None:
    with pytest.raises(playlists.BadPlaylist):
        playlists.read_media(text)


@pytest.mark.parametrize("data", [b"\0\0\0\x07moof", b"\0\0\0\x20moof", b"\0\0\0", b"\0\0\0\x08moov\0"])
def test_invalid_boxes_are_refused(data: bytes) -> None:
    with pytest.raises(boxes.BadBoxes):
        boxes.parse(data)
