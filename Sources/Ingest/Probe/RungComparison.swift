import AV
import MediaModel

/// Finds the rungs of a source that would not differ visibly from the next lower one: those of a small picture that was enlarged.
///
/// Some key frames that are spread over the file are reduced to the size of the lower rung, enlarged again, and compared with the
/// picture at the size of the higher one. The same file gives the same result on every machine.
struct RungComparison {
    /// The difference from which a step is visible, as ``Luma/difference(from:)``: of a rung from the next lower one of the
    /// ladder, and from the next lower one that is made. Films that were enlarged and encoded again had at most 2.9 and 4.8, a
    /// film, a phone's recording and a screen at least 5.4 a step.
    private static let visible = (step: 4.0, sum: 6.0)
    /// The loss at half the size of the lowest rung from which a frame has detail at all: one of a single colour, or a fade, tells
    /// nothing.
    private static let detailed = 6.0
    /// Frames with detail without which nothing is concluded: a few may be out of focus.
    private static let leastFrames = 8
    /// Most frames that are compared, and of about how many samples in all. The first one with a visible step ends the
    /// comparison.
    private static let most = (frames: 12, samples: 24_000_000)

    private let track: PlannedSource.Video
    private let limits: MediaLimits
    private let keys: [Int64]
    /// The pictures that have been decoded, each at the size of the highest rung.
    private var pictures: [Luma] = []

    /// A comparison for a video whose frames can be found by their times.
    init?(_ track: PlannedSource.Video, shifts: [TimestampShift]?, limits: MediaLimits) {
        guard shifts?.isEmpty ?? true, !track.decodesFromStart, !track.missesTimes, !track.stream.interlaced else {
            return nil
        }
        self.track = track
        self.limits = limits
        let samples = max(1, track.stream.width * track.stream.height)
        let count = min(track.keys.count, max(Self.leastFrames, min(Self.most.frames, Self.most.samples / samples)))
        guard count >= Self.leastFrames else { return nil }
        keys = (0..<count).compactMap { index in
            let place = track.keys.count * (2 * index + 1) / (2 * count)
            return track.keys.indices.contains(place) ? track.keys[place].time : nil
        }
    }

    /// The names of the highest rungs, as far down as none differs visibly from the next lower one.
    /// - Parameter rungs: All rungs, lowest first.
    /// - Throws: `AVFailure` when memory has run out.
    mutating func unneeded(_ rungs: [Rung], in demuxer: inout Demuxer) throws -> Set<String> {
        guard rungs.count > 1 else { return [] }
        let isUpright = track.stream.rotation % 180 == 0
        let sizes = rungs.map {
            isUpright ? (width: $0.width, height: $0.height) : (width: $0.height, height: $0.width)
        }
        demuxer.select([track.stream.index])
        var decoder = try Decoder(
            demuxer: demuxer, stream: track.stream.index, allowed: AllowedCodecs.all, threads: 1,
            maximumPixels: limits.maximumPixels)
        var highest = rungs.count - 1
        while highest > 0, try !isVisible(highest, highest - 1, Self.visible.step, sizes, &demuxer, &decoder) {
            highest -= 1
        }
        guard highest < rungs.count - 1,
            try !isVisible(rungs.count - 1, highest, Self.visible.sum, sizes, &demuxer, &decoder)
        else { return [] }
        let half = (width: sizes[0].width / 2, height: sizes[0].height / 2)
        let detailed = try pictures.filter { picture in
            try Self.loses(
                try picture.scaled(width: sizes[0].width, height: sizes[0].height), at: half, Self.detailed)
        }
        guard detailed.count >= Self.leastFrames else { return [] }
        return Set(rungs[(highest + 1)...].map(\.name))
    }

    /// Whether a size differs so much from a lower one in any picture; true if one cannot be decoded.
    private mutating func isVisible(
        _ upper: Int, _ lower: Int, _ least: Double, _ sizes: [(width: Int, height: Int)], _ demuxer: inout Demuxer,
        _ decoder: inout Decoder
    ) throws -> Bool {
        for index in keys.indices {
            if index == pictures.count {
                guard let frame = try frame(at: keys[index], &demuxer, &decoder), let size = sizes.last else {
                    return true
                }
                pictures.append(try Luma(frame, width: size.width, height: size.height))
            }
            let whole = pictures[index]
            let picture =
                upper == sizes.count - 1
                ? whole : try whole.scaled(width: sizes[upper].width, height: sizes[upper].height)
            if try Self.loses(picture, at: sizes[lower], least) { return true }
        }
        return false
    }

    /// Whether a picture loses so much at a smaller size; true where that cannot be measured.
    private static func loses(_ picture: Luma, at size: (width: Int, height: Int), _ least: Double) throws -> Bool {
        let enlarged = try picture.scaled(width: size.width, height: size.height)
            .scaled(width: picture.width, height: picture.height)
        return picture.difference(from: enlarged).map { $0 >= least } ?? true
    }

    private func frame(at time: Int64, _ demuxer: inout Demuxer, _ decoder: inout Decoder) throws -> Frame? {
        guard demuxer.seek(to: time, stream: track.stream.index) else { return nil }
        let packet = try Packet()
        while demuxer.read(into: packet) {
            guard packet.streamIndex == track.stream.index, packet.isKey else { continue }
            decoder.reset()
            // The end of the stream makes the decoder return the frame at once.
            guard try decoder.send(packet), try decoder.send(nil), case .output(let frame) = try decoder.receive(),
                frame.width > 0, !frame.isDamaged
            else { return nil }
            return frame
        }
        return nil
    }
}
