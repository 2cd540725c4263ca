import MediaModel

/// A group of audio renditions that a variant lets choose from (RFC 8216bis 4.4.6.1.1).
///
/// One group has the stereo of every track; where a track has 5.1 too, a second one has that in its place. All groups
/// have the same members by name, so that a player that changes the group finds the language again: a track without 5.1
/// is in both as it is.
struct AudioGroup {
    /// A rendition of a group.
    struct Member {
        /// What is played.
        let plan: AudioPlan
        /// Its name for people, the same in every group.
        let name: String
    }

    /// `GROUP-ID`.
    let id: String
    /// The renditions; the first one is the default.
    let members: [Member]

    /// The most that a rendition of the group needs: with the pictures, the most that a playable combination needs.
    func bandwidth(_ bandwidths: TrackBandwidths) -> Bandwidth {
        members.compactMap { bandwidths.tracks[$0.plan.name] }
            .reduce(Bandwidth(peak: 0, average: 0), Bandwidth.larger)
    }

    /// The RFC 6381 codec strings of the group, each once.
    var codecStrings: [String] {
        members.reduce(into: []) { found, member in
            if !found.contains(member.plan.codecString) { found.append(member.plan.codecString) }
        }
    }

    /// The groups of a plan, stereo first; none without sound.
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
