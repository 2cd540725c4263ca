"""A parser of ISO BMFF boxes (ISO/IEC 14496-12) that is independent of the product's parser."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex", b"edts", b"udta", b"dinf"}


class BadBoxes(Exception):
    """The bytes are not well-formed boxes."""


@dataclass
class Box:
    """A box: its type, where it starts, and its payload."""

    kind: str
    start: int
    end: int
    payload: memoryview
    children: list[Box] = field(default_factory=list)

    def all(self, *path: str) -> list[Box]:
        """The descendants at a path such as `all("trak", "mdia")`."""
        found = [self]
        for kind in path:
            found = [child for box in found for child in box.children if child.kind == kind]
        return found

    def one(self, *path: str) -> Box:
        """The only descendant at a path."""
        found = self.all(*path)
        if len(found) != 1:
            raise BadBoxes(f"{len(found)} boxes at {self.kind}/{'/'.join(path)}, expected one")
        return found[0]


def parse(data: bytes | memoryview, base: int = 0) -> list[Box]:
    """The boxes of a file or of a container's payload; every byte must belong to one."""
    data = memoryview(data)
    boxes, at = [], 0
    while at < len(data):
        if at + 8 > len(data):
            raise BadBoxes(f"{len(data) - at} stray bytes at {base + at}")
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        elif size == 0:
            size = len(data) - at
        if size < header or at + size > len(data):
            raise BadBoxes(f"box {kind!r} at {base + at} claims {size} bytes, {len(data) - at} are left")
        payload = data[at + header : at + size]
        box = Box(kind.decode("latin-1"), base + at, base + at + size, payload)
        if kind in CONTAINERS:
            box.children = parse(payload, base + at + header)
        boxes.append(box)
        at += size
    return boxes


def first(boxes: list[Box], kind: str) -> Box:
    """The only top-level box of a type."""
    found = [box for box in boxes if box.kind == kind]
    if len(found) != 1:
        raise BadBoxes(f"{len(found)} {kind} boxes, expected one")
    return found[0]


@dataclass
class Track:
    """The properties of the track of an initialization segment."""

    brands: set[str]
    track_id: int
    handler: str
    timescale: int
    entry: str
    width: int
    height: int
    edits: list[tuple[int, int]]
    default_duration: int
    default_size: int
    default_flags: int
    avcc: bytes | None
    audio_config: bytes | None
    has_metadata: bool

    @property
    def codec(self) -> str:
        """RFC 6381 codec string, from the decoder configuration."""
        if self.avcc:
            return f"{self.entry}.{self.avcc[1:4].hex()}"
        if self.audio_config:
            return f"mp4a.40.{self.audio_config[0] >> 3}"
        return self.entry

    @property
    def channels(self) -> int:
        """Channels by the AudioSpecificConfig; 0 for video."""
        return (self.audio_config[1] >> 3) & 15 if self.audio_config else 0

    @property
    def parameter_sets(self) -> tuple[list[bytes], list[bytes]]:
        """SPS and PPS units of the avcC."""
        assert self.avcc
        at, lists = 5, []
        for mask in (0x1F, 0xFF):
            count, units = self.avcc[at] & mask, []
            at += 1
            for _ in range(count):
                (size,) = struct.unpack_from(">H", self.avcc, at)
                units.append(bytes(self.avcc[at + 2 : at + 2 + size]))
                at += 2 + size
            lists.append(units)
        return lists[0], lists[1]


def descriptor_config(esds: memoryview) -> bytes:
    """The AudioSpecificConfig inside an esds box (ISO/IEC 14496-1 7.2.6)."""
    at = 4

    def header() -> int:
        nonlocal at
        tag = esds[at]
        at += 1
        while esds[at] & 0x80:
            at += 1
        at += 1
        return tag

    if header() == 3:
        flags = esds[at + 2]
        at += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
    if header() == 4:
        at += 13
    if header() != 5:
        raise BadBoxes("no DecoderSpecificInfo in esds")
    return bytes(esds[at : at + 5])


