import AV
import MediaModel

/// Where reading begins after a seek into a track, to the sample.
///
/// Containers round times, and a join of ranges must not repeat or lose a sample. In a track without gaps whose frames have
/// one length, a frame's number follows from its time, and its place from its number. Where that fails, the track is read
/// from its start. A track with gaps begins at a frame's own time if that is allowed: its samples then lie where its times
/// say, within the 40 ms that are no gap.
struct AudioEntry {
    /// The place of a frame.
    struct Place {
        /// The number of its first sample at the source's rate.
        let source: Int64
        /// Samples to leave out, so that the next one falls on a sample of the output.
        let skipped: Int
        /// The number of that sample in the output.
        let output: Int64
    }

    private let plan: AudioPlan
    /// The first sample that is wanted.
    private let wanted: Int64
    /// The time of the track's first packet.
    private let firstTime: Int64

    /// Seconds before a wanted sample at which reading begins: decoders need the frames before one.
    private static let lead: Int64 = 1
    /// Nearer to its start a track is read from there.
    private static let nearest: Int64 = 20
    /// Seconds by which containers round a time at most.
    private static let rounding = Rational(2, 1000)

    /// Seeks to a little before a sample.
    /// - Parameter isExact: Whether a track with gaps is read from its start.
    /// - Returns: `nil` if the track has to be read from its start; the demuxer then may be anywhere.
    init?(_ plan: AudioPlan, wanted: Int64, isExact: Bool, seeking demuxer: inout Demuxer, _ packet: Packet) {
        let rate = Int64(plan.sampleRate)
        guard wanted > Self.nearest * rate, plan.timestampShifts == nil,
            !(isExact && plan.encodeReasons.contains("audio_gaps")), !plan.encodeReasons.contains("audio_changes")
        else { return nil }
        var first: Int64?
        while first == nil, demuxer.read(into: packet) {
            if packet.streamIndex == plan.streamIndex { first = packet.presentationTime }
        }
        let time = MediaTime.rescale(
            wanted - Self.lead * rate, from: Rational(1, rate), to: plan.sourceTimeBase, .down)
        guard let first, demuxer.seek(to: plan.origin + time, stream: plan.streamIndex) else { return nil }
        firstTime = first
        self.plan = plan
        self.wanted = wanted
    }

    /// The place of the first frame after the seek; `nil` if it cannot be told to the sample.
    func place(of frame: Frame) -> Place? {
        guard let time = frame.presentationTime, frame.sampleRate > 0, frame.sampleCount > 0 else { return nil }
        let (rate, count) = (Int64(frame.sampleRate), Int64(frame.sampleCount))
        let tick = Rational(1, rate)
        func samples(_ time: Int64) -> Int64 {
            MediaTime.rescale(time - plan.origin, from: plan.sourceTimeBase, to: tick, .nearest)
        }
        let (place, start) = (samples(time), samples(firstTime))
        let number = (place - start + count / 2) / count
        let isTimed = plan.sourceTimeBase == tick || plan.encodeReasons.contains("audio_gaps")
        let exact = isTimed ? place : start + number * count
        guard exact > 0, Rational(abs(exact - place), rate) <= Self.rounding else { return nil }
        // Only every so many samples of the source fall on one of the output.
        var (step, rest) = (rate, Int64(plan.sampleRate))
        while rest != 0 { (step, rest) = (rest, step % rest) }
        let unit = rate / step
        let skipped = (unit - exact % unit) % unit
        let output = (exact + skipped) / unit * (Int64(plan.sampleRate) / step)
        guard skipped < count, output <= wanted else { return nil }
        return Place(source: exact, skipped: Int(skipped), output: output)
    }
}
