import AV
import MediaModel

/// Looks at the packets of an H.264 track for whether they could be cut into segments as they are.
struct PassthroughScan: Sendable {
    /// The pictures from one IDR picture up to the next: they can be shown without any other.
    struct Group: Sendable {
        /// Presentation time of its first picture, which is the first one shown, in ticks.
        let start: Int64
        /// Bytes of its packets.
        var byteCount: Int64
    }

    /// The stream's parameter sets.
    let units: NALUnits
    /// All groups in order.
    private(set) var groups: [Group] = []
    /// Why the packets cannot be kept, as codes; empty so far if they can.
    private(set) var reasons: Set<String> = []
    private var latest: Int64 = .min

    init(_ units: NALUnits) { self.units = units }

    /// Refuses the packets for a reason that they do not show by themselves.
    mutating func refuse(_ reason: String) { insert(reason) }

    /// Looks at the next packet of the track.
    /// - Parameter picture: What it is made of; `nil` if that cannot be told. Not asked for once there is a reason.
    mutating func add(_ packet: Packet, _ picture: NALUnits.Picture?) {
        guard let time = packet.presentationTime else { return insert("video_times") }
        if packet.isDiscarded { return insert("video_edit_list") }
        guard reasons.isEmpty else { return }
        guard let picture else { return insert("video_bitstream") }
        if picture.hasOtherSets { insert("video_parameter_sets") }
        if picture.isIDR {
            // What is decoded before it is shown before it, or the cut would take pictures away.
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
