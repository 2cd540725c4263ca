import MediaModel

/// Finds the corrections that make the times of a source continuous: where recordings were joined, where a clock restarts or
/// jumps, and where single packets have wrong times.
///
/// Pure. Each stream changes to a new clock separately, since packets of other streams may come later in the file. All streams of
/// a clock are shifted by the same amount, so that video and audio stay in sync.
struct TimestampRepair {
    /// Corrections by stream, in ticks of each; streams that need none are left out.
    private(set) var shifts: [Int: [TimestampShift]] = [:]
    /// Clocks beside the first.
    var clockChanges: Int { clocks.count - 1 }

    private let source: TimestampRuns
    private let runs: [TimestampRuns.Run]
    private var clocks = [Clock(offset: 0, owner: nil, sequence: 0, start: .min)]
    private var states: [Int: State] = [:]
    /// The shift of each run that has been placed, in microseconds.
    private var offsets: [Int64] = []
    /// The next run of the same stream.
    private var following: [Int?]

    /// The shift from times of the file to times of the presentation.
    private struct Clock {
        let offset: Int64
        /// The only stream that it applies to; `nil` for all.
        let owner: Int?
        /// The first packet that it applies to, by its number among all.
        let sequence: Int
        /// The presentation time of that packet.
        let start: Int64
    }

    private struct State {
        var clock: Int
        /// The last run with plausible times.
        var run: Int
    }

    /// Most consecutive packets with wrong times; in a transport stream as many share one time.
    private static let mostWild = 32
    /// By how much a stream may overlap its own end when it changes to a new clock.
    private static let overlap: Int64 = 2_000_000
    /// The greatest distance of the ends of streams where a recording ends.
    private static let raggedEnd: Int64 = 5_000_000
    /// A stream with so many packets is dense: it pauses only where all streams do.
    private static let densePackets = 50
    /// The greatest distance of the starts of streams where a recording begins.
    private static let raggedStart: Int64 = 10_000_000

    /// - Throws: `Rejection` with `undecodable` if a stream needs more corrections than are allowed.
    init(_ source: TimestampRuns) throws(Rejection) {
        self.source = source
        runs = source.runs
        following = Array(repeating: nil, count: source.runs.count)
        var next: [Int: Int] = [:]
        for index in source.runs.indices.reversed() {
            following[index] = next[source.runs[index].stream]
            next[source.runs[index].stream] = index
        }
        var smoothed: [Int: Int64] = [:]
        for index in runs.indices {
            if smoothed[index] == nil { smoothed.merge(wild(from: index)) { first, _ in first } }
            if smoothed[index] == nil { smoothed[index] = wildEnd(index) }
            offsets.append(smoothed[index] ?? place(index))
            guard clocks.count <= TimestampShift.maximumCount else { throw Self.tooMany }
        }
        collect()
        guard shifts.values.allSatisfy(\.isPlausible) else { throw Self.tooMany }
    }

    private static let tooMany = Rejection(
        .undecodable,
        "The timestamps of the file jump more than \(TimestampShift.maximumCount) times.")

    // MARK: Wrong times

    /// The shifts of the runs from this one on, if they have wrong times and the stream continues behind them as if they did not
    /// exist: each is moved between its neighbours. They are a few packets, or one run after a pause.
    private func wild(from index: Int) -> [Int: Int64] {
        guard let before = states[runs[index].stream]?.run else { return [:] }
        let last = runs[before].last
        let isStretch = runs[index].start > last && runs[index].start <= last + source.longestPause
        var (group, packets, length): ([Int], Int, Int64) = ([], 0, 0)
        var next: Int? = index
        while let run = next, group.isEmpty || packets <= Self.mostWild {
            group.append(run)
            packets += runs[run].count
            length += runs[run].last - runs[run].start
            next = following[run]
            guard packets <= Self.mostWild || (isStretch && group.count == 1), let next else { continue }
            // The time that the packets themselves do not fill.
            let rest = runs[next].start - last - length
            guard rest >= 0, rest <= TimestampRuns.step * Int64(group.count + 1) else { continue }
            // Times between those of the two neighbours are right.
            let strays = group.contains { runs[$0].start < last || runs[$0].last > runs[next].start }
            return strays ? smoothed(group, behind: before, rest: rest) : [:]
        }
        return [:]
    }

    private func smoothed(_ group: [Int], behind before: Int, rest: Int64) -> [Int: Int64] {
        var found: [Int: Int64] = [:]
        var passed: Int64 = 0
        for (position, run) in group.enumerated() {
            let place = runs[before].last + passed + rest * Int64(position + 1) / Int64(group.count + 1)
            found[run] = place - runs[run].start + offsets[before]
            passed += runs[run].last - runs[run].start
        }
        return found
    }

    /// The shift of a run of a few packets that is the last of its stream and far behind the end of all streams: to where its
    /// stream continues.
    private func wildEnd(_ index: Int) -> Int64? {
        let run = runs[index]
        guard let before = states[run.stream]?.run, following[index] == nil, run.count <= Self.mostWild,
            runs[before].count >= Self.densePackets
        else { return nil }
        let (last, others) = (runs[before].last, runs.filter { $0.stream != run.stream })
        // A stream that ends earlier does not determine the end of the whole.
        guard let end = others.map(\.end).max(), end >= last - Self.raggedEnd, end <= last + Self.raggedEnd,
            run.start > max(last, end) + Self.raggedEnd,
            others.contains(where: { $0.end == end && $0.count >= Self.densePackets })
        else { return nil }
        let step = (last - runs[before].start) / Int64(runs[before].count - 1)
        return last + step - run.start + offsets[before]
    }

