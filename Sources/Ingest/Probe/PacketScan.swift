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
        /// Key frames, in file order.
        var keys: [Key] = []
        /// The commonest sign of a packet's length: what the last one that had any said.
        var lastDuration: Int64 = 0
        /// Whether a packet came without a presentation time, so that only decoding tells.
        var missesTimes = false
        /// Whether the packets could be kept as they are; `nil` for codecs of which none can.
        var kept: PassthroughScan?
        /// Whether a picture can only be decoded by one who has read from the start: by a header that came in mid-stream and
        /// is not repeated.
        var needsEarlierHeaders = false
        /// Tells the parts of a packet apart; `nil` for all but H.264.
        fileprivate let units: NALUnits?
        /// What the container says of the coding at this place.
        fileprivate var header: [UInt8]
        /// Whether parameter sets came that are not those of the header.
        fileprivate var hasOtherSets = false
        /// Key frames behind which not all is right yet: their indices in `keys`, and the reference pictures that lack.
        fileprivate var recovering: [(key: Int, left: Int)] = []

        fileprivate init(_ units: NALUnits?, header: [UInt8]) {
            self.units = units
            self.header = header
            kept = units.map(PassthroughScan.init)
        }
    }

    /// A place from which pictures can be decoded.
    struct Key: Sendable, Hashable {
        /// Presentation time of its picture, in ticks.
        let time: Int64
        /// Presentation time from which on all is decoded right: later than `time` where pictures are refreshed bit by bit
        /// (ITU-T H.264 D.2.8, recovery points).
        var ready: Int64
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
        /// Time of the packet before and what lay between it and the one before that, for packets without a length.
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

    var video: Video?
    /// Audio tracks by stream index.
    var audio: [Int: Audio]
    /// The times of all packets as runs.
    var times: TimestampRuns
    /// Where the packet that begins last in the file begins; 0 where that is unknown.
    var lastPosition: Int64 = 0
    /// When the last packet of all other streams that were read is over, in seconds; `nil` without any.
    var othersEnd: Double?

    /// Bytes between two words of progress.
    private static let reportInterval: Int64 = 64 << 20

    /// Reads every packet of the chosen streams once.
    /// - Parameters:
    ///   - subtitles: Streams whose times alone are read.
    ///   - others: Streams of which only the end matters.
    ///   - container: What the file is.
    ///   - maximumFrames: Pictures after which reading stops; times are kept for each, so they must not be without end.
    ///   - progress: Called now and then with the bytes that were read so far.
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
                        .frameRateTooHigh, "The file has more than \(maximumFrames) pictures, more than are allowed.")
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
        kept?.add(packet, picture)
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

    /// The parts of a packet, where somebody wants to know: telling them apart means reading all of its bytes.
    private func picture(_ packet: Packet) -> NALUnits.Picture? {
        guard let units, kept?.reasons.isEmpty == true || packet.isKey || !recovering.isEmpty else { return nil }
        return units.picture(packet)
    }

    /// Looks whether one who begins at this key frame knows how it is coded.
    private mutating func addHeaders(_ packet: Packet, _ picture: NALUnits.Picture?) {
        if let changed = packet.newHeader, changed != header {
            header = changed
            kept?.refuse("video_parameter_sets")
            needsEarlierHeaders = true
        }
        if packet.changesParameters { kept?.refuse("video_parameter_sets") }
        guard let picture else { return }
        if picture.hasOtherSets { hasOtherSets = true }
        if hasOtherSets, packet.isKey, !picture.hasSets { needsEarlierHeaders = true }
    }

    /// Counts the pictures after key frames that are not right at once.
    private mutating func recover(_ time: Int64, _ picture: NALUnits.Picture?) {
        guard !recovering.isEmpty else { return }
        for index in recovering.indices {
            keys[recovering[index].key].ready = max(keys[recovering[index].key].ready, time)
            if picture?.isReference ?? true { recovering[index].left -= 1 }
            if picture?.isIDR ?? false { recovering[index].left = -1 }
        }
        recovering.removeAll { $0.left < 0 }
    }

    /// Ends the scan: behind the last key frames not all comes right any more.
    fileprivate mutating func finish() {
        let unready = Set(recovering.map(\.key))
        keys = keys.indices.filter { $0 == 0 || !unready.contains($0) }.map { keys[$0] }
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
            // Some containers do not say how long a packet is; the last one is as long as those before it.
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
