"""Damaged files play as far as they can be decoded, at the right times, with notes for their owner."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from support import media, report, watching
from support.generated import GeneratedSources, Recipe
from support.generated_damage import SOURCES
from support.watching import Watched

# If whole packets are missing, times have a gap and the decoder conceals the missing data without an error.
SILENT = {"dropped.mp4"}
TOLD = {"damaged_frames", "frames_missing", "shorter_than_claimed"}


@pytest.fixture(scope="session")
def generated(shared: dict[str, str]) -> GeneratedSources:
    """The sources on the shared server."""
    recipes = [Recipe(name, make, notes=frozenset(TOLD)) for name, make in SOURCES.items()]
    return GeneratedSources(Path(shared["folder"]) / "damage", shared["url"], recipes)


@pytest.mark.parametrize("name", SOURCES)
def test_damage(name: str, generated: GeneratedSources, shared: dict[str, str]) -> None:
    """The output has the frames that ffmpeg decodes, in order and on time; flash and beep coincide; there is a note."""
    video = generated.finished(name)
    row = {"file": name, "outcome": video["state"], "notes": " ".join(video["notes"])}
    assert video["state"] == "ready", video
    stream = generated.stream(name)
    best = Watched(stream, stream.video[-1])
    path = generated.clips()[name].path
    times = media.frame_times(path, "v:0")
    row |= {"in": len(times), "out": len(best.times), "seconds": f"{video['durationMs'] / 1000:.3f}"}
    report.add(Path(shared["folder"]), "damage", **row)
    assert TOLD & set(video["notes"]) or name in SILENT, "nobody is told"
    assert abs(len(best.times) - len(times)) <= 8, f"{len(best.times)} pictures of {len(times)}"
    numbers = [number for number, _ in groupby(best.numbers)]
    # A damaged frame may show any number; the numbers of the others rise.
    hurt = sum(later <= earlier for earlier, later in pairwise(numbers))
    assert hurt <= 10, numbers
    assert best.flash is not None and abs(best.flash - 1) < Fraction(15, 100)
    beep = watching.beep(stream)
    assert beep is not None and abs(beep - best.flash) <= Fraction(60, 1000)
