"""Sources with private metadata: place, time, person and device of the recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import atoms, media, pattern

# The prefix of every marker word; a published object that contains it has leaked metadata.
MARK = "planted"
NAMES = ("title", "artist", "comment", "description", "copyright", "location", "date", "make", "model", "software",
         "encoder", "com.apple.quicktime.location.ISO6709", "com.apple.quicktime.make", "com.apple.quicktime.model",
         "com.apple.quicktime.software", "com.apple.quicktime.creationdate", "com.android.version")  # fmt: skip
# A UUID followed by text, as an encoder writes its settings (ITU-T H.264 D.1.7).
USER_DATA = f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{MARK}-sei"
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def words(*more: str) -> list[str]:
    """ffmpeg's options that write each marker word."""
    options = [item for name in NAMES for item in ("-metadata", f"{name}={MARK}-{name}")]
    options += ["-metadata:s:v", f"handler_name={MARK}-video", "-metadata:s:a", f"handler_name={MARK}-audio"]
    options += ["-metadata:s:v", f"title={MARK}-video-title", "-metadata:s:a", f"title={MARK}-audio-title"]
    return [*options, *more]


def film(path: Path, *more: str) -> Path:
    """A short video with user data in its stream and all marker words."""
    encoder = "-c:v libx264 -preset ultrafast -qp 20".split()
    return pattern.film(path, *encoder, "-bsf:v", USER_DATA, *words(*more), seconds=1)


def quicktime(path: Path) -> Path:
    """QuickTime keys, a location in `udta`, and XMP in a separate box."""
    movie = atoms.Atoms(film(path, "-movflags", "use_metadata_tags"))
    place = f"+48.1374+011.5755/{MARK}-xyz".encode()
    record = len(place).to_bytes(2, "big") + b"\x15\xc7" + place
    movie.insert(atoms.box("udta", atoms.box("\xa9xyz", record), atoms.box("\xa9mod", record)), "moov")
    packet = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{MARK}-xmp</x:xmpmeta>".encode()
    movie.data += atoms.box("uuid", XMP, packet)
    return movie.save()


def matroska(path: Path) -> Path:
    """Tags, chapters with names, and an attachment."""
    chapters = path.parent / "chapters.txt"
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle={MARK}-chapter\n")
    plain = film(path.parent / "plain.mkv")
    attached = path.parent / f"{MARK}-attachment.ttf"
    attached.write_bytes(f"{MARK}-attached".encode())
    media.run("-y", "-i", plain, "-i", chapters, "-map", "0", "-map_chapters", "1", "-c", "copy", "-attach", attached,
              "-metadata:s:t", "mimetype=application/x-truetype-font", path)  # fmt: skip
    return path


def transport(path: Path) -> Path:
    """The names of the service and of its provider."""
    return film(path, "-metadata", f"service_name={MARK}-service", "-metadata", f"service_provider={MARK}-provider")


def tune(path: Path) -> Path:
    """Audio with ID3 tags and a cover that has a comment."""
    cover = path.parent / "cover.jpg"
    media.run("-y", "-f", "lavfi", "-i", "testsrc2=s=320x320:d=0.04", "-frames:v", "1", cover)
    picture, comment = cover.read_bytes(), f"{MARK}-jpeg".encode()
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + f"{MARK}-exif".encode()
    segments = b"".join(marker + (len(data) + 2).to_bytes(2, "big") + data
                        for marker, data in ((b"\xff\xfe", comment), (b"\xff\xe1", exif)))  # fmt: skip
    cover.write_bytes(picture[:2] + segments + picture[2:])
    media.run("-y", "-f", "lavfi", "-i", "sine=440:d=2", "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy",
              "-c:a", "libmp3lame", "-disposition:v", "attached_pic", *words(), path)  # fmt: skip
    return path


SOURCES: dict[str, Callable[[Path], Path]] = {
    "quicktime.mov": quicktime,
    "plain_tags.mp4": film,
    "matroska.mkv": matroska,
    "transport.ts": transport,
    "flash.flv": film,
    "tune.mp3": tune,
}
