"""Clips for several tests, uploaded and encoded once for all worker processes."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import media, streams
from .client import Client, Video

# The order of uploads: clips that players and checks need first are first, the longest are last.
FIRST = ["perf_bbb_1080p30_10s_51.mp4", "phone_portrait_rot90_h264.mov", "audio_only.mp3", "avi_mpeg4_mp3.avi"]
# The long performance clip is only for benchmarks: it takes minutes and has no property that other clips lack.
LEFT_OUT = {"perf_bbb_720p25_117s_51.ts"}


class Library:
    """All clips on the shared server."""

    def __init__(self, folder: Path, url: str):
        self.folder = folder
        self.url = url
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """One process at a time."""
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @staticmethod
    def clips() -> dict[str, media.Clip]:
        """The uploaded clips in order."""
        found = {name: clip for name, clip in media.clips().items() if name not in LEFT_OUT}
        return {name: found[name] for name in [*FIRST, *sorted(set(found) - set(FIRST))]}

    def uploads(self) -> tuple[Client, dict[str, str]]:
        """The owner and the video ids by file name; the first caller uploads everything."""
        record = self.folder / "uploads.json"
        with self.lock("uploads"):
            if not record.exists():
                client = Client.registered(self.url, "library")
                ids = {name: client.upload(clip.path, title=name) for name, clip in self.clips().items()}
                record.write_text(json.dumps({"token": client.token, "ids": ids}))
        kept = json.loads(record.read_text())
        return Client(self.url, kept["token"]), kept["ids"]

    def finished(self, name: str) -> Video:
        """A clip's video in its final state."""
        client, ids = self.uploads()
        return client.wait(ids[name], timeout=280)

    def stream(self, name: str) -> streams.Stream:
        """A clip's complete stream, downloaded once."""
        video = self.finished(name)
        assert video["state"] == "ready", video
        folder = self.folder / "streams" / name
        folder.mkdir(parents=True, exist_ok=True)
        with self.lock(name):
            return streams.load(self.url + video["playback"]["hls"].rpartition("/")[0], folder)
