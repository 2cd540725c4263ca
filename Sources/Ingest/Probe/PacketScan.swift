import AV
import MediaModel

/// The times of a source's packets: all that planning needs, and nothing that would have to be decoded.
struct PacketScan: Sendable {
    /// Times of a video track.
    struct Video: Sendable {
        /// Presentation times of packets that are shown, in ticks, in file order.
        var shown: [Int64] = []
        /// Presentation times of key frames, in file order.
        var keys: [Int64] = []
        /// The commonest sign of a packet's length: what the last one that had any said.
        var lastDuration: Int64 = 0
        /// Whether a packet came without a presentation time, so that only decoding tells.
        var missesTimes = false
        /// Whether the packets could be kept as they are; `nil` for codecs of which none can.
        var kept: KeptPicturesScan?
    }

    /// Times of an audio track.
    struct Audio: Sendable {
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
    }

    var video: Video?
    var audio: Audio?

    /// Bytes between two words of progress.
    private static let reportInterval: Int64 = 64 << 20

    /// Reads every packet of the chosen streams once.
    /// - Parameters:
    ///   - frameTicks: Ticks of a full audio frame as a fraction, to find gaps with; `nil` where frames vary.
    ///   - maximumFrames: Pictures after which reading stops; times are kept for each, so they must not be without end.
    ///   - progress: Called now and then with the bytes that were read so far.
    static func run(
        _ demuxer: inout Demuxer, video: Int?, audio: Int?, frameTicks: Rational?, maximumFrames: Int,
        progress: (Int64) -> Void
    ) throws -> PacketScan {
        let units = video.flatMap { AVCUnits(demuxer: demuxer, stream: $0) }
        var scan = PacketScan(
            video: video.map { _ in Video(kept: units.map(KeptPicturesScan.init)) }, audio: audio.map { _ in Audio() })
        demuxer.select(Set([video, audio].compactMap(\.self)))
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
            } else if packet.streamIndex == audio {
                scan.audio?.add(packet, frameTicks: frameTicks)
            }
        }
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
        if !packet.isDiscarded { shown.append(time) }
    }
}

extension PacketScan.Audio {
    fileprivate mutating func add(_ packet: Packet, frameTicks: Rational?) {
        let skipped = packet.skippedSamples
        if let time = packet.presentationTime ?? packet.decodingTime {
            if first == nil {
                first = time
                skippedFront = skipped.front
            }
            if let frameTicks, let first {
                let expected = Rational(Int64(packetCount)) * frameTicks
                let expectedTicks = first + Int64(expected.doubleValue.rounded())
                largestDeviation = max(largestDeviation, abs(time - expectedTicks))
            }
            end = max(end, time + packet.duration)
        } else {
            end += packet.duration
        }
        skippedEnd = skipped.end
        packetCount += 1
    }
}
