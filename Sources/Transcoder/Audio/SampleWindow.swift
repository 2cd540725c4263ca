/// A sliding window of decoded samples, one array a channel.
struct SampleWindow {
    /// The samples of the window.
    var channels: [[Float]]
    /// Number of the first sample in the window.
    private(set) var start: Int64

    /// Samples are discarded in steps of at least this, since each step moves the remaining ones.
    private static let discardStep = 1 << 16

    /// An empty window that starts at a sample.
    init(channelCount: Int, from start: Int64 = 0) {
        channels = Array(repeating: [], count: channelCount)
        self.start = start
    }

    /// Samples in the window.
    var count: Int { channels[0].count }

    /// Number of the sample after the last one.
    var end: Int64 { start + Int64(count) }

    /// Discards samples before a number; they cannot be read any more.
    mutating func discard(before sample: Int64) {
        let passed = Int(clamping: sample - start)
        guard passed > Self.discardStep, passed <= count else { return }
        for channel in channels.indices { channels[channel].removeFirst(passed) }
        start += Int64(passed)
    }
}
