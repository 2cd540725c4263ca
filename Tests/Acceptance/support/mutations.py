"""Random and malicious damage to media files; a seed and a number determine it, so that each file can be repeated."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

# Values at which sizes, counts and times overflow.
EDGES = [
    0,
    1,
    2,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFED,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
]
# Bytes at the start of a file without boxes that are assumed to have its headers.
HEAD = 2048
CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "edts", "dinf", "udta", "mvex", "moof", "traf", "meta", "ilst"}
TABLES = {
    "mvhd", "tkhd", "mdhd", "hdlr", "elst", "stsd", "stts", "ctts", "stss", "stsc", "stsz", "stco", "co64", "trex", "mfhd", "tfhd",
    "tfdt", "trun", "sidx", "sgpd", "sbgp",
}  # fmt: skip


@dataclass(frozen=True)
class Base:
    """A complete file to damage."""

    name: str
    data: bytes

    def headers(self) -> list[range]:
        """The ranges that describe the media: every box except the media data, or the start of another kind of file."""
        found = [box_range for kind, box_range in self.boxes() if kind not in ("mdat", "free", *CONTAINERS)]
        return [place for place in found if len(place)] or [range(min(HEAD, len(self.data)))]

    def boxes(self) -> list[tuple[str, range]]:
        """All boxes of an ISO file, those inside others too; none for another kind of file."""
        if self.data[4:8] not in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return []
        found: list[tuple[str, range]] = []

        def look(begin: int, end: int, depth: int) -> None:
            while begin + 8 <= end:
                size, kind = struct.unpack(">I4s", self.data[begin : begin + 8])
                size = end - begin if size == 0 else size
                size = struct.unpack(">Q", self.data[begin + 8 : begin + 16])[0] if size == 1 else size
                if size < 8 or begin + size > end:
                    return
                name = kind.decode("latin-1")
                found.append((name, range(begin, begin + size)))
                if name in CONTAINERS and depth < 8:
                    look(begin + 8, begin + size, depth + 1)
                begin += size

        look(0, len(self.data), 0)
        return found


@dataclass(frozen=True)
class Mutant:
    """A damaged file and the damage."""

    number: int
    base: str
    kind: str
    data: bytes


Chance = random.Random
Damage = Callable[[Chance, Base, Base], bytes]


def somewhere(chance: Chance, base: Base) -> int:
    """An offset, mostly in the headers, whose values the readers use."""
    if chance.random() < 0.7:
        return chance.choice(chance.choice(base.headers()))
    return chance.randrange(len(base.data))


def stretch(chance: Chance, base: Base) -> tuple[int, int]:
    """A short or long range of bytes."""
    length = min(len(base.data), int(2 ** chance.uniform(0, 15)))
    begin = chance.randrange(len(base.data) - length + 1)
    return begin, begin + length


def flip_few(chance: Chance, base: Base, other: Base) -> bytes:
    data = bytearray(base.data)
    for _ in range(chance.randint(1, 8)):
        data[somewhere(chance, base)] ^= 1 << chance.randrange(8)
    return bytes(data)


def flip_many(chance: Chance, base: Base, other: Base) -> bytes:
    data = bytearray(base.data)
    for _ in range(max(16, int(len(data) * chance.choice([0.0005, 0.005, 0.03])))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def edge_values(chance: Chance, base: Base, other: Base) -> bytes:
    data = bytearray(base.data)
    for _ in range(chance.randint(1, 4)):
        width, order = chance.choice([1, 2, 4, 4, 4, 8]), chance.choice(["big", "big", "little"])
        place = somewhere(chance, base) // width * width
        value = chance.choice(EDGES) if width < 8 else chance.choice([*EDGES, 2**63 - 1, 2**63, 2**64 - 1, 2**62])
        data[place : place + width] = (value % 2 ** (8 * width)).to_bytes(width, order)  # type: ignore[arg-type]
    return bytes(data[: len(base.data)])


def box_fields(chance: Chance, base: Base, other: Base) -> bytes:
    """Changes 32-bit fields of the boxes that describe tracks: timescales, counts, lengths, offsets."""
    data = bytearray(base.data)
    places = [place for kind, place in base.boxes() if kind in TABLES and len(place) >= 16]
    if not places:
        return edge_values(chance, base, other)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places)
        field = place.start + 8 + 4 * chance.randrange(min(16, (len(place) - 8) // 4))
        old = struct.unpack(">I", data[field : field + 4])[0]
        value = chance.choice([*EDGES, old + 1, old - 1, old * 2, old * 1000, old // 2])
        data[field : field + 4] = struct.pack(">I", value % 2**32)
    return bytes(data)


def truncate(chance: Chance, base: Base, other: Base) -> bytes:
    return base.data[: chance.randrange(len(base.data))]


def truncate_at_a_box(chance: Chance, base: Base, other: Base) -> bytes:
    ends = [chance.choice([place.start, place.start + 8, place.stop]) for _, place in base.boxes()]
    return base.data[: chance.choice(ends) + chance.choice([0, 0, 0, 1, -1])] if ends else truncate(chance, base, other)


def box_sizes(chance: Chance, base: Base, other: Base) -> bytes:
    data = bytearray(base.data)
    places = base.boxes()
    if not places:
        return edge_values(chance, base, other)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places)[1]
        size = chance.choice([*EDGES, len(place) + chance.choice([-8, -1, 1, 4, 8, 1000]), len(data)])
        data[place.start : place.start + 4] = struct.pack(">I", size % 2**32)
    return bytes(data)


def box_types(chance: Chance, base: Base, other: Base) -> bytes:
    data = bytearray(base.data)
    places = base.boxes()
    if not places:
        return flip_few(chance, base, other)
    one, two = chance.choice(places)[1].start, chance.choice(places)[1].start
    data[one + 4 : one + 8], data[two + 4 : two + 8] = data[two + 4 : two + 8], data[one + 4 : one + 8]
    return bytes(data)


def head_of_another(chance: Chance, base: Base, other: Base) -> bytes:
    cut = chance.choice([64, 512, HEAD, 16384, chance.randrange(1, len(other.data))])
    return other.data[:cut] + base.data[chance.choice([cut, 0, chance.randrange(len(base.data))]) :]


def index_of_another(chance: Chance, base: Base, other: Base) -> bytes:
    """The index of one file before the media data of another."""
    mine = [place for kind, place in base.boxes() if kind == "moov"]
    theirs = [place for kind, place in other.boxes() if kind == "moov"]
    if not mine or not theirs:
        return head_of_another(chance, base, other)
    taken = other.data[theirs[0].start : theirs[0].stop]
    return base.data[: mine[0].start] + taken + base.data[mine[0].stop :]


def zero(chance: Chance, base: Base, other: Base) -> bytes:
    begin, end = stretch(chance, base)
    return base.data[:begin] + bytes([chance.choice([0, 0, 0xFF])]) * (end - begin) + base.data[end:]


def repeat(chance: Chance, base: Base, other: Base) -> bytes:
    begin, end = stretch(chance, base)
    return base.data[:end] + base.data[begin:end] * chance.randint(1, 8) + base.data[end:]


def leave_out(chance: Chance, base: Base, other: Base) -> bytes:
    begin, end = stretch(chance, base)
    return base.data[:begin] + base.data[end:]


def move(chance: Chance, base: Base, other: Base) -> bytes:
    begin, end = stretch(chance, base)
    rest = base.data[:begin] + base.data[end:]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + base.data[begin:end] + rest[place:]


def noise(chance: Chance, base: Base, other: Base) -> bytes:
    begin, end = stretch(chance, base)
    return base.data[:begin] + chance.randbytes(end - begin) + base.data[end:]


def insert(chance: Chance, base: Base, other: Base) -> bytes:
    place = somewhere(chance, base)
    return base.data[:place] + chance.randbytes(chance.choice([1, 2, 4, 188, 4096])) + base.data[place:]


DAMAGES: list[Damage] = [
    flip_few, flip_few, flip_many, edge_values, edge_values, edge_values, truncate, truncate_at_a_box, box_sizes, box_types, box_fields,
    box_fields, box_fields, box_fields, head_of_another, index_of_another, zero, repeat, leave_out, move, noise, insert,
]  # fmt: skip


def mutant(bases: list[Base], seed: int, number: int) -> Mutant:
    """The damaged file with this number: the bases in turn, with one kind of damage or sometimes several."""
    chance = random.Random(f"{seed}/{number}")
    base = bases[number % len(bases)]
    kinds = []
    data = base.data
    for _ in range(chance.choice([1, 1, 1, 1, 2, 3])):
        if not data:
            break
        damage = chance.choice(DAMAGES)
        kinds.append(damage.__name__)
        data = damage(chance, Base(base.name, data), chance.choice(bases))
    return Mutant(number, base.name, "+".join(kinds), data)
