import AV
public import MediaModel

/// The result of a probe: the facts of a source and its plan.
public struct ProbeResult: Sendable, Hashable, Codable {
    /// Facts of the source.
    public let facts: SourceFacts
    /// How it will be processed.
    public let plan: EncodingPlan
}

/// Examines an upload, of which it decodes some key frames at most, and either rejects it with a code or creates its plan.
///
/// Runs in the media child and blocks. Reads the whole file once, or twice if its times need corrections.
public struct SourceProbe: Sendable {
    /// Limits of what is accepted.
    private let limits: MediaLimits
    /// Creates the plan.
    private let planner: Planner

    /// A probe.
    public init(limits: MediaLimits, planner: Planner) {
        self.limits = limits
        self.planner = planner
    }

    /// Probes an open file.
    /// - Parameters:
    ///   - descriptor: The source; stays the caller's.
    ///   - progress: Called with the fraction that has been read, 0…1: a large file on a slow disk takes minutes.
    /// - Throws: `Rejection` for everything that is the upload's fault.
    public func run(
        descriptor: Int32, progress: (Double) -> Void = { _ in }
    ) throws(Rejection) -> ProbeResult {
        let source = SourceBytes(descriptor: descriptor)
        guard source.count > 0 else { throw Rejection(.empty, "The file holds no bytes.") }
        guard let container = source.container else { throw Self.unsupportedContainer }
        let protection = Protection(source, container)
        try protection.check()
        do {
            return try probe(
                SourceOpening(
                    descriptor: descriptor, container: container, source: source, protection: protection,
                    limits: limits), progress)
        } catch let rejection as Rejection {
            // FFmpeg finds no packets in fragments that are encrypted.
            let isHidden = rejection.code == .truncated && container == .mp4
            throw isHidden && Protection.hasEncryptedEntries(source) ? Protection.rejection : rejection
        } catch let failure as AVFailure {
            throw Self.rejection(for: failure, container: container, source)
        } catch {
            throw Rejection(.undecodable, "The file cannot be read.")
        }
    }

    /// The rejection of bytes that are no accepted container.
    static let unsupportedContainer = Rejection(
        .unsupportedContainer, "These bytes are not a video or audio file of a kind that can be read here.")

    /// All streams, including those that begin behind the start of the file.
    private func lateStreams(_ opening: SourceOpening) throws -> [StreamFacts] {
        var demuxer = try opening.open()
        let known = demuxer.streams.count
        return try demuxer.findLateStreams(codecs: AllowedCodecs.all, maximumPixels: limits.maximumPixels)
            // Frames are read from many places of the file, so a video stream has to be there from the start.
            .filter { $0.index < known || $0.kind == .audio }
    }

    private func probe(_ opening: SourceOpening, _ progress: (Double) -> Void) throws -> ProbeResult {
        var demuxer = try opening.open()
        let container = opening.container
        var streams = demuxer.streams
        if streams.contains(where: { !$0.isKnown && AllowedCodecs.contains(codec: $0.codec) }) {
            streams = try lateStreams(opening)
        }
        try opening.checkCount(streams.count)
        var (choice, scan, repair) = try self.scan(&demuxer, streams, opening, progress)
        if demuxer.streamCount > streams.count, choice.audio == nil {
            // An audio stream appeared while the packets were read.
            streams = try lateStreams(opening)
            demuxer = try opening.open()
            (choice, scan, repair) = try self.scan(&demuxer, streams, opening, progress)
        }
        let audio = [choice.audio].compactMap(\.self) + choice.furtherAudio
        try ClockCheck(
            video: choice.video.flatMap { stream in scan.video.map { (stream, $0) } },
            audio: audio.compactMap { stream in scan.audio[stream.index].map { (stream, $0) } }
        ).run()
        let source = try PlannedSource(
            container: container, byteCount: opening.source.count, choice: choice, scan: scan, shifts: repair.shifts)
        try checkTimes(source)
        let strayPackets = demuxer.strayPackets
        let result = planner.plan(source, leavingOut: try unneededRungs(source, &demuxer))
        try checkExpansion(result.plan, of: source)
        var facts = result.facts
        // With corrections, a header's duration is that of one of several recordings, or of a wrong clock.
        if repair.shifts.isEmpty, Self.isShort(source, others: scan.othersEnd, of: demuxer) {
            facts.add(.shorterThanClaimed)
        }
        if repair.clockChanges > 0 { facts.add(.clockRestarts) }
        if LaterParts(read: opening.source.read(at:_:)).follow(scan.lastPosition, container) {
            facts.add(.partsMissing)
        }
        if strayPackets > 0 { facts.add(.framesMissing) }
        return ProbeResult(facts: facts, plan: result.plan)
    }

    /// The names of the rungs that would look like lower ones; none where that cannot be measured.
    /// - Parameter demuxer: One that has read the whole file, and with it an index where the file has none.
    private func unneededRungs(_ source: PlannedSource, _ demuxer: inout Demuxer) throws -> Set<String> {
        guard let video = source.video,
            var comparison = RungComparison(video, shifts: source.shifts[video.stream.index], limits: limits)
        else { return [] }
        do { return try comparison.unneeded(planner.rungs(of: source), in: &demuxer) } catch is AVFailure { return [] }
    }

