import CFFmpeg
public import MediaModel

/// Writes one track as CMAF: an initialization segment and media segments, in memory.
///
/// Uses FFmpeg's `mp4` muxer. The caller decides where fragments end; an edit list removes what lies before time 0. The
/// times and sequence numbers of a later range continue those of the range before it (`frag_discont`, `fragment_index`), so
/// ranges that are muxed separately equal one muxed track (ISO/IEC 23000-19). Calls block; use on one thread.
public struct FragmentMuxer: ~Copyable {
    private let owner: Owner<AVFormatContext>
    private var context: UnsafeMutablePointer<AVFormatContext> { owner.pointer }
    private var initialized = false
    /// Removes the ADTS headers of a source's frames; `nil` where they have none.
    private var stripper: ADTSStripper?

    /// A finished segment.
    public struct Cut: Sendable {
        /// `ftyp` and `moov`; only with a muxer's first segment.
        public let initialization: [UInt8]?
        /// `moof` and `mdat`.
        public let fragment: [UInt8]
    }

    /// A muxer for the packets of a video encoder.
    /// - Parameters:
    ///   - encoder: The encoder, which has the parameter sets.
    ///   - timescale: Ticks a second of the packets' times.
    ///   - firstSegment: Number of the first segment, counted from 0.
    public init(video encoder: borrowing VideoEncoder, timescale: Int64, firstSegment: Int) throws(AVFailure) {
        let parameters = try Self.parameters()
        try encoder.copyParameters(to: parameters.pointer)
        owner = try Self.open(parameters.pointer, timescale: timescale, firstSegment: firstSegment)
    }

    /// A muxer for the packets of an audio encoder.
    public init(audio encoder: borrowing AudioEncoder, sampleRate: Int, firstSegment: Int) throws(AVFailure) {
        let parameters = try Self.parameters()
        try encoder.copyParameters(to: parameters.pointer)
        owner = try Self.open(parameters.pointer, timescale: Int64(sampleRate), firstSegment: firstSegment)
    }

    /// A muxer for the packets of a source stream, which are copied.
    public init(copying stream: Int, of demuxer: borrowing Demuxer, timescale: Int64, firstSegment: Int)
        throws(AVFailure)
    {
        let parameters = try Self.parameters()
        try check(
            "avcodec_parameters_copy",
            avcodec_parameters_copy(parameters.pointer, try demuxer.parameters(of: stream).pointee.codecpar))
        parameters.pointer.pointee.codec_tag = 0
        if ADTSStripper.isNeeded(parameters.pointer) {
            stripper = try ADTSStripper(parameters.pointer, timescale: timescale)
        }
        owner = try Self.open(parameters.pointer, timescale: timescale, firstSegment: firstSegment)
    }

