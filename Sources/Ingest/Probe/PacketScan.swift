import AV
import MediaModel

/// The times of a source's packets: what planning needs and can be had without decoding.
struct PacketScan: Sendable {
    /// Times of a video track.
    struct Video: Sendable {
        /// Presentation times of packets that are shown, in ticks, in file order.
        fileprivate(set) var shown: [Int64] = []
        /// Decoding times of the same packets, for containers without presentation times.
        fileprivate(set) var decoded: [Int64] = []
        /// Key frames, in file order.
        fileprivate(set) var keys: [Key] = []
        /// The duration that the last packet with a duration has declared.
        fileprivate(set) var lastDuration: Int64 = 0
        /// Whether a packet has no presentation time, so that only decoding determines it.
        fileprivate(set) var missesTimes = false
        /// Whether the packets can be passed through; `nil` for codecs that never can.
        fileprivate(set) var passthrough: PassthroughScan?
        /// Whether frames can be decoded only by reading from the start, because of a header in mid-stream that is not repeated.
        fileprivate(set) var needsEarlierHeaders = false
        /// Parses the units of a packet; `nil` for all codecs but H.264.
        fileprivate let units: NALUnits?
        /// The codec header that the container declares at this place.
        fileprivate var header: [UInt8]
        /// Whether packets contain parameter sets other than those of the header.
        fileprivate var hasOtherSets = false
        /// Key frames after which decoding is not yet correct: their indices in `keys`, and the reference frames that are
        /// still missing.
        fileprivate var recovering: [(key: Int, left: Int)] = []

        fileprivate init(_ units: NALUnits?, header: [UInt8]) {
            self.units = units
            self.header = header
            passthrough = units.map(PassthroughScan.init)
        }
    }

    /// A place from which frames can be decoded.
    struct Key: Sendable, Hashable {
        /// Presentation time of its frame, in ticks.
        let time: Int64
        /// Presentation time from which decoding is correct: later than `time` where frames are refreshed gradually (ITU-T H.264
        /// D.2.8, recovery points).
        var ready: Int64
    }

    /// Times of an audio track.
    struct Audio: Sendable {
        /// Ticks of a full frame as a fraction, for finding gaps; `nil` where frames vary.
        let frameTicks: Rational?
        /// Packets.
        fileprivate(set) var packetCount = 0
        /// First packet's time in ticks.
        fileprivate(set) var first: Int64?
        /// Samples of the first packet that are not played.
        fileprivate(set) var skippedFront = 0
        /// Samples of the last packet that are not played.
        fileprivate(set) var skippedEnd = 0
        /// End of the last packet in ticks.
        fileprivate(set) var end: Int64 = 0
        /// Largest distance, in ticks, of a packet from the time that counting full frames gives.
        fileprivate(set) var largestDeviation: Int64 = 0
        /// Whether all frames have one format, as far as they declare it.
        fileprivate(set) var isSteady = true
        /// Time of the previous packet, and its distance from the one before, for packets without a duration.
        private var previous: (time: Int64, distance: Int64)?
        private let hasHeaders: Bool
        private let hasElements: Bool
        private var frameHeader: Int?
        private var element: Int?
        private let header: [UInt8]
        private let longestPacket: Int64

        init(_ stream: StreamFacts, header: [UInt8]) {
            hasHeaders = stream.hasFrameHeaders
            hasElements = stream.codec == "aac" && !stream.hasFrameHeaders
            self.header = header
            longestPacket = MediaTime.rescale(10, from: Rational(1), to: stream.timeBase, .up)
            frameTicks =
                stream.frameSamples > 0 && stream.sampleRate > 0
                ? Rational(Int64(stream.frameSamples), Int64(stream.sampleRate)) / stream.timeBase : nil
        }
    }

    private(set) var video: Video?
    /// Audio tracks by stream index.
    private(set) var audio: [Int: Audio]
    /// The times of all packets as runs.
    private(set) var times: TimestampRuns
    /// The greatest file position of a packet; 0 if unknown.
    private(set) var lastPosition: Int64 = 0
    /// The end of the last packet of all other streams, in seconds; `nil` if none was read.
    private(set) var othersEnd: Double?

    /// Bytes between two reports of progress.
    private static let reportInterval: Int64 = 64 << 20

