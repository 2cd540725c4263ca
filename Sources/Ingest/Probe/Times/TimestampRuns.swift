import AV
import MediaModel

/// The times of a source's packets as runs: sequences of packets of one stream without a jump between two of them.
///
/// ``TimestampRepair`` finds in them clocks that restart, jump or have single wrong values. They need little memory: a usual
/// stream is one run, however long it is. Times are in microseconds, so that streams can be compared.
struct TimestampRuns: Sendable {
    /// A run of one stream.
    struct Run: Sendable, Hashable {
        let stream: Int
        /// Number of its first packet among those of the stream.
        let firstPacket: Int
        /// Number of its first packet among all packets that were read.
        let sequence: Int
        /// Time of the first packet.
        let start: Int64
        /// The run of each other stream when this run began, and its end at that time.
        let others: [Other]
        /// Time of the last packet.
        var last: Int64
        /// The end of the last packet.
        var end: Int64
        /// The number of packets.
        var count = 1
    }

    /// The state of another stream when a run began.
    struct Other: Sendable, Hashable {
        /// The index of its run.
        let run: Int
        /// The end of its last packet that had been read.
        let end: Int64
    }

    /// A packet of a stream that follows the clocks of the others.
    struct Follower: Sendable, Hashable {
        /// Its number among those of the stream.
        let packet: Int
        /// Its number among all packets that were read.
        let sequence: Int
        /// Its time.
        let time: Int64
    }

    /// A packet's times in ticks of its stream.
    struct Times: Sendable {
        var presentation: Int64?
        var decoding: Int64?
        var duration: Int64 = 0
    }

    /// All runs, in the order in which they begin in the file.
    private(set) var runs: [Run] = []
    /// Packets of streams that follow the clocks of the others.
    private(set) var followers: [Int: [Follower]] = [:]
    /// The longest plausible pause, in microseconds.
    let longestPause: Int64
    private let bases: [Int: Rational]
    private let leaders: Set<Int>
    private var sequence = 0
    private var states: [Int: State] = [:]

    private struct State {
        var packets = 0
        /// The current run.
        var run: Int?
        /// The distance of two packets, from a run with more than a few.
        var step: Int64?
        /// The delay from decoding to presentation: of the first packet, and of the last one with a usual delay.
        var delay: (first: Int64, last: Int64)?
    }

    /// By how much a time may be less than the previous one without counting as a jump.
    static let slack: Int64 = 500_000
    /// By how much a time may be later than the previous one within a run.
    static let step: Int64 = 1_000_000
    /// The longest plausible duration of a packet that is followed by another.
    private static let longestPacket: Int64 = 10_000_000
    /// Times further from zero are clamped to this, so that sums of a few fit 64 bits.
    private static let furthest: Int64 = 1 << 56
    /// A run of so many packets does not determine the distance of packets.
    private static let fewPackets = 4
    /// Most runs; the times of a file with more are not usable.
    private static let mostRuns = 1 << 17

    /// - Parameters:
    ///   - leaders: The video and audio streams of the presentation.
    ///   - followers: Streams that follow their clocks: subtitles.
    init(leaders: [StreamFacts], followers: [StreamFacts], container: Container) {
        self.init(
            leaders: Set(leaders.map(\.index)),
            bases: Dictionary(
                (leaders + followers).map { ($0.index, $0.timeBase) }, uniquingKeysWith: { first, _ in first }),
            longestPause: container.longestPause)
    }

    /// - Parameters:
    ///   - leaders: The streams that can start a new clock.
    ///   - bases: Seconds a tick of all streams.
    ///   - longestPause: The longest plausible pause, in microseconds.
    init(leaders: Set<Int>, bases: [Int: Rational], longestPause: Int64) {
        self.leaders = leaders
        self.bases = bases
        self.longestPause = longestPause
    }

    /// Adds the times of the next packet of the file.
    /// - Throws: `Rejection` with `undecodable` if the times jump too often.
    mutating func add(stream: Int, _ times: Times) throws(Rejection) {
        defer { sequence += 1 }
        guard let base = bases[stream] else { return }
        var state = states[stream] ?? State()
        defer { states[stream] = state }
        let number = state.packets
        state.packets += 1
        guard let time = time(times, base, &state) else { return }
        guard leaders.contains(stream) else {
            if followers[stream, default: []].count < Self.mostRuns {
                followers[stream, default: []].append(Follower(packet: number, sequence: sequence, time: time))
            }
            return
        }
        // A duration longer than any plausible pause is ignored.
        let claimed = max(0, Self.microseconds(times.duration, base))
        let length = claimed <= longestPause ? min(claimed, Self.longestPacket) : 0
        if let index = state.run {
            let last = runs[index].last
            if time >= last - Self.slack, time <= last + Self.step {
                runs[index].count += 1
                runs[index].last = max(last, time)
                // A packet without a duration is assumed to last as long as the others.
                let usual = (runs[index].last - runs[index].start) / Int64(runs[index].count - 1)
                if runs[index].count > Self.fewPackets { state.step = usual }
                runs[index].end = max(runs[index].end, time + (length > 0 ? length : usual))
                return
            }
        }
        guard runs.count < Self.mostRuns else {
            throw Rejection(
                .undecodable, "The timestamps of the file jump too often to be used.")
        }
        let others = states.keys.sorted().compactMap { other -> Other? in
            guard other != stream, let run = states[other]?.run else { return nil }
            return Other(run: run, end: runs[run].end)
        }
        state.run = runs.count
        runs.append(
            Run(
                stream: stream, firstPacket: number, sequence: sequence, start: time, others: others, last: time,
                end: time + (length > 0 ? length : state.step ?? 0)))
    }

    /// The decoding time of a packet plus the delay of the first one, so that reordered frames have rising times. If the delay of
    /// a packet is far from the usual one, one of its two times is wrong, and the presentation time counts.
    private func time(_ times: Times, _ base: Rational, _ state: inout State) -> Int64? {
        let shown = times.presentation.map { Self.microseconds($0, base) }
        let (first, usual) = state.delay ?? (0, 0)
        guard let decoded = times.decoding.map({ Self.microseconds($0, base) }) else {
            return shown.map { $0 + first - usual }
        }
        guard let shown else { return decoded + first }
        // Two seconds, or twice as many frames as any codec reorders.
        let most = min(longestPause, state.step.map { max(2_000_000, $0 * 32) } ?? longestPause)
        if state.delay != nil, abs(shown - decoded - usual) > most { return shown + first - usual }
        state.delay = (state.delay?.first ?? (shown - decoded), shown - decoded)
        return decoded + (state.delay?.first ?? 0)
    }

    private static func microseconds(_ ticks: Int64, _ base: Rational) -> Int64 {
        min(max(-furthest, MediaTime.rescale(ticks, from: base, to: Rational(1, 1_000_000), .nearest)), furthest)
    }

    /// Microseconds as ticks of a stream.
    func ticks(_ microseconds: Int64, of stream: Int) -> Int64 {
        MediaTime.rescale(microseconds, from: Rational(1, 1_000_000), to: bases[stream] ?? Rational(1), .nearest)
    }
}

extension Container {
    /// The longest plausible pause of both video and audio, in microseconds.
    ///
    /// A broadcast or live stream has no pauses; a minute bridges a lost signal. Other files may show a screen that does not
    /// change.
    var longestPause: Int64 {
        switch self {
        case .mpegts, .mpeg, .flv, .ogg: 60_000_000
        default: 1_800_000_000
        }
    }
}
