"""Files after public bug reports of comparable projects: each has the outcome of `fixtures/reported/INDEX.tsv`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy
import pytest
from support import media, reported, streams
from support.reported import Outcome

Check = Callable[[Outcome], None]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Registers a function as the check of a file."""

    def add(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return add


# One function for each file, below this line; each asserts the outcome of the table.


def assert_follows(outcome: Outcome, frames: int, seconds: float, beeps: int, slack: float = 0.15) -> None:
    """Every rung has all frames once, in order; all beeps are a second apart; the duration is that of the source."""
    assert outcome.status == 0, outcome.words
    for rendition in outcome.stream.video:
        assert outcome.numbers(rendition) == list(range(frames)), rendition.name
    assert abs(outcome.seconds - seconds) < slack, outcome.seconds
    if beeps:
        heard = outcome.beeps()
        assert [pitch for _, pitch in heard] == [500 + 100 * number for number in range(beeps)]
        assert all(abs(time - number) < slack for number, (time, _) in enumerate(heard)), heard


@check("m34_two_descriptions.mp4")
def two_descriptions(outcome: Outcome) -> None:
    """Every rung has the frames of both descriptions; none is a passthrough."""
    assert_follows(outcome, 240, 8, beeps=0)


@check("m37_two_sound_descriptions.mp4")
def two_sound_descriptions(outcome: Outcome) -> None:
    """Both channels have all beeps."""
    assert outcome.status == 0, outcome.words
    for channel in (0, 1):
        heard = outcome.beeps(channel)
        assert [pitch for _, pitch in heard] == [500 + 100 * number for number in range(8)], heard
        assert all(abs(time - number) < 0.06 for number, (time, _) in enumerate(heard)), heard


@check("m05_flv_restart.flv")
def flv_restart(outcome: Outcome) -> None:
    """Both parts, one after the other."""
    assert_follows(outcome, 240, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m24_ts_jump_5h.ts")
def ts_jump(outcome: Outcome) -> None:
    """Both parts, one after the other, without the gap of five hours."""
    assert_follows(outcome, 240, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m19_joined.webm")
def joined_webm(outcome: Outcome) -> None:
    """Both parts, one after the other."""
    assert_follows(outcome, 240, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m19_chained.ogg")
def chained_ogg(outcome: Outcome) -> None:
    """The audio of both parts."""
    assert_follows(outcome, 0, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m11_intra_refresh.mp4")
def intra_refresh(outcome: Outcome) -> None:
    """Every frame, also if a range does not start at a key frame."""
    assert outcome.status == 0, outcome.words
    for rendition in outcome.stream.video:
        assert outcome.numbers(rendition) == list(range(900)), rendition.name
        times = outcome.times(rendition)
        assert max(b - a for a, b in itertools.pairwise(times)) <= Fraction(4, 100)


@check("m12_static_1ms.webm")
def static_screen(outcome: Outcome) -> None:
    """The second frame is shown while the audio continues."""
    assert outcome.status == 0, outcome.words
    assert abs(outcome.seconds - 10) < 0.1
    assert [pitch for _, pitch in outcome.beeps()] == [500 + 100 * number for number in range(10)]
    (rendition,) = outcome.stream.video
    assert set(outcome.numbers(rendition)[1:]) == {1}
    assert abs(rendition.playlist.seconds - 10) < Fraction(1, 10)


@check("m12_idle_phone.mp4")
def idle_phone(outcome: Outcome) -> None:
    """The last frame is shown for its duration."""
    assert outcome.status == 0, outcome.words
    assert abs(outcome.seconds - 11.4) < 0.1
    (rendition,) = outcome.stream.video
    assert set(outcome.numbers(rendition)) == {0, 1}
    assert abs(rendition.playlist.seconds - Fraction(114, 10)) < Fraction(1, 10)


@check("m31_keys_one.webm")
def one_key(outcome: Outcome) -> None:
    """All frames, in ranges that each decode the part before them."""
    assert outcome.status == 0, outcome.words
    for rendition in outcome.stream.video:
        assert len(outcome.times(rendition)) == outcome.facts["video"]["frameCount"]


def sounds(outcome: Outcome, expected: dict[float, int], channel: int = 0) -> None:
    """Checks that a channel has these beeps, each at its second with a tolerance of 0.05 s."""
    found = outcome.beeps(channel)
    assert [pitch for _, pitch in found] == list(expected.values()), found
    for (time, _), wanted in zip(found, expected, strict=True):
        assert abs(time - wanted) < 0.06, found


def seconds(first: int, count: int) -> dict[float, int]:
    """The beeps of a number of seconds of a numbered file."""
    return {number: 500 + 100 * (number % 20) for number in range(first, first + count)}


def frames(outcome: Outcome) -> list[int]:
    """The numbers of the highest rung's frames."""
    return outcome.numbers(best(outcome))


def best(outcome: Outcome) -> streams.Rendition:
    """The highest rung."""
    return max(outcome.stream.video, key=lambda rendition: rendition.track.height)


@check("m01_apac_only.mov")
def apac_only(outcome: Outcome) -> None:
    assert outcome.notes == {"sound_lost"}
    assert frames(outcome) == list(range(120)) and not outcome.stream.audio


@check("m02_dual_mono.mov")
def dual_mono(outcome: Outcome) -> None:
    assert len(outcome.stream.audio) == 1 and outcome.notes == set()
    assert {pitch for _, pitch in outcome.beeps(0)} == {600}
    assert {pitch for _, pitch in outcome.beeps(1)} == {1500}


@check("m07_ts_late_audio_small.ts")
def late_sound(outcome: Outcome) -> None:
    assert frames(outcome) == list(range(600))
    sounds(outcome, seconds(14, 6))


@check("m08_ts_mid_packet.ts")
def mid_packet(outcome: Outcome) -> None:
    assert frames(outcome) == list(range(120))
    sounds(outcome, seconds(0, 4))


@check("m09_resize_vp8.webm")
def resized(outcome: Outcome) -> None:
    path = outcome.stream.joined(best(outcome))
    # A portrait frame of 180×320 within 320×180.
    portrait = reported.numbers(path, "crop=102:180:108:0")
    assert reported.numbers(path)[:120] + portrait[120:] == list(range(180))
    assert black(path, "crop=104:180:0:0")[120:] == [True] * 60
    assert not any(black(path, "crop=104:180:0:0")[:120])


@check("m10_aspect_change.ts")
def aspect_change(outcome: Outcome) -> None:
    path = outcome.stream.joined(best(outcome))
    # 16:9 within 768×576.
    wide = reported.numbers(path, "crop=768:432:0:72")
    assert reported.numbers(path)[:75] + wide[75:] == list(range(150))
    assert black(path, "crop=768:68:0:0")[75:] == black(path, "crop=768:68:0:508")[75:] == [True] * 75
    assert not any(black(path, "crop=768:68:0:508")[:75])
    sounds(outcome, seconds(0, 6))


def black(path: Path, crop: str) -> list[bool]:
    """Whether a part of each frame is black."""
    chain = f"{crop},scale=16:16:flags=area,format=gray"
    data = media.run("-i", path, "-map", "0:v:0", "-vf", chain, "-vsync", "passthrough", "-f", "rawvideo", "-")
    return [bool(picture.max() < 24) for picture in numpy.frombuffer(data, numpy.uint8).reshape(-1, 256)]


@check("m20_id3_adts.aac")
@check("m21_rf64.wav")
def sound_alone(outcome: Outcome) -> None:
    assert abs(outcome.seconds - 5) < 0.05
    sounds(outcome, seconds(0, 5))


@check("m30_loud_5.1.mkv")
def loud_surround(outcome: Outcome) -> None:
    sound = media.samples(outcome.stream.joined(outcome.stream.audio[0]), 48_000, channels=2)
    assert numpy.abs(sound).max() <= 1
    # Each burst has the same level at its start and end.
    for burst in range(4):
        piece = sound[burst * 48_000 + 1200 : burst * 48_000 + 6000, 0].reshape(4, -1)
        levels = numpy.sqrt((piece**2).mean(1))
        assert levels.min() > 0.5 and levels.max() / levels.min() < 1.05, levels


@check("m32_two_programmes.ts")
def two_programmes(outcome: Outcome) -> None:
    assert frames(outcome) == list(range(120)) and outcome.notes == {"extra_tracks_ignored"}
    assert {pitch for _, pitch in outcome.beeps()} == {600} and len(outcome.stream.audio) == 1


@check("m33_pids_change.ts")
def pids_change(outcome: Outcome) -> None:
    found = frames(outcome)
    # The last packet of the first PIDs has no end in the file.
    assert found == [number for number in range(240) if number != 119] and outcome.notes == {"frames_missing"}
    assert abs(outcome.seconds - 8) < 0.05
    sounds(outcome, seconds(0, 8))


@check("m35_ass_drawing.mkv")
def long_subtitle(outcome: Outcome) -> None:
    assert outcome.notes == set() and frames(outcome) == list(range(240))


@check("m38_level_6.2.mp4")
def high_level(outcome: Outcome) -> None:
    assert frames(outcome) == list(range(120))
    stream = media.probe(outcome.stream.joined(best(outcome)), "-show_streams")["streams"][0]
    assert stream["height"] == 480 and stream["level"] == 30
    codecs = [variant["CODECS"] for variant in outcome.stream.main.variants if variant["RESOLUTION"] == "640x480"]
    assert codecs and all("avc1.64001e" in names for names in codecs)


@pytest.mark.parametrize("name", CHECKS)
def test_reported(name: str, tmp_path: Path) -> None:
    """A file has the outcome of the table."""
    CHECKS[name](reported.package(reported.FOLDER / name, tmp_path / "out"))


def test_every_file_has_a_check() -> None:
    """Every file of the table has a check."""
    assert {row["file"] for row in reported.rows()} == set(CHECKS)
