"""Encrypted sources are rejected with a code and never played as noise; unencrypted ones that look similar play."""

from __future__ import annotations

import random
import struct
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from support import media, pattern, reported, watching
from support.server import run

KEY, KEY_ID = "76a6c65c5ea762046bd749a2e632ccbb", "a7e61c373e219033c21091fa607bf3b8"
CONTENT_ENCRYPTION = uuid.UUID("2211B3FB-BD23-11D2-B4B7-00A0C955FC6E").bytes_le
EXTENDED_ENCRYPTION = uuid.UUID("298AE614-2622-4C17-B935-DAE07EE9289C").bytes_le
HEADER_EXTENSION = uuid.UUID("5FBF03B5-A92E-11CF-8EE3-00C00C205365").bytes_le
STREAM_PROPERTIES = uuid.UUID("B7DC0791-A9B7-11CF-8EE6-00C00C205365").bytes_le
H264 = "-c:v libx264 -preset veryfast -g 10".split()
MPEG2 = "-c:v mpeg2video -q:v 4 -c:a mp2".split()


def film(path: Path, *encoder: str, sound: list[str] | None = None) -> Path:
    """A second of video with audio."""
    return pattern.film(path, *encoder, seconds=1, sound=sound or ["-c:a", "aac"], flash=0.5)


def common_encryption(path: Path) -> None:
    """Common encryption (ISO/IEC 23001-7), as media stores use it."""
    plain = film(path.with_name("plain.mp4"), *H264)
    scheme = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY, "-encryption_kid", KEY_ID]
    media.run("-y", "-i", plain, "-c", "copy", *scheme, path)


def encrypted_fragments(path: Path) -> None:
    """Common encryption in a fragmented file."""
    plain = film(path.with_name("plain.mp4"), *H264)
    scheme = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY, "-encryption_kid", KEY_ID]
    media.run("-y", "-i", plain, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov", *scheme, path)


def encrypted_sound(path: Path) -> None:
    """Unencrypted video beside encrypted audio."""
    common_encryption(whole := path.with_name("whole.mp4"))
    data = bytearray(whole.read_bytes())
    at = data.index(b"encv")
    data[at : at + 4] = b"avc1"
    path.write_bytes(data)


def windows_media(path: Path) -> bytearray:
    film(path, "-c:v", "wmv2", "-b:v", "1M", sound=["-c:a", "wmav2"])
    return bytearray(path.read_bytes())


def with_object(data: bytearray, kind: bytes) -> bytearray:
    """An ASF file with one more object at the end of its header."""
    (size,) = struct.unpack_from("<Q", data, 16)
    (count,) = struct.unpack_from("<I", data, 24)
    extra = kind + struct.pack("<Q", 24 + 40) + bytes(40)
    struct.pack_into("<QI", data, 16, size + len(extra), count + 1)
    data[size:size] = extra
    return data


def content_encryption(path: Path) -> None:
    path.write_bytes(with_object(windows_media(path), CONTENT_ENCRYPTION))


def extended_encryption(path: Path) -> None:
    path.write_bytes(with_object(windows_media(path), EXTENDED_ENCRYPTION))


def encrypted_stream(path: Path) -> None:
    """A stream whose properties mark it as encrypted."""
    data = windows_media(path)
    data[data.index(STREAM_PROPERTIES) + 73] |= 0x80
    path.write_bytes(data)


def filtered_tags(path: Path) -> None:
    """FLV with filtered tags, which mark encryption."""
    film(path, "-c:v", "flv", "-q:v", "3", sound=["-c:a", "libmp3lame", "-ar", "44100"])
    data, place = bytearray(path.read_bytes()), 13
    while place + 11 < len(data):
        size = int.from_bytes(data[place + 1 : place + 4])
        if data[place] in (8, 9):
            data[place] |= 0x20
        place += 15 + size
    path.write_bytes(data)


def scramble(path: Path, every: Callable[[int], bool] = lambda pid: True) -> None:
    """Scrambles the packets of a transport stream except the tables."""
    data, noise = bytearray(path.read_bytes()), random.Random(7)
    for place in range(0, len(data), 188):
        pid = (data[place + 1] & 0x1F) << 8 | data[place + 2]
        if 0x100 <= pid < 0x1000 and every(pid) and data[place + 3] & 0x10:
            data[place + 3] |= 0x80
            start = place + 4 + (data[place + 4] + 1 if data[place + 3] & 0x20 else 0)
            data[start : place + 188] = noise.randbytes(place + 188 - start)
    path.write_bytes(data)


def scrambled(path: Path) -> None:
    film(path, *MPEG2)
    scramble(path)


def scrambled_disc(path: Path) -> None:
    """A program stream with packets that are marked as scrambled, as on a DVD."""
    film(path, *MPEG2, "-f", "vob")
    data, place = bytearray(path.read_bytes()), 0
    while (place := data.find(b"\0\0\1", place)) >= 0 and place + 7 <= len(data):
        if (data[place + 3] == 0xBD or 0xC0 <= data[place + 3] <= 0xEF) and data[place + 6] & 0xC0 == 0x80:
            data[place + 6] |= 0x10
        place += 3
    path.write_bytes(data)


def elements(data: bytes) -> list[tuple[bytes, bytes]]:
    """Names and bodies of EBML elements; an unknown size extends to the end."""
    found, place = [], 0
    while place < len(data):
        name = 9 - data[place].bit_length()
        at = place + name
        length = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + length]) & (1 << 7 * length) - 1
        start = at + length
        end = len(data) if size == (1 << 7 * length) - 1 else start + size
        found.append((data[place:at], data[start:end]))
        place = end
    return found


