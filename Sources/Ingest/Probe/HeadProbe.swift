import AV
public import MediaModel

/// Examines the first bytes of a file of which the rest is still being received, and rejects it for what no further byte can
/// change: whatever is rejected here, ``SourceProbe`` would reject at the end.
///
/// - Any file: its container.
/// - MP4 with the movie box in front, Matroska and FLV, which list their streams at the start: codecs and encryption, and that
///   nothing can be played.
/// - These and transport streams: the number of streams, and the size of the video if its first frame is there.
/// - MP4 with the movie box in front: the length, by the times of the samples that lie within the file's announced length.
///
/// Runs in the media child and blocks. An error means that only the whole file tells.
public struct HeadProbe: Sendable {
    /// Where an upload is examined: FFmpeg looks for streams in less.
    public static let byteCount: Int64 = 16 << 20
    /// The longest movie box that an upload waits for.
    private static let longestMovie: Int64 = 256 << 20
    /// By how many seconds an index may be wrong about the length: by reordering and by audio that begins later.
    private static let indexTolerance = 60.0

    private let limits: MediaLimits

    /// A probe.
    public init(limits: MediaLimits) { self.limits = limits }

    /// Where the bytes end that ``run(descriptor:announced:)`` needs, more than have arrived if a movie box is longer; `nil` if
    /// the file is of no accepted container.
    static func end(of source: SourceBytes) -> Int64? {
        guard let container = source.container else { return nil }
        guard container == .mp4, let movie = movie(of: source), let end = movie.end, end - movie.start <= longestMovie
        else { return byteCount }
        return max(end, byteCount)
    }

    /// The movie box, if it has begun to arrive.
    private static func movie(of source: SourceBytes) -> TopLevelBoxes.Box? {
        TopLevelBoxes(read: source.read(at:_:)).first { $0.isNamed("moov") }
    }

    /// Examines the bytes that have arrived.
    /// - Parameters:
    ///   - descriptor: The open file; stays the caller's.
    ///   - announced: The bytes that the file will have; `nil` if that is not known.
    /// - Throws: `Rejection` with `unsupported_container`, `no_media_stream`, `unsupported_codec`, `too_long`,
    ///   `dimensions_too_large`, `too_many_streams` or `protected`.
    public func run(descriptor: Int32, announced: Int64?) throws(Rejection) {
        let source = SourceBytes(descriptor: descriptor)
        guard let container = source.container else { throw SourceProbe.unsupportedContainer }
        switch container {
        case .mp4:
            guard let end = Self.movie(of: source)?.end, end <= source.count else { return }
        case .matroska: break
        case .flv, .mpegts:
            // Streams appear as their packets do: the same ones as in the whole file if FFmpeg finds what it looks for.
            guard source.count >= Self.byteCount else { return }
        default: return
        }
        let protection = Protection(source, container)
        try protection.check()
        do {
            try check(
                SourceOpening(
                    descriptor: descriptor, container: container, source: source, protection: protection,
                    limits: limits), announced: announced)
        } catch let rejection as Rejection {
            throw rejection
        } catch {
            // Only the whole file tells.
        }
    }

    private func check(_ opening: SourceOpening, announced: Int64?) throws {
        var demuxer = try opening.open()
        let streams = demuxer.streams
        let films = streams.filter { $0.kind == .video && !$0.isAttachedPicture }
        let seen = try Self.seen(&demuxer, films.map(\.index), within: opening.source.count, Self.sole(streams))
        // Before its first packet, a file may list more streams.
        guard !seen.isEmpty else { return }
        try opening.checkCount(demuxer.streamCount)
        let readable = films.filter { AllowedCodecs.contains(codec: $0.codec) }
        let audio = streams.filter { $0.kind == .audio && AllowedCodecs.contains(codec: $0.codec) }
        // The probe reads the end of a transport stream as well, which may list further programmes.
        if opening.container != .mpegts, audio.allSatisfy(\.isKnown) {
            _ = try StreamChoice(
                streams: streams, bestVideo: nil, bestAudio: nil, decodable: Set(audio.map(\.index)))
        }
        let sizes = readable.map { seen.contains($0.index) ? limits.sizeRejection(of: $0) : nil }
        if let rejection = sizes.first ?? nil, sizes.allSatisfy({ $0 != nil }) { throw rejection }
        guard opening.container == .mp4, let announced else { return }
        let lengths = (readable.isEmpty ? audio : readable).map {
            demuxer.indexedSeconds(of: $0.index, within: announced)
        }
        if let length = lengths.min(), length > Double(limits.maximumSeconds) + Self.indexTolerance,
            let rejection = limits.lengthRejection(seconds: Rational(Int64(length)))
        {
            throw rejection
        }
    }

    /// The stream that any choice has: the only video, or without video the only audio.
    private static func sole(_ streams: [StreamFacts]) -> Int? {
        let films = streams.filter { $0.kind == .video && !$0.isAttachedPicture }
        let leaders = films.isEmpty ? streams.filter { $0.kind == .audio } : films
        return leaders.count == 1 ? leaders[0].index : nil
    }

    /// The streams of which a whole packet has arrived; reads until that is so for all that are wanted, and one packet at least.
    /// - Parameter sole: The stream that must not be encrypted.
    private static func seen(
        _ demuxer: inout Demuxer, _ wanted: [Int], within byteCount: Int64, _ sole: Int?
    ) throws -> Set<Int> {
        var seen: Set<Int> = []
        let packet = try Packet()
        while seen.isEmpty || !seen.isSuperset(of: wanted), demuxer.read(into: packet) {
            guard let position = packet.position, position + Int64(packet.byteCount) <= byteCount else { continue }
            if packet.isEncrypted, packet.streamIndex == sole { throw Protection.rejection }
            seen.insert(packet.streamIndex)
        }
        return seen
    }
}
