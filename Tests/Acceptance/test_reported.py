"""Files after public reports to comparable projects: each comes out as `fixtures/reported/INDEX.tsv` says."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from support import reported
from support.reported import Outcome

Check = Callable[[Outcome], None]
CHECKS: dict[str, Check] = {}
# Files whose check is still to be written.
PENDING = {
    "m01_apac_only.mov", "m02_dual_mono.mov", "m07_ts_late_audio_small.ts", "m08_ts_mid_packet.ts", "m09_resize_vp8.webm",
    "m10_aspect_change.ts", "m20_id3_adts.aac", "m21_rf64.wav", "m30_loud_5.1.mkv", "m32_two_programmes.ts",
    "m33_pids_change.ts", "m35_ass_drawing.mkv", "m38_level_6.2.mp4",
}  # fmt: skip


def check(name: str) -> Callable[[Check], Check]:
    """Makes a function the check of a file."""

    def add(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return add


# One function a file, below this line; each asserts what the table promises of the outcome.


def assert_follows(outcome: Outcome, pictures: int, seconds: float, beeps: int, slack: float = 0.15) -> None:
    """Every rung shows all pictures once, in order; all beeps are heard, a second apart; nothing lasts longer than it did."""
    assert outcome.status == 0, outcome.words
    for rendition in outcome.stream.video:
        assert outcome.numbers(rendition) == list(range(pictures)), rendition.name
    assert abs(outcome.seconds - seconds) < slack, outcome.seconds
    if beeps:
        heard = outcome.beeps()
        assert [pitch for _, pitch in heard] == [500 + 100 * number for number in range(beeps)]
        assert all(abs(time - number) < slack for number, (time, _) in enumerate(heard)), heard


@check("m34_two_descriptions.mp4")
def two_descriptions(outcome: Outcome) -> None:
    """The pictures of both descriptions, in every rung; none is kept."""
    assert_follows(outcome, 240, 8, beeps=0)


@check("m37_two_sound_descriptions.mp4")
def two_sound_descriptions(outcome: Outcome) -> None:
    """All beeps in both ears."""
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
    """Both parts, one after the other, and not five hours between them."""
    assert_follows(outcome, 240, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m19_joined.webm")
def joined_webm(outcome: Outcome) -> None:
    """Both parts, one after the other."""
    assert_follows(outcome, 240, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m19_chained.ogg")
def chained_ogg(outcome: Outcome) -> None:
    """The sound of both parts."""
    assert_follows(outcome, 0, 8, beeps=8)
    assert "clock_restarts" in outcome.notes


@check("m11_intra_refresh.mp4")
def intra_refresh(outcome: Outcome) -> None:
    """Every picture, also where a range begins at none that can be decoded by itself."""
    assert outcome.status == 0, outcome.words
    for rendition in outcome.stream.video:
        assert outcome.numbers(rendition) == list(range(900)), rendition.name
        times = outcome.times(rendition)
        assert max(b - a for a, b in itertools.pairwise(times)) <= Fraction(4, 100)


@check("m12_static_1ms.webm")
def static_screen(outcome: Outcome) -> None:
    """The second picture is held while the sound goes on."""
    assert outcome.status == 0, outcome.words
    assert abs(outcome.seconds - 10) < 0.1
    assert [pitch for _, pitch in outcome.beeps()] == [500 + 100 * number for number in range(10)]
    (rendition,) = outcome.stream.video
    assert set(outcome.numbers(rendition)[1:]) == {1}
    assert abs(rendition.playlist.seconds - 10) < Fraction(1, 10)


@check("m12_idle_phone.mp4")
def idle_phone(outcome: Outcome) -> None:
    """The last picture is shown for as long as it says."""
    assert outcome.status == 0, outcome.words
    assert abs(outcome.seconds - 11.4) < 0.1
    (rendition,) = outcome.stream.video
    assert set(outcome.numbers(rendition)) == {0, 1}
    assert abs(rendition.playlist.seconds - Fraction(114, 10)) < Fraction(1, 10)


@check("m31_keys_one.webm")
def one_key(outcome: Outcome) -> None:
    """All pictures, in ranges each of which decodes what lies in front of it."""
    assert outcome.status == 0, outcome.words
    for rendition in outcome.stream.video:
        assert len(outcome.times(rendition)) == outcome.facts["video"]["frameCount"]


@pytest.mark.parametrize("name", CHECKS)
def test_reported(name: str, tmp_path: Path) -> None:
    """A file comes out as the table says."""
    CHECKS[name](reported.package(reported.FOLDER / name, tmp_path / "out"))


def test_every_file_has_a_check() -> None:
    """No file of the table is forgotten."""
    assert {row["file"] for row in reported.rows()} == set(CHECKS) | PENDING
