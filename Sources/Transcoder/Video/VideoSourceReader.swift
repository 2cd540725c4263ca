import AV
import DequeModule
import MediaModel

/// A decoded frame (upright, progressive, SDR) with its output time.
struct TimedFrame: Sendable {
    /// The frame.
    let frame: Frame
    /// Presentation time in output ticks.
    let time: Int64
}

/// Reads the frames of a range of segments in order: seeks, decodes and filters.
///
/// A range always gives the same frames: decoding starts at the plan's entry point, which is found by its exact time, and
/// frames before the range are decoded and dropped.
struct VideoSourceReader: ~Copyable {
    private let plan: VideoPlan
    private let start: Int64
    /// Frames before this output time are only decoded as far as later ones refer to them, and not filtered.
    private let leadEnd: Int64
    private let end: Int64
    private let threads: Int
    /// The stream's properties.
    private let facts: StreamFacts
    private var demuxer: Demuxer
    private var decoder: Decoder
    private let packet: Packet
    private var filter: FilterGraph?
    private var filterShape: FilterShape?
    /// Filtered frames that were not returned yet.
    private var prepared: Deque<Frame> = []
    /// The plan's filters, and deinterlacing from the first interlaced frame on.
    private var preparation: VideoPlan.Preparation
    private var input = Input.reading
    private var lastTime: Int64 = -1
    private var lastStep: Int64 = 1
    /// The last frame before the range, which a segment without frames repeats.
    private(set) var before: Frame?
    /// Decoded frames before the range.
    private var passed = 0
    /// Frames that the decoder marked as damaged.
    private(set) var damagedFrames = 0
    /// Frames that were decoded without errors.
    private(set) var goodFrames = 0
    private var budget: DecodeBudget

    /// Whether frames were deinterlaced although the plan does not require it.
    var foundInterlacing: Bool { preparation.deinterlace && !plan.preparation.deinterlace }

    /// The input and the filters of a filter chain.
    private struct FilterShape: Equatable {
        let width: Int
        let height: Int
        let format: String
        let chain: String
        let aspect: Rational
    }

    private enum Input {
        case reading
        case flushed
        case finished
    }

    /// Called regularly while frames before the range are decoded.
    private let pulse: () -> Void

    /// A reader of a range of segments.
    /// - Parameter pulse: Called regularly while frames before the range are decoded, which may take long.
    /// - Throws: `AVFailure` if the source cannot be opened or has no such key frame.
    init(_ source: SourceAccess, plan: VideoPlan, range: SegmentRange, pulse: @escaping () -> Void = {}) throws {
        self.plan = plan
        self.pulse = pulse
        preparation = plan.preparation
        start = plan.boundaries[range.first]
        // A range that begins without a frame of its own repeats the one before it, however long ago that was. Within the last
        // second every frame is decoded: a filter can look back, and a damaged first frame is replaced by the one before it.
        leadEnd = plan.heldSegments.contains(range.first) ? .min : start - plan.timescale
        // The last range includes all later frames.
        end =
            range.first + range.count == plan.boundaries.count - 1
            ? .max : plan.boundaries[range.first + range.count]
        threads = source.threads
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        let isHeavy = plan.preparation.toneMap || (plan.rungs.last?.lines ?? 0) > 1080
        // What is shown of a damaged frame depends on how the decoder's threads meet, so only what needs them has several.
        let decoder = try Decoder(
            demuxer: demuxer, stream: plan.streamIndex, allowed: source.codecs,
            threads: isHeavy ? source.threads : 1,
            maximumPixels: source.limits.maximumPixels)
        let packet = try Packet()
        let isFirst = range.first == 0 || plan.decodesFromStart == true
        let entry = plan.entryPoints[range.first]
        if !isFirst, !demuxer.seek(toKeyFrameOf: plan, before: range.first, reading: packet) {
            // Seeking does not find the key frame: decode from the start.
            demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
            packet.setTimes(presentation: 0, decoding: 0, duration: 0)
            hasPacket = false
        } else {
            hasPacket = !isFirst
        }
        // Without seeking, all frames before the range are decoded too.
        let firstDecoded = hasPacket ? plan.segment(of: plan.outputTicks(ofSource: entry)) : 0
        let frameBytes = demuxer.imageByteCount(of: plan.streamIndex)
        budget = DecodeBudget(
            frames: plan.frameCounts[min(firstDecoded, range.first)..<(range.first + range.count)].reduce(0, +),
            // A late stream has no size in the headers.
            frameBytes: frameBytes > 0 ? frameBytes : 4 * Int64(source.limits.maximumPixels))
        facts = demuxer.streams[plan.streamIndex]
        self.demuxer = demuxer
        self.decoder = decoder
        self.packet = packet
    }

    /// Whether `packet` has data that was not sent to the decoder yet.
    private var hasPacket: Bool

    /// The next frame of the range, or `nil` after its end.
    /// - Throws: `AVFailure` if a library fails; damaged data is skipped, not thrown.
    mutating func next() throws -> TimedFrame? {
        while input != .finished {
            guard let frame = try nextPrepared() else { break }
            let source = frame.presentationTime ?? plan.origin
            // A frame without a time, such as the last one of a stream with only decoding times, gets the previous frame's
            // duration.
            let isTimed = frame.presentationTime != nil || lastTime < 0
            var time = isTimed ? plan.outputTicks(ofSource: source) : lastTime + lastStep
            if time < start {
                before = frame
                countPassed()
                continue
            }
            if time >= end { break }
            // Two frames with the same time, as where recordings were joined: a frame of one tick would get hardly any
            // bits.
            if time <= lastTime { time = lastTime + max(1, lastStep / 2) }
            if lastTime >= 0 { lastStep = time - lastTime }
            lastTime = time
            return TimedFrame(frame: frame, time: time)
        }
        input = .finished
        return nil
    }

