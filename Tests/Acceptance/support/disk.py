"""What lies in a data folder, also while the server writes in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def paths(folder: Path) -> Iterator[Path]:
    """Every file and folder below; one that goes away meanwhile is left out (`rglob` would raise)."""
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            yield Path(parent, name)


def files(folder: Path) -> list[Path]:
    """Every file below."""
    return [path for path in paths(folder) if path.is_file()]


def sources(data: Path, video_id: str) -> list[Path]:
    """The originals that are kept of a video: one, once its upload is finished."""
    return [path for path in files(data) if path.parts[-3:] == ("sources", video_id, "original")]
