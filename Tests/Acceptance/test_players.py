"""Independent players play streams to the end without an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import assets, players, report
from support.library import Library
from support.players import Played

# The browsers and VLC play in real time, so they play the clips that differ most: landscape with 5.1 audio, portrait, audio
# only, irregular frame times, no audio, a tenth of a second, two audio tracks. Players without a clock play all accepted clips.
CHOSEN = [
    "perf_bbb_1080p30_10s_51.mp4",
    "phone_portrait_rot90_h264.mov",
    "audio_only.mp3",
    "vfr_screenrec_1080x2280.mp4",
    "no_audio_h264.mp4",
    "hdr10_pq_portrait_av1.mp4",
    "multitrack_2v2a_subs_nasa.mp4",
]
ALL = [name for name, clip in Library.clips().items() if clip.accepted]


@pytest.fixture
def played(library: Library, shared: dict[str, str]) -> Callable[..., Played]:
    """Plays a clip, records the result, and checks that it played to the end."""

    def check(
        player: str, name: str, play: Callable[[str, str], Played], timed: bool = False, path: str = "hls"
    ) -> Played:
        video = library.finished(name)
        assert video["state"] == "ready", video
        result = play(library.url + video["playback"][path], library.url)
        report.add(
            Path(shared["folder"]),
            "players",
            file=name,
            player=player,
            seconds=f"{result.seconds:.2f}",
            complaints=len(result.complaints),
        )
        assert result.complaints == []
        if timed:
            assert abs(result.seconds - video["durationMs"] / 1000) < 0.15, (result.seconds, video["durationMs"])
        return result

    return check


@pytest.mark.parametrize("name", ALL)
def test_ffmpeg(name: str, played: Callable[..., Played]) -> None:
    """ffprobe lists every rung as a program, ffmpeg decodes all of them."""
    played("ffmpeg", name, lambda url, _: players.ffmpeg(url), timed=True)
    found = played("ffprobe", name, lambda url, _: players.ffprobe(url), timed=True).facts
    assert found["programs"] and found["streams"]


@pytest.mark.parametrize("name", ALL)
def test_mpv(name: str, played: Callable[..., Played]) -> None:
    played("mpv", name, lambda url, _: players.mpv(url))


@pytest.mark.parametrize("name", ALL)
def test_gstreamer(name: str, played: Callable[..., Played], library: Library) -> None:
    """HLS and DASH; with the newer clients if there are several segments."""
    newer = all(len(rendition.playlist.entries) > 1 for rendition in library.stream(name).renditions.values())
    played("gstreamer hls", name, lambda url, _: players.gstreamer(url, newer))
    played("gstreamer dash", name, lambda url, _: players.gstreamer(url, newer), path="dash")


@pytest.mark.parametrize("name", CHOSEN)
def test_vlc(name: str, played: Callable[..., Played], library: Library) -> None:
    """VLC fetches every audio segment, and every video segment from any rung."""
    fetched = played("vlc", name, lambda url, _: players.vlc(url)).facts["fetched"]
    stream = library.stream(name)
    for kind, renditions in (("v", stream.video), ("a", stream.audio)):
        if renditions:
            have = {path.partition("/")[2] for path in fetched if path.startswith(kind)}
            assert have == {entry.uri for entry in renditions[0].playlist.entries}


@pytest.mark.parametrize("name", CHOSEN)
def test_chromium_native(name: str, played: Callable[..., Played]) -> None:
    result = played("chromium", name, lambda url, page: players.chromium(page, url, native=True), timed=True)
    check_frames(name, result)


@pytest.mark.parametrize("name", CHOSEN)
def test_chromium_hlsjs(name: str, played: Callable[..., Played]) -> None:
    result = played("chromium hls.js", name, lambda url, page: players.chromium(page, url, False, page + assets.address("vendor/hls.js")), timed=True)  # fmt: skip
    check_frames(name, result)


@pytest.mark.parametrize("name", CHOSEN)
def test_firefox_hlsjs(name: str, played: Callable[..., Played]) -> None:
    result = played("firefox hls.js", name, lambda url, page: players.firefox(page, url, page + assets.address("vendor/hls.js")), timed=True)  # fmt: skip
    check_frames(name, result)


def test_hlsjs_ends_after_a_late_append_event(played: Callable[..., Played]) -> None:
    """A stream of one segment ends although the event of the finished audio append comes after the video is buffered."""

    def play(url: str, page: str) -> Played:
        library = page + assets.address("vendor/hls.js")
        return players.chromium(page, url, False, library, timeout=60, before=players.LATE_EVENTS)

    played("chromium late events", "hdr10_pq_portrait_av1.mp4", play, timed=True)


def check_frames(name: str, result: Played) -> None:
    """A browser that plays video has decoded frames without damage."""
    if Library.clips()[name].seen:
        assert result.facts["frames"] > 0 and result.facts["width"] > 0 and result.facts["dropped"] == 0
