"""Frames are upright and have the right aspect ratio for all rotations, sizes and sample aspect ratios of sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import expectations, report
from support.generated import GeneratedSources
from support.generated_geometry import RECIPES


@pytest.fixture(scope="session")
def generated(shared: dict[str, str]) -> GeneratedSources:
    """The sources on the shared server."""
    return GeneratedSources(Path(shared["folder"]) / "geometry", shared["url"], RECIPES)


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_geometry(name: str, generated: GeneratedSources, shared: dict[str, str]) -> None:
    """The stream has the properties of the recipe."""
    row = expectations.check(generated.recipes[name], generated)
    report.add(Path(shared["folder"]), "geometry", **row)
