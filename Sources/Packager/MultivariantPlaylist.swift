public import MediaModel

/// The multivariant playlist (RFC 8216bis 4.4.6): what a player chooses from.
///
/// Video variants share one group of audio renditions; audio alone is a variant of its own. The start-up rung comes
/// first, since players begin with the first variant and its first segments are made first.
public struct MultivariantPlaylist: Sendable {
    /// What is offered.
    public var plan: EncodingPlan
    /// What each track needs.
    public var bandwidths: TrackBandwidths
    /// Captions that every variant can be watched with.
    public var captions: [CaptionTrack] = []

    /// A playlist of all tracks of `plan`.
    public init(plan: EncodingPlan, bandwidths: TrackBandwidths) {
        self.plan = plan
        self.bandwidths = bandwidths
    }

    private static let audioGroup = "audio"

    /// The playlist as text.
    public var text: String {
        var lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        // A single rendition without video is named by its variant; a group would list the same playlist twice.
        let hasGroup = plan.video != nil ? !plan.audio.isEmpty : plan.audio.count > 1
        if hasGroup {
            for (index, name) in LanguageName.distinctNames(plan.audio.map(\.language)).enumerated() {
                lines.append(rendition(plan.audio[index], name: name, isDefault: index == 0))
            }
        }
        lines += captions.map(\.mediaTag)
        if let video = plan.video {
            let order = video.rungs.filter { $0.name == video.startupRung }
            let rungs = order + video.rungs.filter { $0.name != video.startupRung }
            for rung in rungs { lines += variant(rung, of: video) }
            for rung in video.rungs {
                if let bandwidth = bandwidths.keyFrames[rung.name] { lines.append(keyFrames(of: rung, bandwidth)) }
            }
        } else if let audio = plan.audio.first {
            var attributes = AttributeList()
            attributes.add(audioBandwidth)
            attributes.addQuoted("CODECS", audio.codecString)
            if hasGroup { attributes.addQuoted("AUDIO", Self.audioGroup) }
            if !captions.isEmpty { attributes.addQuoted("SUBTITLES", CaptionTrack.group) }
            attributes.add("CLOSED-CAPTIONS", "NONE")
            lines += ["#EXT-X-STREAM-INF:\(attributes.text)", Manifests.playlistPath(track: audio.name)]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var audioBandwidth: Bandwidth {
        plan.audio.compactMap { bandwidths.tracks[$0.name] }.reduce(Bandwidth(peak: 0, average: 0), Bandwidth.larger)
    }

    private func rendition(_ audio: AudioPlan, name: String, isDefault: Bool) -> String {
        var attributes = AttributeList()
        attributes.add("TYPE", "AUDIO")
        attributes.addQuoted("GROUP-ID", Self.audioGroup)
        attributes.addQuoted("NAME", name)
        attributes.addQuoted("LANGUAGE", LanguageName.tag(audio.language))
        attributes.add("DEFAULT", isDefault ? "YES" : "NO")
        attributes.add("AUTOSELECT", "YES")
        attributes.addQuoted("CHANNELS", String(audio.channels))
        attributes.addQuoted("URI", Manifests.playlistPath(track: audio.name))
        return "#EXT-X-MEDIA:\(attributes.text)"
    }

    private func variant(_ rung: Rung, of video: VideoPlan) -> [String] {
        let own = bandwidths.tracks[rung.name] ?? Bandwidth(peak: 0, average: 0)
        var attributes = AttributeList()
        // The most that one playable combination can need: Apple 9.13.
        attributes.add(own + audioBandwidth)
        let codecs = [rung.codecString] + (plan.audio.first.map { [$0.codecString] } ?? [])
        attributes.addQuoted("CODECS", codecs.joined(separator: ","))
        attributes.add("RESOLUTION", "\(rung.width)x\(rung.height)")
        let rate = MediaTime.rescale(1, from: video.frameRate, to: Rational(1, 1000), .nearest)
        if rate > 0 { attributes.add("FRAME-RATE", DecimalText.fixed(rate, decimals: 3)) }
        if !plan.audio.isEmpty { attributes.addQuoted("AUDIO", Self.audioGroup) }
        if !captions.isEmpty { attributes.addQuoted("SUBTITLES", CaptionTrack.group) }
        attributes.add("CLOSED-CAPTIONS", "NONE")
        return ["#EXT-X-STREAM-INF:\(attributes.text)", Manifests.playlistPath(track: rung.name)]
    }

    private func keyFrames(of rung: Rung, _ bandwidth: Bandwidth) -> String {
        var attributes = AttributeList()
        attributes.add(bandwidth)
        attributes.addQuoted("CODECS", rung.codecString)
        attributes.add("RESOLUTION", "\(rung.width)x\(rung.height)")
        attributes.addQuoted("URI", Manifests.keyFramesPath(track: rung.name))
        return "#EXT-X-I-FRAME-STREAM-INF:\(attributes.text)"
    }
}

/// An attribute list (RFC 8216bis 4.2).
struct AttributeList {
    private var items: [String] = []

    var text: String { items.joined(separator: ",") }

    mutating func add(_ name: String, _ value: String) { items.append("\(name)=\(value)") }

    /// A quoted string cannot hold a quote or a line break, and has no way to escape one.
    mutating func addQuoted(_ name: String, _ value: String) {
        let safe = value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\"" }
        items.append("\(name)=\"\(String(String.UnicodeScalarView(safe)))\"")
    }

    mutating func add(_ bandwidth: Bandwidth) {
        add("BANDWIDTH", String(bandwidth.peak))
        add("AVERAGE-BANDWIDTH", String(bandwidth.average))
    }
}
