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
        /// Whether the clock started anew somewhere, so that a place cannot be found by its time.
        var restarts = false
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
    ///   - progress: Called now and then with the bytes that were read so far.
    static func run(
        _ demuxer: inout Demuxer, video: Int?, audio: Int?, frameTicks: Rational?, progress: (Int64) -> Void
    ) throws(AVFailure) -> PacketScan {
        var scan = PacketScan(video: video.map { _ in Video() }, audio: audio.map { _ in Audio() })
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
            } else if packet.streamIndex == audio {
                scan.audio?.add(packet, frameTicks: frameTicks)
            }
        }
        scan.video?.restarts = demuxer.clockRestarts > 0
        return scan
    }
}

extension PacketScan.Video {
    fileprivate mutating func add(_ packet: Packet) {
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
