import CFFmpeg

/// A decoder of one stream. Calls block; use on one thread.
public struct Decoder: ~Copyable {
    private let owner: Owner<AVCodecContext>
    private let scratch: Owner<AVFrame>
    private let name: String
    /// What the last sequence header said, for a decoder that loses a picture where it changes.
    private var sequence: [UInt8]?
    private var context: UnsafeMutablePointer<AVCodecContext> { owner.pointer }

    /// How much of a stream is decoded.
    public enum Effort: Sendable {
        /// Every frame.
        case all
        /// Only frames that others are made of; for stills.
        case referenceFrames
    }

    /// Opens the decoder of a stream.
    /// - Parameters:
    ///   - demuxer: The container, just to read the stream's parameters.
    ///   - stream: The stream's index.
    ///   - allowed: Short names of the decoders that may be used.
    ///   - threads: Threads of the decoder; does not change what comes out.
    ///   - maximumPixels: Largest picture that is allocated.
    ///   - effort: Which frames.
    /// - Throws: ``AVFailure``, kind `decoderMissing` if none of the allowed decoders knows the stream.
    public init(
        demuxer: borrowing Demuxer, stream: Int, allowed: [String], threads: Int, maximumPixels: Int,
        effort: Effort = .all
    ) throws(AVFailure) {
        let source = try demuxer.parameters(of: stream)
        guard let codec = avcodec_find_decoder(source.pointee.codecpar.pointee.codec_id),
            allowed.contains(String(cString: codec.pointee.name))
        else {
            throw AVFailure("avcodec_find_decoder", VH_AVERROR_DECODER_NOT_FOUND)
        }
        let owner = try Owner.codec(codec)
        let context = owner.pointer
        try check("avcodec_parameters_to_context", avcodec_parameters_to_context(context, source.pointee.codecpar))
        context.pointee.pkt_timebase = source.pointee.time_base
        context.pointee.thread_count = Int32(clamping: threads)
        context.pointee.max_pixels = Int64(maximumPixels)
        if effort == .referenceFrames { context.pointee.skip_frame = AVDISCARD_NONREF }
        try check("avcodec_open2", avcodec_open2(context, codec, nil))
        let scratch = try Owner.frame()
        self.owner = owner
        self.scratch = scratch
        name = String(cString: codec.pointee.name)
    }

    /// Copies what the decoder has found out of its stream.
    func copyParameters(to target: UnsafeMutablePointer<AVCodecParameters>) throws(AVFailure) {
        try check("avcodec_parameters_from_context", avcodec_parameters_from_context(target, context))
    }

    /// Hands in a packet, or `nil` to flush. Take everything that can be received first, then this never has to wait.
    /// - Returns: `false` if the packet was damaged; decoding can go on with the next one.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func send(_ packet: Packet?) throws(AVFailure) -> Bool {
        if let packet, !packet.withBytes({ GuardedDecoder.isSafe(name, $0) }) { return false }
        let code = avcodec_send_packet(context, packet?.pointer)
        if code == VH_AVERROR_ENOMEM { throw AVFailure("avcodec_send_packet", code) }
        return code >= 0 || code == VH_AVERROR_EOF
    }

    /// Whether a packet begins a sequence of another form, so that the decoder has to be emptied first: that of MPEG-1 and
    /// MPEG-2 throws away the picture that it holds back. Told once for each such packet.
    public mutating func beginsAnew(_ packet: Packet) -> Bool {
        guard name == "mpeg2video" || name == "mpeg1video" else { return false }
        guard let found = packet.withBytes(Self.sequenceForm) else { return false }
        defer { sequence = found }
        return sequence.map { $0 != found } ?? false
    }

    /// Size and shape in a sequence header at a packet's start (ISO/IEC 13818-2 6.2.2.1).
    private static func sequenceForm(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        let start = (0..<max(0, min(bytes.count - 8, 64))).first { place in
            bytes[place..<(place + 4)].elementsEqual([0, 0, 1, 0xb3])
        }
        return start.map { [bytes[$0 + 4], bytes[$0 + 5], bytes[$0 + 6], bytes[$0 + 7] & 0xf0] }
    }

    /// The next decoded frame. A damaged one is skipped, as a player does.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func receive() throws(AVFailure) -> Received<Frame> {
        var damaged = 0
        while true {
            let code = avcodec_receive_frame(context, scratch.pointer)
            if code < 0, code != VH_AVERROR_EAGAIN, code != VH_AVERROR_EOF, code != VH_AVERROR_ENOMEM, damaged < 64 {
                damaged += 1
                continue
            }
            if damaged >= 64 { return .needsInput }
            return try .from("avcodec_receive_frame", code) { () throws(AVFailure) in try Frame(moving: scratch.pointer)
            }
        }
    }

    /// Forgets everything, for decoding to start anew behind a seek.
    public mutating func reset() { avcodec_flush_buffers(context) }
}
