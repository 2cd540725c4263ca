"""Files after public reports to comparable projects: each comes out as `fixtures/reported/INDEX.tsv` says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import reported
from support.reported import Outcome

Check = Callable[[Outcome], None]
CHECKS: dict[str, Check] = {}
# Files whose check is still to be written.
PENDING = {row["file"] for row in reported.rows()}


def check(name: str) -> Callable[[Check], Check]:
    """Makes a function the check of a file."""

    def add(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return add


# One function a file, below this line; each asserts what the table promises of the outcome.


@pytest.mark.parametrize("name", CHECKS)
def test_reported(name: str, tmp_path: Path) -> None:
    """A file comes out as the table says."""
    CHECKS[name](reported.package(reported.FOLDER / name, tmp_path / "out"))


def test_every_file_has_a_check() -> None:
    """No file of the table is forgotten."""
    assert {row["file"] for row in reported.rows()} == set(CHECKS) | PENDING
