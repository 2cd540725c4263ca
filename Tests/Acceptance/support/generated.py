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
    """How a source is generated, and what its stream has to be."""

    name: str
    make: Callable[[Path], object]
    #: Width and height of the best rung.
    size: tuple[int, int] = (320, 180)
    #: The frames that are shown, by their numbers.
    numbers: Iterable[int] = range(50)
    #: When each frame is shown; regular at `rate` where this is `None`.
    times: tuple[Fraction, ...] | None = None
    rate: Fraction = Fraction(25)
    #: Seconds by which a frame may be off its time: a clock of milliseconds rounds, and so may the origin.
    slack: Fraction = Fraction(2, 1000)
    #: Length of the presentation.
    seconds: float = 2
    #: When the flash is seen and the beep is heard; `None` for one without.
    flash: float | None = 1
    beep: float | None = 1
    #: Levels of 255 by which a colour may differ; 0 for a frame too small for quadrants.
    tolerance: float = 5
    #: Notes that the creator has to be given.
    notes: frozenset[str] = frozenset()
    #: The code of a rejection, and a word of its detail.
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
