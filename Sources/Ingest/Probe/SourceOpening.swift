import AV
import MediaModel

/// A source whose container has been identified, for opening its demuxer.
struct SourceOpening {
    /// The open file; the caller owns it.
    let descriptor: Int32
    let container: Container
    let source: SourceBytes
    let protection: Protection
    let limits: MediaLimits

    /// How many times the allowed number of streams is counted before a header counts as unreadable.
    private static let countedStreams = 16

    /// Opens the demuxer.
    /// - Throws: `Rejection` with `too_many_streams`; `AVFailure`.
    func open() throws -> Demuxer {
        do {
            return try demuxer(atMost: limits.maximumStreams)
        } catch let failure where failure.kind == .outOfMemory {
            // What FFmpeg reports too when a header has more streams than it may have.
            try checkCount(try demuxer(atMost: Self.countedStreams * limits.maximumStreams).streams.count)
            throw failure
        }
    }

    /// Refuses a file with too many streams.
    func checkCount(_ count: Int) throws(Rejection) {
        guard count >= limits.maximumStreams else { return }
        throw Rejection(
            .tooManyStreams, "The file has \(count) streams or more; \(limits.maximumStreams - 1) are allowed.")
    }

    private func demuxer(atMost streams: Int) throws(AVFailure) -> Demuxer {
        try Demuxer(
            descriptor: descriptor, format: container.demuxer, codecs: AllowedCodecs.all, maximumStreams: streams)
    }
}
