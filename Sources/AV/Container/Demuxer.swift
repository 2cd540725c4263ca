import CFFmpeg
public import MediaModel

/// Reads the packets of a container from an open descriptor, with a demuxer that the caller names.
///
/// FFmpeg does not probe the format: the caller has identified it from the bytes. Files that the container refers to are not
/// opened. Calls block; use on one thread.
public struct Demuxer: ~Copyable {
    private let input: DescriptorInput
    private let owner: Owner<AVFormatContext>
    private var context: UnsafeMutablePointer<AVFormatContext> { owner.pointer }
    /// The streams, by index.
    public private(set) var streams: [StreamFacts]
    /// The corrections that apply later, by stream.
    private var shifts: [Int: ArraySlice<TimestampShift>] = [:]
    /// The current correction in ticks and the number of packets read, by stream.
    private var positions: [Int: (ticks: Int64, packets: Int)] = [:]
    /// The uncorrected decoding time of the last packet, by stream; for transport streams only.
    private var latest: [Int: Int64] = [:]
    /// Packets that were dropped because they came after the end of the file, out of order.
    public private(set) var strayPackets = 0
    /// Whether a stream may continue on another PID.
    private let mergesProgrammes: Bool

    /// Ticks by which the last packet of a stream may precede the one before it: half a second at 90 kHz.
    private static let straySlack: Int64 = 45_000

    /// Opens a container and reads enough of it to know its streams.
    /// - Parameters:
    ///   - descriptor: An open file; the caller owns it and keeps it open as long as this value exists.
    ///   - format: FFmpeg's short name of the one demuxer to use: `mov`, `matroska`, …
    ///   - codecs: The decoders that may be opened to find the parameters of streams.
    ///   - maximumStreams: The most streams; a header with more fails.
    /// - Throws: ``AVFailure``; kind `invalidData` if the bytes are not such a container or end too early.
    public init(descriptor: Int32, format: String, codecs: [String], maximumStreams: Int) throws(AVFailure) {
        let changes = format == "mov" ? EmptyEdits(descriptor: descriptor).changes : []
        let input = try DescriptorInput(descriptor: descriptor, changes: changes)
        guard let demuxer = av_find_input_format(format) else {
            throw AVFailure("av_find_input_format", kind: .unsupported, reason: "no demuxer \(format)")
        }
        let context = try allocated("avformat_alloc_context", avformat_alloc_context())
        context.pointee.pb = input.context
        context.pointee.max_streams = Int32(clamping: maximumStreams)
        context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        // Opens no other file that a header refers to.
        context.pointee.io_open = { _, _, _, _, _ in VH_AVERROR_EIO }
        var options: OpaquePointer?
        // Only `Decoder` opens guarded decoders: it checks each packet first.
        let openable = codecs.filter { !GuardedDecoder.names.contains($0) }
        av_dict_set(&options, "codec_whitelist", openable.joined(separator: ","), 0)
        av_dict_set(&options, "format_whitelist", String(cString: demuxer.pointee.name), 0)
        av_dict_set(&options, "protocol_whitelist", "none", 0)
        // A programme whose PIDs change continues in the same streams.
        let isTransportStream = format == "mpegts"
        if isTransportStream { av_dict_set(&options, "merge_pmt_versions", "1", 0) }
        defer { av_dict_free(&options) }
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        let code = avformat_open_input(&opened, nil, demuxer, &options)
        guard code >= 0 else { throw AVFailure("avformat_open_input", code) }  // the call has freed the context
        let owner = try Owner.opened(opened)
        // Decoders outside the list are refused here; these messages are expected and are not logged.
        let level = av_log_get_level()
        av_log_set_level(AV_LOG_FATAL)
        let found = avformat_find_stream_info(owner.pointer, nil)
        av_log_set_level(level)
        try check("avformat_find_stream_info", found)
        self.input = input
        self.owner = owner
        mergesProgrammes = isTransportStream
        let list = owner.pointer.pointee
        streams = (0..<Int(list.nb_streams)).compactMap { list.streams[$0].map(StreamFacts.init) }
        for index in streams.indices { streams[index].programmes = programmes(of: streams[index].index) }
    }

    /// The number of streams found so far; more than ``streams`` if reading has found further ones.
    public var streamCount: Int { Int(context.pointee.nb_streams) }

    private func programmes(of stream: Int) -> Set<Int> {
        var found: Set<Int> = []
        var last: UnsafeMutablePointer<AVProgram>?
        while let program = av_find_program_from_stream(context, last, Int32(clamping: stream)) {
            found.insert(Int(program.pointee.id))
            last = program
        }
        return found
    }

