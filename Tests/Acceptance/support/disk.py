"""The files of a data folder, also while the server writes into it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def paths(folder: Path) -> Iterator[Path]:
    """Every file and folder below; omits those that disappear meanwhile (`rglob` would raise)."""
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            yield Path(parent, name)


def files(folder: Path) -> list[Path]:
    """Every file below."""
    return [path for path in paths(folder) if path.is_file()]


def sources(data: Path, video_id: str) -> list[Path]:
    """The stored originals of a video: one after its upload is complete."""
    return [path for path in files(data) if path.parts[-3:] == ("sources", video_id, "original")]
