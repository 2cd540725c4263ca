import CFFmpeg
public import MediaModel

/// A container that is read from one open descriptor by a demuxer that the caller names.
///
/// FFmpeg's own probing of formats is never used: the caller looked at the bytes and says what they are. Nothing that
/// the container points to is opened. Calls block; use on a thread of your own.
public struct Demuxer: ~Copyable {
    private let input: DescriptorInput
    private let owner: Owner<AVFormatContext>
    private var context: UnsafeMutablePointer<AVFormatContext> { owner.pointer }
    /// The streams, by index.
    public private(set) var streams: [StreamFacts]
    /// Corrections of times that are still to come, by stream.
    private var shifts: [Int: ArraySlice<TimestampShift>] = [:]
    /// What is added to a stream's times now, in ticks, and its packets that were read.
    private var places: [Int: (ticks: Int64, packets: Int)] = [:]
    /// Decoding time of the last packet of each stream of a transport stream, as it stood in the file.
    private var latest: [Int: Int64] = [:]
    /// Packets that were left out because they came behind all others, out of their place.
    public private(set) var strayPackets = 0
    /// Whether a stream may come from several PIDs, one after the other.
    private let mergesProgrammes: Bool

    /// Ticks by which the last packet of a stream may be earlier than the one before it: half a second at 90 kHz.
    private static let straySlack: Int64 = 45_000

    /// Opens a container and reads enough of it to know its streams.
    /// - Parameters:
    ///   - descriptor: An open file; stays the caller's and must outlive this object.
    ///   - format: FFmpeg's short name of the one demuxer to use: `mov`, `matroska`, …
    ///   - codecs: The decoders that may be opened to learn about streams.
    ///   - maximumStreams: Streams after which reading the header fails.
    /// - Throws: ``AVFailure``; kind `invalidData` where the bytes are not such a container or end too early.
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
        // Whatever a header names, it is not opened.
        context.pointee.io_open = { _, _, _, _, _ in VH_AVERROR_EIO }
        var options: OpaquePointer?
        // What is guarded is opened by `Decoder` alone, which looks at each packet first.
        let openable = codecs.filter { !GuardedDecoder.names.contains($0) }
        av_dict_set(&options, "codec_whitelist", openable.joined(separator: ","), 0)
        av_dict_set(&options, "format_whitelist", String(cString: demuxer.pointee.name), 0)
        av_dict_set(&options, "protocol_whitelist", "none", 0)
        // A programme whose PIDs change in mid-way goes on in the same streams.
        let isTransportStream = format == "mpegts"
        if isTransportStream { av_dict_set(&options, "merge_pmt_versions", "1", 0) }
        defer { av_dict_free(&options) }
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        let code = avformat_open_input(&opened, nil, demuxer, &options)
        guard code >= 0 else { throw AVFailure("avformat_open_input", code) }  // it freed the context
        let owner = try Owner.opened(opened)
        // Decoders that are not allowed are refused here, subtitles' among them; that is no news for a log.
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

    /// Streams that were met so far; more than ``streams`` where some came up while reading.
    public var streamCount: Int { Int(context.pointee.nb_streams) }

    func programmes(of stream: Int) -> Set<Int> {
        var found: Set<Int> = []
        var last: UnsafeMutablePointer<AVProgram>?
        while let program = av_find_program_from_stream(context, last, Int32(clamping: stream)) {
            found.insert(Int(program.pointee.id))
            last = program
        }
        return found
    }

    /// Seconds that the headers promise of a stream: the less of what is said of it and of the whole file.
    ///
    /// Not to be trusted; `nil` where no header says and FFmpeg would guess.
    public func claimedSeconds(of stream: Int) -> Double? {
        guard context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM,
            context.pointee.duration > 0, let found = try? parameters(of: stream)
        else { return nil }
        let whole = Double(context.pointee.duration) / Double(AV_TIME_BASE)
        guard found.pointee.duration > 0 else { return whole }
        return min(whole, Double(found.pointee.duration) * av_q2d(found.pointee.time_base))
    }

