"""Sources with unusual timestamps: variable, shifted, trimmed, wrapped, wrongly declared; tracks of different lengths."""

from __future__ import annotations

import re
import struct
from fractions import Fraction
from functools import partial
from pathlib import Path

from . import atoms, media, pattern
from .generated import Recipe

TAGS = "-colorspace bt709 -color_trc bt709 -color_primaries bt709".split()
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-qp", "20", "-bf", "2", *TAGS]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "4", *TAGS]
FIELDS = ["-flags", "+ildct+ilme"]
TO_YUV = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
# For files that cannot declare their matrix.
TO_601 = TO_YUV.replace("bt709", "bt601")
AT_ONCE = "-muxdelay 0 -muxpreload 0".split()
SMALL = (160, 90)

# The numbers of the frames of an irregular video: all at first, later every third, and those of the flash.
UNEVEN = tuple(number for number in range(50) if number < 10 or number % 3 == 0 or 25 <= number <= 27)
PAUSED = (*range(25), *range(150, 160))
# Seconds after which a 33-bit clock of 90 kHz (ISO/IEC 13818-1 2.4.3.7) wraps.
WRAP = 2**33 / 90_000


def plain(path: Path, *more: str, encoder: list[str] = H264, **options: object) -> Path:
    """A video of 2 s with audio."""
    return pattern.film(path, *encoder, *more, **options)


def untagged(path: Path, encoder: str, sound: str, **options: object) -> Path:
    """A video in an older container, with its default matrix."""
    return plain(path, encoder=encoder.split(), sound=SOUND[sound], filters=TO_601, **options)


def chosen(numbers: tuple[int, ...], path: Path, seconds: float = 2, **options: object) -> Path:
    """A video with some of its frames at their times."""
    wanted = "+".join(f"eq(n\\,{number})" for number in numbers)
    return plain(path, "-vsync", "vfr", filters=f"select={wanted},{TO_YUV}", seconds=seconds, **options)


def at(numbers: tuple[int, ...] | range, rate: int = 25, shift: float = 0) -> tuple[Fraction, ...]:
    """The times of frames; the first one is at 0."""
    times = [Fraction(number, rate) + Fraction(shift).limit_denominator(1000) for number in numbers]
    return (Fraction(0), *times[1:])


def beside(path: Path, name: str) -> Path:
    """A file next to another."""
    return path.parent / f"{path.stem}-{name}"


def trimmed(path: Path) -> Path:
    """An edit list excludes the first half second, within a group of pictures."""
    whole = plain(beside(path, "whole.mp4"), seconds=3)
    media.run("-y", "-ss", "0.52", "-i", whole, "-c", "copy", path)
    return path


def shifted(picture: float, sound: float, path: Path) -> Path:
    """Video and audio that are shifted by their edit lists."""
    whole = plain(beside(path, "whole.mp4"))
    media.run("-y", "-itsoffset", str(picture), "-i", whole, "-itsoffset", str(sound), "-i", whole,
              "-map", "0:v", "-map", "1:a", "-c", "copy", path)  # fmt: skip
    return path


def long_last(path: Path) -> Path:
    """A second of video whose last frame lasts five seconds longer."""
    film = atoms.Atoms(plain(path, "-bf", "0", seconds=1, sound=None, flash=9))
    scale = lengthen(film, 5)
    table = film.find("moov", "trak", "mdia", "minf", "stbl", "stts")[-1]
    count, delta = struct.unpack_from(">2I", film.data, table + 16)
    film.write(table + 12, ">2I", 2, count - 1)
    film.insert(struct.pack(">2I", 1, 5 * scale + delta), "moov", "trak", "mdia", "minf", "stbl", "stts")
    return film.save()


