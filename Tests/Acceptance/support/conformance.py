"""The rules of Apple's HLS Authoring Specification (revision 2025-06-26) that can be tested on text, boxes and headers.

Each rule is a function with the specification's number; it yields a sentence for every breach. `check` runs them all.
A rule marked `should` is a recommendation: violations are reported, and a stream may have a reason for them.
Not here: rules on live streams, ads, DRM and TLS, which these streams do not have; 1.24, 9.16 (all
renditions are SDR; 6.16 then follows from 6.1); 9.21 (a variant for cellular below 192 kbit/s), which the default ladder leaves out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median_low as median

from . import boxes, captions
from .streams import Rendition, Stream

TOLERANCE = Fraction(1, 10)


@dataclass(frozen=True)
class Breach:
    """A rule that a stream breaks."""

    number: str
    level: str
    problem: str

    def __str__(self) -> str:
        return f"{self.number} ({self.level}): {self.problem}"


Check = Callable[[Stream], Iterator[str]]
RULES: list[tuple[str, str, Check]] = []


def rule(number: str, level: str = "must") -> Callable[[Check], Check]:
    """Registers a rule under its number."""

    def register(check: Check) -> Check:
        RULES.append((number, level, check))
        return check

    return register


def check(stream: Stream, only: str | None = None) -> list[Breach]:
    """Every breach of every rule, or of the one with number `only`."""
    return [
        Breach(number, level, problem)
        for number, level, test in RULES
        if only in (None, number)
        for problem in test(stream)
    ]


def all_renditions(stream: Stream) -> list[Rendition]:
    """Every rendition once."""
    return list(stream.renditions.values())


def sequences(rendition: Rendition) -> list[boxes.Sequence]:
    """The SPS of an H.264 rendition."""
    return [boxes.read_sequence(unit) for unit in rendition.track.parameter_sets[0]] if rendition.track.avcc else []


# Video


@rule("1.1")
def codec_is_allowed(stream: Stream) -> Iterator[str]:
    """Video is H.264, HEVC or AV1."""
    for variant in stream.main.variants:
        for codec in variant.get("CODECS", "").split(","):
            if codec and not re.match(
                r"(avc1|avc3|hvc1|hev1|dvh1|av01|mp4a|ac-3|ec-3|alac|fLaC|Opus|stpp|wvtt)\b", codec
            ):
                yield f"{variant['URI']}: codec {codec}"
    for rendition in stream.video:
        if rendition.track.entry not in ("avc1", "hvc1", "av01"):
            yield f"{rendition.uri}: sample entry {rendition.track.entry}"


@rule("1.2")
def container_is_fragmented_mp4(stream: Stream) -> Iterator[str]:
    """H.264 is in fMP4 (or TS): every segment is moof + mdat; the brands are those of CMAF."""
    for rendition in all_renditions(stream):
        if "cmfc" not in rendition.track.brands:
            yield f"{rendition.uri}: brands {sorted(rendition.track.brands)} without cmfc"
        for number, segment in enumerate(rendition.segments):
            if not segment:
                yield f"{rendition.uri}: segment {number + 1} holds no fragment"


@rule("1.3b")
def profile_and_level_are_allowed(stream: Stream) -> Iterator[str]:
    """H.264 up to High profile, level 5.2."""
    for rendition in stream.video:
        for sps in sequences(rendition):
            if sps.profile not in (66, 77, 100) or sps.level > 52 or sps.chroma_format != 1 or sps.bit_depth != 8:
                yield f"{rendition.uri}: profile {sps.profile}, level {sps.level}, {sps.bit_depth} bit"


@rule("1.10", "should")
def parameter_sets_are_out_of_band(stream: Stream) -> Iterator[str]:
    """avc1 with SPS and PPS in the sample entry."""
    for rendition in stream.video:
        if rendition.track.avcc:
            sps, pps = rendition.track.parameter_sets
            if rendition.track.entry != "avc1" or not sps or not pps:
                yield f"{rendition.uri}: {rendition.track.entry} with {len(sps)} SPS and {len(pps)} PPS"


@rule("1.13", "should")
def key_frames_come_every_two_seconds(stream: Stream) -> Iterator[str]:
    """An IDR at least every 2 s, give or take one frame."""
    for rendition in stream.video:
        last = None
        for sample in rendition.samples:
            if sample.is_sync:
                if last is not None:
                    gap = Fraction(sample.decode_time - last, rendition.track.timescale)
                    if gap > 2 + rendition.frame:
                        yield f"{rendition.uri}: {float(gap):.3f} s without a key frame"
                last = sample.decode_time


@rule("1.14")
def picture_is_progressive(stream: Stream) -> Iterator[str]:
    """Interlaced sources are deinterlaced."""
    for rendition in stream.video:
        if any(not sps.frames_only for sps in sequences(rendition)):
            yield f"{rendition.uri}: frame_mbs_only_flag is 0"


@rule("1.19")
def frame_rate_is_at_most_sixty(stream: Stream) -> Iterator[str]:
    """Never above 60 frames a second."""
    for rendition in stream.video:
        rate = len(rendition.samples) / sum(rendition.seconds, Fraction(0))
        if rate > Fraction(606, 10):
            yield f"{rendition.uri}: {float(rate):.2f} frames a second"


@rule("1.26")
def average_is_as_declared(stream: Stream) -> Iterator[str]:
    """The measured average is within 10 % of AVERAGE-BANDWIDTH."""
    for variant, _, average in measured(stream):
        declared = int(variant.get("AVERAGE-BANDWIDTH", "0"))
        if declared and abs(average / declared - 1) > TOLERANCE:
            yield f"{variant['URI']}: AVERAGE-BANDWIDTH {declared}, measured {float(average):.0f}"


@rule("1.27")
def peak_is_as_declared(stream: Stream) -> Iterator[str]:
    """The measured peak is within 10 % of BANDWIDTH."""
    for variant, peak, _ in measured(stream):
        declared = int(variant.get("BANDWIDTH", "0"))
        if declared and abs(peak / declared - 1) > TOLERANCE:
            yield f"{variant['URI']}: BANDWIDTH {declared}, measured {float(peak):.0f}"


@rule("1.30", "should")
def peak_is_at_most_twice_the_average(stream: Stream) -> Iterator[str]:
    """Peak at most 200 % of the average."""
    for variant, peak, average in measured(stream):
        if peak > 2 * average:
            yield f"{variant['URI']}: peak {float(peak):.0f}, average {float(average):.0f}"


def measured(stream: Stream) -> Iterator[tuple[dict[str, str], Fraction, Fraction]]:
    """Peak and average of each variant, the largest audio of its group added; of audio alone, the largest of the group."""
    for variant in stream.main.variants:
        own = stream.renditions[variant["URI"]].peak_and_average()
        audio = [r.peak_and_average() for r in stream.audio_of(variant) if r.uri != variant["URI"]]
        largest = tuple(max((a[part] for a in audio), default=Fraction(0)) for part in (0, 1))
        if stream.is_video(variant["URI"]):
            yield variant, own[0] + largest[0], own[1] + largest[1]
        else:
            yield variant, max(own[0], largest[0]), max(own[1], largest[1])


# Audio


@rule("2.3")
def stereo_aac_exists(stream: Stream) -> Iterator[str]:
    """Where there is audio, an AAC rendition of at most two channels exists (a mono source stays mono)."""
    if stream.audio and not any(
        r.track.codec.startswith("mp4a.40.") and r.track.channels in (1, 2) for r in stream.audio
    ):
        yield f"only {[(r.track.codec, r.track.channels) for r in stream.audio]}"
    media = [m for m in stream.main.media if m.get("TYPE") == "AUDIO" and "URI" in m]
    stereo = {m.get("NAME") for m in media if stream.renditions[m["URI"]].track.channels <= 2}
    for name in sorted({m.get("NAME", "") for m in media} - stereo):
        yield f"{name}: no rendition of at most two channels"


@rule("2.11")
def channel_layout_is_constant(stream: Stream) -> Iterator[str]:
    """CHANNELS equals the decoder configuration; a rendition has one configuration."""
    for media in stream.main.media:
        if media.get("TYPE") == "AUDIO" and "URI" in media:
            track = stream.renditions[media["URI"]].track
            if media.get("CHANNELS", "").split("/")[0] != str(track.channels):
                yield f"{media['URI']}: CHANNELS {media.get('CHANNELS')}, configuration says {track.channels}"


@rule("2.15")
def alternative_audio_spans_everything(stream: Stream) -> Iterator[str]:
    """Audio renditions have the duration of the video."""
    if stream.video:
        for rendition in stream.audio:
            difference = abs(rendition.playlist.seconds - stream.video[0].playlist.seconds)
            if difference > max(rendition.frame, stream.video[0].frame):
                yield f"{rendition.uri}: {float(difference):.3f} s longer or shorter than the video"


@rule("2.17")
def one_track_a_segment(stream: Stream) -> Iterator[str]:
    """One track a segment."""
    for rendition in all_renditions(stream):
        if any(fragment.track_count != 1 for segment in rendition.segments for fragment in segment):
            yield f"{rendition.uri}: a fragment with several tracks"


@rule("4.4")
def language_is_given(stream: Stream) -> Iterator[str]:
    """LANGUAGE on every EXT-X-MEDIA that is not TYPE=VIDEO."""
    for media in stream.main.media:
        if media.get("TYPE") != "VIDEO" and not media.get("LANGUAGE"):
            yield f"{media.get('TYPE')} {media.get('NAME')}: no LANGUAGE"


@rule("4.5")
def captions_for_the_deaf_say_so(stream: Stream) -> Iterator[str]:
    """Subtitles that replace the audio have both characteristics and AUTOSELECT=YES."""
    both = {"public.accessibility.transcribes-spoken-dialog", "public.accessibility.describes-music-and-sound"}
    for media in stream.main.media:
        found = set(media.get("CHARACTERISTICS", "").split(",")) & both
        if media.get("TYPE") == "SUBTITLES" and found and (found != both or media.get("AUTOSELECT") != "YES"):
            yield f"{media['URI']}: CHARACTERISTICS {sorted(found)}, AUTOSELECT {media.get('AUTOSELECT')}"


# Subtitles


@rule("5.2")
def subtitles_are_webvtt(stream: Stream) -> Iterator[str]:
    """Every subtitle segment is a WebVTT file with only the cues that are visible in it."""
    for uri, rendition in stream.captions.items():
        start = Fraction(0)
        for entry, text in zip(rendition.playlist.entries, rendition.segments, strict=True):
            end = start + entry.seconds
            try:
                cues = captions.read(text)
            except captions.BadCaptions as reason:
                yield f"{uri}: {entry.uri} {reason}"
                continue
            for cue in cues:
                # Durations are written in whole microseconds.
                if Fraction(cue.end + 1, 1000) < start or Fraction(cue.start - 1, 1000) > end:
                    yield f"{uri}: {entry.uri} holds a cue of {cue.start} to {cue.end} ms"
            start = end


@rule("5.3")
def subtitles_have_a_timestamp_map(stream: Stream) -> Iterator[str]:
    """X-TIMESTAMP-MAP is in every segment and maps time 0 to time 0, as tfdt 0 requires."""
    for uri, rendition in stream.captions.items():
        for entry, text in zip(rendition.playlist.entries, rendition.segments, strict=True):
            if captions.head(text)[1:] != [captions.TIMESTAMP_MAP]:
                yield f"{uri}: {entry.uri} begins with {captions.head(text)}"


@rule("5.5")
def subtitles_cover_everything(stream: Stream) -> Iterator[str]:
    """Subtitle playlists cover the whole content, in the segments of the video or else of the audio."""
    lead = (stream.video or stream.audio)[0]
    for uri, rendition in stream.captions.items():
        ours, theirs = rendition.playlist, lead.playlist
        if [entry.seconds for entry in ours.entries] != [entry.seconds for entry in theirs.entries]:
            yield f"{uri}: {float(ours.seconds)} s in {len(ours.entries)} segments, {lead.uri} has {float(theirs.seconds)} s"
        if ours.target != theirs.target or ours.value("EXT-X-PLAYLIST-TYPE") != "VOD" or not ours.has("EXT-X-ENDLIST"):
            yield f"{uri}: another target duration, no EXT-X-PLAYLIST-TYPE:VOD or no EXT-X-ENDLIST"


# Trick play


@rule("6.1")
def iframe_playlists_exist(stream: Stream) -> Iterator[str]:
    """I-frame playlists exist where there is video."""
    if stream.video and not stream.main.iframe_variants:
        yield "no EXT-X-I-FRAME-STREAM-INF"


@rule("6.8")
def iframe_playlists_say_so(stream: Stream) -> Iterator[str]:
    """I-frame playlists have EXT-X-I-FRAMES-ONLY."""
    for uri, playlist in stream.iframes.items():
        if not playlist.has("EXT-X-I-FRAMES-ONLY"):
            yield f"{uri}: no EXT-X-I-FRAMES-ONLY"


@rule("6.10")
def iframe_ranges_hold_one_picture(stream: Stream) -> Iterator[str]:
    """Each byte range starts at a moof and ends with the last byte of a sync sample."""
    for uri, playlist in stream.iframes.items():
        parent = posixpath.dirname(uri)
        renditions = [r for r in stream.video if posixpath.dirname(r.uri) == parent]
        if not renditions:
            yield f"{uri}: no rendition in {parent}"
            continue
        rendition = renditions[0]
        names = {entry.uri: number for number, entry in enumerate(rendition.playlist.entries)}
        for entry in playlist.entries:
            if entry.uri not in names or entry.byte_range is None:
                yield f"{uri}: {entry.uri} without a range of a segment of {rendition.uri}"
                continue
            start, length = entry.byte_range
            starts = [
                (fragment, sample) for fragment in rendition.segments[names[entry.uri]] for sample in fragment.samples
            ]
            if not any(f.start == start and s.is_sync and s.start + s.size == start + length for f, s in starts):
                yield f"{uri}: {entry.uri} {start}+{length} is not a moof and its first key frame"


# Delivery of media


@rule("7.3")
def media_is_continuous(stream: Stream) -> Iterator[str]:
    """tfdt(n+1) = tfdt(n) + duration(n), from 0 on."""
    for rendition in all_renditions(stream):
        expected = 0
        for number, segment in enumerate(rendition.segments):
            for fragment in segment:
                if fragment.base_time != expected:
                    yield f"{rendition.uri}: segment {number + 1} starts at {fragment.base_time}, not {expected}"
                expected = fragment.base_time + fragment.duration


@rule("7.4")
def segments_start_with_an_idr(stream: Stream) -> Iterator[str]:
    """Each video segment starts with an IDR; the sync flags are correct."""
    for rendition in stream.video:
        if not rendition.track.avcc:
            continue
        for number, segment in enumerate(rendition.segments):
            samples = [sample for fragment in segment for sample in fragment.samples]
            if not samples or not samples[0].is_sync:
                yield f"{rendition.uri}: segment {number + 1} does not start with a sync sample"
            for sample in samples:
                if sample.is_sync and not any(kind == 5 for kind, _ in boxes.units(rendition.bytes_of(number, sample))):
                    yield f"{rendition.uri}: segment {number + 1} marks a sample as sync that is no IDR"
                    break


@rule("7.5", "should")
def target_is_six_seconds(stream: Stream) -> Iterator[str]:
    """Target duration of 6 s."""
    for rendition in all_renditions(stream):
        if rendition.playlist.target > 6:
            yield f"{rendition.uri}: target {rendition.playlist.target} s"


@rule("7.7")
def no_segment_is_too_long(stream: Stream) -> Iterator[str]:
    """No segment is longer than the target plus half a second."""
    for rendition in all_renditions(stream):
        for entry in rendition.playlist.entries:
            if entry.seconds > rendition.playlist.target + Fraction(1, 2):
                yield f"{rendition.uri}: {entry.uri} lasts {float(entry.seconds):.3f} s"


# Playlists


@rule("8.1")
def durations_are_exact(stream: Stream) -> Iterator[str]:
    """The sum of EXTINF of any run of segments is exact within one frame."""
    for rendition in all_renditions(stream):
        error, low, high = Fraction(0), Fraction(0), Fraction(0)
        scale, edit = rendition.track.timescale, sum(time for _, time in rendition.track.edits)
        heard = 0 if rendition.track.handler == "vide" else edit
        for number, (entry, real) in enumerate(zip(rendition.playlist.entries, rendition.seconds, strict=True)):
            error += entry.seconds - real + (Fraction(heard, scale) if number == 0 else 0)
            low, high = min(low, error), max(high, error)
        if high - low > rendition.frame:
            yield f"{rendition.uri}: a run of segments is off by {float(high - low):.4f} s"


@rule("8.2")
def targets_agree(stream: Stream) -> Iterator[str]:
    """Audio and video share the target duration."""
    targets = {rendition.uri: rendition.playlist.target for rendition in all_renditions(stream)}
    if len(set(targets.values())) > 1:
        yield f"{targets}"


@rule("8.3")
def totals_agree(stream: Stream) -> Iterator[str]:
    """All renditions have the same duration within one frame."""
    totals = {rendition.uri: rendition.playlist.seconds for rendition in all_renditions(stream)}
    if totals and max(totals.values()) - min(totals.values()) > max(r.frame for r in all_renditions(stream)):
        yield f"{ {uri: float(total) for uri, total in totals.items()} }"


@rule("8.6")
def playlists_are_vod(stream: Stream) -> Iterator[str]:
    """PLAYLIST-TYPE:VOD, and an end."""
    for rendition in all_renditions(stream):
        if rendition.playlist.value("EXT-X-PLAYLIST-TYPE") != "VOD" or not rendition.playlist.has("EXT-X-ENDLIST"):
            yield f"{rendition.uri}: no EXT-X-PLAYLIST-TYPE:VOD or no EXT-X-ENDLIST"


@rule("8.7")
def playlists_cover_the_same(stream: Stream) -> Iterator[str]:
    """All playlists have the same number of segments and start at 0."""
    counts = {rendition.uri: len(rendition.playlist.entries) for rendition in all_renditions(stream)}
    if len(set(counts.values())) > 1:
        yield f"{counts}"


@rule("8.9")
def separate_audio_is_declared(stream: Stream) -> Iterator[str]:
    """Audio apart from the video is declared by EXT-X-MEDIA, and every variant names a group that exists."""
    groups = {media.get("GROUP-ID") for media in stream.main.media if media.get("TYPE") == "AUDIO"}
    for variant in stream.main.variants:
        if "AUDIO" in variant and variant["AUDIO"] not in groups:
            yield f"{variant['URI']}: AUDIO group {variant['AUDIO']} does not exist"
        if groups and stream.is_video(variant["URI"]) and "AUDIO" not in variant:
            yield f"{variant['URI']}: no AUDIO group"
    for group in groups:
        defaults = [m for m in stream.main.media if m.get("GROUP-ID") == group and m.get("DEFAULT") == "YES"]
        if len(defaults) != 1:
            yield f"group {group} has {len(defaults)} default renditions"


@rule("RFC 8216bis 4.4.6.1.1")
def groups_have_the_same_members(stream: Stream) -> Iterator[str]:
    """Groups of a type have the same members, alike in all but URI and CHANNELS; names in a group differ."""
    groups: dict[str, dict[str, dict[str, list[dict[str, str]]]]] = {}
    for media in stream.main.media:
        members = groups.setdefault(media["TYPE"], {}).setdefault(media["GROUP-ID"], {})
        members.setdefault(media["NAME"], []).append(
            {key: value for key, value in media.items() if key not in ("URI", "CHANNELS", "GROUP-ID")}
        )
    for kind, found in groups.items():
        for group, members in found.items():
            for name in (name for name, twins in members.items() if len(twins) > 1):
                yield f"{kind} group {group}: {name} twice"
        (first, lead), *others = found.items()
        for group, members in others:
            if members != lead:
                yield f"{kind} groups {first} and {group} differ: {lead} and {members}"


@rule("8.14")
def discontinuities_agree(stream: Stream) -> Iterator[str]:
    """A change of EXT-X-MAP has a DISCONTINUITY, at the same segments in all renditions."""
    places = {}
    for rendition in all_renditions(stream):
        entries = rendition.playlist.entries
        places[rendition.uri] = tuple(number for number, entry in enumerate(entries) if entry.discontinuity)
        for number in range(1, len(entries)):
            if entries[number].map_uri != entries[number - 1].map_uri and not entries[number].discontinuity:
                yield f"{rendition.uri}: EXT-X-MAP changes at segment {number + 1} without DISCONTINUITY"
    if len(set(places.values())) > 1:
        yield f"{places}"


@rule("8.18")
def nothing_is_redirected(stream: Stream) -> Iterator[str]:
    """Media requests are not redirected."""
    for uri in stream.redirected:
        yield uri


@rule("8.20")
def maps_are_named(stream: Stream) -> Iterator[str]:
    """fMP4 has EXT-X-MAP, in I-frame playlists too; the protocol version fits."""
    playlists = {r.uri: r.playlist for r in all_renditions(stream)} | stream.iframes
    for uri, playlist in playlists.items():
        if any(entry.map_uri is None for entry in playlist.entries):
            yield f"{uri}: no EXT-X-MAP"
        if int(playlist.value("EXT-X-VERSION") or "1") < 6:
            yield f"{uri}: EXT-X-MAP needs EXT-X-VERSION 6, found {playlist.value('EXT-X-VERSION')}"


@rule("8.22")
def boundaries_are_aligned(stream: Stream) -> Iterator[str]:
    """Video segments start at exactly the same times in all rungs; audio within one frame of them."""
    if not stream.video:
        return
    lead = stream.video[0]
    for rendition in stream.video[1:]:
        if rendition.starts != lead.starts:
            yield f"{rendition.uri} and {lead.uri} are cut at different times"
    for rendition in stream.audio:
        priming = Fraction(sum(time for _, time in rendition.track.edits), rendition.track.timescale)
        for number, (ours, theirs) in enumerate(zip(rendition.starts, lead.starts, strict=False)):
            if number and abs(ours - priming - theirs) > rendition.frame:
                yield f"{rendition.uri}: segment {number + 1} starts {float(ours - priming - theirs):+.4f} s from the video's"
                break


# Multivariant playlist


@rule("9.1")
def codecs_are_true(stream: Stream) -> Iterator[str]:
    """Every variant has CODECS, equal to the decoder configurations."""
    for variant in stream.main.variants:
        expected = {stream.renditions[variant["URI"]].track.codec, *(r.track.codec for r in stream.audio_of(variant))}
        if {c.lower() for c in variant.get("CODECS", "").split(",")} != {c.lower() for c in expected}:
            yield f"{variant['URI']}: CODECS {variant.get('CODECS')}, segments say {sorted(expected)}"


@rule("9.2")
def resolution_is_true(stream: Stream) -> Iterator[str]:
    """Every video variant has RESOLUTION, equal to the encoded size."""
    for variant in stream.main.variants:
        track = stream.renditions[variant["URI"]].track
        if track.handler == "vide" and variant.get("RESOLUTION") != f"{track.width}x{track.height}":
            yield f"{variant['URI']}: RESOLUTION {variant.get('RESOLUTION')}, encoded {track.width}x{track.height}"


@rule("9.3")
def iframe_variants_are_described(stream: Stream) -> Iterator[str]:
    """CODECS, RESOLUTION and BANDWIDTH on EXT-X-I-FRAME-STREAM-INF, CODECS without audio."""
    for variant in stream.main.iframe_variants:
        missing = {"CODECS", "RESOLUTION", "BANDWIDTH", "URI"} - variant.keys()
        if missing or "mp4a" in variant.get("CODECS", ""):
            yield f"{variant.get('URI')}: without {sorted(missing)}, CODECS {variant.get('CODECS')}"


@rule("9.6")
def multichannel_is_apart(stream: Stream) -> Iterator[str]:
    """For audio with more than two channels there is also a variant with a stereo group."""
    with_stereo = {
        variant["URI"]
        for variant in stream.main.variants
        if all(r.track.channels <= 2 for r in stream.audio_of(variant))
    }
    for variant in stream.main.variants:
        if stream.is_video(variant["URI"]) and variant["URI"] not in with_stereo:
            yield f"{variant['URI']}: only with more than two channels"


@rule("9.9")
def several_bit_rates_exist(stream: Stream) -> Iterator[str]:
    """Several bit rates, unless the source is hardly larger than the lowest rung, so that two would look the same."""
    if len(stream.video) == 1 and min(stream.video[0].track.width, stream.video[0].track.height) >= 300:
        yield f"only {stream.video[0].uri}"


@rule("9.11")
def segments_are_declared_independent(stream: Stream) -> Iterator[str]:
    """INDEPENDENT-SEGMENTS in the multivariant playlist, or else in every video playlist."""
    if not stream.main.has("EXT-X-INDEPENDENT-SEGMENTS"):
        for rendition in stream.video:
            if not rendition.playlist.has("EXT-X-INDEPENDENT-SEGMENTS"):
                yield f"{rendition.uri}"


@rule("9.13")
def bandwidth_is_given(stream: Stream) -> Iterator[str]:
    """BANDWIDTH on every variant, and not below the measured peak by more than rounding."""
    for variant, peak, _ in measured(stream):
        if int(variant.get("BANDWIDTH", "0")) + 1 < peak:
            yield f"{variant['URI']}: BANDWIDTH {variant.get('BANDWIDTH')} is below the peak {float(peak):.0f}"


@rule("9.14")
def average_bandwidth_is_given(stream: Stream) -> Iterator[str]:
    """AVERAGE-BANDWIDTH on every variant."""
    for variant in stream.main.variants:
        if "AVERAGE-BANDWIDTH" not in variant:
            yield f"{variant['URI']}"


@rule("9.15")
def frame_rate_is_given(stream: Stream) -> Iterator[str]:
    """FRAME-RATE on every video variant: the average, or that of the commonest distance, within 1 %."""
    for variant in stream.main.variants:
        rendition = stream.renditions[variant["URI"]]
        if rendition.track.handler == "vide":
            average = len(rendition.samples) / sum(rendition.seconds, Fraction(0))
            usual = Fraction(rendition.track.timescale, median(sample.duration for sample in rendition.samples))
            declared = Fraction(variant.get("FRAME-RATE", "0"))
            if all(abs(declared / real - 1) > Fraction(1, 100) for real in (average, usual)):
                yield f"{variant['URI']}: FRAME-RATE {variant.get('FRAME-RATE')}, measured {float(average):.3f}, usual {float(usual):.3f}"


@rule("9.19")
def score_is_on_all_or_none(stream: Stream) -> Iterator[str]:
    """SCORE on all variants or on none."""
    if len({"SCORE" in variant for variant in stream.main.variants}) > 1:
        yield "SCORE on some variants only"


# HTTP


@rule("10.1")
def playlists_are_compressed(stream: Stream) -> Iterator[str]:
    """Playlists come gzip-encoded to a client that accepts it."""
    for uri, headers in stream.headers.items():
        if uri.endswith(".m3u8") and headers.get("content-encoding") != "gzip":
            yield f"{uri}: Content-Encoding {headers.get('content-encoding')}"


TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".mp4": "video/mp4", ".m4s": "video/iso.segment", ".vtt": "text/vtt"}


@rule("10.4", "should")
def media_types_are_right(stream: Stream) -> Iterator[str]:
    """The media types of the specification."""
    for uri, headers in stream.headers.items():
        expected = TYPES.get(posixpath.splitext(uri)[1])
        found = headers.get("content-type", "").split(";")[0].lower()
        if expected and found != expected and not (found == "audio/mp4" and expected == "video/mp4"):
            yield f"{uri}: Content-Type {found}, expected {expected}"
