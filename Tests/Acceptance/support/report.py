"""Rows of the table at the end of a run; worker processes append them, the main process prints them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def add(folder: Path, table: str, **row: Any) -> None:
    """Adds a row in one write, so that rows of several processes do not mix."""
    with (folder / f"{table}.rows").open("a") as file:
        file.write(json.dumps(row) + "\n")


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """The rows so far."""
    path = folder / f"{table}.rows"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def text(found: list[dict[str, Any]]) -> list[str]:
    """Rows as a table with aligned columns."""
    if not found:
        return []
    columns = list(dict.fromkeys(key for row in found for key in row))
    cells = [columns, *[[str(row.get(column, "")) for column in columns] for row in found]]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