def lengthen(film: atoms.Atoms, seconds: int) -> int:
    """Lengthens the durations in all headers and the edit list; returns the track's ticks a second."""
    scale = 0
    for place, *trail in (
        (24, "mvhd"),
        (24, "trak", "mdia", "mdhd"),
        (28, "trak", "tkhd"),
        (16, "trak", "edts", "elst"),
    ):
        start = film.find("moov", *trail)[-1]
        if trail[-1] in ("mvhd", "mdhd"):
            (scale,) = struct.unpack_from(">I", film.data, start + 20)
        ticks = 1000 if trail[-1] in ("tkhd", "elst") else scale
        (claimed,) = struct.unpack_from(">I", film.data, start + place)
        film.write(start + place, ">I", claimed + seconds * ticks)
    return scale


def empty_edit(path: Path) -> Path:
    """Three seconds of video, an empty edit of two seconds, and the other three seconds."""
    film = atoms.Atoms(plain(path, "-bf", "0", "-g", "25", seconds=6))
    for track in (0, 1):
        header = film.find("moov", "trak", "mdia", "mdhd", nth=track)[-1]
        (scale,) = struct.unpack_from(">I", film.data, header + 20)
        edits = film.find("moov", "trak", "edts", "elst", nth=track)[-1]
        (start,) = struct.unpack_from(">i", film.data, edits + 20)
        film.write(edits + 12, ">2Ii", 3, 3000, start)
        rest = struct.pack(">IiIIiI", 2000, -1, 1 << 16, 3000, start + 3 * scale, 1 << 16)
        film.insert(rest, "moov", "trak", "edts", "elst", nth=track)
        film.write(film.find("moov", "trak", "tkhd", nth=track)[-1] + 28, ">I", 8000)
    film.write(film.find("moov", "mvhd")[-1] + 24, ">I", 8000)
    return film.save()


def motion_photo(path: Path) -> Path:
    """A video with a shorter, smaller second video track, and a cover."""
    first = plain(beside(path, "first.mp4"))
    second = plain(beside(path, "second.mp4"), size=SMALL, seconds=1, sound=None, first=100)
    cover = beside(path, "cover.png")
    media.run("-y", "-i", second, "-frames:v", "1", "-vf", "scale=640:360", cover)
    media.run("-y", "-i", first, "-i", second, "-i", cover, "-map", "0", "-map", "1", "-map", "2", "-c", "copy",
              "-disposition:v:2", "attached_pic", path)  # fmt: skip
    return path


def thumbnail_track(path: Path) -> Path:
    """A video with a second track of one large JPEG, which is not marked as a cover."""
    first, still = plain(beside(path, "first.mp4")), beside(path, "still.jpg")
    media.run("-y", "-i", first, "-frames:v", "1", "-vf", "scale=1280:720", "-q:v", "2", still)
    media.run("-y", "-i", first, "-i", still, "-map", "0", "-map", "1", "-c", "copy", path)
    return path


def claimed(seconds: int, path: Path) -> Path:
    """Sets this duration in all headers."""
    film = atoms.Atoms(plain(path))
    for trail in (("mvhd",), ("trak", "mdia", "mdhd")):
        header = film.find("moov", *trail)[-1]
        (timescale,) = struct.unpack_from(">I", film.data, header + 20)
        film.write(header + 24, ">I", min(seconds * timescale, 0xFFFFFFFF))
    header = film.find("moov", "trak", "tkhd")[-1]
    film.write(header + 28, ">I", seconds * 1000)
    return film.save()


def fields(order: str, path: Path, *encoder: str, **options: object) -> Path:
    """Interlaced video with 50 fields a second, the `order` field ("top" or "bottom") first."""
    filters = f"scale=out_color_matrix=bt709:out_range=tv,format=yuv422p,tinterlace=interleave_{order},format=yuv420p"
    return pattern.film(path, *encoder, rate=50, filters=filters, **options)


