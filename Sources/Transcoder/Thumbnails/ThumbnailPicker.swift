import AV
import MediaModel

/// Decodes single frames of a video, with the same filters as the rungs.
///
/// Returns the key frame before a time if it is near, and decodes further only where key frames are far apart. So a
/// storyboard costs a small part of a complete decode.
struct ThumbnailPicker: ~Copyable {
    private let plan: VideoPlan
    private let source: SourceAccess
    private let facts: StreamFacts
    private var demuxer: Demuxer
    private var decoder: Decoder
    private let packet: Packet
    /// The last decoded frame with its source time.
    private var current: (frame: Frame, time: Int64)?
    private var flushed = false

    /// Seconds by which a thumbnail may be early.
    private static let tolerance: Int64 = 2

    init(_ source: SourceAccess, plan: VideoPlan) throws {
        let demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        let decoder = try Decoder(
            demuxer: demuxer, stream: plan.streamIndex, allowed: source.codecs, threads: 1,
            maximumPixels: source.limits.maximumPixels, effort: .referenceFrames)
        let packet = try Packet()
        self.plan = plan
        self.source = source
        facts = demuxer.streams[plan.streamIndex]
        self.demuxer = demuxer
        self.decoder = decoder
        self.packet = packet
    }

    /// The frame at an output time, or the nearest one that can be decoded; `nil` if there is none.
    mutating func frame(atMilliseconds milliseconds: Int64) throws -> Frame? {
        let wanted =
            plan.origin + MediaTime.rescale(milliseconds, from: Rational(1, 1000), to: plan.sourceTimeBase, .down)
        let near = MediaTime.rescale(Self.tolerance, from: Rational(1), to: plan.sourceTimeBase, .up)
        if let current, current.time <= wanted, wanted - current.time <= near / 2 { return try prepared(current.frame) }
        // Continuing from the last thumbnail is cheaper than seeking back to a key frame, and the only possibility in a source
        // that must be read from its start.
        let continues = current.map { current in
            current.time <= wanted && (plan.decodesFromStart == true || entry(before: wanted) <= current.time)
        }
        if continues != true { try seek(to: wanted) }
        let previous = current?.frame
        current = nil
        var best: Frame?
        var decoded = 0
        while let frame = try nextDecoded() {
            let time = frame.presentationTime ?? wanted
            if best != nil, time > wanted { break }
            best = frame
            current = (frame, time)
            decoded += 1
            // The first frame after the seek is the key frame; if it is too early, decode further.
            if time >= wanted - near || decoded > 600 && plan.decodesFromStart != true { break }
        }
        guard let best = best ?? previous else { return nil }
        return try prepared(best)
    }

    private mutating func seek(to time: Int64) throws {
        if plan.decodesFromStart != true {
            if demuxer.seek(to: time, stream: plan.streamIndex) || demuxer.rewind() { decoder.reset() }
        } else if current != nil || flushed {
            demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
            decoder.reset()
        }
        flushed = false
    }

    /// The plan's last entry point at or before a source time.
    private func entry(before time: Int64) -> Int64 {
        plan.entryPoints.last { $0 <= time } ?? plan.entryPoints[0]
    }

    private mutating func nextDecoded() throws -> Frame? {
        while true {
            switch try decoder.receive() {
            case .output(let frame): if !frame.isDiscarded { return frame }
            case .ended: return nil
            case .needsInput:
                if flushed { return nil }
                if demuxer.read(into: packet) {
                    if packet.streamIndex == plan.streamIndex { _ = try decoder.send(packet) }
                } else {
                    _ = try decoder.send(nil)
                    flushed = true
                }
            }
        }
    }

    /// The frame upright and in SDR; of an interlaced frame only the first field, since a thumbnail shows one moment.
    private func prepared(_ frame: Frame) throws -> Frame {
        var steps = plan.preparation
        steps.deinterlace = false
        let field = frame.isInterlaced ? "field=\(frame.isTopFieldFirst ? "top" : "bottom")" : ""
        let chain = [field, VideoFilterChain.description(steps)].filter { !$0.isEmpty }.joined(separator: ",")
        let aspect = VideoFilterChain.aspect(of: frame, facts, steps)
        guard !chain.isEmpty else { return try Frame(frame, displayAspect: aspect) }
        var graph = try FilterGraph(chain, like: frame, timeBase: plan.sourceTimeBase, threads: source.threads)
        try graph.send(frame, color: plan.preparation.sourceColor)
        try graph.send(nil, color: plan.preparation.sourceColor)
        guard case .output(let filtered) = try graph.receive() else { return frame }
        return try Frame(filtered, displayAspect: aspect)
    }
}
