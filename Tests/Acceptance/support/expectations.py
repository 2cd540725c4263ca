"""Asserts that a stream has the properties of the recipe of its generated source."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy

from . import pattern, watching
from .generated import GeneratedSources, Recipe
from .watching import Watched

# Most seconds between a flash and a beep that coincide in the source.
TOGETHER = Fraction(25, 1000)


def check(recipe: Recipe, generated: GeneratedSources) -> dict[str, Any]:
    """Checks all properties of a recipe; returns the measured values for a table."""
    video = generated.finished(recipe.name)
    row: dict[str, Any] = {"file": recipe.name, "outcome": video["state"]}
    if recipe.rejection:
        code, word = recipe.rejection
        assert video["state"] == "rejected", video
        assert video["rejection"]["code"] == code and word in video["rejection"]["detail"], video["rejection"]
        return row | {"code": code}
    assert video["state"] == "ready", video
    assert recipe.notes <= set(video["notes"]), video["notes"]
    stream = generated.stream(recipe.name)
    best = Watched(stream, max(stream.video, key=lambda rendition: rendition.track.width))
    shape(recipe, best)
    length(recipe, video, best)
    shift = frames(recipe, best)
    row |= {"rungs": len(stream.video), "frames": len(best.times), "seconds": f"{video['durationMs'] / 1000:.3f}"}
    for rung in stream.video:
        row["colours"] = f"{colours(recipe, Watched(stream, rung)):.1f}"
    if recipe.flash is not None or recipe.beep is not None:
        row["apart_ms"] = moments(recipe, best, shift)
    row["notes"] = " ".join(video["notes"])
    return row


def shape(recipe: Recipe, best: Watched) -> None:
    """Checks size, square samples, progressive 8-bit frames, colour tags, and that no rotation is left."""
    tags = best.tags
    assert best.size == recipe.size == (tags["width"], tags["height"])
    assert tags.get("sample_aspect_ratio", "1:1") == "1:1"
    assert tags["pix_fmt"] == "yuv420p" and tags["field_order"] == "progressive"
    assert all("rotation" not in data for data in tags.get("side_data_list", []))
    assert {"color_space", "color_transfer", "color_primaries"} <= tags.keys(), "colours are not tagged"
    assert tags.get("color_range", "tv") == "tv"


def length(recipe: Recipe, video: dict[str, Any], best: Watched) -> None:
    """Checks that the presentation and its declared duration equal the source within a frame."""
    slack = 0.05 + float(recipe.slack) + (max(1.1 / float(recipe.rate), 0.05) if recipe.times is None else 0.1)
    assert abs(video["durationMs"] / 1000 - recipe.seconds) <= slack, video["durationMs"]
    assert abs(float(best.stream.main_seconds) - recipe.seconds) <= slack, float(best.stream.main_seconds)


def frames(recipe: Recipe, best: Watched) -> Fraction:
    """Checks that the output has the source's frames in order at their times; a long frame may be repeated.

    Returns the common delay: audio may start slightly before the video because of its encoder's priming.
    """
    expected = list(recipe.numbers)
    assert len(best.planes) == len(best.times), "not every picture decodes"
    if not expected:
        return Fraction(0)
    numbers = best.numbers
    assert [number for number, _ in groupby(numbers)] == expected, numbers
    assert len(numbers) <= len(expected) + len(best.rendition.segments), "a picture is repeated too often"
    times = recipe.times or [Fraction(position) / recipe.rate for position in range(len(expected))]
    firsts: dict[int, Fraction] = {}
    for number, time in zip(numbers, best.times, strict=True):
        firsts.setdefault(number, time)
    shift = firsts[expected[-1]] - times[-1]
    assert 0 <= shift <= Fraction(1, 10) + recipe.slack, f"all frames are late by {float(shift):.4f}"
    assert firsts[expected[0]] == 0
    for number, time in list(zip(expected, times, strict=True))[1:]:
        assert abs(firsts[number] - shift - time) <= recipe.slack, f"{number} is at {float(firsts[number]):.4f}"
    return shift


def colours(recipe: Recipe, rung: Watched) -> float:
    """Checks orientation and colours: each quadrant has its colour in the first and in the last frame.

    Returns the largest difference of a colour in levels of 255.
    """
    worst = 0.0
    if not recipe.tolerance:
        return worst
    for picture in (0, -1):
        for found, expected in zip(rung.colours(picture), pattern.QUADRANTS, strict=True):
            worst = max(worst, float(numpy.abs(found - numpy.array(expected)).max()))
    assert worst <= recipe.tolerance, f"{rung.rendition.name}: {[c.round(1).tolist() for c in rung.colours(0)]}"
    return worst


def moments(recipe: Recipe, best: Watched, shift: Fraction) -> str:
    """Checks the times of flash and beep; returns their difference in milliseconds."""
    flash = best.flash if recipe.flash is not None else None
    beep = watching.beep(best.stream) if recipe.beep is not None else None
    for name, found, wanted in (("flash", flash, recipe.flash), ("beep", beep, recipe.beep)):
        if wanted is not None:
            assert found is not None, f"there is no {name}"
            assert abs(found - shift - Fraction(wanted)) <= TOGETHER * 2, f"the {name} is at {float(found):.4f}"
    if flash is None or beep is None or recipe.flash is None or recipe.beep is None:
        return ""
    apart = (beep - flash) - Fraction(recipe.beep - recipe.flash)
    assert abs(apart) <= TOGETHER, f"the beep is {float(apart) * 1000:+.1f} ms off"
    return f"{float(apart) * 1000:+.1f}"
