import AV
import MediaModel

/// A source as planning sees it: chosen streams, and times that were put in order.
struct PlannedSource {
    /// A video track.
    struct Video {
        let stream: StreamFacts
        /// Presentation times of the frames that are shown, rising, each once, in ticks.
        let times: [Int64]
        /// Key frames by their time.
        let keys: [PacketScan.Key]
        /// When the last frame's time is over, in ticks.
        let end: Int64
        /// Frames over duration.
        let frameRate: Rational
        /// Whether packets lacked times, so that seeking by time cannot be exact.
        let missesTimes: Bool
        /// Whether pictures are found, or can be decoded, only by one who reads from the start.
        let decodesFromStart: Bool
        /// Presentation times in decoding order, in ticks.
        let order: [Int64]
        /// Whether the packets could be kept as they are; `nil` for codecs of which none can.
        let kept: PassthroughScan?
    }

    /// An audio track.
    struct Audio {
        let stream: StreamFacts
        let packetCount: Int
        /// Time of the first packet, in ticks; what comes before it is heard is counted in `skippedFront`.
        let firstPacket: Int64
        /// Samples of the source's rate at the front that are not heard.
        let skippedFront: Int
        /// When the last sample is over, in ticks.
        let end: Int64
        /// Whether packets follow each other without a gap and all have the codec's full length.
        let isContiguous: Bool
        /// Whether no packet says that rate or channels change, and none lacks the header that says it.
        let isSteady: Bool
        /// The tracks that are the sound together, each a loudspeaker; empty where it is all by itself.
        var parts: [StreamFacts] = []

        /// When the first sample is heard, in seconds.
        var start: Rational {
            Rational(firstPacket) * stream.timeBase + Rational(Int64(skippedFront), Int64(max(1, stream.sampleRate)))
        }
        /// When the last sample is over, in seconds.
        var endSeconds: Rational { Rational(end) * stream.timeBase }
    }

    let container: Container
    let byteCount: Int64
    let video: Video?
    let audio: Audio?
    /// Sound that can be chosen instead of it. Played beside the same pictures, it is cut and filled to their length.
    let furtherAudio: [Audio]
    let cover: Int?
    let subtitles: [StreamFacts]
    let notes: [VideoNote]
    /// Source time that becomes output time 0, in seconds.
    let origin: Rational
    /// From the first picture or sound to the last, in seconds.
    let duration: Rational
    /// When the last sound is over, as source time in seconds; `nil` without sound.
    let soundEnd: Rational?
    /// Corrections of packets' times by stream; they are in all times here.
    let shifts: [Int: [TimestampShift]]

    /// Seconds by which a further audio track may begin earlier or end later without making the presentation longer:
    /// nobody misses them, and the default track's packets can be kept more often.
    private static let furtherSlack = Rational(1, 10)

    /// Puts a scan in order.
    /// - Parameter shifts: Corrections that the times of the scan have had, by stream.
    /// - Throws: `Rejection` if no chosen stream has a packet with a time.
    init(
        container: Container, byteCount: Int64, choice: StreamChoice, scan: PacketScan,
        shifts: [Int: [TimestampShift]] = [:]
    ) throws(Rejection) {
        self.container = container
        self.byteCount = byteCount
        self.shifts = shifts
        let foundVideo = choice.video.flatMap { stream in
            scan.video.flatMap { Video(stream, $0, isCorrected: shifts[stream.index] != nil) }
        }
        let chosen = [choice.audio].compactMap(\.self) + choice.furtherAudio
        var heard = chosen.compactMap { stream in
            scan.audio[stream.index].flatMap { Audio(stream, $0, isCorrected: shifts[stream.index] != nil) }
        }
        if heard.first?.stream.index == choice.audio?.index, !heard.isEmpty { heard[0].parts = choice.parts }
        let foundAudio = heard.first
        video = foundVideo
        audio = foundAudio
        furtherAudio = Array(heard.dropFirst())
        cover = foundVideo == nil ? choice.cover : nil
        subtitles = choice.subtitles
        let isShort = heard.count < chosen.count && !heard.isEmpty
        notes =
            choice.notes
            + (isShort && !choice.notes.contains(.extraTracksIgnored) ? [.extraTracksIgnored] : [])
        let starts = [foundVideo.map { Rational($0.times[0]) * $0.stream.timeBase }, foundAudio?.start].compactMap(
            \.self)
        let ends = [foundVideo.map { Rational($0.end) * $0.stream.timeBase }, foundAudio?.endSeconds].compactMap(\.self)
        guard var first = starts.min(), var last = ends.max() else {
            throw Rejection(.truncated, "The file ends before its first picture or sound.")
        }
        var lastHeard = foundAudio?.endSeconds
        if let earliest = furtherAudio.map(\.start).min(), first - earliest > Self.furtherSlack { first = earliest }
        if let latest = furtherAudio.map(\.endSeconds).max(), latest - last > Self.furtherSlack {
            (last, lastHeard) = (latest, latest)
        }
        origin = Self.origin(first, pictures: foundVideo?.stream.timeBase)
        duration = last - first
        soundEnd = lastHeard
    }
}

