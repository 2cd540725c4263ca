/// A correction of a stream's packet times, which applies from one packet until the next correction.
///
/// Packets are counted from the start of the file. The count is unknown after a seek, so a stream with corrections must be
/// read from the start.
public struct TimestampShift: Sendable, Hashable, Codable {
    /// Number of the first packet of the stream to which it applies, counted from 0.
    public var packet: Int
    /// Ticks that are added to presentation and decoding times.
    public var ticks: Int64

    /// A correction.
    public init(packet: Int, ticks: Int64) {
        self.packet = packet
        self.ticks = ticks
    }

    /// Most corrections of a stream; the times of a file that needs more are useless.
    public static let maximumCount = 4096
}

extension [TimestampShift] {
    /// Whether the packets rise and no sum with a correction can overflow.
    public var isPlausible: Bool {
        count <= TimestampShift.maximumCount && allSatisfy { $0.packet >= 0 && $0.ticks.magnitude < 1 << 62 }
            && zip(self, dropFirst()).allSatisfy { $0.packet < $1.packet }
    }
}
