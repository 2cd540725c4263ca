import CFFmpeg

/// Decodes one audio or video stream. Calls block; use on one thread.
public struct Decoder: ~Copyable {
    private let owner: Owner<AVCodecContext>
    private let scratch: Owner<AVFrame>
    private let name: String
    /// The last MPEG sequence header; see ``startsNewSequence(_:)``.
    private var sequence: [UInt8]?
    private var context: UnsafeMutablePointer<AVCodecContext> { owner.pointer }

    /// Which frames of a stream are decoded.
    public enum Effort: Sendable {
        /// Every frame.
        case all
        /// Only reference frames; for thumbnails, and for frames that are decoded only because later ones refer to them.
        case referenceFrames
    }

    /// Which of the packets that are sent from now on are decoded.
    public var effort: Effort {
        get { context.pointee.skip_frame == AVDISCARD_NONREF ? .referenceFrames : .all }
        nonmutating set { context.pointee.skip_frame = newValue == .all ? AVDISCARD_DEFAULT : AVDISCARD_NONREF }
    }

    /// Opens the decoder of a stream.
    /// - Parameters:
    ///   - demuxer: The container, which has the stream's parameters.
    ///   - stream: The stream's index.
    ///   - allowed: Short names of the decoders that may be used.
    ///   - threads: Threads of the decoder; the output does not depend on it.
    ///   - maximumPixels: Most pixels of a frame that is allocated.
    ///   - effort: Which frames are decoded.
    /// - Throws: ``AVFailure``, kind `decoderMissing` if no allowed decoder reads the stream.
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
        try check("avcodec_open2", avcodec_open2(context, codec, nil))
        let scratch = try Owner.frame()
        self.owner = owner
        self.scratch = scratch
        name = String(cString: codec.pointee.name)
        self.effort = effort
    }

    /// Copies the stream's parameters as the decoder knows them.
    func copyParameters(to target: UnsafeMutablePointer<AVCodecParameters>) throws(AVFailure) {
        try check("avcodec_parameters_from_context", avcodec_parameters_from_context(target, context))
    }

    /// Sends a packet, or `nil` to flush. Receive until ``Received/needsInput`` first, so that the decoder accepts it.
    /// - Returns: `false` if the packet is damaged; decoding continues with the next one.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func send(_ packet: Packet?) throws(AVFailure) -> Bool {
        if let packet, !packet.withBytes({ GuardedDecoder.isSafe(name, $0) }) { return false }
        let code = avcodec_send_packet(context, packet?.pointer)
        if code == VH_AVERROR_ENOMEM { throw AVFailure("avcodec_send_packet", code) }
        return code >= 0 || code == VH_AVERROR_EOF
    }

    /// Whether a packet starts a sequence with other parameters, so that the decoder must be flushed first: FFmpeg's MPEG-1
    /// and MPEG-2 decoders drop the frame that they delay. Returns `true` once for each such packet.
    public mutating func startsNewSequence(_ packet: Packet) -> Bool {
        guard name == "mpeg2video" || name == "mpeg1video" else { return false }
        guard let found = packet.withBytes(Self.sequenceForm) else { return false }
        defer { sequence = found }
        return sequence.map { $0 != found } ?? false
    }

    /// Size and aspect ratio in a sequence header at a packet's start (ISO/IEC 13818-2 6.2.2.1).
    private static func sequenceForm(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        let start = (0..<max(0, min(bytes.count - 8, 64))).first { place in
            bytes[place..<(place + 4)].elementsEqual([0, 0, 1, 0xb3])
        }
        return start.map { [bytes[$0 + 4], bytes[$0 + 5], bytes[$0 + 6], bytes[$0 + 7] & 0xf0] }
    }

    /// The next decoded frame. Damaged frames are skipped.
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

    /// Resets the decoder after a seek.
    public mutating func reset() { avcodec_flush_buffers(context) }
}

/// Decoders with a known vulnerability in FFmpeg 5.1, and the check that makes their packets safe.
enum GuardedDecoder {
    /// FFmpeg's names of these decoders. Only ``Decoder`` opens them.
    static let names: Set<String> = ["magicyuv"]

    /// Whether a decoder handles a packet safely.
    ///
    /// FFmpeg 5.1 writes past the end of a frame if slices hold no whole chroma rows, and reads before its start if a slice
    /// is a single line (CVE-2026-8461). Real encoders use slices of a multiple of four lines, or one slice.
    static func isSafe(_ name: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard names.contains(name) else { return true }
        guard bytes.count >= 32, let height = number(bytes, 20), let slice = number(bytes, 28), slice > 0 else {
            return false
        }
        let rest = height % slice
        return height >= 4 && (slice >= height || (slice % 4 == 0 && (rest == 0 || rest >= 4)))
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int? {
        let value = bytes[place..<(place + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
        return value < 1 << 16 ? value : nil
    }
}