def read_init(data: bytes) -> Track:
    """The track of an initialization segment, which must have exactly one."""
    boxes = parse(data)
    ftyp, moov = first(boxes, "ftyp"), first(boxes, "moov")
    brands = {bytes(ftyp.payload[i : i + 4]).decode() for i in (0, *range(8, len(ftyp.payload), 4))}
    trak = moov.one("trak")
    tkhd, mdhd = trak.one("tkhd").payload, trak.one("mdia", "mdhd").payload
    long_header = tkhd[0] == 1
    (track_id,) = struct.unpack_from(">I", tkhd, 20 if long_header else 12)
    (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] == 1 else 12)
    handler = bytes(trak.one("mdia", "hdlr").payload[8:12]).decode()
    edits = []
    for elst in trak.all("edts", "elst"):
        version, count = elst.payload[0], struct.unpack_from(">I", elst.payload, 4)[0]
        form, size = (">Qq", 20) if version == 1 else (">Ii", 12)
        edits += [struct.unpack_from(form, elst.payload, 8 + size * i) for i in range(count)]
    stsd = trak.one("mdia", "minf", "stbl", "stsd").payload
    entries = parse(stsd[8:])
    if len(entries) != 1:
        raise BadBoxes(f"{len(entries)} sample entries, expected one")
    entry = entries[0]
    width = height = 0
    avcc = audio_config = None
    if handler == "vide":
        width, height = struct.unpack_from(">HH", entry.payload, 24)
        for box in parse(entry.payload[78:]):
            if box.kind == "avcC":
                avcc = bytes(box.payload)
    elif handler == "soun":
        for box in parse(entry.payload[28:]):
            if box.kind == "esds":
                audio_config = descriptor_config(box.payload)
    trex = moov.one("mvex", "trex").payload
    _, _, _, duration, size, flags = struct.unpack_from(">6I", trex)
    metadata = bool(moov.all("udta") or moov.all("meta") or trak.all("udta") or trak.all("meta"))
    return Track(
        brands, track_id, handler, timescale, entry.kind, width, height, edits, duration, size, flags, avcc,
        audio_config, metadata,
    )  # fmt: skip


@dataclass
class Sample:
    """One access unit: times in the track's ticks, bytes as stored."""

    decode_time: int
    duration: int
    composition_offset: int
    is_sync: bool
    start: int
    size: int

    @property
    def presentation_time(self) -> int:
        """Decode time plus composition offset, before the edit list."""
        return self.decode_time + self.composition_offset


@dataclass
class Fragment:
    """One `moof` with its `mdat`."""

    start: int
    end: int
    sequence: int
    track_count: int
    base_time: int
    samples: list[Sample]

    @property
    def duration(self) -> int:
        """Sum of the samples' durations in ticks."""
        return sum(sample.duration for sample in self.samples)


def read_fragments(data: bytes, track: Track) -> list[Fragment]:
    """The fragments of a media segment with the positions of all samples, from the segment's start."""
    fragments, boxes = [], parse(data)
    for index, moof in enumerate(boxes):
        if moof.kind != "moof":
            continue
        mdat = next((box for box in boxes[index + 1 :] if box.kind == "mdat"), None)
        if mdat is None:
            raise BadBoxes("moof without mdat")
        trafs = moof.all("traf")
        (sequence,) = struct.unpack_from(">I", moof.one("mfhd").payload, 4)
        traf = trafs[0]
        base, samples = read_track_fragment(traf, moof.start, track)
        if samples and samples[-1].start + samples[-1].size > mdat.end:
            raise BadBoxes("a sample reaches past its mdat")
        fragments.append(Fragment(moof.start, mdat.end, sequence, len(trafs), base, samples))
    return fragments


def read_track_fragment(traf: Box, moof_start: int, track: Track) -> tuple[int, list[Sample]]:
    """tfdt and samples of a `traf`."""
    tfhd = traf.one("tfhd").payload
    flags = struct.unpack_from(">I", tfhd)[0] & 0xFFFFFF
    at, duration, size, sample_flags = 8, track.default_duration, track.default_size, track.default_flags
    origin = moof_start
    if flags & 0x1:
        (origin,) = struct.unpack_from(">Q", tfhd, at)
        at += 8
    if flags & 0x2:
        at += 4
    if flags & 0x8:
        (duration,) = struct.unpack_from(">I", tfhd, at)
        at += 4
    if flags & 0x10:
        (size,) = struct.unpack_from(">I", tfhd, at)
        at += 4
    if flags & 0x20:
        (sample_flags,) = struct.unpack_from(">I", tfhd, at)
    tfdt = traf.one("tfdt").payload
    (base,) = struct.unpack_from(">Q" if tfdt[0] == 1 else ">I", tfdt, 4)
    samples, time, position = [], base, origin
    for trun in traf.all("trun"):
        payload = trun.payload
        version, flags = payload[0], struct.unpack_from(">I", payload)[0] & 0xFFFFFF
        (count,) = struct.unpack_from(">I", payload, 4)
        at = 8
        if flags & 0x1:
            position = origin + struct.unpack_from(">i", payload, at)[0]
            at += 4
        first_flags = None
        if flags & 0x4:
            (first_flags,) = struct.unpack_from(">I", payload, at)
            at += 4
        for number in range(count):
            sample = {"duration": duration, "size": size, "flags": sample_flags, "offset": 0}
            for bit, name in ((0x100, "duration"), (0x200, "size"), (0x400, "flags"), (0x800, "offset")):
                if flags & bit:
                    form = ">i" if name == "offset" and version == 1 else ">I"
                    (sample[name],) = struct.unpack_from(form, payload, at)
                    at += 4
            if number == 0 and first_flags is not None and not flags & 0x400:
                sample["flags"] = first_flags
            samples.append(
                Sample(
                    time, sample["duration"], sample["offset"], not sample["flags"] & 0x10000, position, sample["size"]
                )
            )
            time += sample["duration"]
            position += sample["size"]
    return base, samples