    /// The duration of a stream in seconds according to the headers: the smaller value of stream and file.
    ///
    /// Not verified. `nil` where the headers have no duration and FFmpeg would estimate one.
    public func claimedSeconds(of stream: Int) -> Double? {
        guard context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM,
            context.pointee.duration > 0, let found = try? parameters(of: stream)
        else { return nil }
        let whole = Double(context.pointee.duration) / Double(AV_TIME_BASE)
        guard found.pointee.duration > 0 else { return whole }
        return min(whole, Double(found.pointee.duration) * av_q2d(found.pointee.time_base))
    }

    /// The seconds that a stream lasts at least by the container's index: the sum of the distances of its packets that lie within
    /// the first `byteCount` bytes. Distances of more than a second count as none. 0 without an index.
    public func indexedSeconds(of stream: Int, within byteCount: Int64) -> Double {
        guard let found = try? parameters(of: stream) else { return 0 }
        let base = av_q2d(found.pointee.time_base)
        guard base > 0 else { return 0 }
        let longest = Int64((1 / base).rounded())
        var (sum, last): (Int64, Int64?) = (0, nil)
        for index in 0..<avformat_index_get_entries_count(found) {
            guard let entry = avformat_index_get_entry(found, index)?.pointee, entry.timestamp != VH_NOPTS,
                entry.flags & AVINDEX_DISCARD_FRAME == 0, entry.pos >= 0,
                entry.pos <= byteCount - Int64(entry.size)
            else { continue }
            let distance = last.map { entry.timestamp.subtractingReportingOverflow($0).partialValue } ?? 0
            if distance > 0, distance <= longest { sum += distance }
            last = entry.timestamp
        }
        return Double(sum) * base
    }

    /// The index of the stream that FFmpeg would play, or `nil` without a stream of this kind.
    /// - Parameter other: A stream whose programme must contain the result, in containers with programmes.
    public func bestStream(_ kind: StreamFacts.Kind, beside other: Int? = nil) -> Int? {
        let type = kind == .video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO
        let index = av_find_best_stream(context, type, -1, Int32(clamping: other ?? -1), nil, 0)
        return index >= 0 ? Int(index) : nil
    }

