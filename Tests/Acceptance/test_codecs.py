"""Each accepted codec and container that ffmpeg can write is decoded completely."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from support import media, pattern, reported, streams, watching
from support.server import run

RATE = 48_000
QUICK = ("--ladder", "90=200")


def package(path: Path, *options: str) -> reported.Outcome:
    """A file through `videohost media run`."""
    outcome = reported.package(path, path.parent / "out", *QUICK, *options)
    assert outcome.status == 0, outcome.words
    return outcome


# Codec and file, and further options of ffmpeg.
PICTURES: dict[str, tuple[str, ...]] = {
    "cinepak.avi": (),
    "qtrle.mov": (),
    "rpza.mov": (),
    "smc.mov": (),
    "svq1.mov": (),
    "msvideo1.avi": (),
    "huffyuv.avi": (),
    "ffvhuff.avi": (),
    "utvideo.avi": (),
    "magicyuv.avi": (),
    "ffv1.mkv": (),
    "cfhd.mov": (),
    "v210.mov": (),
    "v308.mov": (),
    "v408.mov": (),
    "v410.mov": (),
    "r210.mov": (),
    "yuv4.mov": (),
    "zmbv.avi": (),
    "flashsv.flv": (),
    "flashsv2.flv": (),
    "h263p.mov": (),
    "msmpeg4.avi": (),
    "msmpeg4v2.avi": (),
    "wmv1.avi": (),
    "png.mov": (),
    "jpeg2000.mov": (),
    "gif.gif": (),
}
# Codecs with few colours.
COARSE = {"smc.mov", "gif.gif"}


@pytest.mark.parametrize("name", PICTURES)
def test_frames(name: str, tmp_path: Path) -> None:
    """The output has every frame in order, with its colours."""
    path = tmp_path / name
    codec = ["-c:v", path.stem, "-q:v", "2", *PICTURES[name]]
    # A size that all codecs support.
    pattern.film(path, *codec, size=(320, 240), seconds=0.8, sound=None, flash=9, filters="null")
    stream = package(path).stream
    seen = watching.Watched(stream, stream.video[-1])
    assert seen.numbers == list(range(20))
    for found, expected in zip(seen.colours(5), pattern.QUADRANTS, strict=True):
        assert float(numpy.abs(found - numpy.array(expected)).max()) < (40 if name in COARSE else 12), found


SOUNDS: dict[str, list[str]] = {
    "plain.mkv": ["pcm_u8", "pcm_s16be", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"],
    "adpcm.mkv": [
        "adpcm_ms",
        "adpcm_ima_wav",
        "adpcm_yamaha",
        "wmav1",
        "wmav2",
        "mp2",
        "libmp3lame",
        "libvorbis",
    ],
    "whole.mkv": ["flac", "alac", "wavpack", "truehd -strict -2", "mlp -strict -2", "dca -strict -2", "ac3", "eac3"],
    "quicktime.mov": ["adpcm_ima_qt", "pcm_s8", "pcm_s24be", "alac", "pcm_f64be"],
}


@pytest.mark.parametrize("name", SOUNDS)
def test_audio_codecs(name: str, tmp_path: Path) -> None:
    """Every audio track of a file is complete and has its pitch."""
    path, codecs = tmp_path / name, SOUNDS[name]
    inputs = [word for number in range(len(codecs)) for word in tone(500 + 100 * number)]
    maps = [word for number in range(len(codecs)) for word in ("-map", f"{number}:a")]
    for number, codec in enumerate(codecs):
        encoder, *options = codec.split()
        maps += [f"-c:a:{number}", encoder, *options]
    media.run("-y", *inputs, *maps, path)
    outcome = package(path)
    assert outcome.notes == set() and len(outcome.stream.audio) == len(codecs)
    for number in range(len(codecs)):
        name = "aund" if number == 0 else f"aund-{number + 1}"
        heard(outcome.stream, outcome.stream.renditions[f"{name}/index.m3u8"], 500 + 100 * number, 2)


# Codecs of telephones and old programs support one sample rate; file and options.
SPEECH = {
    "gsm.mov": "-c:a libgsm -ar 8000",
    "gsm_ms.wav": "-c:a libgsm_ms -ar 8000",
    "g726.wav": "-c:a g726 -ar 8000 -b:a 32k",
    "g722.mkv": "-c:a g722 -ar 16000",
    "g723.mkv": "-c:a g723_1 -ar 8000 -b:a 6300",
    "speex.ogg": "-c:a libspeex -ar 16000",
    "nellymoser.flv": "-c:a nellymoser -ar 22050",
    "swf.flv": "-c:a adpcm_swf -ar 44100",
    "s302m.ts": "-c:a s302m -strict -2 -ac 2",
}
# Audio files with different headers.
FILES = {
    "wave64.w64": "-c:a pcm_s24le",
    "rf64.wav": "-c:a pcm_s16le -rf64 always",
    "plain.aiff": "-c:a pcm_s16be",
    "little.aiff": "-c:a pcm_s24be",
    "plain.caf": "-c:a pcm_s16le",
    "alac.caf": "-c:a alac",
    "wavpack.wv": "-c:a wavpack",
    "layer2.mp2": "-c:a mp2",
    "plain.ac3": "-c:a ac3",
    "plain.eac3": "-c:a eac3",
    "plain.dts": "-c:a dca -strict -2",
    "plain.au": "-c:a pcm_s16be",
    "plain.tta": "-c:a tta",
    "tta.mkv": "-c:a tta",
}


@pytest.mark.parametrize(("name", "options"), {**SPEECH, **FILES}.items())
def test_audio_files(name: str, options: str, tmp_path: Path) -> None:
    """Audio files are decoded completely."""
    path = tmp_path / name
    media.run("-y", *tone(700), "-ac", "1", *options.split(), path)
    stream = package(path).stream
    heard(stream, stream.audio[0], 700, 2)


@pytest.mark.parametrize(("head", "frame"), [(b"#!AMR\n", b"\x3c" + bytes(31)), (b"#!AMR-WB\n", b"\x44" + bytes(60))])
def test_speech_codecs_of_phones(head: bytes, frame: bytes, tmp_path: Path) -> None:
    """Adaptive multi-rate speech, written here because ffmpeg cannot: a hundred frames of 20 ms."""
    path = tmp_path / "speech.amr"
    path.write_bytes(head + 100 * frame)
    assert abs(package(path).seconds - 2) < 0.05


def tone(frequency: int, seconds: float = 2) -> list[str]:
    """An input of ffmpeg with a tone."""
    return ["-f", "lavfi", "-i", f"aevalsrc='0.3*sin(2*PI*{frequency}*t)':s={RATE}:d={seconds}"]


def heard(stream: streams.Stream, rendition: streams.Rendition, frequency: int, seconds: float) -> None:
    """Checks that a rendition is a tone of this pitch and length."""
    sound = media.samples(stream.joined(rendition), RATE)[:, 0]
    spectrum = numpy.abs(numpy.fft.rfft(sound[RATE // 4 : RATE // 4 + RATE]))
    assert abs(int(spectrum.argmax()) - frequency) <= 1, (rendition.name, spectrum.argmax())
    loud = numpy.flatnonzero(numpy.abs(sound) > 0.05)
    assert loud[0] / RATE < 0.1 and abs(loud[-1] / RATE - seconds) < 0.1, (rendition.name, loud[0], loud[-1])


def tag(count: int) -> bytes:
    """An ID3 tag with a number of bytes after its header."""
    return b"ID3\x04\0\0" + bytes(count >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(count)


@pytest.mark.parametrize("kind", ["aac", "flac", "mp3", "wv", "wav"])
@pytest.mark.parametrize("tags", [[30], [300_000], [100, 200]], ids=str)
def test_leading_tags(kind: str, tags: list[int], tmp_path: Path) -> None:
    """The format of a file with leading tags is detected after the tags."""
    path = tmp_path / f"plain.{kind}"
    media.run("-y", *tone(700), path)
    path.write_bytes(b"".join(map(tag, tags)) + path.read_bytes())
    stream = package(path).stream
    heard(stream, stream.audio[0], 700, 2)


def cut(path: Path, bytes_in_front: int) -> None:
    """Removes bytes from the start."""
    path.write_bytes(path.read_bytes()[bytes_in_front:])


@pytest.mark.parametrize("first", [1, 100, 187, 188 * 3 + 50])
def test_transport_streams_may_start_anywhere(first: int, tmp_path: Path) -> None:
    """A part of a broadcast starts with the first decodable frame."""
    path = tmp_path / "cut.ts"
    pattern.film(path, *"-c:v mpeg2video -q:v 4 -g 10".split(), seconds=2, size=(320, 180))
    cut(path, first)
    stream = package(path).stream
    numbers = watching.Watched(stream, stream.video[-1]).numbers
    assert numbers == list(range(numbers[0], 50)) and numbers[0] <= 10


@pytest.mark.parametrize(("kind", "first"), [("aac", 60), ("mp3", 200)])
def test_audio_may_start_anywhere(kind: str, first: int, tmp_path: Path) -> None:
    """Audio that starts within a frame is decoded from the next frame on."""
    path = tmp_path / f"cut.{kind}"
    media.run("-y", *tone(700), path)
    cut(path, first)
    stream = package(path).stream
    heard(stream, stream.audio[0], 700, 2)


def test_a_still_gif_is_rejected(tmp_path: Path) -> None:
    """A still image is rejected with its code."""
    path = tmp_path / "still.gif"
    media.run("-y", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=1:d=1", path)
    done = run("media", "run", str(path), "--out", str(tmp_path / "out"))
    assert done.returncode != 0 and "no_media_stream" in done.stderr
