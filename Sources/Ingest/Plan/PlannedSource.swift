import AV
import MediaModel

/// A source as the planner sees it: the selected streams, with their times in order.
struct PlannedSource {
    /// A video track.
    struct Video {
        let stream: StreamFacts
        /// Presentation times of the frames that are shown, in ticks, rising, without duplicates.
        let times: [Int64]
        /// Key frames in the order of their times.
        let keys: [PacketScan.Key]
        /// The end of the last frame, in ticks.
        let end: Int64
        /// Frames over duration.
        let frameRate: Rational
        /// Whether packets lacked times, so that seeking by time cannot be exact.
        let missesTimes: Bool
        /// Whether frames can be found or decoded only by reading from the start.
        let decodesFromStart: Bool
        /// Presentation times in decoding order, in ticks.
        let order: [Int64]
        /// Whether the packets can be passed through; `nil` for codecs that never can.
        let passthrough: PassthroughScan?
    }

    /// An audio track.
    struct Audio {
        let stream: StreamFacts
        let packetCount: Int
        /// Time of the first packet, in ticks; its samples that are not played are counted in `skippedFront`.
        let firstPacket: Int64
        /// Samples at the front that are not played, at the source's rate.
        let skippedFront: Int
        /// The end of the last sample, in ticks.
        let end: Int64
        /// Whether packets follow each other without gaps and all have the codec's full length.
        let isContiguous: Bool
        /// Whether no packet changes the rate or the channels, and none lacks the header that would tell.
        let isSteady: Bool
        /// The tracks that form the audio together, each one loudspeaker; empty for a single track.
        let parts: [StreamFacts]

        /// When the first sample is played, in seconds.
        var start: Rational {
            Rational(firstPacket) * stream.timeBase + Rational(Int64(skippedFront), Int64(max(1, stream.sampleRate)))
        }
        /// The end of the last sample, in seconds.
        var endSeconds: Rational { Rational(end) * stream.timeBase }
    }

    let container: Container
    let byteCount: Int64
    let video: Video?
    let audio: Audio?
    /// Alternative audio tracks; cut or filled to the length of the presentation.
    let furtherAudio: [Audio]
    let cover: Int?
    let subtitles: [StreamFacts]
    let notes: [VideoNote]
    /// Source time that becomes output time 0, in seconds.
    let origin: Rational
    /// From the first frame or sample to the end of the last, in seconds.
    let duration: Rational
    /// The end of the audio, as source time in seconds; `nil` without audio.
    let audioEnd: Rational?
    /// Corrections of packets' times by stream; already applied to all times here.
    let shifts: [Int: [TimestampShift]]

    /// Seconds by which an alternative audio track may begin earlier or end later without extending the presentation: they are
    /// not missed, and the default track can be passed through more often.
    private static let furtherSlack = Rational(1, 10)

    /// Puts the times of a scan in order.
    /// - Parameter shifts: Corrections that have been applied to the times of the scan, by stream.
    /// - Throws: `Rejection` if no selected stream has a packet with a time.
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
        let heard = chosen.compactMap { stream in
            scan.audio[stream.index].flatMap {
                Audio(
                    stream, $0, isCorrected: shifts[stream.index] != nil,
                    parts: stream.index == choice.audio?.index ? choice.parts : [])
            }
        }
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
            throw Rejection(.truncated, "The file ends before its first frame or audio sample.")
        }
        var lastHeard = foundAudio?.endSeconds
        if let earliest = furtherAudio.map(\.start).min(), first - earliest > Self.furtherSlack { first = earliest }
        if let latest = furtherAudio.map(\.endSeconds).max(), latest - last > Self.furtherSlack {
            (last, lastHeard) = (latest, latest)
        }
        origin = Self.origin(first, frames: foundVideo?.stream.timeBase)
        duration = last - first
        audioEnd = lastHeard
    }
}

