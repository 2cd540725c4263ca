import AV
import MediaModel

/// A decoded picture, upright, progressive and in SDR, with its output time.
struct TimedFrame: Sendable {
    let frame: Frame
    let time: Int64
}

/// Reads the pictures of a stretch of output time: seeks, decodes, prepares, in order.
///
/// The same stretch always gives the same pictures, whoever reads it: decoding starts at the plan's entry point, found by
/// its exact time, and what comes before the stretch is decoded and left out.
struct VideoSourceReader: ~Copyable {
    private let plan: VideoPlan
    private let start: Int64
    private let end: Int64
    private let threads: Int
    /// What the container says of the stream.
    private let facts: StreamFacts
    private var demuxer: Demuxer
    private var decoder: Decoder
    private let packet: Packet
    private var filter: FilterGraph?
    private var filterShape: FilterShape?
    /// What the filters gave and nobody took yet.
    private var prepared: [Frame] = []
    /// The steps of the plan, and deinterlacing from the first picture on that needs it.
    private var preparation: VideoPlan.Preparation
    private var input = Input.reading
    private var lastTime: Int64 = -1
    private var lastStep: Int64 = 1
    /// The last picture before the stretch; what a held segment repeats.
    private(set) var before: Frame?
    /// Pictures in front of the stretch that were decoded.
    private var passed = 0
    /// Frames that the decoder marked as damaged.
    private(set) var damagedFrames = 0
    /// Frames that were decoded without an error.
    private(set) var goodFrames = 0
    private var budget: DecodeBudget

    private enum Input {
        case reading
        case flushed
        case finished
    }

    /// Called now and then while nothing comes out, because what lies in front of the stretch has to be decoded.
    private let pulse: () -> Void

    /// A reader of segments `range` of a plan.
    /// - Parameter pulse: Called now and then while what lies in front of the range is decoded, which may take long.
    /// - Throws: `AVFailure` if the source cannot be opened or has no such key frame.
    init(_ source: SourceAccess, plan: VideoPlan, range: SegmentRange, pulse: @escaping () -> Void = {}) throws {
        self.plan = plan
        self.pulse = pulse
        preparation = plan.preparation
        start = plan.boundaries[range.first]
        // Behind the last boundary there is nothing that could be missed.
        end =
            range.first + range.count == plan.boundaries.count - 1
            ? .max : plan.boundaries[range.first + range.count]
        threads = source.threads
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        let heavy = plan.preparation.toneMap || (plan.rungs.last?.lines ?? 0) > 1080
        let decoder = try Decoder(
            demuxer: demuxer, stream: plan.streamIndex, allowed: source.codecs, threads: heavy ? source.threads : 1,
            maximumPixels: source.limits.maximumPixels)
        let packet = try Packet()
        let isFirst = range.first == 0 || plan.decodesFromStart == true
        let entry = plan.entryPoints[range.first]
        if !isFirst, !Self.position(&demuxer, packet, plan: plan, entry: entry) {
            // The key frame cannot be found by time: everything is decoded from the start.
            demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
            packet.setTimes(presentation: 0, decoding: 0, duration: 0)
            hasPacket = false
        } else {
            hasPacket = !isFirst
        }
        // Not found by time, the stretch costs all that lies before it.
        let promised = hasPacket ? plan.segment(of: plan.outputTicks(ofSource: entry)) : 0
        let pictureBytes = demuxer.pictureByteCount(of: plan.streamIndex)
        budget = DecodeBudget(
            frames: plan.frameCounts[min(promised, range.first)..<(range.first + range.count)].reduce(0, +),
            // Pictures that begin late have no size in the headers.
            pictureBytes: pictureBytes > 0 ? pictureBytes : 4 * Int64(source.limits.maximumPixels))
        facts = demuxer.streams[plan.streamIndex]
        self.demuxer = demuxer
        self.decoder = decoder
        self.packet = packet
    }

    /// Whether `packet` holds the entry point, which has not been decoded yet.
    private var hasPacket: Bool

    /// Brings the demuxer to the key frame at exactly `entry` and reads it.
    private static func position(_ demuxer: inout Demuxer, _ packet: Packet, plan: VideoPlan, entry: Int64) -> Bool {
        // Containers without an index land only near the wanted time, at times behind it: then from further back.
        for seconds in [0, 1, 4, 15, 60] as [Int64] {
            let back = MediaTime.rescale(seconds, from: Rational(1), to: plan.sourceTimeBase, .up)
            guard demuxer.seek(to: entry - back, stream: plan.streamIndex) else { return false }
            while demuxer.read(into: packet) {
                guard packet.isKey, let time = packet.presentationTime ?? packet.decodingTime else { continue }
                if time == entry { return true }
                if time > entry { break }
            }
        }
        return false
    }

