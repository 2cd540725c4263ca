import MediaModel

/// A group of audio renditions of a variant (RFC 8216bis 4.4.6.1.1).
///
/// One group has the stereo rendition of every track. If any track has a 5.1 rendition, a second group has it instead. Both
/// groups have the same member names, so that a player finds the language again when it changes the group: tracks without
/// 5.1 are in both.
struct AudioGroup {
    /// A rendition of a group.
    struct Member {
        /// The rendition's plan.
        let plan: AudioPlan
        /// Display name, the same in every group.
        let name: String
    }

    /// `GROUP-ID`.
    let id: String
    /// The renditions; the first one is the default.
    let members: [Member]

    /// The highest bandwidth of the group's renditions.
    func bandwidth(_ bandwidths: TrackBandwidths) -> Bandwidth {
        members.compactMap { bandwidths.tracks[$0.plan.name] }
            .reduce(Bandwidth(peak: 0, average: 0), Bandwidth.larger)
    }

    /// The distinct RFC 6381 codec strings of the group.
    var codecStrings: [String] {
        members.reduce(into: []) { found, member in
            if !found.contains(member.plan.codecString) { found.append(member.plan.codecString) }
        }
    }

    /// The groups of a plan, stereo first; empty without audio.
    static func all(of audio: [AudioPlan]) -> [AudioGroup] {
        let tracks = audio.filter { !$0.isSurround }
        guard !tracks.isEmpty else { return [] }
        let names = LanguageName.distinctNames(tracks.map(\.language))
        let stereo = AudioGroup(id: "audio", members: zip(tracks, names).map { Member(plan: $0, name: $1) })
        let surround = audio.filter(\.isSurround)
        guard !surround.isEmpty else { return [stereo] }
        let members = stereo.members.map { member in
            Member(plan: surround.first { $0.streamIndex == member.plan.streamIndex } ?? member.plan, name: member.name)
        }
        return [stereo, AudioGroup(id: "surround", members: members)]
    }
}
