/// Lets times go on where a clock starts anew: recordings that were put one after the other into one file.
///
/// Transport and program streams may do so at any place (ISO/IEC 13818-1 2.4.3.5, `discontinuity_indicator`). Each stream
/// comes to the new clock by itself, since packets of others may still be under way; all then go by what the first one of
/// them found. So every reader of a file from its start has the same times, as long as it sees the same streams.
struct Continuity {
    /// Clocks that were met after the first.
    var restarts: Int { offsets.count - 1 }
    /// What is added to the times of each clock, in ticks.
    private var offsets: [Int64] = [0]
    /// The clock that each stream is at, and its last time by that clock.
    private var places: [Int32: (clock: Int, last: Int64)] = [:]
    /// When all that was read is over, in ticks that go on.
    private var end = Int64.min

    /// Ticks by which a time may be less than the one before without being that of a new clock: half a second at 90 kHz.
    private static let slack: Int64 = 45_000
    /// A clock of 33 bits stays far below this, however often it wraps; what is above is damaged.
    private static let wildTime: UInt64 = 1 << 42
    /// When so much was read, clocks that start anew are no longer believed.
    private static let wildEnd: Int64 = 1 << 60

    /// What to add to a packet's times.
    /// - Parameters:
    ///   - stream: The packet's stream.
    ///   - time: Its decoding time in ticks of 90 kHz.
    ///   - duration: Its length in ticks.
    ///   - leads: Whether the stream may find a new clock; the others follow.
    mutating func offset(stream: Int32, time: Int64, duration: Int64, leads: Bool) -> Int64 {
        guard time.magnitude < Self.wildTime else { return 0 }
        var clock = places[stream]?.clock ?? restarts
        if let last = places[stream]?.last, time < last - Self.slack, leads || clock < restarts {
            if clock < restarts {
                clock += 1
            } else if end < Self.wildEnd {
                clock += 1
                offsets.append(end - time)
            }
        }
        places[stream] = (clock, time)
        if leads { end = max(end, time + offsets[clock] + min(max(0, duration), Self.slack)) }
        return offsets[clock]
    }

    /// Forgets everything: for times behind a jump nothing is known.
    mutating func reset() { self = Continuity() }
}