    /// Reads every packet of the selected streams once.
    /// - Parameters:
    ///   - subtitles: Streams of which only the times are read.
    ///   - others: Streams of which only the end is read.
    ///   - container: What the file is.
    ///   - maximumFrames: The greatest number of video frames; the times of each are in memory.
    ///   - progress: Called every 64 MiB with the bytes that have been read.
    static func run(
        _ demuxer: inout Demuxer, video: StreamFacts?, audio: [StreamFacts], subtitles: [StreamFacts],
        others: [StreamFacts], container: Container, maximumFrames: Int, progress: (Int64) -> Void
    ) throws -> PacketScan {
        let leaders = [video].compactMap(\.self) + audio
        var scan = PacketScan(
            video: nil, audio: [:],
            times: TimestampRuns(leaders: leaders, followers: subtitles, container: container))
        if let video {
            scan.video = Video(
                NALUnits(demuxer: demuxer, stream: video.index), header: demuxer.header(of: video.index))
        }
        for stream in audio { scan.audio[stream.index] = Audio(stream, header: demuxer.header(of: stream.index)) }
        let clocks = Dictionary(uniqueKeysWithValues: others.map { ($0.index, $0.timeBase.doubleValue) })
        demuxer.select(Set((leaders + subtitles + others).map(\.index)))
        let packet = try Packet()
        var (bytes, reported): (Int64, Int64) = (0, 0)
        while demuxer.read(into: packet) {
            bytes += Int64(packet.byteCount)
            scan.lastPosition = max(scan.lastPosition, packet.position ?? 0)
            if packet.isEncrypted { throw Protection.rejection }
            if bytes - reported >= Self.reportInterval {
                reported = bytes
                progress(bytes)
            }
            try scan.times.add(
                stream: packet.streamIndex,
                TimestampRuns.Times(
                    presentation: packet.presentationTime, decoding: packet.decodingTime, duration: packet.duration))
            if packet.streamIndex == video?.index {
                scan.video?.add(packet)
                if let count = scan.video?.shown.count, count > maximumFrames {
                    throw Rejection(
                        .frameRateTooHigh,
                        "The file has more than \(maximumFrames) video frames, more than are allowed.")
                }
            } else if scan.audio[packet.streamIndex] != nil {
                scan.audio[packet.streamIndex]?.add(packet)
            } else if let clock = clocks[packet.streamIndex], let time = packet.presentationTime {
                scan.othersEnd = max(scan.othersEnd ?? 0, (Double(time) + Double(packet.duration)) * clock)
            }
        }
        scan.video?.finish()
        return scan
    }
}

extension PacketScan.Video {
    fileprivate mutating func add(_ packet: Packet) {
        let picture = picture(packet)
        passthrough?.add(packet, picture)
        addHeaders(packet, picture)
        guard let time = packet.presentationTime ?? packet.decodingTime else {
            missesTimes = true
            return
        }
        if packet.presentationTime == nil { missesTimes = true }
        if packet.duration > 0 { lastDuration = packet.duration }
        recover(time, picture)
        if packet.isKey {
            keys.append(PacketScan.Key(time: time, ready: time))
            if let picture, !picture.isIDR, let left = picture.recovery, left > 0, recovering.count < 64 {
                recovering.append((keys.count - 1, left))
            }
        }
        if !packet.isDiscarded {
            shown.append(time)
            decoded.append(packet.decodingTime ?? time)
        }
    }

    /// The parsed frame of a packet, if something still needs it: parsing reads all of its bytes.
    private func picture(_ packet: Packet) -> NALUnits.Picture? {
        guard let units, passthrough?.reasons.isEmpty == true || packet.isKey || !recovering.isEmpty else { return nil }
        return units.picture(packet)
    }

    /// Checks that a decoder which starts at this key frame has the headers it needs.
    private mutating func addHeaders(_ packet: Packet, _ picture: NALUnits.Picture?) {
        if let changed = packet.newHeader, changed != header {
            header = changed
            passthrough?.refuse("video_parameter_sets")
            needsEarlierHeaders = true
        }
        if packet.changesParameters { passthrough?.refuse("video_parameter_sets") }
        guard let picture else { return }
        if picture.hasOtherSets { hasOtherSets = true }
        if hasOtherSets, packet.isKey, !picture.hasSets { needsEarlierHeaders = true }
    }

    /// Counts the frames after key frames from which decoding is not correct at once.
    private mutating func recover(_ time: Int64, _ picture: NALUnits.Picture?) {
        guard !recovering.isEmpty else { return }
        for index in recovering.indices {
            keys[recovering[index].key].ready = max(keys[recovering[index].key].ready, time)
            if picture?.isReference ?? true { recovering[index].left -= 1 }
            if picture?.isIDR ?? false { recovering[index].left = -1 }
        }
        recovering.removeAll { $0.left < 0 }
    }

    /// Ends the scan: removes the last key frames whose recovery the file does not complete.
    fileprivate mutating func finish() {
        let unready = Set(recovering.map(\.key))
        keys = keys.indices.filter { $0 == 0 || !unready.contains($0) }.map { keys[$0] }
    }
}

extension PacketScan.Audio {
    /// Greater deviations count as this one: a gap on any clock.
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
            // Some containers declare no durations; the last packet is assumed to be as long as the previous ones.
            let distance = previous.map { max(0, min(time - $0.time, 1 << 40)) } ?? 0
            let before = previous?.distance ?? 0
            let usual = frameTicks.map { Int64($0.doubleValue) } ?? (before > 0 ? min(distance, before) : distance)
            previous = (time, distance)
            end = max(end, time + (packet.duration > 0 ? min(packet.duration, longestPacket) : usual))
        } else {
            end = min(end + min(packet.duration, longestPacket), 1 << 61)
        }
        if let changed = packet.newHeader, changed != header { isSteady = false }
        if packet.changesParameters { isSteady = false }
        if hasElements, let found = packet.firstElement, found < 2 {
            if element == nil { element = found }
            if found != element { isSteady = false }
        }
        skippedEnd = skipped.end
        if hasHeaders {
            let found = packet.frameHeader
            if packetCount == 0 { frameHeader = found }
            if found == nil || found != frameHeader { isSteady = false }
        }
        packetCount += 1
    }
}