    /// The next picture of the stretch, or `nil` behind its end.
    /// - Throws: `AVFailure` if a library fails; damaged data is skipped, not thrown.
    mutating func next() throws -> TimedFrame? {
        while input != .finished {
            guard let frame = try nextPrepared() else { break }
            let source = frame.presentationTime ?? (plan.origin + 0)
            // A picture without a time, such as the last one where only decoding times are given, follows as the one
            // before it did.
            let isTimed = frame.presentationTime != nil || lastTime < 0
            var time = isTimed ? plan.outputTicks(ofSource: source) : lastTime + lastStep
            if time < start {
                before = frame
                passed += 1
                if passed % 64 == 0 { pulse() }
                continue
            }
            if time >= end { break }
            // Two pictures of one time, as where recordings were joined: one that is shown for a tick would be encoded as
            // if nobody saw it.
            if time <= lastTime { time = lastTime + max(1, lastStep / 2) }
            if lastTime >= 0 { lastStep = time - lastTime }
            lastTime = time
            return TimedFrame(frame: frame, time: time)
        }
        input = .finished
        return nil
    }

    private mutating func nextPrepared() throws -> Frame? {
        while true {
            if !prepared.isEmpty { return prepared.removeFirst() }
            guard let decoded = try nextDecoded() else {
                guard filter != nil else { return nil }
                try flush()
                continue
            }
            // Fields may begin in mid-way; a deinterlacer leaves the whole pictures among them as they are.
            if decoded.isInterlaced { preparation.deinterlace = true }
            let chain = VideoFilterChain.description(preparation)
            let shape = FilterShape(
                width: decoded.width, height: decoded.height, format: decoded.pixelFormat, chain: chain,
                aspect: VideoFilterChain.aspect(of: decoded, facts, plan.preparation))
            if shape != filterShape {
                try flush()
                filterShape = shape
                guard !chain.isEmpty else { return try Frame(decoded, shownAspect: shape.aspect) }
                filter = try FilterGraph(chain, like: decoded, timeBase: plan.sourceTimeBase, threads: threads)
            }
            guard filter != nil else { return try Frame(decoded, shownAspect: shape.aspect) }
            try filter?.send(decoded, color: plan.preparation.sourceColor)
            try receive()
        }
    }

    /// Takes what the filters hold back and lets go of them.
    private mutating func flush() throws {
        guard filter != nil else { return }
        try filter?.send(nil, color: plan.preparation.sourceColor)
        try receive()
        filter = nil
        filterShape = nil
    }

    private mutating func receive() throws {
        while case .piece(let frame)? = try filter?.receive() {
            prepared.append(try filterShape.map { try Frame(frame, shownAspect: $0.aspect) } ?? frame)
        }
    }

    private mutating func nextDecoded() throws -> Frame? {
        while true {
            switch try decoder.receive() {
            case .piece(let frame):
                try budget.count(pictureBytes: frame.pictureByteCount)
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
                    if decoder.beginsAnew(packet) {
                        // All that is inside comes first; the packet follows.
                        hasPacket = true
                        _ = try decoder.send(nil)
                        continue
                    }
                    _ = try decoder.send(packet)
                } else {
                    _ = try decoder.send(nil)
                    input = .flushed
                }
            }
        }
    }
}

extension VideoSourceReader {
    /// Whether fields were woven into frames that the plan did not know of.
    var foundFields: Bool { preparation.deinterlace && !plan.preparation.deinterlace }

    /// What a chain of filters was built for.
    fileprivate struct FilterShape: Equatable {
        let width: Int
        let height: Int
        let format: String
        let chain: String
        let aspect: Rational
    }
}

/// The filters that make a decoded picture upright, progressive and SDR, in FFmpeg's notation.
enum VideoFilterChain {
    /// Width over height of a picture as it is to be seen, upright.
    static func aspect(of frame: Frame, _ facts: StreamFacts, _ preparation: VideoPlan.Preparation) -> Rational {
        let aspect = facts.shownAspect(of: frame)
        return preparation.rotation % 180 == 0 ? aspect : aspect.reciprocal
    }

    /// The chain of a preparation; empty if nothing has to be done.
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
