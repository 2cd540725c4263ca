import MediaModel

/// Finds the corrections that let the times of a source go on: where recordings were joined, where a clock starts anew or
/// jumps, and where single packets have a wild time.
///
/// Pure. Each stream comes to a new clock by itself, since packets of others may still be under way; all streams of a clock
/// are moved by the same length, so that picture and sound stay together.
struct TimestampRepair {
    /// Corrections by stream, in ticks of each; streams that need none are left out.
    private(set) var shifts: [Int: [TimestampShift]] = [:]
    /// Clocks beside the first.
    var clockChanges: Int { clocks.count - 1 }

    private let source: TimestampRuns
    private let runs: [TimestampRuns.Run]
    private var clocks = [Clock(offset: 0, owner: nil, sequence: 0, start: .min)]
    private var states: [Int: State] = [:]
    /// What is added to the times of each run that has been placed, in microseconds.
    private var offsets: [Int64] = []
    /// The next run of the same stream.
    private var following: [Int?]

    /// What brings times of a file to those of the presentation.
    private struct Clock {
        let offset: Int64
        /// The one stream that it is for; `nil` for all.
        let owner: Int?
        /// The first packet that goes by it, by its number among all.
        let sequence: Int
        /// When that packet is shown.
        let start: Int64
    }

    private struct State {
        var clock: Int
        /// The last run whose times are believed.
        var run: Int
    }

    /// Most packets in a row that may have wild times of their own; as many come with one time in a transport stream.
    private static let mostWild = 32
    /// By how much a stream may begin before its own end where it comes to a new clock.
    private static let overlap: Int64 = 2_000_000
    /// By how much the ends of streams are apart at most where a recording ends.
    private static let raggedEnd: Int64 = 5_000_000
    /// Packets behind which a stream is dense: one that pauses only where all pause.
    private static let densePackets = 50
    /// By how much the starts of streams are apart at most where a recording begins.
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
        "The times of the file's pictures and sounds jump more than \(TimestampShift.maximumCount) times.")

    // MARK: Wild values

    /// If the runs from this one on have wild times, behind which the stream goes on as if they had not strayed: what puts
    /// each of them between those that are believed. They are few packets, or one stretch that comes after a pause.
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
            // What the packets themselves do not last, and lies between them.
            let rest = runs[next].start - last - length
            guard rest >= 0, rest <= TimestampRuns.step * Int64(group.count + 1) else { continue }
            // What lies between the two has not strayed.
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

    /// If the run is the last one of its stream, of few packets and far behind where this stream and all others are over:
    /// what puts it where its stream goes on.
    private func wildEnd(_ index: Int) -> Int64? {
        let run = runs[index]
        guard let before = states[run.stream]?.run, following[index] == nil, run.count <= Self.mostWild,
            runs[before].count >= Self.densePackets
        else { return nil }
        let (last, others) = (runs[before].last, runs.filter { $0.stream != run.stream })
        // A stream that is over before is none that shows how long the whole is.
        guard let end = others.map(\.end).max(), end >= last - Self.raggedEnd, end <= last + Self.raggedEnd,
            run.start > max(last, end) + Self.raggedEnd,
            others.contains(where: { $0.end == end && $0.count >= Self.densePackets })
        else { return nil }
        let step = (last - runs[before].start) / Int64(runs[before].count - 1)
        return last + step - run.start + offsets[before]
    }

    // MARK: Clocks

    /// Finds the clock of a run; returns what it adds to times.
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

    /// Whether a run begins far behind the packets of all others that it stands between in the file, and its stream ends as
    /// far behind them: it goes on beside them by a wrong clock, and does not pause.
    private func leaps(_ index: Int, behind before: Int) -> Bool {
        let run = runs[index]
        let length = run.start - runs[before].end
        let leeway = min(Self.raggedEnd, length / 4)
        guard following[index] == nil, length > Self.raggedEnd, length <= source.longestPause, !run.others.isEmpty
        else { return false }
        return run.others.allSatisfy { other in
            following[other.run] == nil && runs[other.run].count >= Self.densePackets
                // They were side by side, and the other goes on as well.
                && abs(other.end - runs[before].end) <= leeway && runs[other.run].end > other.end + TimestampRuns.step
                && abs(run.end - length - runs[other.run].end) <= leeway
        }
    }

    /// When what was read of another stream is over: to the end of its recording, if that is near.
    private func end(_ other: TimestampRuns.Other) -> Int64 {
        let run = runs[other.run]
        return (run.end - other.end <= Self.raggedEnd ? run.end : other.end) + offsets[other.run]
    }

    /// The clock by which a run goes on best; `nil` if by none.
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

    /// A new clock, by which a run begins where all that came before it is over.
    private mutating func open(_ run: TimestampRuns.Run, own: Int64?, all: Int64) -> Int {
        let partners = run.others.compactMap { other in
            [other.run, following[other.run]].compactMap(\.self).map { runs[$0] }
                .first { $0.firstPacket > 0 && abs($0.start - run.start) <= Self.raggedStart }
        }
        // The others go on as before: it is this stream alone that went astray, and it goes on where it was.
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
        // Of streams that begin together, none begins before what came before them all is over.
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
                // What comes late still goes by the clock before.
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
