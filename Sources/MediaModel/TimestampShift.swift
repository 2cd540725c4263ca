/// A correction of a stream's packet times, from one packet on until the next correction.
///
/// Packets are counted from the start of the file, so whoever reads from there finds the same packet. Behind a seek the
/// count is unknown: a stream with corrections has to be read from its start.
public struct TimestampShift: Sendable, Hashable, Codable {
    /// Number of the first packet of the stream that it is for, counted from 0.
    public var packet: Int
    /// What is added to presentation and decoding times, in ticks of the stream.
    public var ticks: Int64

    /// A correction.
    public init(packet: Int, ticks: Int64) {
        self.packet = packet
        self.ticks = ticks
    }

    /// Most corrections of a stream; a file that needs more has no times to speak of.
    public static let maximumCount = 4096
}

extension [TimestampShift] {
    /// Whether each correction is for a later packet than the one before and moves by a length that sums can hold.
    public var isPlausible: Bool {
        count <= TimestampShift.maximumCount && allSatisfy { $0.packet >= 0 && $0.ticks.magnitude < 1 << 62 }
            && zip(self, dropFirst()).allSatisfy { $0.packet < $1.packet }
    }
}
