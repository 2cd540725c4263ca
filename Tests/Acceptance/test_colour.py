"""Colours are correct for all matrices, ranges and formats of sources, measured with known patterns."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import expectations, report
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
