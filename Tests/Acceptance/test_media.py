"""Every clip, uploaded over HTTP, reaches its outcome, and the stream equals the source.

Sources are read by ffmpeg and ffprobe, streams by this suite's own box reader and ffmpeg.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy
import pytest
from support import conformance, disk, media, playlists, report
from support.library import Library
from support.streams import Rendition, Stream

ALL = list(Library.clips())
ACCEPTED = [name for name, clip in Library.clips().items() if clip.accepted]
SEEN = [name for name in ACCEPTED if Library.clips()[name].seen]
HEARD = [name for name in ACCEPTED if Library.clips()[name].heard]
# One packet of this clip holds no frame that can be decoded.
DAMAGED = {"bad_corrupt_frames.mp4": 1}
# Packets of WMA have parts of frames, so their times are inexact, and readers differ.
ROUGH = {"wmv_vc1_wmapro.wmv"}


# The minimum similarity of a frame to the source's (SSIM of each plane).
ALIKE = 0.95


def source(name: str) -> media.Source:
    """The properties of a clip by ffprobe."""
    return media.inspect(media.clips()[name].path)


@cache
def source_times(name: str) -> list[Fraction]:
    """The times of a clip's frames."""
    video = source(name).video
    assert video
    return media.frame_times(media.clips()[name].path, video["index"])


def is_regular(times: list[Fraction]) -> bool:
    """Whether frames have a constant rate, within the resolution of the container's times."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return bool(gaps) and max(gaps) - min(gaps) <= Fraction(2, 1000)


def shown_times(rendition: Rendition) -> list[Fraction]:
    """The presentation times of a rendition's frames: composition times minus the edit list's start."""
    edit = sum(time for _, time in rendition.track.edits)
    return sorted(Fraction(sample.presentation_time - edit, rendition.track.timescale) for sample in rendition.samples)


def origin(name: str, stream: Stream) -> Fraction:
    """The source time of output time 0 by the last frame, since the first one may be shown early."""
    if name in SEEN:
        return source_times(name)[-1] - shown_times(stream.video[0])[-1]
    return sound_start(name)


@cache
def sound_start(name: str) -> Fraction:
    """The source time of the first decoded sample."""
    audio = source(name).audio
    assert audio
    path, index = media.clips()[name].path, str(audio["index"])
    entries = "frame=pts:packet=pts:stream=time_base"
    found = media.probe(path, "-select_streams", index, "-read_intervals", "%+#4", "-show_entries", entries)
    # The first decoded frame, or the first packet if frames have no times.
    items = found["packets_and_frames"]
    frames = [item.get("pts") for item in items if item["type"] == "frame"]
    packets = [item["pts"] for item in items if item["type"] == "packet" and "pts" in item]
    first = packets[0] if frames[0] is None else frames[0]
    return int(first) * Fraction(found["streams"][0]["time_base"])


@pytest.mark.parametrize("name", ALL)
def test_outcome(name: str, library: Library, shared: dict[str, str]) -> None:
    """Accepted clips become ready, the others are rejected with the right code."""
    clip = library.clips()[name]
    video = library.finished(name)
    rejection = video.get("rejection") or {}
    row = {"file": name, "expected": "accept" if clip.accepted else "reject", "outcome": video["state"]}
    row["code"] = rejection.get("code", "")
    if video["state"] == "ready":
        rungs = [r for r in video["renditions"] if r.get("height")]
        row["rungs"] = " ".join(f"{r['width']}x{r['height']}" for r in rungs) or "sound"
        row["seconds"] = f"{video['durationMs'] / 1000:.3f}"
        row["notes"] = " ".join(video.get("notes", []))
    report.add(Path(shared["folder"]), "media", **row)
    if clip.accepted:
        assert video["state"] == "ready", video
        assert video["progress"] == 1
        assert video["playback"]["hls"] and video["playback"]["dash"] and video["playback"]["poster"]
        if clip.note:
            assert video["notes"], "the creator is not told what was changed"
    else:
        assert video["state"] == "rejected", video
        assert rejection["code"] in clip.rejection and rejection["detail"], rejection
        assert video["playback"] is None


@pytest.mark.parametrize("name", ACCEPTED)
def test_conformance(name: str, library: Library) -> None:
    """No stream breaks a rule of Apple's authoring specification."""
    breaches = conformance.check(library.stream(name))
    for breach in breaches:
        print(breach)
    assert [str(breach) for breach in breaches if breach.level == "must"] == []


