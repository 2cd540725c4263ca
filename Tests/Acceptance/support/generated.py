"""Sources that a recipe generates, uploaded and encoded once for all worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from . import media
from .library import Library


@dataclass(frozen=True)
class Recipe:
    """How a source is generated, and the expected properties of its stream."""

    name: str
    make: Callable[[Path], object]
    #: Width and height of the highest rung.
    size: tuple[int, int] = (320, 180)
    #: The numbers of the shown frames.
    numbers: Iterable[int] = range(50)
    #: The time of each frame; `None` for a constant `rate`.
    times: tuple[Fraction, ...] | None = None
    rate: Fraction = Fraction(25)
    #: The tolerance of frame times in seconds: times in milliseconds, and the origin, are rounded.
    slack: Fraction = Fraction(2, 1000)
    #: The duration of the presentation.
    seconds: float = 2
    #: The times of the flash and the beep; `None` without one.
    flash: float | None = 1
    beep: float | None = 1
    #: The tolerance of colours in levels of 255; 0 for a frame that is too small for quadrants.
    tolerance: float = 5
    #: The expected notes.
    notes: frozenset[str] = frozenset()
    #: The code of the expected rejection, and a word of its detail.
    rejection: tuple[str, str] | None = None


class GeneratedSources(Library):
    """The sources of some recipes on the shared server."""

    def __init__(self, folder: Path, url: str, recipes: Iterable[Recipe]):
        super().__init__(folder, url)
        self.recipes = {recipe.name: recipe for recipe in recipes}

    def clips(self) -> dict[str, media.Clip]:  # type: ignore[override]
        """The sources; each is generated on first use. One process at a time calls this."""
        found = {}
        for name, recipe in self.recipes.items():
            path = self.folder / "sources" / name
            path.parent.mkdir(exist_ok=True)
            if not path.exists():
                recipe.make(path)
            seen, heard = recipe.rejection is None, recipe.beep is not None
            found[name] = media.Clip(path, recipe.rejection is None, bool(recipe.notes), seen, heard)
        return found