def joined(path: Path, *parts: Path) -> Path:
    """Files one after the other."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def progressive_then_fields(path: Path) -> Path:
    """A second of progressive video, then a second of interlaced video, in one stream."""
    options = {"sound": None, "flash": 9, "seconds": 1}
    first = plain(beside(path, "first.ts"), *AT_ONCE, encoder=MPEG2, **options)
    second = fields("top", beside(path, "second.ts"), *MPEG2, *FIELDS, "-top", "1", *AT_ONCE, "-output_ts_offset", "1.04",
                    first=25, **options)  # fmt: skip
    return joined(path, first, second)


def started_anew(path: Path, *more: str, later: float = 0, skip: int = 0, **options: object) -> Path:
    """Two recordings in one file; the times of the second start at `later` seconds."""
    first = plain(beside(path, f"first{path.suffix}"), *more, flash=9, **options)
    more = (*more, "-output_ts_offset", str(later)) if later else more
    second = plain(beside(path, f"second{path.suffix}"), *more, first=50, **options)
    second.write_bytes(second.read_bytes()[skip:])
    return joined(path, first, second)


def jumped_fragments(path: Path, later: int) -> Path:
    """Fragments of two recordings; the `tfdt` of the second start at `later` seconds."""
    started_anew(path, *FRAGMENTS)
    film = bytearray(path.read_bytes())
    found = [match.start() for match in re.finditer(b"mdhd", film)]
    scales = [struct.unpack_from(">I", film, place + 16)[0] for place in found]
    for match in re.finditer(b"tfdt\x01", film[found[2] :]):
        place = found[2] + match.start()
        (track,) = struct.unpack_from(">I", film, film.rindex(b"tfhd", 0, place) + 8)
        (time,) = struct.unpack_from(">Q", film, place + 8)
        struct.pack_into(">Q", film, place + 8, time + later * scales[track - 1])
    path.write_bytes(film)
    return path


def wild_tag(later: int, path: Path) -> Path:
    """An FLV file in which the time of one frame's tag is `later` by milliseconds (video_file_format_spec_v10 E.4)."""
    film = bytearray(plain(path).read_bytes())
    place, pictures = 13, 0
    while place < len(film):
        kind, length = film[place], int.from_bytes(film[place + 1 : place + 4], "big")
        pictures += kind == 9
        if pictures == 20:
            time = int.from_bytes(film[place + 4 : place + 7], "big") + later
            film[place + 4 : place + 8] = (time & 0xFFFFFF).to_bytes(3, "big") + bytes([time >> 24])
            break
        place += 11 + length + 4
    path.write_bytes(film)
    return path


def wild_cluster(path: Path) -> Path:
    """A Matroska file in which the time of one cluster is a minute late."""
    film = bytearray(plain(path, "-cluster_time_limit", "400").read_bytes())
    place = film.index(bytes.fromhex("1f43b675"), film.index(bytes.fromhex("1f43b675")) + 4)
    field = film.index(b"\xe7\x82", place)
    time = int.from_bytes(film[field + 2 : field + 4], "big")
    film[field + 2 : field + 4] = (time + 60_000).to_bytes(2, "big")
    path.write_bytes(film)
    return path


def wild_length(path: Path) -> Path:
    """An MP4 file in which one frame lasts five hours by its table while the audio continues."""
    film = atoms.Atoms(plain(path, "-bf", "0"))
    lengthen(film, 18_000)
    table = film.find("moov", "trak", "mdia", "minf", "stbl", "stts")[-1]
    count, delta = struct.unpack_from(">2I", film.data, table + 16)
    film.write(table + 12, ">2I", 3, 24)
    film.insert(
        struct.pack(">4I", 1, 18_000 * 25 * delta, count - 25, delta), "moov", "trak", "mdia", "minf", "stbl", "stts"
    )
    return film.save()


def one_picture(path: Path) -> Path:
    """One frame."""
    return plain(path, seconds=0.04, sound=None)


VP8 = "-c:v libvpx -b:v 2M -deadline realtime".split()
FRAGMENTS = "-movflags frag_keyframe+empty_moov+default_base_moof -g 25".split()
FIELD_NUMBERS = range(0, 100, 2)
NO_FLASH = {"flash": None, "beep": None}
SOUND = {"mp3": ["-c:a", "libmp3lame"], "mp2": ["-c:a", "mp2"], "wma": ["-c:a", "wmav2"], "ac3": ["-c:a", "ac3"],
         "opus": ["-c:a", "libopus"], "vorbis": ["-c:a", "libvorbis"], "pcm": ["-c:a", "pcm_s16le"]}  # fmt: skip

