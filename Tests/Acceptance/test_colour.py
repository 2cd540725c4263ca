"""Colours are correct for all matrices, ranges and formats of sources, measured with known patterns."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy
import pytest
from PIL import Image
from support import expectations, pattern, report
from support.generated import GeneratedSources
from support.generated_colour import RECIPES


@pytest.fixture(scope="session")
def generated(shared: dict[str, str]) -> GeneratedSources:
    """The sources on the shared server."""
    return GeneratedSources(Path(shared["folder"]) / "colour", shared["url"], RECIPES)


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_colour(name: str, generated: GeneratedSources, shared: dict[str, str]) -> None:
    """The stream has the properties of the recipe."""
    row = expectations.check(generated.recipes[name], generated)
    report.add(Path(shared["folder"]), "colour", **row)


PICTURES = ["tagged_709.mp4", "tagged_601.mp4", "tagged_2020.mp4", "full_709.mp4", "untagged_hd.mp4", "rgb_hd.mkv"]


@pytest.mark.parametrize("name", PICTURES)
def test_posters(name: str, generated: GeneratedSources) -> None:
    """Poster and small poster have the colours of the source, as an independent reader of JPEG and WebP sees them."""
    playback = generated.finished(name)["playback"]
    client, _ = generated.uploads()
    width, _ = generated.recipes[name].size
    assert (playback["smallPoster"] is not None) == (width > 480)
    for path in filter(None, (playback["poster"], playback["smallPoster"])):
        picture = numpy.asarray(Image.open(BytesIO(client.get(path).content)).convert("RGB")).astype(float)
        areas = pattern.quadrant_areas(picture.shape[1], picture.shape[0])
        found = [picture[area].reshape(-1, 3).mean(axis=0) for area in areas]
        assert numpy.abs(numpy.array(found) - numpy.array(pattern.QUADRANTS)).max() < 8, (path, found)
