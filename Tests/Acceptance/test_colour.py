"""Colours come out as they went in, whatever numbers they were: known patterns, measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import expectations, report
from support.made import Made
from support.made_colour import RECIPES


@pytest.fixture(scope="session")
def made(shared: dict[str, str]) -> Made:
    """The sources on the shared server."""
    return Made(Path(shared["folder"]) / "colour", shared["url"], RECIPES)


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_colour(name: str, made: Made, shared: dict[str, str]) -> None:
    """A source becomes what its recipe says."""
    row = expectations.check(made.recipes[name], made)
    report.add(Path(shared["folder"]), "colour", **row)