extension PlannedSource.Video {
    fileprivate init?(_ stream: StreamFacts, _ scan: PacketScan.Video, isCorrected: Bool) {
        var ordered = (scan.missesTimes ? scan.decoded : scan.shown).sorted()
        var last: Int64?
        ordered.removeAll { time in
            defer { last = time }
            return time == last
        }
        let claimed = stream.averageFrameRate
        let lastDuration = scan.lastDuration * (Self.joinFields(&ordered, stream, claimed: claimed) ? 2 : 1)
        if scan.missesTimes { Self.delay(&ordered, by: stream.reorderDepth) }
        guard let first = ordered.first, let final = ordered.last else { return nil }
        let longest = MediaTime.rescale(Self.longestStill, from: Rational(1), to: stream.timeBase, .up)
        let usual =
            ordered.count > 1
            ? (final - first) / Int64(ordered.count - 1)
            : MediaTime.rescale(
                1, from: claimed > Rational(0) ? claimed.reciprocal : Rational(1, 25), to: stream.timeBase, .up)
        let ticks = Self.lastLength(
            claimed: lastDuration, mean: usual, longest: longest,
            shortest: MediaTime.rescale(1, from: Self.shortestFrame, to: stream.timeBase, .up))
        let length = Rational(final + ticks - first) * stream.timeBase
        self.init(
            stream: stream, times: ordered, keys: scan.keys.sorted { $0.time < $1.time }, end: final + ticks,
            frameRate: Self.rate(ordered.count, in: length), missesTimes: scan.missesTimes,
            decodesFromStart: scan.missesTimes || scan.needsEarlierHeaders || isCorrected, order: scan.shown,
            kept: scan.kept)
    }

    /// Frames over duration. A burst of a moment, such as two pictures of a screen that does not change, is no rate.
    static func rate(_ count: Int, in length: Rational) -> Rational {
        guard length > Rational(0) else { return Rational(25) }
        let rate = Rational(Int64(count)) / length
        return tidy(rate > Rational(60) ? Rational(Int64(count)) / max(length, Rational(1, 4)) : rate)
    }

    /// Interlaced H.264 may come as a packet a field: then every second time is a picture's. Tells whether it is so.
    private static func joinFields(_ times: inout [Int64], _ stream: StreamFacts, claimed: Rational) -> Bool {
        guard stream.interlaced, claimed > Rational(0), times.count > 3, let first = times.first, let last = times.last,
            last > first
        else { return false }
        let fields = Double(times.count - 1) / (Double(last - first) * stream.timeBase.doubleValue)
        guard abs(fields / claimed.doubleValue - 2) < 0.1 else { return false }
        times = times.indices.filter { $0 % 2 == 0 }.map { times[$0] }
        return true
    }

    /// Where a container does not give every presentation time (AVI gives none, program streams some), a picture is shown
    /// when the decoder gives it out: as many packets later as it holds back.
    private static func delay(_ times: inout [Int64], by depth: Int) {
        guard depth > 0, times.count > depth + 1 else { return }
        for _ in 0..<depth { times.append(2 * times[times.count - 1] - times[times.count - 2]) }
        times.removeFirst(depth)
    }

    /// Seconds for which a last frame is believed to be shown.
    private static let longestStill: Int64 = 1800
    /// Seconds for which a frame is shown at least that is none of a tick.
    private static let shortestFrame = Rational(1, 250)

    /// How long the last frame is shown: as long as it says, unless that is so short that the container has made it up
    /// (Matroska and FLV without a rate say one tick), or so long that nobody means it.
    static func lastLength(claimed: Int64, mean: Int64, longest: Int64, shortest: Int64) -> Int64 {
        max(1, claimed >= min(mean / 4, max(2, shortest)) && claimed <= max(longest, mean) ? claimed : mean)
    }

    /// A frame rate with small numbers, so that it fits FFmpeg's 32-bit fractions.
    private static func tidy(_ rate: Rational) -> Rational {
        Rational(max(1, Int64(min((rate.doubleValue * 1000).rounded(), 1e15))), 1000)
    }
}

extension PlannedSource.Audio {
    fileprivate init?(_ stream: StreamFacts, _ scan: PacketScan.Audio, isCorrected: Bool) {
        guard let first = scan.first, scan.packetCount > 0 else { return nil }
        let endSkip = MediaTime.rescale(
            Int64(scan.skippedEnd), from: Rational(1, Int64(max(1, stream.sampleRate))), to: stream.timeBase, .nearest)
        // A quarter of a frame: more than any rounding of a container's clock, less than a lost frame.
        let slack = Rational(Int64(stream.frameSamples), Int64(max(1, stream.sampleRate)) * 4)
        self.init(
            stream: stream, packetCount: scan.packetCount, firstPacket: first, skippedFront: scan.skippedFront,
            end: max(first, scan.end - endSkip),
            isContiguous: !isCorrected && stream.frameSamples > 0
                && Rational(scan.largestDeviation) * stream.timeBase <= slack,
            isSteady: scan.isSteady)
    }
}
