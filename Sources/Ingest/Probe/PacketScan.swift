import AV
import MediaModel

/// The times of a source's packets: all that planning needs, and nothing that would have to be decoded.
struct PacketScan: Sendable {
    /// Times of a video track.
    struct Video: Sendable {
        /// Presentation times of packets that are shown, in ticks, in file order.
        var shown: [Int64] = []
        /// Decoding times of the same packets, which are all there is where presentation times are missing.
        var decoded: [Int64] = []
        /// Presentation times of key frames, in file order.
        var keys: [Int64] = []
        /// The commonest sign of a packet's length: what the last one that had any said.
        var lastDuration: Int64 = 0
        /// Whether a packet came without a presentation time, so that only decoding tells.
        var missesTimes = false
        /// Whether the packets could be kept as they are; `nil` for codecs of which none can.
        var kept: KeptPicturesScan?
        /// Whether the clock started anew somewhere, so that a place cannot be found by its time.
        var restarts = false
    }

    /// Times of an audio track.
    struct Audio: Sendable {
        /// Ticks of a full frame as a fraction, to find gaps with; `nil` where frames vary.
        let frameTicks: Rational?
        /// Packets.
        var packetCount = 0
        /// First packet's time in ticks.
        var first: Int64?
        /// Samples of the first packet that are not heard.
        var skippedFront = 0
        /// Samples of the last packet that are not heard.
        var skippedEnd = 0
        /// End of the last packet in ticks.
        var end: Int64 = 0
        /// Largest distance, in ticks, of a packet from where counting full frames would put it.
        var largestDeviation: Int64 = 0
        /// Whether all frames are of one form, as far as they say so.
        var isSteady = true
        private let hasHeaders: Bool
        private var header: Int?

        init(_ stream: StreamFacts) {
            hasHeaders = stream.hasFrameHeaders
            frameTicks =
                stream.frameSamples > 0 && stream.sampleRate > 0
                ? Rational(Int64(stream.frameSamples), Int64(stream.sampleRate)) / stream.timeBase : nil
        }
    }

    var video: Video?
    /// Audio tracks by stream index.
    var audio: [Int: Audio]

    /// Bytes between two words of progress.
    private static let reportInterval: Int64 = 64 << 20

    /// Reads every packet of the chosen streams once.
    /// - Parameters:
    ///   - maximumFrames: Pictures after which reading stops; times are kept for each, so they must not be without end.
    ///   - progress: Called now and then with the bytes that were read so far.
    static func run(
        _ demuxer: inout Demuxer, video: Int?, audio: [StreamFacts], maximumFrames: Int, progress: (Int64) -> Void
    ) throws -> PacketScan {
        let units = video.flatMap { AVCUnits(demuxer: demuxer, stream: $0) }
        var scan = PacketScan(
            video: video.map { _ in Video(kept: units.map(KeptPicturesScan.init)) },
            audio: Dictionary(uniqueKeysWithValues: audio.map { ($0.index, Audio($0)) }))
        demuxer.select(Set(scan.audio.keys).union([video].compactMap(\.self)))
        let packet = try Packet()
        var (bytes, reported): (Int64, Int64) = (0, 0)
        while demuxer.read(into: packet) {
            bytes += Int64(packet.byteCount)
            if bytes - reported >= Self.reportInterval {
                reported = bytes
                progress(bytes)
            }
            if packet.streamIndex == video {
                scan.video?.add(packet)
                if let count = scan.video?.shown.count, count > maximumFrames {
                    throw Rejection(
                        .frameRateTooHigh, "The file has more than \(maximumFrames) pictures, more than are allowed.")
                }
            } else {
                scan.audio[packet.streamIndex]?.add(packet)
            }
        }
        scan.video?.restarts = demuxer.clockRestarts > 0
        return scan
    }
}

extension PacketScan.Video {
    fileprivate mutating func add(_ packet: Packet) {
        kept?.add(packet)
        guard let time = packet.presentationTime ?? packet.decodingTime else {
            missesTimes = true
            return
        }
        if packet.presentationTime == nil { missesTimes = true }
        if packet.duration > 0 { lastDuration = packet.duration }
        if packet.isKey { keys.append(time) }
        if !packet.isDiscarded {
            shown.append(time)
            decoded.append(packet.decodingTime ?? time)
        }
    }
}

extension PacketScan.Audio {
    /// More is not told apart: it is a gap on any clock.
    private static let mostDeviation = 0x1p31

    fileprivate mutating func add(_ packet: Packet) {
        let skipped = packet.skippedSamples
        if let time = packet.presentationTime ?? packet.decodingTime {
            if first == nil {
                first = time
                skippedFront = skipped.front
            }
            if let frameTicks, let first {
                let expected = Double(packetCount) * frameTicks.doubleValue
                let deviation = abs(Double(time - first) - expected.rounded())
                largestDeviation = max(largestDeviation, Int64(min(deviation, Self.mostDeviation)))
            }
            end = max(end, time + packet.duration)
        } else {
            end = min(end + packet.duration, 1 << 61)
        }
        skippedEnd = skipped.end
        if hasHeaders {
            let found = packet.frameHeader
            if packetCount == 0 { header = found }
            if found == nil || found != header { isSteady = false }
        }
        packetCount += 1
    }
}
