import AV
import MediaModel

/// The times of a source's packets as runs: stretches of a stream in which each packet comes soon after the one before.
///
/// All that ``TimestampRepair`` needs to find clocks that start anew, jump or hold a wild value, in little memory: a usual
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
        /// The run that each other stream was in when this one began, and where that one ended by then.
        let others: [Other]
        /// Time of the last packet.
        var last: Int64
        /// When the last packet is over.
        var end: Int64
        /// Packets.
        var count = 1
    }

    /// Another stream when a run began.
    struct Other: Sendable, Hashable {
        /// The index of the run that it was in.
        let run: Int
        /// When the last of its packets that had been read was over.
        let end: Int64
    }

    /// A packet of a stream that only follows.
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
    /// Packets of streams that only follow.
    private(set) var followers: [Int: [Follower]] = [:]
    /// Longest pause that is believed, in microseconds.
    let longestPause: Int64
    private let bases: [Int: Rational]
    private let leaders: Set<Int>
    private var sequence = 0
    private var states: [Int: State] = [:]

    private struct State {
        var packets = 0
        /// The run that it is in.
        var run: Int?
        /// From one packet to the next, in a run that has more than few.
        var step: Int64?
        /// How much later than they are decoded pictures are shown: the first one, and the last one within the usual.
        var delay: (first: Int64, last: Int64)?
    }

    /// By how much a time may be less than the one before without being a wrong one.
    static let slack: Int64 = 500_000
    /// By how much a time may be later than the one before within a run.
    static let step: Int64 = 1_000_000
    /// The longest time for which a packet is believed to last, where another follows.
    private static let longestPacket: Int64 = 10_000_000
    /// Times further from zero are taken as this: sums of a few stay within 64 bits.
    private static let furthest: Int64 = 1 << 56
    /// Packets of a run that say little of how far apart packets are.
    private static let fewPackets = 4
    /// Most runs that are kept; a file that has more has no times to speak of.
    private static let mostRuns = 1 << 17

    /// - Parameters:
    ///   - leaders: The video and audio streams of the presentation.
    ///   - followers: Streams whose times follow theirs: subtitles.
    init(leaders: [StreamFacts], followers: [StreamFacts], container: Container) {
        self.init(
            leaders: Set(leaders.map(\.index)),
            bases: Dictionary(
                (leaders + followers).map { ($0.index, $0.timeBase) }, uniquingKeysWith: { first, _ in first }),
            longestPause: container.longestPause)
    }

    /// - Parameters:
    ///   - leaders: The streams that may find a new clock.
    ///   - bases: Seconds a tick of all streams.
    ///   - longestPause: Longest pause that is believed, in microseconds.
    init(leaders: Set<Int>, bases: [Int: Rational], longestPause: Int64) {
        self.leaders = leaders
        self.bases = bases
        self.longestPause = longestPause
    }

    /// Takes the times of the next packet of the file.
    /// - Throws: `Rejection` with `undecodable` if the times jump too often to be times.
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
        // A length that cannot be a pause is none of a packet either.
        let claimed = max(0, Self.microseconds(times.duration, base))
        let length = claimed <= longestPause ? min(claimed, Self.longestPacket) : 0
        if let index = state.run {
            let last = runs[index].last
            if time >= last - Self.slack, time <= last + Self.step {
                runs[index].count += 1
                runs[index].last = max(last, time)
                // Where packets do not say how long they last, each is believed to last as long as the others.
                let usual = (runs[index].last - runs[index].start) / Int64(runs[index].count - 1)
                if runs[index].count > Self.fewPackets { state.step = usual }
                runs[index].end = max(runs[index].end, time + (length > 0 ? length : usual))
                return
            }
        }
        guard runs.count < Self.mostRuns else {
            throw Rejection(
                .undecodable, "The times of the file's pictures and sounds jump more often than they go on.")
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

    /// When a packet is decoded, counted from when the first one is shown: so pictures that are shown in another order have
    /// rising times. A picture that is shown far from then, as no other was, has one wrong time of two; when it is shown is
    /// what counts.
    private func time(_ times: Times, _ base: Rational, _ state: inout State) -> Int64? {
        let shown = times.presentation.map { Self.microseconds($0, base) }
        let (first, usual) = state.delay ?? (0, 0)
        guard let decoded = times.decoding.map({ Self.microseconds($0, base) }) else {
            return shown.map { $0 + first - usual }
        }
        guard let shown else { return decoded + first }
        // By two seconds, or by twice as many pictures as any codec puts in another order.
        let most = min(longestPause, state.step.map { max(2_000_000, $0 * 32) } ?? longestPause)
        if state.delay != nil, abs(shown - decoded - usual) > most { return shown + first - usual }
        state.delay = (state.delay?.first ?? (shown - decoded), shown - decoded)
        return decoded + (state.delay?.first ?? 0)
    }

    private static func microseconds(_ ticks: Int64, _ base: Rational) -> Int64 {
        min(max(-furthest, MediaTime.rescale(ticks, from: base, to: Rational(1, 1_000_000), .nearest)), furthest)
    }

    /// A length in ticks of a stream.
    func ticks(_ microseconds: Int64, of stream: Int) -> Int64 {
        MediaTime.rescale(microseconds, from: Rational(1, 1_000_000), to: bases[stream] ?? Rational(1), .nearest)
    }
}

extension Container {
    /// Longest pause in which neither picture nor sound comes that is believed, in microseconds.
    ///
    /// What was sent or recorded as a stream has no reason for any: a minute bridges a signal that was lost. Other files may
    /// show a screen on which nothing happens.
    var longestPause: Int64 {
        switch self {
        case .mpegts, .mpeg, .flv, .ogg: 60_000_000
        default: 1_800_000_000
        }
    }
}
