"""Changes an MP4 file in place, to forms that recorders write and ffmpeg cannot write."""

from __future__ import annotations

import struct
from pathlib import Path

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"meta"}
# Bytes before the first child: a sample description has a count, an entry has fixed fields.
HEADERS = {b"stsd": 8, b"avc1": 78, b"hvc1": 78, b"hev1": 78}


class Atoms:
    """The bytes of a file whose `moov` is after its `mdat`, so that it can grow without changing offsets."""

    def __init__(self, path: Path):
        self.path = path
        self.data = bytearray(path.read_bytes())
        kinds = [kind for kind, _, _ in self.children(0, len(self.data))]
        assert kinds.index(b"mdat") < kinds.index(b"moov"), "moov has to be last"

    def children(self, begin: int, end: int) -> list[tuple[bytes, int, int]]:
        """The type, start and end of the boxes of a range."""
        found = []
        while begin + 8 <= end:
            size, kind = struct.unpack_from(">I4s", self.data, begin)
            found.append((kind, begin, begin + size))
            begin += size
        return found

    def find(self, *path: str, nth: int = 0) -> list[int]:
        """The starts of the boxes along a path such as `find("moov", "trak", "tkhd")`; `nth` selects the track."""
        begin, end, starts = 0, len(self.data), []
        for step in path:
            matches = [child for child in self.children(begin, end) if child[0] == step.encode("latin-1")]
            kind, start, end = matches[nth if step == "trak" else 0]
            starts.append(start)
            begin = start + 8 + HEADERS.get(kind, 0)
        return starts

    def write(self, at: int, form: str, *values: int) -> None:
        """Overwrites numbers."""
        struct.pack_into(form, self.data, at, *values)

    def insert(self, box: bytes, *path: str, nth: int = 0) -> None:
        """Appends a box to the box at a path, and adapts the sizes of its parents."""
        starts = self.find(*path, nth=nth)
        (size,) = struct.unpack_from(">I", self.data, starts[-1])
        self.data[starts[-1] + size : starts[-1] + size] = box
        for start in starts:
            (size,) = struct.unpack_from(">I", self.data, start)
            self.write(start, ">I", size + len(box))

    def save(self) -> Path:
        """Writes the file."""
        self.path.write_bytes(self.data)
        return self.path


def box(kind: str, *parts: bytes) -> bytes:
    """A box with these bytes."""
    payload = b"".join(parts)
    return struct.pack(">I4s", len(payload) + 8, kind.encode("latin-1")) + payload


def turn(path: Path, matrix: tuple[int, int, int, int], nth: int = 0) -> Path:
    """Sets a track's matrix: x' = a·x + c·y, y' = b·x + d·y for (a, b, c, d) (ISO/IEC 14496-12 8.3.2)."""
    atoms = Atoms(path)
    header = atoms.find("moov", "trak", "tkhd", nth=nth)[-1]
    a, b, c, d = matrix
    one = 1 << 16
    # Version 0: 8 of box header, 4 of version and flags, 20 of times and number, 16 of reserved, layer, volume.
    atoms.write(header + 48, ">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    return atoms.save()