def element(name: bytes, body: bytes) -> bytes:
    """An EBML element."""
    return name + b"\x01" + len(body).to_bytes(7) + body


def encrypted_tracks(key_id: bytes, path: Path) -> None:
    """WebM whose tracks are marked as encrypted."""
    film(path, "-live", "1", *H264)
    encryption = element(b"\x47\xe1", b"\x05") + (element(b"\x47\xe2", key_id) if key_id else b"")
    encoding = element(b"\x50\x33", b"\x01") + element(b"\x50\x35", encryption)
    encodings = element(b"\x6d\x80", element(b"\x62\x40", encoding))
    parts = []
    for name, body in elements(path.read_bytes()):
        if name == b"\x18\x53\x80\x67":
            inner = [
                element(n, b"".join(element(e, t + encodings) for e, t in elements(b)))
                if n == b"\x16\x54\xae\x6b"
                else element(n, b)
                for n, b in elements(body)
            ]
            parts.append(element(name, b"".join(inner)))
        else:
            parts.append(element(name, body))
    path.write_bytes(b"".join(parts))


def named_tracks(path: Path) -> None:
    encrypted_tracks(b"sixteen bytes id", path)


def nameless_tracks(path: Path) -> None:
    encrypted_tracks(b"", path)


SOURCES: dict[str, Callable[[Path], None]] = {
    "common.mp4": common_encryption,
    "fragments.mp4": encrypted_fragments,
    "sound.mp4": encrypted_sound,
    "content.wmv": content_encryption,
    "extended.wmv": extended_encryption,
    "stream.wmv": encrypted_stream,
    "filtered.flv": filtered_tags,
    "scrambled.ts": scrambled,
    "disc.mpg": scrambled_disc,
    "named.mkv": named_tracks,
    "nameless.mkv": nameless_tracks,
}


@pytest.mark.parametrize("name", SOURCES)
def test_protected(name: str, tmp_path: Path) -> None:
    """Every source that is marked as encrypted is rejected as protected."""
    SOURCES[name](tmp_path / name)
    done = run("media", "run", str(tmp_path / name), "--out", str(tmp_path / "out"))
    assert done.returncode != 0 and "protected" in done.stderr, done.stderr


def test_the_unencrypted_programme_plays(tmp_path: Path) -> None:
    """Of an unencrypted and a scrambled programme the unencrypted one is selected, also if it is smaller."""
    small, large = film(tmp_path / "small.ts", *MPEG2), tmp_path / "large.ts"
    pattern.film(large, *MPEG2, size=(640, 360), seconds=1, sound=["-c:a", "mp2"])
    path = tmp_path / "both.ts"
    programmes = "-program program_num=1:st=0:st=1 -program program_num=2:st=2:st=3".split()
    media.run("-y", "-i", large, "-i", small, "-map", "0", "-map", "1", "-c", "copy", *programmes, path)
    scramble(path, lambda pid: pid < 0x102)
    outcome = reported.package(path, tmp_path / "out")
    assert outcome.status == 0, outcome.words
    seen = watching.Watched(outcome.stream, outcome.stream.video[-1])
    assert seen.size == (320, 180) and seen.numbers == list(range(25))


def damage(path: Path, first: float) -> None:
    """Overwrites frames with noise from a fraction of the file on; the headers of packets stay."""
    packets = media.probe(path, "-select_streams", "v", "-show_entries", "packet=pos,size")["packets"]
    data, noise = bytearray(path.read_bytes()), random.Random(5)
    for packet in packets:
        at, size = int(packet["pos"]), int(packet["size"])
        kept = 24 if size > 48 else 6
        if at >= first * len(data) and size > kept:
            data[at + kept : at + size] = noise.randbytes(size - kept)
    path.write_bytes(data)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "mpeg2video", "h263p"])
def test_noise_is_rejected(codec: str, tmp_path: Path) -> None:
    """A file with nearly all frames damaged is rejected; a partly damaged one plays."""
    path = pattern.film(tmp_path / "film.mov", "-c:v", codec, "-g", "10", seconds=4, sound=None, size=(320, 240))
    whole = path.read_bytes()
    damage(path, 0)
    done = run("media", "run", str(path), "--out", str(tmp_path / "noise"))
    assert done.returncode != 0 and "undecodable" in done.stderr, done.stderr
    path.write_bytes(whole)
    damage(path, 0.6)
    outcome = reported.package(path, tmp_path / "part")
    assert outcome.status == 0, outcome.words
    assert watching.Watched(outcome.stream, outcome.stream.video[-1]).numbers[:40] == list(range(40))