    /// Selects streams and reads the times of their packets; a second time if they have to be corrected.
    private func scan(
        _ demuxer: inout Demuxer, _ streams: [StreamFacts], _ opening: SourceOpening, _ progress: (Double) -> Void
    ) throws -> (choice: StreamChoice, scan: PacketScan, repair: TimestampRepair) {
        let best = demuxer.bestStream(.video)
        let choice = try StreamChoice(
            streams: streams, bestVideo: best, bestAudio: demuxer.bestStream(.audio, beside: best),
            decodable: decodableAudio(demuxer, streams), scrambled: opening.protection.scrambled)
        if let video = choice.video { try checkSize(video) }
        let audio = [choice.audio].compactMap(\.self) + choice.furtherAudio
        let parts = choice.parts.filter { part in !audio.contains { $0.index == part.index } }
        let chosen = [choice.video].compactMap(\.self) + audio + parts
        // A header with a duration only for the whole file may mean that of the subtitles.
        let others =
            opening.container == .matroska
            ? streams.filter { stream in !chosen.contains { $0.index == stream.index } && !stream.isAttachedPicture }
            : []
        func readPackets() throws -> PacketScan {
            try PacketScan.run(
                &demuxer, video: choice.video, audio: audio + parts, subtitles: choice.subtitles, others: others,
                container: opening.container, maximumFrames: limits.maximumFrames
            ) { progress(min(1, Double($0) / Double(opening.source.count))) }
        }
        var scan = try readPackets()
        let repair = try TimestampRepair(scan.times)
        if !repair.shifts.isEmpty {
            // Read again with the corrections, as every later reader does.
            demuxer = try opening.open()
            for (stream, shifts) in repair.shifts { demuxer.correct(stream, by: shifts) }
            scan = try readPackets()
        }
        if opening.container == .gif, scan.video?.shown.count ?? 0 < 2 {
            throw Rejection(.noMediaStream, "The file is a still image: a GIF with one frame.")
        }
        return (choice, scan, repair)
    }

    /// Whether the file is much shorter than a header declares: it was cut off in transfer.
    private static func isShort(_ source: PlannedSource, others: Double?, of demuxer: borrowing Demuxer) -> Bool {
        let streams = [source.video?.stream.index, source.audio?.stream.index].compactMap(\.self)
        // Some headers count from 0 and not from the first frame.
        let found = max(
            source.duration.doubleValue, (source.origin + source.duration).doubleValue, others ?? 0)
        return streams.compactMap { demuxer.claimedSeconds(of: $0) }.contains { $0 > found + max(1, found / 50) }
    }

    /// Audio streams whose decoder opens: one that does not open must not make later tasks fail.
    private func decodableAudio(_ demuxer: borrowing Demuxer, _ streams: [StreamFacts]) -> Set<Int> {
        // Late streams have been decoded to be found.
        var found = Set(streams.filter { $0.kind == .audio && $0.isLate }.map(\.index))
        for stream in demuxer.streams where stream.kind == .audio {
            do {
                _ = try Decoder(
                    demuxer: demuxer, stream: stream.index, allowed: AllowedCodecs.all, threads: 1,
                    maximumPixels: limits.maximumPixels)
                found.insert(stream.index)
            } catch {
                // Ignored; `StreamChoice` adds the note.
            }
        }
        return found
    }

    private func checkSize(_ video: StreamFacts) throws(Rejection) {
        guard video.width > 0, video.height > 0 else {
            throw Rejection(.undecodable, "The video's size cannot be read.")
        }
        if let rejection = limits.sizeRejection(of: video) { throw rejection }
    }

    private func checkTimes(_ source: PlannedSource) throws(Rejection) {
        guard source.duration > Rational(0) else {
            throw Rejection(.zeroDuration, "The file has no duration: nothing can be played.")
        }
        if let rejection = limits.lengthRejection(seconds: source.duration) { throw rejection }
        let allowed = Double(limits.freeSeconds) + Double(source.byteCount) * limits.secondsPerByte
        guard source.duration.doubleValue <= allowed else {
            throw Rejection(
                .expandsTooMuch,
                "The file's \(source.byteCount) bytes last for \(Int(source.duration.doubleValue)) s: more than "
                    + "\(limits.maximumSecondsPerKilobyte) s a kilobyte beyond \(limits.freeSeconds) s.")
        }
        if let rate = source.video?.frameRate, rate > Rational(Int64(limits.maximumFrameRate)) {
            throw Rejection(
                .frameRateTooHigh,
                "The file has \(Int(rate.doubleValue)) frames a second; \(limits.maximumFrameRate) are allowed.")
        }
    }

    /// Refuses a file that decodes to far more bytes than it has. Frames count with one and a half bytes a sample: 4:2:0 of
    /// eight bits, the least that any format takes. A frame that is repeated at the start of a segment counts again.
    private func checkExpansion(_ plan: EncodingPlan, of source: PlannedSource) throws(Rejection) {
        guard let video = source.video else { return }
        let frame = Double(video.stream.width) * Double(video.stream.height) * 1.5
        let count = video.times.count + (plan.video?.heldSegments.count ?? 0)
        guard
            frame * Double(count) - Double(limits.freeExpansion)
                <= Double(source.byteCount) * Double(limits.maximumExpansion)
        else {
            throw Rejection(
                .expandsTooMuch,
                "The file's \(source.byteCount) bytes hold \(count) frames of "
                    + "\(video.stream.width)×\(video.stream.height): more than \(limits.maximumExpansion) times "
                    + "their size.")
        }
    }

    private static func rejection(for failure: AVFailure, container: Container, _ source: SourceBytes) -> Rejection {
        switch failure.kind {
        case .invalidData where container == .mp4 && Protection.hasEncryptedEntries(source): Protection.rejection
        case .invalidData where container == .mp4:
            Rejection(.truncated, "The file's index is missing or damaged; was the upload or the recording cut off?")
        case .decoderMissing, .unsupported:
            Rejection(.unsupportedCodec, "The file uses a codec that cannot be read here.")
        default:
            Rejection(.undecodable, "The file looks like \(container.rawValue) but cannot be read (\(failure.reason)).")
        }
    }
}