@pytest.mark.parametrize("name", ACCEPTED)
def test_segments_are_valid(name: str, library: Library) -> None:
    """All segments decode without an error; edit lists have one entry; fragments are numbered from 1."""
    stream = library.stream(name)
    for rendition in stream.renditions.values():
        assert media.decode_errors(stream.joined(rendition)) == "", rendition.uri
        assert len(rendition.track.edits) == 1, rendition.track.edits
        numbers = [fragment.sequence for segment in rendition.segments for fragment in segment]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", SEEN)
def test_every_frame_is_in_the_output(name: str, library: Library) -> None:
    """Every rung has all frames of the source at their times."""
    stream, times = library.stream(name), source_times(name)
    start = origin(name, stream)
    for rendition in stream.video:
        shown = shown_times(rendition)
        tick = Fraction(1, rendition.track.timescale) + Fraction(1, 1000)
        if name in DAMAGED:
            assert abs(len(shown) - len(times)) <= DAMAGED[name]
        elif is_regular(times):
            assert len(shown) == len(times)
        else:
            # A segment that starts within a long frame repeats that frame.
            assert len(times) <= len(shown) <= len(times) + len(rendition.segments)
        have = numpy.array([float(time) for time in shown])
        for time in times[1:]:
            nearest = float(numpy.abs(have - float(time - start)).min())
            assert nearest <= tick or name in DAMAGED, f"{rendition.uri}: no picture at {float(time - start):.4f}"
        assert shown[0] == 0
        joined = media.probe(stream.joined(rendition), "-count_frames", "-show_entries", "stream=nb_read_frames")
        assert int(joined["streams"][0]["nb_read_frames"]) == len(shown)


@pytest.mark.parametrize("name", SEEN)
def test_rungs_fit_the_source(name: str, library: Library) -> None:
    """Rungs are upright with square samples, even sides, the source's aspect ratio, at most its size, colour tags and 8 bits."""
    stream, clip = library.stream(name), source(name)
    width, height = clip.upright
    sizes = set()
    for rendition in stream.video:
        found = media.probe(stream.joined(rendition), "-show_streams")["streams"][0]
        assert (found["width"], found["height"]) == (rendition.track.width, rendition.track.height)
        assert found.get("sample_aspect_ratio", "1:1") == "1:1"
        assert found["pix_fmt"] == "yuv420p" and found["field_order"] == "progressive"
        assert found["width"] % 2 == 0 and found["height"] % 2 == 0
        assert found["width"] <= width + 1 and found["height"] <= height + 1
        # Rounding a side to an even number changes the aspect ratio by at most one line.
        assert abs(found["width"] - width * found["height"] / height) <= 2
        assert found.get("side_data_list", []) == [] or all("rotation" not in s for s in found["side_data_list"])
        assert {"color_space", "color_transfer", "color_primaries"} <= found.keys(), "colours are not tagged"
        if clip.is_hdr:
            assert found["color_space"] == found["color_transfer"] == found["color_primaries"] == "bt709"
        elif (clip.video or {}).get("color_space", "unknown") != "unknown":
            assert found["color_space"] == clip.video["color_space"]
        assert found.get("color_range", "tv") == "tv"
        sizes.add((found["width"], found["height"]))
    assert len(sizes) == len(stream.video), "two rungs of one size"


def reference_filters(name: str) -> str:
    """The ffmpeg filters for a reference frame: progressive, SDR, square samples (ffmpeg rotates automatically)."""
    clip = source(name)
    steps = []
    if clip.is_interlaced:
        steps.append("yadif=mode=send_frame:deint=all")
    assert clip.video
    if clip.is_hdr:
        steps.append("zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0")
        steps.append("zscale=t=bt709:m=bt709:r=tv,format=yuv420p")
    elif clip.video.get("color_space", "unknown") == "unknown":
        # Without tags it is BT.709 for high definition and BT.601 below, as players assume.
        sides = clip.video["width"], clip.video["height"]
        matrix = "bt709" if max(sides) > 1024 or min(sides) > 576 else "smpte170m"
        steps.append(f"setparams=colorspace={matrix}")
    return ",".join(steps)