RECIPES = [
    Recipe("plain.mp4", plain),
    Recipe("ac3.mkv", partial(plain, sound=SOUND["ac3"])),
    Recipe("pcm.mov", partial(plain, sound=SOUND["pcm"])),
    Recipe("b_frames.avi", partial(untagged, encoder="-c:v mpeg4 -q:v 3 -bf 2", sound="mp3")),
    Recipe("windows.wmv", partial(untagged, encoder="-c:v wmv2 -b:v 2M", sound="wma")),
    Recipe("flash.flv", partial(untagged, encoder="-c:v flv -q:v 3", sound="mp3", sound_rate=44_100)),
    Recipe("theora.ogv", partial(untagged, encoder="-c:v libtheora -q:v 8", sound="vorbis")),
    Recipe("vp8.webm", partial(untagged, encoder="-c:v libvpx -b:v 2M -deadline realtime", sound="opus")),
    Recipe("program.mpg", partial(plain, encoder=MPEG2, sound=SOUND["mp2"])),
    # Irregular times
    Recipe("uneven.mp4", partial(chosen, UNEVEN), numbers=UNEVEN, times=at(UNEVEN)),
    Recipe("uneven.mkv", partial(chosen, UNEVEN), numbers=UNEVEN, times=at(UNEVEN)),
    Recipe("uneven.ts", partial(chosen, UNEVEN), numbers=UNEVEN, times=at(UNEVEN)),
    Recipe(
        "paused.mp4", partial(chosen, PAUSED, seconds=6.4), numbers=PAUSED, times=at(PAUSED), seconds=6.4, flash=None
    ),
    Recipe("120.mp4", partial(plain, rate=120, seconds=1.2), numbers=range(144), rate=Fraction(120), seconds=1.2),
    Recipe("1.mp4", partial(plain, rate=1, seconds=4), numbers=range(4), rate=Fraction(1), seconds=4),
    Recipe("one_picture.mp4", one_picture, numbers=[0], seconds=0.04, **NO_FLASH),
    Recipe("still.mp4", partial(plain, rate=1 / 60, seconds=60), numbers=[0], seconds=60, flash=None),
    Recipe("long_last.mp4", long_last, numbers=range(25), seconds=6, **NO_FLASH),
    # Starts
    Recipe("trimmed.mp4", trimmed, numbers=range(13, 75), seconds=2.48, flash=0.48, beep=0.48),
    Recipe("picture_late.mp4", partial(shifted, 0.5, 0), times=at(range(50), shift=0.5), seconds=2.5, flash=1.5),
    Recipe("sound_late.mp4", partial(shifted, 0, 0.5), seconds=2.5, beep=1.5),
    Recipe("start_1000.ts", lambda path: plain(path, "-output_ts_offset", "1000")),
    Recipe("start_5.mkv", lambda path: plain(path, "-output_ts_offset", "5")),
    Recipe(
        "wrapped.ts",
        lambda path: plain(
            path, *AT_ONCE, "-output_ts_offset", str(WRAP - 9.7), "-g", "20", rate=10, seconds=12, flash=10, size=SMALL
        ),
        SMALL,
        range(120),
        rate=Fraction(10),
        seconds=12,
        flash=10,
        beep=10,
    ),
    Recipe(
        "started_anew.ts",
        lambda path: started_anew(path, *AT_ONCE),
        numbers=range(100),
        seconds=4,
        flash=3,
        beep=3,
        slack=Fraction(1, 10),
        notes=frozenset({"clock_restarts"}),
    ),
    *(
        Recipe(
            name,
            make,
            numbers=range(100),
            seconds=4,
            flash=3,
            beep=3,
            slack=Fraction(1, 8),
            notes=frozenset({"clock_restarts"}),
        )
        for name, make in (
            ("started_anew.flv", partial(started_anew, skip=13)),
            ("jumped.flv", lambda path: started_anew(path, later=7200, skip=13)),
            ("jumped.ts", lambda path: started_anew(path, *AT_ONCE, later=72_000)),
            ("started_anew_fragments.mp4", lambda path: started_anew(path, *FRAGMENTS)),
            ("jumped_fragments.mp4", partial(jumped_fragments, later=18_000)),
            (
                "started_anew.webm",
                lambda path: started_anew(path, "-live", "1", encoder=VP8, sound=SOUND["opus"], filters=TO_601),
            ),
        )
    ),
    Recipe("wild_picture.flv", partial(wild_tag, 18_000_000), slack=Fraction(3, 1000)),
    Recipe("stray_picture.flv", partial(wild_tag, 20_000), slack=Fraction(3, 1000)),
    Recipe("wild_cluster.mkv", wild_cluster, slack=Fraction(1, 40)),
    Recipe("wild_length.mp4", wild_length, slack=Fraction(1, 20), notes=frozenset({"clock_restarts"})),
    # Wrong key frame marks
    *(
        Recipe(
            f"intra_refresh.{kind}",
            partial(plain, encoder=[*H264, "-g", "50", "-x264-params", "intra-refresh=1"], seconds=10, flash=1),
            numbers=range(250),
            seconds=10,
            slack=Fraction(3, 1000),
        )
        for kind in ("mkv", "ts")
    ),
    Recipe(
        "empty_edit.mp4",
        empty_edit,
        numbers=range(150),
        times=tuple(Fraction(number, 25) + (2 if number >= 75 else 0) for number in range(150)),
        seconds=8,
    ),
    # Lengths
    Recipe("sound_longer.mp4", partial(plain, seconds=1.2, sound_seconds=4), numbers=range(30), seconds=4),
    Recipe("sound_shorter.mp4", partial(plain, seconds=4, sound_seconds=1.2), numbers=range(100), seconds=4),
    Recipe("claims_hours.mp4", partial(claimed, 36_000)),
    Recipe("claims_nothing.mp4", partial(claimed, 0)),
    Recipe(
        "claims_rate.mp4", lambda path: plain(path, "-bsf:v", "h264_metadata=tick_rate=2000:fixed_frame_rate_flag=0")
    ),
    # Several video tracks
    Recipe(
        "wavelets.mkv",
        partial(plain, encoder=["-c:v", "snow", "-strict", "-2"]),
        rejection=("unsupported_codec", "snow"),
    ),
    Recipe("motion_photo.mp4", motion_photo, notes=frozenset({"extra_tracks_ignored"})),
    Recipe("thumbnail_track.mov", thumbnail_track, notes=frozenset({"extra_tracks_ignored"})),
    # Fields
    Recipe(
        "top_first.ts",
        lambda path: fields("top", path, *MPEG2, *FIELDS, "-top", "1"),
        numbers=FIELD_NUMBERS,
        notes=frozenset({"deinterlaced"}),
    ),
    Recipe(
        "bottom_first.mpg",
        lambda path: fields("bottom", path, *MPEG2, *FIELDS, "-top", "0", sound=SOUND["mp2"]),
        numbers=FIELD_NUMBERS,
        notes=frozenset({"deinterlaced"}),
    ),
    Recipe(
        "top_first.mp4",
        lambda path: fields("top", path, *H264, *FIELDS, "-x264-params", "tff=1"),
        numbers=FIELD_NUMBERS,
        notes=frozenset({"deinterlaced"}),
    ),
    Recipe(
        "bottom_first.mkv",
        lambda path: fields("bottom", path, *H264, *FIELDS, "-x264-params", "bff=1"),
        numbers=FIELD_NUMBERS,
        notes=frozenset({"deinterlaced"}),
    ),
    Recipe(
        "mixed.ts",
        progressive_then_fields,
        numbers=(*range(25), *range(25, 75, 2)),
        notes=frozenset({"deinterlaced"}),
        **NO_FLASH,
    ),
]