extension PlannedSource {
    /// Source time that becomes output time 0: that of the first frame or sample.
    ///
    /// Frames are counted in ticks of their own clock. A clock with one tick for each frame (Ogg, AVI) cannot express when
    /// audio began before the first frame, so time 0 is the nearest tick for all tracks: otherwise the video would be late by
    /// up to a tick.
    static func origin(_ first: Rational, frames timeBase: Rational?) -> Rational {
        guard let timeBase, timeBase > Rational(1, 200) else { return first }
        return Rational(first.ticks(of: timeBase, .nearest)) * timeBase
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
        let longest = Rational(Self.longestLastFrame).ticks(of: stream.timeBase, .up)
        let usual =
            ordered.count > 1
            ? (final - first) / Int64(ordered.count - 1)
            : (claimed > Rational(0) ? claimed.reciprocal : Rational(1, 25)).ticks(of: stream.timeBase, .up)
        let ticks = Self.lastLength(
            claimed: lastDuration, mean: usual, longest: longest,
            shortest: Self.shortestFrame.ticks(of: stream.timeBase, .up))
        let length = Rational(final + ticks - first) * stream.timeBase
        self.init(
            stream: stream, times: ordered, keys: scan.keys.sorted { $0.time < $1.time }, end: final + ticks,
            frameRate: Self.rate(ordered.count, in: length), missesTimes: scan.missesTimes,
            decodesFromStart: scan.missesTimes || scan.needsEarlierHeaders || isCorrected, order: scan.shown,
            passthrough: scan.passthrough)
    }

    /// Frames over duration. A short burst, such as two frames of a screen that does not change, does not count as a rate.
    static func rate(_ count: Int, in length: Rational) -> Rational {
        guard length > Rational(0) else { return Rational(25) }
        let rate = Rational(Int64(count)) / length
        return tidy(rate > Rational(60) ? Rational(Int64(count)) / max(length, Rational(1, 4)) : rate)
    }

    /// Removes every second time if each packet is a field, as interlaced H.264 may be.
    /// - Returns: Whether it is so.
    private static func joinFields(_ times: inout [Int64], _ stream: StreamFacts, claimed: Rational) -> Bool {
        guard stream.interlaced, claimed > Rational(0), times.count > 3, let first = times.first, let last = times.last,
            last > first
        else { return false }
        let fields = Double(times.count - 1) / (Double(last - first) * stream.timeBase.doubleValue)
        guard abs(fields / claimed.doubleValue - 2) < 0.1 else { return false }
        times = times.indices.filter { $0 % 2 == 0 }.map { times[$0] }
        return true
    }

    /// Delays times of a container without presentation times (AVI has none, program streams lack some): a frame is shown when
    /// the decoder outputs it, as many packets later as its reorder depth.
    private static func delay(_ times: inout [Int64], by depth: Int) {
        guard depth > 0, times.count > depth + 1 else { return }
        for _ in 0..<depth { times.append(2 * times[times.count - 1] - times[times.count - 2]) }
        times.removeFirst(depth)
    }

    /// The longest plausible duration of a last frame in seconds.
    private static let longestLastFrame: Int64 = 1800
    /// The shortest plausible duration of a frame in seconds.
    private static let shortestFrame = Rational(1, 250)

    /// The duration of the last frame: the declared one, unless it is implausibly short (Matroska and FLV without a rate declare
    /// one tick) or long.
    static func lastLength(claimed: Int64, mean: Int64, longest: Int64, shortest: Int64) -> Int64 {
        max(1, claimed >= min(mean / 4, max(2, shortest)) && claimed <= max(longest, mean) ? claimed : mean)
    }

    /// A frame rate with small numbers, so that it fits FFmpeg's 32-bit fractions.
    private static func tidy(_ rate: Rational) -> Rational {
        Rational(max(1, Int64(min((rate.doubleValue * 1000).rounded(), 1e15))), 1000)
    }
}

extension PlannedSource.Audio {
    fileprivate init?(_ stream: StreamFacts, _ scan: PacketScan.Audio, isCorrected: Bool, parts: [StreamFacts]) {
        guard let first = scan.first, scan.packetCount > 0 else { return nil }
        let endSkip = Rational(Int64(scan.skippedEnd), Int64(max(1, stream.sampleRate)))
            .ticks(of: stream.timeBase, .nearest)
        // A quarter of a frame: more than any rounding of a container's clock, less than a lost frame.
        let slack = Rational(Int64(stream.frameSamples), Int64(max(1, stream.sampleRate)) * 4)
        self.init(
            stream: stream, packetCount: scan.packetCount, firstPacket: first, skippedFront: scan.skippedFront,
            end: max(first, scan.end - endSkip),
            isContiguous: !isCorrected && stream.frameSamples > 0
                && Rational(scan.largestDeviation) * stream.timeBase <= slack,
            isSteady: scan.isSteady, parts: parts)
    }
}

extension Rational {
    /// A time in seconds as a count of ticks of `base` seconds.
    func ticks(of base: Rational, _ rounding: TickRounding) -> Int64 {
        MediaTime.rescale(numerator, from: Rational(1, denominator), to: base, rounding)
    }
}
