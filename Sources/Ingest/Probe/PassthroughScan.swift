import AV
import MediaModel

/// Examines the packets of an H.264 track for whether they can be cut into segments without encoding.
struct PassthroughScan: Sendable {
    /// The frames from one IDR frame up to the next, which can be decoded without any others.
    struct Group: Sendable {
        /// Presentation time of its first frame, which is the first one shown, in ticks.
        let start: Int64
        /// Bytes of its packets.
        var byteCount: Int64
    }

    /// The stream's parameter sets.
    let units: NALUnits
    /// All groups in order.
    private(set) var groups: [Group] = []
    /// Why the packets cannot be passed through, as codes; empty as long as they can.
    private(set) var reasons: Set<String> = []
    private var latest: Int64 = .min

    /// A scan of a track with these parameter sets.
    init(_ units: NALUnits) { self.units = units }

    /// Adds a reason that the packets themselves do not show.
    mutating func refuse(_ reason: String) { insert(reason) }

    /// Examines the next packet of the track.
    /// - Parameter picture: Its parsed frame; `nil` if it cannot be parsed. Not needed once there is a reason.
    mutating func add(_ packet: Packet, _ picture: NALUnits.Picture?) {
        guard let time = packet.presentationTime else { return insert("video_times") }
        if packet.isDiscarded { return insert("video_edit_list") }
        guard reasons.isEmpty else { return }
        guard let picture else { return insert("video_bitstream") }
        if picture.hasOtherSets { insert("video_parameter_sets") }
        if picture.isIDR {
            // Frames decoded before it must be shown before it, or the cut would lose frames.
            if time <= latest { insert("video_open_groups") }
            groups.append(Group(start: time, byteCount: 0))
        } else if groups.last.map({ time <= $0.start }) ?? true {
            insert(groups.isEmpty ? "video_key_frames" : "video_open_groups")
        }
        latest = max(latest, time)
        if !groups.isEmpty { groups[groups.count - 1].byteCount += Int64(packet.byteCount) }
    }

    private mutating func insert(_ reason: String) {
        reasons.insert(reason)
        groups = []
    }
}
