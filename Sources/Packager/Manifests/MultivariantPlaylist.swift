public import MediaModel

/// The multivariant playlist (RFC 8216bis 4.4.6).
///
/// There is a variant for each combination of rung and audio group, or for each audio group without video. The start-up rung
/// with stereo is first: players start with the first variant, and its first segments are processed first.
public struct MultivariantPlaylist: Sendable {
    /// The plan.
    public var plan: EncodingPlan
    /// The bandwidths of the tracks.
    public var bandwidths: TrackBandwidths
    /// The caption tracks of all variants.
    public var captions: [CaptionTrack] = []

    /// A playlist of all tracks of `plan`.
    public init(plan: EncodingPlan, bandwidths: TrackBandwidths) {
        self.plan = plan
        self.bandwidths = bandwidths
    }

    private var audioGroups: [AudioGroup] { AudioGroup.all(of: plan.audio) }

    /// The playlist as text.
    public var text: String {
        var lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        // A variant refers directly to a single audio rendition without video; a group would repeat the playlist.
        let hasGroup = plan.video != nil ? !plan.audio.isEmpty : plan.audio.count > 1
        if hasGroup {
            for group in audioGroups {
                for (index, member) in group.members.enumerated() {
                    lines.append(rendition(member, in: group, isDefault: index == 0))
                }
            }
        }
        lines += captions.map(\.mediaTag)
        if let video = plan.video {
            let order = video.rungs.filter { $0.name == video.startupRung }
            let rungs = order + video.rungs.filter { $0.name != video.startupRung }
            let groups: [AudioGroup?] = hasGroup ? audioGroups : [nil]
            for group in groups { for rung in rungs { lines += variant(rung, of: video, with: group) } }
            for rung in video.rungs {
                if let bandwidth = bandwidths.keyFrames[rung.name] { lines.append(keyFrames(of: rung, bandwidth)) }
            }
        } else {
            for group in audioGroups { lines += variant(group, isNamed: hasGroup) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The variant of an audio group without video; its URI is that of the group's default rendition.
    private func variant(_ group: AudioGroup, isNamed: Bool) -> [String] {
        guard let member = group.members.first else { return [] }
        var attributes = AttributeList()
        attributes.add(group.bandwidth(bandwidths))
        attributes.addQuoted("CODECS", group.codecStrings.joined(separator: ","))
        if isNamed { attributes.addQuoted("AUDIO", group.id) }
        if !captions.isEmpty { attributes.addQuoted("SUBTITLES", CaptionTrack.group) }
        attributes.add("CLOSED-CAPTIONS", "NONE")
        return ["#EXT-X-STREAM-INF:\(attributes.text)", Manifests.playlistPath(track: member.plan.name)]
    }

    private func rendition(_ member: AudioGroup.Member, in group: AudioGroup, isDefault: Bool) -> String {
        var attributes = AttributeList()
        attributes.add("TYPE", "AUDIO")
        attributes.addQuoted("GROUP-ID", group.id)
        attributes.addQuoted("NAME", member.name)
        attributes.addQuoted("LANGUAGE", LanguageName.tag(member.plan.language))
        attributes.add("DEFAULT", isDefault ? "YES" : "NO")
        attributes.add("AUTOSELECT", "YES")
        attributes.addQuoted("CHANNELS", String(member.plan.channels))
        attributes.addQuoted("URI", Manifests.playlistPath(track: member.plan.name))
        return "#EXT-X-MEDIA:\(attributes.text)"
    }

    private func variant(_ rung: Rung, of video: VideoPlan, with group: AudioGroup?) -> [String] {
        let own = bandwidths.tracks[rung.name] ?? Bandwidth(peak: 0, average: 0)
        var attributes = AttributeList()
        // The highest bandwidth of any combination: Apple 9.13.
        attributes.add(group.map { own + $0.bandwidth(bandwidths) } ?? own)
        let codecs = [rung.codecString] + (group?.codecStrings ?? [])
        attributes.addQuoted("CODECS", codecs.joined(separator: ","))
        attributes.add("RESOLUTION", "\(rung.width)x\(rung.height)")
        let rate = MediaTime.rescale(1, from: video.frameRate, to: Rational(1, 1000), .nearest)
        if rate > 0 { attributes.add("FRAME-RATE", DecimalText.fixed(rate, decimals: 3)) }
        if let group { attributes.addQuoted("AUDIO", group.id) }
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

    /// The attributes, separated by commas.
    var text: String { items.joined(separator: ",") }

    /// Adds an unquoted value.
    mutating func add(_ name: String, _ value: String) { items.append("\(name)=\(value)") }

    /// Adds a quoted string, without quotes and control characters, which cannot be escaped.
    mutating func addQuoted(_ name: String, _ value: String) {
        let safe = value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\"" }
        items.append("\(name)=\"\(String(String.UnicodeScalarView(safe)))\"")
    }

    /// Adds the bandwidth attributes.
    mutating func add(_ bandwidth: Bandwidth) {
        add("BANDWIDTH", String(bandwidth.peak))
        add("AVERAGE-BANDWIDTH", String(bandwidth.average))
    }
}