    /// A muxer for the slices of an H.264 source, which are copied; the packets have start codes.
    /// - Parameters:
    ///   - units: The source's parameter sets, which are written into the initialization segment only.
    ///   - color: Colour tags of the track; those in the bitstream are not changed.
    public init(
        passthrough units: NALUnits, width: Int, height: Int, color: ColorFacts, timescale: Int64, firstSegment: Int
    ) throws(AVFailure) {
        let owner = try Self.parameters()
        let parameters = owner.pointer
        parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
        parameters.pointee.codec_id = AV_CODEC_ID_H264
        parameters.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        parameters.pointee.width = Int32(clamping: width)
        parameters.pointee.height = Int32(clamping: height)
        parameters.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        parameters.pointee.color_primaries = color.avPrimaries
        parameters.pointee.color_trc = color.avTransfer
        parameters.pointee.color_space = color.avMatrix
        parameters.pointee.color_range = AVCOL_RANGE_MPEG
        let header = units.startCodeHeader
        let data = try allocated(
            "av_mallocz", av_mallocz(header.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)))
        data.copyMemory(from: header, byteCount: header.count)
        parameters.pointee.extradata = data.assumingMemoryBound(to: UInt8.self)
        parameters.pointee.extradata_size = Int32(clamping: header.count)
        self.owner = try Self.open(parameters, timescale: timescale, firstSegment: firstSegment)
    }

    private static func parameters() throws(AVFailure) -> Owner<AVCodecParameters> {
        try Owner("avcodec_parameters_alloc", avcodec_parameters_alloc()) {
            var pointer: UnsafeMutablePointer<AVCodecParameters>? = $0
            avcodec_parameters_free(&pointer)
        }
    }

    private static func open(
        _ parameters: UnsafeMutablePointer<AVCodecParameters>, timescale: Int64, firstSegment: Int
    ) throws(AVFailure) -> Owner<AVFormatContext> {
        var made: UnsafeMutablePointer<AVFormatContext>?
        try check("avformat_alloc_output_context2", avformat_alloc_output_context2(&made, nil, "mp4", nil))
        let owner = try Owner("avformat_alloc_output_context2", made) { context in
            var buffer: UnsafeMutablePointer<UInt8>?
            if context.pointee.pb != nil { avio_close_dyn_buf(context.pointee.pb, &buffer) }
            av_free(buffer)
            context.pointee.pb = nil
            avformat_free_context(context)
        }
        let context = owner.pointer
        context.pointee.flags |= AVFMT_FLAG_BITEXACT  // writes no version and no date
        context.pointee.avoid_negative_ts = 0  // times below 0 stay and become the edit list
        let stream = try allocated("avformat_new_stream", avformat_new_stream(context, nil))
        try check("avcodec_parameters_copy", avcodec_parameters_copy(stream.pointee.codecpar, parameters))
        stream.pointee.time_base = AVRational(num: 1, den: Int32(clamping: timescale))
        try check("avio_open_dyn_buf", avio_open_dyn_buf(&context.pointee.pb))
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        // `frag_discont`: another muxer wrote the segments before this one. The first segment has none before it; its
        // times below 0 become the edit list.
        let flags = "+frag_custom+delay_moov+default_base_moof+cmaf" + (firstSegment > 0 ? "+frag_discont" : "")
        av_dict_set(&options, "movflags", flags, 0)
        av_dict_set(&options, "use_editlist", "1", 0)
        av_dict_set(&options, "fragment_index", String(firstSegment + 1), 0)
        if parameters.pointee.codec_type == AVMEDIA_TYPE_VIDEO {
            av_dict_set(&options, "video_track_timescale", String(timescale), 0)
        }
        try check("avformat_write_header", avformat_write_header(context, &options))
        return owner
    }

    /// Writes a packet; its times are in ticks of the track's timescale.
    /// - Throws: ``AVFailure`` if the decoding times do not rise or memory has run out.
    public mutating func write(_ packet: Packet) throws(AVFailure) {
        try stripper?.strip(packet)
        packet.pointer.pointee.stream_index = 0
        try check("av_write_frame", av_write_frame(context, packet.pointer))
    }

    /// Ends the segment and returns its bytes.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func cut() throws(AVFailure) -> Cut {
        var initialization: [UInt8]?
        if !initialized {
            // With `delay_moov` the first flush returns only the header, the second one the fragment.
            initialization = try flush()
            initialized = true
        }
        return Cut(initialization: initialization, fragment: try flush())
    }

    private func flush() throws(AVFailure) -> [UInt8] {
        try check("av_write_frame", av_write_frame(context, nil))
        var buffer: UnsafeMutablePointer<UInt8>?
        let count = avio_close_dyn_buf(context.pointee.pb, &buffer)
        context.pointee.pb = nil
        defer { av_free(buffer) }
        let bytes = Array(UnsafeBufferPointer(start: buffer, count: Int(count)))
        try check("avio_open_dyn_buf", avio_open_dyn_buf(&context.pointee.pb))
        return bytes
    }
}
