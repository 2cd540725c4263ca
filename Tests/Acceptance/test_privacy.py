"""Only video and audio of a source are published: the test puts marker words into sources and searches for them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from support import disk
from support.client import Client
from support.generated import GeneratedSources, Recipe
from support.generated_privacy import MARK, SOURCES


@pytest.fixture(scope="session")
def generated(shared: dict[str, str]) -> GeneratedSources:
    """The sources on the shared server."""
    recipes = [Recipe(name, make) for name, make in SOURCES.items()]
    return GeneratedSources(Path(shared["folder"]) / "privacy", shared["url"], recipes)


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_planted_is_published(name: str, generated: GeneratedSources, visitor: Client) -> None:
    """No marker word is in any object of the video or in the API's documents about it."""
    video = generated.finished(name)
    assert video["state"] == "ready", video
    assert MARK.encode() in generated.clips()[name].path.read_bytes(), "nothing is planted"
    root = generated.folder.parent / "data"
    objects = [path for path in disk.files(root) if video["id"] in path.parts and "sources" not in path.parts]
    kinds = {path.suffix for path in objects}
    assert {".m3u8", ".mpd", ".mp4", ".m4s", ".jpg"} <= kinds, kinds
    for path in objects:
        data = path.read_bytes()
        assert MARK.encode() not in data, f"{path.name} holds {data[data.index(MARK.encode()) :][:40]!r}"
        if path.suffix == ".jpg":
            picture = Image.open(BytesIO(data))
            assert not picture.getexif() and "comment" not in picture.info and "exif" not in picture.info
    for said in (visitor.get(f"/v1/videos/{video['id']}").text, visitor.get(video["playback"]["hls"]).text):
        assert MARK not in said