    /// Whether a packet or frame with a source time is only needed by later ones.
    private func isLead(_ time: Int64?) -> Bool { time.map { plan.outputTicks(ofSource: $0) < leadEnd } ?? false }

    private mutating func countPassed() {
        passed += 1
        if passed % 64 == 0 { pulse() }
    }

    private mutating func nextPrepared() throws -> Frame? {
        while true {
            if let frame = prepared.popFirst() { return frame }
            guard let decoded = try nextDecoded() else {
                guard filter != nil else { return nil }
                try flush()
                continue
            }
            // Interlaced frames may start within the stream; the filter does not change progressive ones.
            if decoded.isInterlaced { preparation.deinterlace = true }
            if isLead(decoded.presentationTime) {
                countPassed()
                continue
            }
            let chain = VideoFilterChain.description(preparation)
            let shape = FilterShape(
                width: decoded.width, height: decoded.height, format: decoded.pixelFormat, chain: chain,
                aspect: VideoFilterChain.aspect(of: decoded, facts, plan.preparation))
            if shape != filterShape {
                try flush()
                filterShape = shape
                guard !chain.isEmpty else { return try Frame(decoded, displayAspect: shape.aspect) }
                filter = try FilterGraph(chain, like: decoded, timeBase: plan.sourceTimeBase, threads: threads)
            }
            guard filter != nil else { return try Frame(decoded, displayAspect: shape.aspect) }
            try filter?.send(decoded, color: plan.preparation.sourceColor)
            try receive()
        }
    }

    /// Flushes and closes the filters.
    private mutating func flush() throws {
        guard filter != nil else { return }
        try filter?.send(nil, color: plan.preparation.sourceColor)
        try receive()
        filter = nil
        filterShape = nil
    }

    private mutating func receive() throws {
        while case .output(let frame)? = try filter?.receive() {
            prepared.append(try filterShape.map { try Frame(frame, displayAspect: $0.aspect) } ?? frame)
        }
    }

    private mutating func nextDecoded() throws -> Frame? {
        while true {
            switch try decoder.receive() {
            case .output(let frame):
                try budget.count(frameBytes: frame.imageByteCount)
                if frame.isDamaged { damagedFrames += 1 } else { goodFrames += 1 }
                if frame.isDiscarded { continue }
                return frame
            case .ended:
                guard hasPacket else { return nil }
                decoder.reset()
            case .needsInput:
                if input == .flushed { return nil }
                if hasPacket || demuxer.read(into: packet) {
                    hasPacket = false
                    guard packet.streamIndex == plan.streamIndex else { continue }
                    if decoder.startsNewSequence(packet) {
                        // Flushes the decoder first; the packet follows.
                        hasPacket = true
                        _ = try decoder.send(nil)
                        continue
                    }
                    decoder.effort = isLead(packet.presentationTime) ? .referenceFrames : .all
                    _ = try decoder.send(packet)
                } else {
                    _ = try decoder.send(nil)
                    input = .flushed
                }
            }
        }
    }
}

extension Demuxer {
    /// Seeks to the key frame at which decoding for a segment starts, found by its exact time, and reads it.
    /// - Returns: `false` if it cannot be found by its time.
    mutating func seek(toKeyFrameOf plan: VideoPlan, before segment: Int, reading packet: Packet) -> Bool {
        let entry = plan.entryPoints[segment]
        // Without an index a seek is not exact and may end after the key frame: then seek further back.
        for seconds in [0, 1, 4, 15, 60] as [Int64] {
            let back = MediaTime.rescale(seconds, from: Rational(1), to: plan.sourceTimeBase, .up)
            guard seek(to: entry - back, stream: plan.streamIndex) else { return false }
            while read(into: packet) {
                guard packet.isKey, let time = packet.presentationTime ?? packet.decodingTime else { continue }
                if time == entry { return true }
                if time > entry { break }
            }
        }
        return false
    }
}

/// The filters that make decoded frames upright, progressive and SDR, in FFmpeg's notation.
enum VideoFilterChain {
    /// The display aspect ratio of a frame after its rotation.
    static func aspect(of frame: Frame, _ facts: StreamFacts, _ preparation: VideoPlan.Preparation) -> Rational {
        let aspect = facts.displayAspect(of: frame)
        return preparation.rotation % 180 == 0 ? aspect : aspect.reciprocal
    }

    /// The filter chain of a preparation; empty if no filter is needed.
    static func description(_ preparation: VideoPlan.Preparation) -> String {
        var filters: [String] = []
        if preparation.deinterlace { filters.append("yadif=mode=send_frame:deint=interlaced") }
        switch preparation.rotation {
        case 90: filters.append("transpose=clock")
        case 180: filters.append("hflip,vflip")
        case 270: filters.append("transpose=cclock")
        default: break
        }
        if preparation.mirrored { filters.append("hflip") }
        if preparation.toneMap {
            // Linear light at 100 cd/m² reference white, BT.709 primaries, then Hable's curve (zimg and tonemap).
            filters.append(
                "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
                    + "zscale=t=bt709:m=bt709:r=tv,format=yuv420p")
        } else if let matrix = preparation.outputColor.matrix, matrix != preparation.sourceColor.matrix {
            filters.append("zscale=m=\(matrix)")
        }
        return filters.joined(separator: ",")
    }
}
