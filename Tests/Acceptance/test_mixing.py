"""Loudness of mixed audio, tracks with one channel each, and audio that drifts, starts late or has other times."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from numpy.typing import NDArray
from support import atoms, media, reported

RATE = 48_000
QUICK = ("--ladder", "90=200")
PICTURES = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=4"]
H264 = "-c:v libx264 -preset ultrafast -g 25".split()


def sound(outcome: reported.Outcome, number: int = 0) -> NDArray[numpy.float32]:
    """A rendition's samples: samples × 2."""
    assert outcome.status == 0, outcome.words
    return media.samples(outcome.stream.joined(outcome.stream.audio[number]), RATE, channels=2)


def package(path: Path) -> reported.Outcome:
    """A file through `videohost media run`."""
    return reported.package(path, path.parent / f"out-{path.stem}", "--stereo-only", *QUICK)


def level(samples: NDArray[numpy.float32]) -> float:
    """Root mean square of the middle of the audio."""
    return float(numpy.sqrt((samples[RATE : 3 * RATE] ** 2).mean()))


LAYOUTS = {
    "stereo": ["FL", "FR"],
    "3.0": ["FL", "FR", "FC"],
    "quad": ["FL", "FR", "BL", "BR"],
    "5.1": ["FL", "FR", "FC", "LFE", "BL", "BR"],
    "5.1(side)": ["FL", "FR", "FC", "LFE", "SL", "SR"],
    "7.1": ["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"],
}


def made(path: Path, layout: str, amplitudes: dict[str, float]) -> Path:
    """A tone with these amplitudes in the channels; with several pitches the AAC encoder would change the levels."""
    parts = [f"{amplitudes.get(channel, 0)}*sin(2*PI*440*t)" for channel in LAYOUTS[layout]]
    source = f"aevalsrc='{'|'.join(parts)}':c={layout}:s={RATE}:d=4"
    media.run("-y", "-f", "lavfi", "-i", source, "-c:a", "pcm_f32le", path)
    return path


def test_all_layouts_are_equally_loud(tmp_path: Path) -> None:
    """The front and centre channels have the same loudness from every layout."""
    front = [level(sound(package(made(tmp_path / f"f{n}.wav", layout, {"FL": 0.3, "FR": 0.3}))))
             for n, layout in enumerate(["stereo", "quad", "5.1(side)", "7.1"])]  # fmt: skip
    assert max(front) / min(front) < 1.06, front
    centre = [level(sound(package(made(tmp_path / f"c{n}.wav", layout, {"FC": 0.3}))))
              for n, layout in enumerate(["3.0", "5.1", "7.1"])]  # fmt: skip
    assert max(centre) / min(centre) < 1.06, centre


