"""Several audio tracks, and 5.1 with stereo: every track has complete renditions with the right times and channels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from numpy.typing import NDArray
from support import conformance, media, streams, watch_page
from support.library import Library
from support.server import run

# A tone for each channel of 5.1, in the order of AAC's configuration 6: a low one for the low-frequency channel.
TONES = [400, 600, 800, 80, 1000, 1200]
ENCODER = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25"]
RATE = 48_000


def tones(*frequencies: int, layout: str, seconds: float) -> list[str]:
    """An input of ffmpeg with a tone in each channel."""
    waves = "|".join(f"0.3*sin(2*PI*{frequency}*t)" for frequency in frequencies)
    return ["-f", "lavfi", "-i", f"aevalsrc='{waves}':c={layout}:s={RATE}:d={seconds}"]


def moving_frames(seconds: float) -> list[str]:
    """An input of ffmpeg with moving frames."""
    return ["-f", "lavfi", "-i", f"testsrc2=s=160x90:r=25:d={seconds}"]


def package(source: Path, folder: Path, *options: str) -> tuple[streams.Stream, dict[str, Any]]:
    """The result of `media run`: the stream, and the printed facts."""
    arguments = ["--no-stills", "--ladder", "90=200", "--json", *options]
    done = run("media", "run", str(source), "--out", str(folder), *arguments, timeout=200)
    assert done.returncode == 0, done.stderr
    return streams.load(folder, folder), json.loads(done.stdout)


def decoded(stream: streams.Stream, rendition: streams.Rendition) -> NDArray[numpy.float32]:
    """All samples of a rendition without the priming: samples × channels."""
    data = media.run("-ignore_editlist", "1", "-i", stream.joined(rendition), "-ar", str(RATE), "-f", "f32le", "-")
    samples = numpy.frombuffer(data, numpy.float32).reshape(-1, rendition.track.channels)
    return samples[sum(time for _, time in rendition.track.edits) :]


def named(stream: streams.Stream, name: str) -> streams.Rendition:
    """The rendition with this folder."""
    return stream.renditions[f"{name}/index.m3u8"]


def loudest(samples: NDArray[numpy.float32]) -> list[int]:
    """The loudest frequency of each channel between 1 s and 2 s."""
    spectrum = numpy.abs(numpy.fft.rfft(samples[RATE : 2 * RATE], axis=0))
    return [int(place) for place in spectrum.argmax(axis=0)]


def breaches(stream: streams.Stream) -> list[str]:
    """The rules that a stream breaks."""
    return [str(breach) for breach in conformance.check(stream) if breach.level == "must"]


def group(stream: streams.Stream, name: str) -> list[tuple[str, str, str, str, str]]:
    """The attributes of the renditions of a group that viewers and players see."""
    keys = ("NAME", "LANGUAGE", "DEFAULT", "CHANNELS", "URI")
    return [tuple(media[key] for key in keys) for media in stream.main.media if media["GROUP-ID"] == name]


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, streams.Stream, dict[str, Any]]:
    """A video of 40 s with English 5.1, German stereo and a second English track, in segments of a second."""
    folder = tmp_path_factory.mktemp("tracks")
    source = folder / "film.mkv"
    inputs = [*moving_frames(40), *tones(*TONES, layout="5.1", seconds=40)]
    inputs += [*tones(500, 700, layout="stereo", seconds=40), *tones(900, 1100, layout="stereo", seconds=40)]
    maps = "-map 0:v -map 1:a -map 2:a -map 3:a -c:a pcm_s16le".split()
    maps += "-metadata:s:a:0 language=eng -metadata:s:a:1 language=ger -metadata:s:a:2 language=eng".split()
    media.run("-y", *inputs, *maps, *ENCODER, source)
    stream, summary = package(source, folder / "out", "--segment-seconds", "1", "--range-segments", "1")
    return source, stream, summary


def test_every_track_has_renditions(tracks: tuple[Path, streams.Stream, dict[str, Any]]) -> None:
    """There is a rendition for each track; 5.1 is in a separate group with the same members; stereo is first."""
    _, stream, summary = tracks
    assert group(stream, "audio") == [
        ("English", "en", "YES", "2", "aeng/index.m3u8"),
        ("German", "de", "NO", "2", "ager/index.m3u8"),
        ("English 2", "en", "NO", "2", "aeng-2/index.m3u8"),
    ]
    assert group(stream, "surround") == [
        ("English", "en", "YES", "6", "aeng-6ch/index.m3u8"),
        ("German", "de", "NO", "2", "ager/index.m3u8"),
        ("English 2", "en", "NO", "2", "aeng-2/index.m3u8"),
    ]
    assert [variant["AUDIO"] for variant in stream.main.variants] == ["audio", "surround"]
    assert breaches(stream) == []
    assert [track["language"] for track in summary["facts"]["furtherAudio"]] == ["ger", "eng"]
    assert summary["facts"]["notes"] == []
    text = (stream.folder / "manifest.mpd").read_text()
    assert text.count('contentType="audio"') == 4 and text.count('value="6"') == 1


@pytest.mark.parametrize(("name", "number"), [("aeng-6ch", 0), ("ager", 1), ("aeng-2", 2)])
def test_every_sample_is_at_its_time(
    name: str, number: int, tracks: tuple[Path, streams.Stream, dict[str, Any]]
) -> None:
    """The output samples equal the source's at their times, across all joins of separately encoded ranges."""
    source, stream, _ = tracks
    rendition = named(stream, name)
    found = decoded(stream, rendition)
    data = media.run("-i", source, "-map", f"0:a:{number}", "-f", "f32le", "-")
    expected = numpy.frombuffer(data, numpy.float32).reshape(40 * RATE, -1)
    assert len(expected) <= len(found) < len(expected) + 1024
    assert len(rendition.samples) * 1024 == len(found) + 1024
    # The last frame has the end of the tone; its blocks before and after differ in type.
    error = numpy.abs(found[: len(expected)] - expected).max(axis=1)[: -2 * 1024]
    # A tone of 1200 Hz that is shifted by one sample has an error of 0.047.
    blocks = error[2048 : len(error) // 1024 * 1024].reshape(-1, 1024).max(axis=1)
    assert float(numpy.median(blocks)) < 0.02
    # The planner decides which segments are encoded together: any boundary may be a join. A frame that is lost,
    # or was encoded without pre-roll, has an error of the tone's amplitude: 0.3.
    join = 0
    for number, segment in enumerate(rendition.segments[:-1], start=1):
        join += sum(len(fragment.samples) for fragment in segment)
        around = error[(join - 3) * 1024 : (join + 2) * 1024].max()
        assert around < 0.05, f"{around:.3f} off where segment {number} ends"


SURROUND: list[tuple[str, list[str]]] = [
    ("pcm.mov", "-c:a pcm_s16le".split()),
    ("side.mkv", "-c:a ac3 -b:a 448k".split()),
    ("back.mkv", "-c:a flac".split()),
    ("kept.mp4", "-c:a aac -b:a 400k".split()),
    ("kept.ts", "-c:a aac -b:a 400k".split()),
]


@pytest.mark.parametrize(("file", "options"), SURROUND, ids=[file for file, _ in SURROUND])
def test_channels_keep_their_order(file: str, options: list[str], tmp_path: Path) -> None:
    """Each loudspeaker gets its tone for every channel order of codecs; AAC that fits is copied."""
    source = tmp_path / file
    media.run("-y", *moving_frames(4), *tones(*TONES, layout="5.1", seconds=4), *ENCODER, *options, source)
    stream, _ = package(source, tmp_path / "out")
    assert loudest(decoded(stream, named(stream, "aund-6ch"))) == TONES
    assert named(stream, "aund").track.channels == 2
    assert breaches(stream) == []
    if file.startswith("kept"):
        assert packets(stream.joined(named(stream, "aund-6ch"))) == packets(source)


def packets(path: Path) -> list[str]:
    """The payload of each audio packet."""
    if path.suffix == ".ts":
        # Each packet has a header in this container that others do not have.
        bare = path.with_suffix(".bare.mp4")
        media.run("-y", "-i", path, "-map", "0:a:0", "-c", "copy", bare)
        return packets(bare)
    lines = media.run("-i", path, "-map", "0:a:0", "-c", "copy", "-f", "framehash", "-hash", "md5", "-").decode()
    return [line.split(",")[5].strip() for line in lines.splitlines() if not line.startswith("#")]


def test_seven_channels_become_five(tmp_path: Path) -> None:
    """Side and back channels of 7.1 are added."""
    source = tmp_path / "seven.mkv"
    frequencies = [*TONES, 1400, 1600]
    media.run("-y", *moving_frames(4), *tones(*frequencies, layout="7.1", seconds=4), *ENCODER, "-c:a", "flac", source)
    stream, _ = package(source, tmp_path / "out")
    spectrum = numpy.abs(numpy.fft.rfft(decoded(stream, named(stream, "aund-6ch"))[RATE : 2 * RATE], axis=0))
    assert [int(place) for place in spectrum[:, :4].argmax(axis=0)] == TONES[:4]
    for channel, pair in ((4, (1000, 1400)), (5, (1200, 1600))):
        strongest = set(numpy.argsort(spectrum[:, channel])[-2:].tolist())
        assert strongest == set(pair)


def test_audio_that_changes_is_not_copied(tmp_path: Path) -> None:
    """AAC whose headers change from mono to stereo is encoded: a track has only one configuration."""
    parts = []
    for name, sound in (
        ("mono", tones(400, layout="mono", seconds=2)),
        ("stereo", tones(600, 600, layout="stereo", seconds=3)),
    ):
        media.run("-y", *sound, "-c:a", "aac", tmp_path / f"{name}.aac")
        parts.append((tmp_path / f"{name}.aac").read_bytes())
    (tmp_path / "both.aac").write_bytes(b"".join(parts))
    stream, _ = package(tmp_path / "both.aac", tmp_path / "both")
    found = decoded(stream, stream.audio[0])
    assert stream.audio[0].track.channels == 2 and breaches(stream) == []
    assert loudest(found[: 2 * RATE])[0] == 400 and loudest(found[2 * RATE :])[0] == 600
    (tmp_path / "one.aac").write_bytes(parts[0])
    stream, _ = package(tmp_path / "one.aac", tmp_path / "one")
    assert stream.audio[0].track.channels == 1, "what stays as it is, is kept"


def test_all_tracks_have_one_duration(tmp_path: Path) -> None:
    """A track that starts late or ends early is filled with silence; the longest track sets the duration of all."""
    source = tmp_path / "uneven.mkv"
    inputs = [*moving_frames(6), *tones(400, layout="mono", seconds=6)]
    inputs += ["-itsoffset", "1.5", *tones(600, layout="mono", seconds=3), *tones(800, layout="mono", seconds=8)]
    maps = "-map 0:v -map 1:a -map 2:a -map 3:a -c:a pcm_s16le".split()
    media.run("-y", *inputs, *maps, *ENCODER, source)
    stream, _ = package(source, tmp_path / "out")
    assert breaches(stream) == []
    assert abs(float(stream.main_seconds) - 8) < 0.03
    sound = {name: decoded(stream, named(stream, name))[:, 0] for name in ("aund", "aund-2", "aund-3")}
    for name, (begin, end) in {"aund": (0, 6), "aund-2": (1.5, 4.5), "aund-3": (0, 8)}.items():
        loud = numpy.flatnonzero(numpy.abs(sound[name]) > 0.1)
        # Tolerance for the rise of the tone within a tenth of a millisecond, and for the encoder's pre-echo.
        assert abs(loud[0] / RATE - begin) < 0.005 and abs((loud[-1] + 1) / RATE - end) < 0.005, name


def test_unsupported_tracks_are_left_out(tmp_path: Path) -> None:
    """A track with an unsupported codec is left out with a note; of ten tracks eight are served, with a note."""
    source = tmp_path / "odd.mkv"
    sound = [*tones(400, layout="stereo", seconds=2), *tones(600, layout="stereo", seconds=2)]
    maps = "-map 0:v -map 1:a -map 2:a -c:a:0 real_144 -ar:a:0 8000 -ac:a:0 1 -c:a:1 aac".split()
    media.run("-y", *moving_frames(2), *sound, *maps, *ENCODER, source)
    stream, summary = package(source, tmp_path / "odd")
    assert [rendition.name for rendition in stream.audio] == ["aund"]
    assert loudest(decoded(stream, stream.audio[0])) == [600, 600]
    assert summary["facts"]["notes"] == ["extra_tracks_ignored"]
    source = tmp_path / "many.mkv"
    maps = [word for _ in range(10) for word in ("-map", "1:a")]
    media.run("-y", *moving_frames(2), *tones(400, layout="mono", seconds=2), "-map", "0:v", *maps, *ENCODER, source)
    stream, summary = package(source, tmp_path / "many")
    assert [rendition.name for rendition in stream.audio] == ["aund", *(f"aund-{number}" for number in range(2, 9))]
    assert summary["facts"]["notes"] == ["extra_tracks_ignored"]
    assert breaches(stream) == []


def test_audio_without_video_has_its_tracks(tmp_path: Path) -> None:
    """Without video each group is a variant with the URI of its default rendition."""
    source = tmp_path / "songs.mka"
    sound = [*tones(*TONES, layout="5.1", seconds=6), *tones(600, layout="mono", seconds=6)]
    maps = "-map 0:a -map 1:a -c:a flac -metadata:s:a:0 language=fre -metadata:s:a:1 language=ita".split()
    media.run("-y", *sound, *maps, source)
    stream, _ = package(source, tmp_path / "out")
    assert [variant["URI"] for variant in stream.main.variants] == ["afre/index.m3u8", "afre-6ch/index.m3u8"]
    assert [row[4] for row in group(stream, "surround")] == ["afre-6ch/index.m3u8", "aita/index.m3u8"]
    assert breaches(stream) == []


def test_surround_can_be_left_out(tmp_path: Path) -> None:
    """With `--stereo-only` there is no 5.1 rendition."""
    source = tmp_path / "surround.mkv"
    media.run("-y", *moving_frames(2), *tones(*TONES, layout="5.1", seconds=2), *ENCODER, "-c:a", "ac3", source)
    stream, summary = package(source, tmp_path / "out", "--stereo-only")
    assert summary["tracks"] == ["aund", "v90"]
    assert [variant["AUDIO"] for variant in stream.main.variants] == ["audio"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("multitrack_2v2a_subs_nasa.mp4", [("aeng", "eng", 2), ("aeng-2", "eng", 2)]),
        ("perf_bbb_1080p30_10s_51.mp4", [("aund", "und", 2), ("aund-6ch", "und", 6)]),
    ],
)
def test_the_api_lists_audio_renditions(name: str, expected: list[tuple[str, str, int]], library: Library) -> None:
    """Audio renditions have a language and channels, and are served under their names."""
    video = library.finished(name)
    sound = [item for item in video["renditions"] if "channels" in item]
    assert [(item["name"], item["language"], item["channels"]) for item in sound] == expected
    assert all(item["state"] == "ready" and item["bitrate"] > 0 for item in sound)
    assert {rendition.name for rendition in library.stream(name).audio} == {item["name"] for item in sound}


@pytest.mark.parametrize(
    ("name", "tracks"),
    [("multitrack_2v2a_subs_nasa.mp4", ["English", "English 2"]), ("perf_bbb_1080p30_10s_51.mp4", [])],
)
def test_viewers_select_the_track(name: str, tracks: list[str], library: Library) -> None:
    """The player's menu lists the tracks of a stream with several ones, continues with the selected one, and lists every
    quality once."""
    video = library.finished(name)
    result = watch_page.choose_last_track(library.url + video["watchUrl"])
    # The page also shows other videos, whose requests do not matter here.
    own = [line for line in result.complaints if video["id"] in line or line.startswith("script")]
    assert own == []
    assert result.facts["tracks"] == tracks
    heights = [item["height"] for item in video["renditions"] if item.get("height")]
    assert len(result.facts["qualities"]) == (len(heights) + 1 if len(heights) > 1 else 1)