    /// Restricts reading to these streams.
    public mutating func select(_ indices: Set<Int>) {
        for index in 0..<Int(context.pointee.nb_streams) {
            context.pointee.streams[index]?.pointee.discard =
                indices.contains(index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL
        }
    }

    /// Corrects the times of a stream's packets, which must be read from the start of the file. After a seek no times are
    /// corrected.
    public mutating func correct(_ stream: Int, by shifts: [TimestampShift]) {
        self.shifts[stream] = shifts[...]
        positions[stream] = (0, 0)
    }

    private mutating func correct(_ packet: Packet) {
        let stream = packet.streamIndex
        guard var position = positions[stream] else { return }
        if let next = shifts[stream]?.first, next.packet <= position.packets {
            position.ticks = next.ticks
            shifts[stream]?.removeFirst()
        }
        position.packets += 1
        positions[stream] = position
        if packet.pointer.pointee.pts != VH_NOPTS { packet.pointer.pointee.pts &+= position.ticks }
        if packet.pointer.pointee.dts != VH_NOPTS { packet.pointer.pointee.dts &+= position.ticks }
        // FFmpeg marks fragments whose times restart as excluded by an edit list.
        if position.ticks != 0 { packet.pointer.pointee.flags &= ~AV_PKT_FLAG_DISCARD }
    }

    /// Whether a packet is the last one of a PID that its programme has left. A packet without a length ends where the next
    /// one of its PID begins, so FFmpeg returns it only at the end of the file.
    private mutating func isStray(_ packet: Packet) -> Bool {
        guard mergesProgrammes, let time = packet.decodingTime ?? packet.presentationTime else { return false }
        let last = latest[packet.streamIndex]
        if let last, context.pointee.pb?.pointee.eof_reached ?? 0 != 0, time < last - Self.straySlack { return true }
        latest[packet.streamIndex] = time
        return false
    }

    /// Reads the next packet of the selected streams.
    /// - Returns: `false` at the end of the file. A read error counts as the end of the file.
    public mutating func read(into packet: Packet) -> Bool {
        packet.clear()
        var retries = 0
        while true {
            let code = av_read_frame(context, packet.pointer)
            if code >= 0 {
                if isStray(packet) {
                    strayPackets += 1
                    packet.clear()
                    continue
                }
                correct(packet)
                return true
            }
            // Some demuxers report a damaged packet and continue after it.
            guard code == VH_AVERROR_INVALIDDATA || code == VH_AVERROR_EAGAIN, retries < 64 else { return false }
            retries += 1
        }
    }

    /// Seeks to the key frame at or before a time.
    /// - Parameters:
    ///   - time: In ticks of the stream.
    ///   - stream: The stream's index.
    /// - Returns: `false` if the container cannot seek; the position is then unchanged.
    public mutating func seek(to time: Int64, stream: Int) -> Bool {
        positions = [:]
        latest = [:]
        return av_seek_frame(context, Int32(stream), time, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Seeks to the start of the file.
    public mutating func rewind() -> Bool {
        positions = [:]
        latest = [:]
        if av_seek_frame(context, -1, Int64.min, AVSEEK_FLAG_BACKWARD) >= 0 { return true }
        return avformat_seek_file(context, -1, Int64.min, 0, Int64.max, AVSEEK_FLAG_BYTE) >= 0
    }

    /// The most bytes of a decoded frame of a stream by the size in its header: four a pixel.
    public func imageByteCount(of stream: Int) -> Int64 {
        guard streams.indices.contains(stream) else { return 0 }
        return Int64(streams[stream].width) * Int64(streams[stream].height) * 4
    }

    /// The codec header (extradata) of a stream; empty without one.
    public func header(of stream: Int) -> [UInt8] {
        guard let found = try? parameters(of: stream), let data = found.pointee.codecpar.pointee.extradata else {
            return []
        }
        return Array(
            UnsafeBufferPointer(start: data, count: Int(max(0, found.pointee.codecpar.pointee.extradata_size))))
    }

    func parameters(of stream: Int) throws(AVFailure) -> UnsafeMutablePointer<AVStream> {
        guard stream >= 0, stream < Int(context.pointee.nb_streams), let found = context.pointee.streams[stream] else {
            throw AVFailure("stream", kind: .invalidData, reason: "there is no stream \(stream)")
        }
        return found
    }
}

/// A decoder for a stream whose headers have only the codec: the first decoded frame has the parameters.
private final class LateStreamDecoder {
    private var decoder: Decoder
    private var packetCount = 0

    /// Packets without a decoded frame after which the stream is skipped.
    private static let maximumPackets = 256

    init(_ decoder: consuming Decoder) { self.decoder = decoder }

    /// Decodes a packet.
    /// - Returns: Whether a frame was decoded; always `false` after 256 packets.
    func decode(_ packet: Packet) throws(AVFailure) -> Bool {
        guard packetCount < Self.maximumPackets else { return false }
        packetCount += 1
        _ = try decoder.send(packet)
        guard case .output = try decoder.receive() else { return false }
        return true
    }

    /// Copies the decoded parameters.
    func copyParameters(to target: UnsafeMutablePointer<AVCodecParameters>) throws(AVFailure) {
        try decoder.copyParameters(to: target)
    }
}

extension Demuxer {
    /// Finds the streams that the start of the file does not describe: those that start later, and those whose headers have
    /// only the codec, by decoding the first frame of each.
    ///
    /// Reads the file to its end; the demuxer cannot be used for anything else afterwards.
    /// - Parameters:
    ///   - codecs: The decoders that may be used.
    ///   - maximumPixels: Most pixels of a frame that is allocated.
    /// - Returns: All streams by index; ``StreamFacts/isKnown`` is `false` for those that could not be decoded.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func findLateStreams(codecs: [String], maximumPixels: Int) throws(AVFailure) -> [StreamFacts] {
        let known = Set(streams.filter(\.isKnown).map(\.index))
        var found: [Int: StreamFacts] = [:]
        var indices: Set<Int> = []
        var decoders: [Int: LateStreamDecoder] = [:]
        let packet = try Packet()
        while read(into: packet) {
            let index = packet.streamIndex
            indices.insert(index)
            guard !known.contains(index), found[index] == nil else { continue }
            if decoders[index] == nil {
                guard
                    let decoder = try? Decoder(
                        demuxer: self, stream: index, allowed: codecs, threads: 1, maximumPixels: maximumPixels)
                else { continue }
                decoders[index] = LateStreamDecoder(decoder)
            }
            guard let decoder = decoders[index], try decoder.decode(packet) else { continue }
            let stream = try parameters(of: index)
            try decoder.copyParameters(to: stream.pointee.codecpar)
            var facts = StreamFacts(stream)
            facts.isLate = true
            facts.programmes = programmes(of: index)
            found[index] = facts
        }
        return try (0..<streamCount).map { index throws(AVFailure) in
            if let late = found[index] { return late }
            var facts = streams.indices.contains(index) ? streams[index] : StreamFacts(try parameters(of: index))
            facts.isEmpty = !indices.contains(index)
            return facts
        }
    }
}
