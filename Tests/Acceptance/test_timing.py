"""Pictures and sound come out when they were, whatever clock they had: numbered pictures, a flash and a beep."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import expectations, report
from support.made import Made
from support.made_timing import RECIPES


@pytest.fixture(scope="session")
def made(shared: dict[str, str]) -> Made:
    """The sources on the shared server."""
    return Made(Path(shared["folder"]) / "timing", shared["url"], RECIPES)


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_timing(name: str, made: Made, shared: dict[str, str]) -> None:
    """A source becomes what its recipe says."""
    row = expectations.check(made.recipes[name], made)
    report.add(Path(shared["folder"]), "timing", **row)