@pytest.mark.parametrize("layout", ["quad", "5.1", "7.1"])
def test_loud_audio_stays_below_full_scale(layout: str, tmp_path: Path) -> None:
    """With full scale in all channels, peaks are at most 1 and the loudness is constant."""
    mixed = sound(package(made(tmp_path / "loud.wav", layout, dict.fromkeys(LAYOUTS[layout], 0.95))))
    assert numpy.abs(mixed).max() <= 1
    levels = numpy.sqrt((mixed[: RATE * 4, 0].reshape(-1, RATE // 10) ** 2).mean(1))[1:-1]
    assert levels.max() / levels.min() < 1.1, levels


def test_stereo_is_not_changed(tmp_path: Path) -> None:
    """Audio that is not mixed keeps its peaks."""
    loud = sound(package(made(tmp_path / "stereo.wav", "stereo", {"FL": 0.97, "FR": 0.97})))
    assert 0.95 < numpy.abs(loud[RATE : 3 * RATE]).max() < 1.0


def pitch(samples: NDArray[numpy.float32]) -> int:
    """The loudest frequency of a channel between 1 s and 2 s."""
    return int(numpy.abs(numpy.fft.rfft(samples[RATE : 2 * RATE])).argmax())


def test_tracks_with_one_channel_each(tmp_path: Path) -> None:
    """Six tracks with one loudspeaker each become one stereo rendition; two mono tracks stay separate."""
    path = tmp_path / "six.mov"
    tones = [f"aevalsrc='0.2*sin(2*PI*{400 + 100 * n}*t)':s={RATE}:d=4" for n in range(6)]
    inputs = [word for source in tones for word in ("-f", "lavfi", "-i", source)]
    maps = [word for n in range(6) for word in ("-map", f"{n + 1}:a")]
    names = ["FL", "FR", "FC", "LFE", "SL", "SR"]
    layouts = [
        word
        for n, name in enumerate(names)
        for word in (f"-filter:a:{n}", f"channelmap=map=FC-{name}:channel_layout={name}")
    ]
    media.run("-y", *PICTURES, *inputs, "-map", "0:v", *maps, *H264, "-c:a", "pcm_s16le", *layouts, path)
    outcome = package(path)
    assert len(outcome.stream.audio) == 1 and outcome.notes == set()
    mixed = sound(outcome)
    spectrum = numpy.abs(numpy.fft.rfft(mixed[RATE : 2 * RATE], axis=0))
    for side, (own, other, back) in enumerate([(400, 500, 800), (500, 400, 900)]):
        assert spectrum[own, side] > 10 * spectrum[other, side]
        assert (
            0.6 < spectrum[600, side] / spectrum[own, side] < 0.8
            and 0.6 < spectrum[back, side] / spectrum[own, side] < 0.8
        )
    plain = tmp_path / "two.mov"
    media.run("-y", *PICTURES, *inputs[:8], "-map", "0:v", *maps[:4], *H264, "-c:a", "pcm_s16le", plain)
    assert [pitch(sound(package(plain), number)[:, 0]) for number in (0, 1)] == [400, 500]


@pytest.mark.parametrize("share", [0.002, -0.002])
def test_audio_that_drifts_is_stretched(share: float, tmp_path: Path) -> None:
    """Samples whose times drift are stretched: the last sample is at its time, and there is no silence."""
    path = tmp_path / "drift.mkv"
    inputs = ["-f", "lavfi", "-i", f"aevalsrc='0.4*sin(2*PI*500*t)':s={RATE}:d=40"]
    media.run("-y", *inputs, "-c:a", "ac3", "-bsf:a", f"setts=ts=TS*{1 + share}", path)
    drifting = sound(package(path))[:, 0]
    loud = numpy.flatnonzero(numpy.abs(drifting) > 0.1)
    assert abs(loud[-1] / RATE - 40 * (1 + share)) < 0.05
    inner = drifting[RATE : 39 * RATE]
    levels = numpy.sqrt((inner[: len(inner) // 240 * 240].reshape(-1, 240) ** 2).mean(1))
    assert levels.min() > 0.18, levels.argmin()


@pytest.mark.parametrize("kind", ["ts", "mpg"])
def test_audio_that_starts_late(kind: str, tmp_path: Path) -> None:
    """Audio that starts after the probed part of the file is in the output at its time."""
    path = tmp_path / f"late.{kind}"
    pictures = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=14"]
    tone = ["-itsoffset", "12", "-f", "lavfi", "-i", f"aevalsrc='0.4*sin(2*PI*700*t)':s={RATE}:d=2"]
    codecs = "-c:v mpeg2video -b:v 1M -g 25 -c:a mp2".split()
    media.run("-y", *pictures, *tone, *codecs, path)
    late = sound(package(path))[:, 0]
    loud = numpy.flatnonzero(numpy.abs(late) > 0.1)
    assert abs(loud[0] / RATE - 12) < 0.1 and abs(loud[-1] / RATE - 14) < 0.1
    assert pitch(late[12 * RATE :]) == 700


def test_audio_whose_pids_appear_late(tmp_path: Path) -> None:
    """Audio that the first program map table does not list is in the output."""
    pictures = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=8"]
    codecs = "-c:v mpeg2video -b:v 1M -g 25".split()
    media.run("-y", *pictures, *codecs, "-muxdelay", "0", "-muxpreload", "0", tmp_path / "first.ts")
    tone = ["-f", "lavfi", "-i", f"aevalsrc='0.4*sin(2*PI*700*t)':s={RATE}:d=2"]
    more = [*PICTURES, *tone, *codecs, *"-c:a mp2 -t 2 -muxdelay 0 -muxpreload 0 -output_ts_offset 8".split()]
    media.run("-y", *more, tmp_path / "second.ts")
    path = tmp_path / "late.ts"
    path.write_bytes((tmp_path / "first.ts").read_bytes() + (tmp_path / "second.ts").read_bytes())
    outcome = package(path)
    assert abs(outcome.seconds - 10) < 0.1
    loud = numpy.flatnonzero(numpy.abs(sound(outcome)[:, 0]) > 0.1)
    assert abs(loud[0] / RATE - 8) < 0.1 and abs(loud[-1] / RATE - 10) < 0.1


def test_unsupported_audio_gives_a_note(tmp_path: Path) -> None:
    """Audio in an unknown codec gives a video without audio, and a note."""
    path = tmp_path / "unknown.mp4"
    tone = ["-f", "lavfi", "-i", f"sine=440:r={RATE}:d=4"]
    media.run("-y", *PICTURES, *tone, *H264, "-c:a", "aac", path)
    film = atoms.Atoms(path)
    at = film.data.index(b"mp4a", film.find("moov", "trak", nth=1)[-1])
    film.data[at : at + 4] = b"apac"
    # The descriptor of the stream would identify the codec.
    at = film.data.index(b"esds", at)
    film.data[at : at + 4] = b"free"
    film.save()
    outcome = package(path)
    assert outcome.status == 0 and outcome.notes == {"sound_lost"} and not outcome.stream.audio