    /// Index of the stream that FFmpeg would play, or `nil` if there is none of this kind.
    /// - Parameter other: A stream whose programme it has to belong to, where there are programmes.
    public func bestStream(_ kind: StreamFacts.Kind, beside other: Int? = nil) -> Int? {
        let type = kind == .video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO
        let index = av_find_best_stream(context, type, -1, Int32(clamping: other ?? -1), nil, 0)
        return index >= 0 ? Int(index) : nil
    }

    /// Reads only these streams from now on.
    public mutating func select(_ indices: Set<Int>) {
        for index in 0..<Int(context.pointee.nb_streams) {
            context.pointee.streams[index]?.pointee.discard =
                indices.contains(index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL
        }
    }

    /// Corrects the times of a stream's packets, which have to be read from the start of the file on: behind a seek times
    /// are those of the file.
    public mutating func correct(_ stream: Int, by shifts: [TimestampShift]) {
        self.shifts[stream] = shifts[...]
        places[stream] = (0, 0)
    }

    private mutating func correct(_ packet: Packet) {
        let stream = packet.streamIndex
        guard var place = places[stream] else { return }
        if let next = shifts[stream]?.first, next.packet <= place.packets {
            place.ticks = next.ticks
            shifts[stream]?.removeFirst()
        }
        place.packets += 1
        places[stream] = place
        if packet.pointer.pointee.pts != VH_NOPTS { packet.pointer.pointee.pts &+= place.ticks }
        if packet.pointer.pointee.dts != VH_NOPTS { packet.pointer.pointee.dts &+= place.ticks }
        // Fragments whose times start anew are marked as if an edit list cut them away.
        if place.ticks != 0 { packet.pointer.pointee.flags &= ~AV_PKT_FLAG_DISCARD }
    }

    /// Whether a packet is the last one of PIDs that a programme has left in mid-way. Where a packet does not say how long
    /// it is, only the next one of its PID ends it; FFmpeg waits for that until the file is over.
    private mutating func isStray(_ packet: Packet) -> Bool {
        guard mergesProgrammes, let time = packet.decodingTime ?? packet.presentationTime else { return false }
        let last = latest[packet.streamIndex]
        if let last, context.pointee.pb?.pointee.eof_reached ?? 0 != 0, time < last - Self.straySlack { return true }
        latest[packet.streamIndex] = time
        return false
    }

    /// Reads the next packet of the selected streams.
    /// - Returns: `false` at the end of the file. A read error in mid-file counts as the end: what was read is kept.
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
            // Some demuxers report a damaged packet and can go on behind it.
            guard code == VH_AVERROR_INVALIDDATA || code == VH_AVERROR_EAGAIN, retries < 64 else { return false }
            retries += 1
        }
    }

    /// Moves to the key frame at or before a time.
    /// - Parameters:
    ///   - time: In ticks of the stream.
    ///   - stream: The stream's index.
    /// - Returns: Whether the container could; where it could not, nothing has moved.
    public mutating func seek(to time: Int64, stream: Int) -> Bool {
        places = [:]
        latest = [:]
        return av_seek_frame(context, Int32(stream), time, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Moves to the very start.
    public mutating func rewind() -> Bool {
        places = [:]
        latest = [:]
        if av_seek_frame(context, -1, Int64.min, AVSEEK_FLAG_BACKWARD) >= 0 { return true }
        return avformat_seek_file(context, -1, Int64.min, 0, Int64.max, AVSEEK_FLAG_BYTE) >= 0
    }

    /// Bytes that a picture of a stream can take by the header's size: four a sample, as wide formats have them.
    public func pictureByteCount(of stream: Int) -> Int64 {
        guard streams.indices.contains(stream) else { return 0 }
        return Int64(streams[stream].width) * Int64(streams[stream].height) * 4
    }

    /// What the container says in front of a stream of how it is coded; empty where it says nothing.
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