def units(sample: bytes, length_size: int = 4) -> Iterator[tuple[int, bytes]]:
    """The NAL units of an H.264 sample as (type, bytes)."""
    at = 0
    while at + length_size <= len(sample):
        size = int.from_bytes(sample[at : at + length_size], "big")
        at += length_size
        if size == 0 or at + size > len(sample):
            raise BadBoxes("a NAL unit's length does not fit its sample")
        yield sample[at] & 31, sample[at : at + size]
        at += size


class _Bits:
    def __init__(self, unit: bytes):
        raw = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self.value, self.left = int.from_bytes(raw, "big"), len(raw) * 8

    def take(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise BadBoxes("the SPS ends early")
        return (self.value >> self.left) & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed_golomb(self) -> int:
        code = self.golomb()
        return (code + 1) // 2 if code % 2 else -(code // 2)


@dataclass
class Sequence:
    """The relevant fields of an H.264 sequence parameter set (ITU-T H.264 7.3.2.1)."""

    profile: int
    level: int
    chroma_format: int
    bit_depth: int
    frames_only: bool
    width: int
    height: int
    sample_aspect: tuple[int, int] | None = None
    full_range: bool | None = None
    colour: tuple[int, int, int] | None = None


ASPECTS = {1: (1, 1), 2: (12, 11), 3: (10, 11), 4: (16, 11), 5: (40, 33), 14: (4, 3), 15: (3, 2), 16: (2, 1)}


def read_sequence(unit: bytes) -> Sequence:
    """Parses an SPS up to the colour description."""
    bits = _Bits(unit[1:])
    profile, _, level = bits.take(8), bits.take(8), bits.take(8)
    bits.golomb()
    chroma, depth = 1, 8
    if profile in (100, 110, 122, 244, 44, 83, 86, 118, 128):
        chroma = bits.golomb()
        if chroma == 3:
            bits.take(1)
        depth = 8 + bits.golomb()
        bits.golomb()
        bits.take(1)
        if bits.take(1):
            for number in range(8 if chroma != 3 else 12):
                if bits.take(1):
                    last = following = 8
                    for _ in range(16 if number < 6 else 64):
                        if following:
                            following = (last + bits.signed_golomb()) % 256
                        last = following or last
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.signed_golomb()
        bits.signed_golomb()
        for _ in range(bits.golomb()):
            bits.signed_golomb()
    bits.golomb()
    bits.take(1)
    across, down = bits.golomb() + 1, bits.golomb() + 1
    frames_only = bool(bits.take(1))
    if not frames_only:
        bits.take(1)
    bits.take(1)
    left = right = top = bottom = 0
    if bits.take(1):
        left, right, top, bottom = (bits.golomb() for _ in range(4))
    step_x, step_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1) * (1 if frames_only else 2)
    sequence = Sequence(
        profile, level, chroma, depth, frames_only, across * 16 - step_x * (left + right),
        down * 16 * (1 if frames_only else 2) - step_y * (top + bottom),
    )  # fmt: skip
    if bits.take(1):
        if bits.take(1):
            kind = bits.take(8)
            sequence.sample_aspect = (bits.take(16), bits.take(16)) if kind == 255 else ASPECTS.get(kind)
        if bits.take(1):
            bits.take(1)
        if bits.take(1):
            bits.take(3)
            sequence.full_range = bool(bits.take(1))
            if bits.take(1):
                sequence.colour = (bits.take(8), bits.take(8), bits.take(8))
    return sequence
