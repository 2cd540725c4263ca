"""Frames and audio have the right times with any timestamps of the source: numbered frames, a flash and a beep."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy
import pytest
from PIL import Image
from support import expectations, pattern, report
from support.generated import GeneratedSources
from support.generated_timing import RECIPES


@pytest.fixture(scope="session")
def generated(shared: dict[str, str]) -> GeneratedSources:
    """The sources on the shared server."""
    return GeneratedSources(Path(shared["folder"]) / "timing", shared["url"], RECIPES)


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_timing(name: str, generated: GeneratedSources, shared: dict[str, str]) -> None:
    """The stream has the properties of the recipe."""
    row = expectations.check(generated.recipes[name], generated)
    report.add(Path(shared["folder"]), "timing", **row)


@pytest.mark.parametrize("name", ["top_first.ts", "bottom_first.mkv"])
def test_a_poster_shows_one_moment(name: str, generated: GeneratedSources) -> None:
    """A poster of interlaced video shows one field: each cell of its strip has one brightness, and its number is a field's."""
    client, _ = generated.uploads()
    poster = client.get(generated.finished(name)["playback"]["poster"])
    luma = numpy.asarray(Image.open(BytesIO(poster.content)).convert("L")).astype(float)
    height, width = luma.shape
    for cell in range(pattern.CELLS):
        assert luma[pattern.cell_area(width, height, cell, 0.3)].std() < 25, f"cell {cell} is combed"
    assert pattern.number_of(luma) in generated.recipes[name].numbers