@pytest.mark.parametrize("name", SEEN)
def test_frames_look_like_the_source(name: str, library: Library, shared: dict[str, str]) -> None:
    """Compares the first, middle and last frame of every rung with ffmpeg's frames of the source."""
    stream, times, clip = library.stream(name), source_times(name), source(name)
    start, path = origin(name, stream), library.clips()[name].path
    assert clip.video
    for rendition in stream.video:
        size = (rendition.track.width, rendition.track.height)
        worst = [1.0, 1.0, 1.0]
        for number in {0, len(times) // 2, len(times) - 1}:
            time = times[number]
            expected = media.planes(path, time, size, reference_filters(name), clip.video["index"])
            found = media.planes(stream.joined(rendition), max(Fraction(0), time - start), size)
            for plane in range(3):
                worst[plane] = min(worst[plane], media.plane_similarity(expected[plane], found[plane]))
        tags = media.probe(stream.joined(rendition), "-show_streams")["streams"][0]
        row = {"file": f"{name} {rendition.name}", "size": f"{size[0]}x{size[1]}"}
        row |= {plane: f"{value:.4f}" for plane, value in zip(("luma", "blue", "red"), worst, strict=True)}
        row["tags"] = " ".join(tags.get(key, "-") for key in ("color_primaries", "color_transfer", "color_space"))
        row |= {"range": tags.get("color_range", "-"), "samples": tags.get("sample_aspect_ratio", "1:1")}
        report.add(Path(shared["folder"]), "look", **row)
        assert min(worst) >= ALIKE, f"{rendition.name}: {worst}"


def heard(stream: Stream, channels: int = 1) -> tuple[numpy.ndarray, int]:
    """All samples of the default audio without the priming, and their rate; checks that no packet is missing."""
    rendition = stream.audio[0]
    rate = rendition.track.timescale
    path = stream.joined(rendition)
    data = media.run("-ignore_editlist", "1", "-i", path, "-ac", str(channels), "-ar", str(rate), "-f", "f32le", "-")
    samples = numpy.frombuffer(data, numpy.float32).reshape(-1, channels)
    assert len(samples) == len(rendition.samples) * 1024, "not every packet decodes to 1024 samples"
    return samples[sum(time for _, time in rendition.track.edits) :], rate


@pytest.mark.parametrize("name", HEARD)
def test_every_sample_is_in_the_output(name: str, library: Library) -> None:
    """Audio keeps its start relative to the video, does not drift, and has all samples at both ends."""
    stream = library.stream(name)
    found, rate = heard(stream)
    audio = source(name).audio
    assert audio and rate in (44100, 48000, int(audio["sample_rate"]))
    expected = media.samples(library.clips()[name].path, rate, audio["index"])[:, 0]
    # The position of the source's first sample in the output, in samples.
    place = (sound_start(name) - origin(name, stream)) * rate
    lead = round(place)
    aligned = numpy.concatenate([numpy.zeros(max(lead, 0), numpy.float32), expected[max(-lead, 0) :]])
    assert len(found) >= len(aligned) - 2 * rate // 1000, f"{len(aligned) - len(found)} samples are missing at the end"
    assert len(found) - 1024 <= max(len(aligned), float(stream.main_seconds) * rate), "more samples than were put in"
    length = min(len(found), len(aligned))
    for third in range(3):
        window = aligned[third * length // 3 : (third + 1) * length // 3][: 4 * rate]
        begin = third * length // 3
        if window.size < rate // 10 or float(numpy.sqrt((window**2).mean())) < 1e-3:
            continue
        lag, likeness = shift(window, found[begin : begin + len(window), 0], rate // 20)
        assert abs(lag) <= rate // 1000, f"third {third + 1}: sound is {lag / rate * 1000:+.1f} ms off"
        assert likeness > (0.5 if name in ROUGH else 0.7), (
            f"third {third + 1}: sound is only {likeness:.2f} like the source"
        )


def shift(one: numpy.ndarray, other: numpy.ndarray, most: int) -> tuple[int, float]:
    """The delay of `other` in samples (at most `most` in either direction), and the similarity with this delay."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = numpy.fft.irfft(numpy.conj(numpy.fft.rfft(one, size)) * numpy.fft.rfft(other, size), size)
    around = numpy.concatenate([product[-most:], product[: most + 1]])
    best = int(around.argmax())
    scale = float(numpy.sqrt((one.astype(float) ** 2).sum() * (other.astype(float) ** 2).sum())) or 1.0
    return best - most, float(around[best]) / scale


@pytest.mark.parametrize("name", ACCEPTED)
def test_nothing_of_the_source_leaks(name: str, library: Library) -> None:
    """No tag of the source (place, device, dates, names) is in a published object."""
    stream = library.stream(name)
    found = media.probe(library.clips()[name].path, "-show_format", "-show_streams")
    tags = [value for part in (found["format"], *found["streams"]) for key, value in part.get("tags", {}).items()
            if key not in ("language", "encoder", "handler_name", "vendor_id", "major_brand", "compatible_brands")]  # fmt: skip
    private = {value.encode() for value in tags if len(value) > 5}
    published = [
        path for path in stream.folder.rglob("*") if path.is_file() and not path.name.startswith(("joined", "headers"))
    ]
    for path in published:
        data = path.read_bytes()
        for value in private:
            assert value not in data, f"{path.name} holds {value!r}"
        assert b"\xa9xyz" not in data and b"com.apple.quicktime" not in data, path.name


@pytest.mark.parametrize(
    "name", ["phone_portrait_rot90_h264.mov", "perf_bbb_1080p30_10s_51.mp4", "rot270_iphone_3frames.mov"]
)
def test_posters_and_storyboard(name: str, library: Library) -> None:
    """Poster and storyboard exist and are upright, and every cue of the storyboard has a tile within its sheet."""
    from io import BytesIO

    from PIL import Image

    client, _ = library.uploads()
    video, clip = library.finished(name), source(name)
    poster = client.get(video["playback"]["poster"])
    assert poster.headers["Content-Type"] == "image/jpeg"
    image = Image.open(BytesIO(poster.content))
    width, height = clip.upright
    assert abs(image.width / image.height - width / height) < 0.03
    path = video["playback"]["smallPoster"]
    assert (path is not None) == (image.width > 480)
    if path:
        answer = client.get(path)
        assert answer.headers["Content-Type"] == "image/webp" and len(answer.content) < len(poster.content) / 2
        small = Image.open(BytesIO(answer.content))
        assert small.width == 480 and abs(small.width / small.height - width / height) < 0.03
    text = client.get(video["playback"]["storyboard"])
    assert text.headers["Content-Type"].startswith("text/vtt")
    cues = [line for line in text.text.splitlines() if "#xywh=" in line]
    arrows = [line for line in text.text.splitlines() if "-->" in line]
    assert text.text.startswith("WEBVTT") and cues and len(cues) == len(arrows)
    sheets: dict[str, Image.Image] = {}
    folder = video["playback"]["storyboard"].rpartition("/")[0]
    for cue in cues:
        file, _, area = cue.partition("#xywh=")
        if file not in sheets:
            sheets[file] = Image.open(BytesIO(client.get(f"{folder}/{file}").content))
        x, y, w, h = map(int, area.split(","))
        assert x + w <= sheets[file].width and y + h <= sheets[file].height
        assert abs(w / h - width / height) < 0.1
    assert arrows[0].startswith("00:00:00.000") or arrows[0].startswith("00:00.000")


@pytest.mark.parametrize("name", [name for name in ACCEPTED if name.startswith("audio_only")])
def test_audio_without_video_has_a_poster(name: str, library: Library) -> None:
    """An audio file becomes an audio stream with a poster."""
    client, _ = library.uploads()
    video = library.finished(name)
    assert library.stream(name).video == [] and len(library.stream(name).audio) == 1
    assert client.get(video["playback"]["poster"]).headers["Content-Type"] == "image/jpeg"


def test_the_storage_is_complete(library: Library) -> None:
    """The served playlists are also stored, so that a plain file server can serve a video."""
    video = library.finished("phone_portrait_rot90_h264.mov")
    stream = library.stream("phone_portrait_rot90_h264.mov")
    root = library.folder.parent / "data"
    found = [path for path in disk.files(root) if video["id"] in path.parts and path.name == "main.m3u8"]
    assert len(found) == 1
    generation = found[0].parent
    stored = playlists.read_multivariant(found[0].read_text())
    assert stored.variants == stream.main.variants and stored.media == stream.main.media
    for uri in stream.renditions:
        assert playlists.read_media((generation / uri).read_text()) == stream.renditions[uri].playlist
    assert (generation / "manifest.mpd").exists()
