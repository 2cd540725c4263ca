public import MediaModel

/// The DASH media presentation description (ISO/IEC 23009-1) over the same segments as the HLS playlists.
///
/// A static description in the live profile: `SegmentTemplate` with `$Number%05d$` and an exact `SegmentTimeline`. Times are
/// those after each track's edit list. So they start at 0 and need no presentation time offset, although the media times in
/// the segments are later by the reordering delay or the priming.
public struct PresentationDescription: Sendable {
    /// The plan.
    public var plan: EncodingPlan
    /// The bandwidths of the tracks.
    public var bandwidths: TrackBandwidths
    /// The caption tracks, each with a single file.
    public var captions: [CaptionTrack] = []

    /// A description of all tracks of `plan`.
    public init(plan: EncodingPlan, bandwidths: TrackBandwidths) {
        self.plan = plan
        self.bandwidths = bandwidths
    }

    /// The description as XML text.
    public var text: String {
        let length = MediaTime.rescale(
            plan.duration.numerator, from: Rational(1, plan.duration.denominator), to: Rational(1, 1_000_000), .nearest)
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            element(
                "MPD",
                [
                    ("xmlns", "urn:mpeg:dash:schema:mpd:2011"),
                    ("profiles", "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"),
                    ("type", "static"),
                    ("mediaPresentationDuration", "PT\(DecimalText.shortSeconds(microseconds: length))S"),
                    ("maxSegmentDuration", "PT\(plan.targetDuration)S"),
                    ("minBufferTime", "PT\(plan.targetDuration)S"),
                ]),
            #"  <Period id="0" start="PT0S">"#,
        ]
        if let video = plan.video { lines += adaptationSet(video) }
        for index in plan.audio.indices { lines += adaptationSet(plan.audio[index], index: index) }
        for index in captions.indices { lines += adaptationSet(captions[index], index: index) }
        lines += ["  </Period>", "</MPD>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func adaptationSet(_ video: VideoPlan) -> [String] {
        guard let rung = video.rungs.first else { return [] }
        var lines = [
            "    "
                + element(
                    "AdaptationSet",
                    [
                        ("id", "0"), ("contentType", "video"), ("mimeType", "video/mp4"),
                        ("segmentAlignment", "true"), ("startWithSAP", "1"),
                        ("maxWidth", String(video.rungs.map(\.width).max() ?? rung.width)),
                        ("maxHeight", String(video.rungs.map(\.height).max() ?? rung.height)),
                        ("maxFrameRate", Self.frameRate(video.frameRate)),
                    ])
        ]
        lines += segmentTemplate(TrackTimeline(video: video, rung: rung))
        for rung in video.rungs {
            lines.append(
                "      "
                    + element(
                        "Representation",
                        [
                            ("id", rung.name), ("codecs", rung.codecString),
                            ("bandwidth", String(bandwidths.tracks[rung.name]?.peak ?? rung.maximumBitrate)),
                            ("width", String(rung.width)), ("height", String(rung.height)), ("sar", "1:1"),
                            ("frameRate", Self.frameRate(video.frameRate)),
                        ], isEmpty: true))
        }
        return lines + ["    </AdaptationSet>"]
    }