    // MARK: Clocks

    /// Finds the clock of a run.
    /// - Returns: The clock's shift.
    private mutating func place(_ index: Int) -> Int64 {
        let run = runs[index]
        let others = run.others.map(end)
        let clock: Int
        if let state = states[run.stream] {
            let own = runs[state.run].end + offsets[state.run]
            let all = max(own, others.max() ?? own)
            let known =
                leaps(index, behind: state.run)
                ? nil
                : self.clock(of: run, current: state.clock, last: runs[state.run].last + offsets[state.run], all: all)
            clock = known ?? open(run, own: own, all: all)
        } else if let all = others.max() {
            clock = firstClock(of: run, all: all) ?? open(run, own: nil, all: all)
        } else {
            clock = 0
        }
        states[run.stream] = State(clock: clock, run: index)
        return clocks[clock].offset
    }

    /// Whether a run begins far behind the packets of all other streams around it in the file, and its stream ends as far behind
    /// theirs: it continues beside them on a wrong clock and does not pause.
    private func leaps(_ index: Int, behind before: Int) -> Bool {
        let run = runs[index]
        let length = run.start - runs[before].end
        let leeway = min(Self.raggedEnd, length / 4)
        guard following[index] == nil, length > Self.raggedEnd, length <= source.longestPause, !run.others.isEmpty
        else { return false }
        return run.others.allSatisfy { other in
            following[other.run] == nil && runs[other.run].count >= Self.densePackets
                // They were parallel, and the other stream continues as well.
                && abs(other.end - runs[before].end) <= leeway && runs[other.run].end > other.end + TimestampRuns.step
                && abs(run.end - length - runs[other.run].end) <= leeway
        }
    }

    /// The end of what was read of another stream; the end of its recording, if that is near.
    private func end(_ other: TimestampRuns.Other) -> Int64 {
        let run = runs[other.run]
        return (run.end - other.end <= Self.raggedEnd ? run.end : other.end) + offsets[other.run]
    }

    /// The clock on which a run continues best; `nil` if on none.
    private func clock(of run: TimestampRuns.Run, current: Int, last: Int64, all: Int64) -> Int? {
        var best: (clock: Int, distance: Int64)?
        for (index, clock) in clocks.enumerated() where clock.owner == nil || clock.owner == run.stream {
            let time = run.start + clock.offset
            let fits =
                if index == current {
                    time >= last - TimestampRuns.slack && time <= all + source.longestPause
                } else if index > current {
                    time >= max(last - Self.overlap, clock.start - Self.raggedStart)
                        && time <= max(all, clock.start) + TimestampRuns.step
                } else {
                    time >= last - TimestampRuns.slack && time <= all + TimestampRuns.step
                }
            let distance = abs(time - all)
            if fits, best.map({ distance < $0.distance }) ?? true { best = (index, distance) }
        }
        return best?.clock
    }

    /// The clock of a stream that begins.
    private func firstClock(of run: TimestampRuns.Run, all: Int64) -> Int? {
        clocks.indices.reversed().first { index in
            let time = run.start + clocks[index].offset
            return clocks[index].owner == nil && time >= runs[0].start - source.longestPause
                && time <= all + source.longestPause
        }
    }

    /// Adds a clock on which a run begins at the end of everything before it.
    private mutating func open(_ run: TimestampRuns.Run, own: Int64?, all: Int64) -> Int {
        let partners = run.others.compactMap { other in
            [other.run, following[other.run]].compactMap(\.self).map { runs[$0] }
                .first { $0.firstPacket > 0 && abs($0.start - run.start) <= Self.raggedStart }
        }
        // If the others continue as before, only this stream has jumped, and it continues at its own end.
        let isAlone =
            own.map { own in
                partners.isEmpty
                    && run.others.contains {
                        runs[$0.run].end - $0.end > Self.raggedEnd
                            || (run.start + clocks[states[run.stream]?.clock ?? 0].offset > own
                                && end($0) > own + TimestampRuns.slack)
                    }
            } ?? true
        let start = isAlone ? own ?? all : all
        // Of streams that begin together, none begins before the end of everything before them.
        let first = isAlone ? run.start : min(run.start, partners.map(\.start).min() ?? run.start)
        clocks.append(
            Clock(
                offset: start - first, owner: isAlone ? run.stream : nil, sequence: run.sequence, start: start))
        return clocks.count - 1
    }

    // MARK: Corrections

    private mutating func collect() {
        for (index, run) in runs.enumerated() { add(offsets[index], from: run.firstPacket, of: run.stream) }
        let shared = clocks.filter { $0.owner == nil }
        guard shared.count > 1 else { return }
        for (stream, packets) in source.followers {
            for packet in packets {
                var known = shared.prefix { $0.sequence <= packet.sequence }
                // A late packet still belongs to the previous clock.
                while known.count > 1, let clock = known.last,
                    packet.time + clock.offset < clock.start - Self.raggedStart
                {
                    known.removeLast()
                }
                add(known.last?.offset ?? 0, from: packet.packet, of: stream)
            }
        }
    }

    private mutating func add(_ microseconds: Int64, from packet: Int, of stream: Int) {
        let ticks = source.ticks(microseconds, of: stream)
        guard ticks != shifts[stream]?.last?.ticks ?? 0 else { return }
        shifts[stream, default: []].append(TimestampShift(packet: packet, ticks: ticks))
    }
}