    private func adaptationSet(_ audio: AudioPlan, index: Int) -> [String] {
        var lines = [
            "    "
                + element(
                    "AdaptationSet",
                    [
                        ("id", String(index + 1)), ("contentType", "audio"), ("mimeType", "audio/mp4"),
                        ("lang", LanguageName.tag(audio.language)), ("segmentAlignment", "true"),
                        ("startWithSAP", "1"),
                    ])
        ]
        // All renditions of the default track are main audio.
        let isMain = audio.streamIndex == plan.audio.first?.streamIndex
        lines.append(
            "      "
                + element(
                    "Role",
                    [
                        ("schemeIdUri", "urn:mpeg:dash:role:2011"), ("value", isMain ? "main" : "alternate"),
                    ], isEmpty: true))
        lines += segmentTemplate(TrackTimeline(audio: audio))
        lines += [
            "      "
                + element(
                    "Representation",
                    [
                        ("id", audio.name), ("codecs", audio.codecString),
                        ("bandwidth", String(bandwidths.tracks[audio.name]?.peak ?? 128_000)),
                        ("audioSamplingRate", String(audio.sampleRate)),
                    ]),
            "        "
                + element(
                    "AudioChannelConfiguration",
                    [
                        ("schemeIdUri", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"),
                        ("value", String(Self.channelConfiguration(audio.channels))),
                    ], isEmpty: true),
            "      </Representation>", "    </AdaptationSet>",
        ]
        return lines
    }

    /// The adaptation set of a caption track, which refers to a complete WebVTT file (ISO/IEC 23009-1 5.3.3).
    private func adaptationSet(_ track: CaptionTrack, index: Int) -> [String] {
        let role = track.isForced ? "forced-subtitle" : track.isForHearingImpaired ? "caption" : "subtitle"
        return [
            "    "
                + element(
                    "AdaptationSet",
                    [
                        // After the identifiers of video and audio.
                        ("id", String(100 + index)), ("contentType", "text"), ("mimeType", "text/vtt"),
                        ("lang", track.language),
                    ]),
            "      "
                + element("Role", [("schemeIdUri", "urn:mpeg:dash:role:2011"), ("value", role)], isEmpty: true),
            "      " + element("Representation", [("id", track.name), ("bandwidth", "1000")]),
            "        <BaseURL>\(Manifests.captionsPath(track: track.name))</BaseURL>",
            "      </Representation>", "    </AdaptationSet>",
        ]
    }

    private func segmentTemplate(_ timeline: TrackTimeline) -> [String] {
        var lines = [
            "      "
                + element(
                    "SegmentTemplate",
                    [
                        ("timescale", String(timeline.timescale)), ("presentationTimeOffset", "0"),
                        ("initialization", ObjectKey.initialization(track: "$RepresentationID$")),
                        ("media", "$RepresentationID$/$Number%05d$.m4s"), ("startNumber", "1"),
                    ]),
            "        <SegmentTimeline>",
        ]
        var index = 0
        while index < timeline.segmentCount {
            let length = timeline.ticks(ofSegment: index)
            var next = index + 1
            while next < timeline.segmentCount, timeline.ticks(ofSegment: next) == length { next += 1 }
            var attributes = [("d", String(length))]
            if index == 0 { attributes.insert(("t", String(timeline.ticks[0])), at: 0) }
            if next - index > 1 { attributes.append(("r", String(next - index - 1))) }
            lines.append("          " + element("S", attributes, isEmpty: true))
            index = next
        }
        return lines + ["        </SegmentTimeline>", "      </SegmentTemplate>"]
    }

    /// The frame rate as `25` or `30000/1001`, rounded to thousandths if the terms are large: readers may store them in 32
    /// bits or less.
    static func frameRate(_ rate: Rational) -> String {
        var rate = rate
        if rate.denominator > 1001 || rate.numerator > 1_000_000 {
            rate = Rational(MediaTime.rescale(1, from: rate, to: Rational(1, 1000), .nearest), 1000)
        }
        return rate.denominator == 1 ? String(rate.numerator) : "\(rate.numerator)/\(rate.denominator)"
    }

    /// The code point of ISO/IEC 23091-3 for the default layout of a number of channels.
    private static func channelConfiguration(_ channels: Int) -> Int {
        switch channels {
        case 7: 11
        case 8: 12
        default: channels
        }
    }

    private func element(_ name: String, _ attributes: [(String, String)], isEmpty: Bool = false) -> String {
        let list = attributes.map { " \($0)=\"\(Self.escaped($1))\"" }.joined()
        return "<\(name)\(list)\(isEmpty ? "/" : "")>"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: if scalar.value >= 0x20 { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
