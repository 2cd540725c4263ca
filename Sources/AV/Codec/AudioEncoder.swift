import CFFmpeg

/// Encodes AAC-LC with FFmpeg's encoder. Calls block; use on one thread.
///
/// Packet `k` holds the 1024 samples before block `k`: a delay of one frame, which the edit list compensates.
public struct AudioEncoder: ~Copyable {
    /// Samples of a frame, and of the encoder's delay.
    public static let frameSamples = 1024

    private let owner: Owner<AVCodecContext>
    private let frame: Owner<AVFrame>
    private var context: UnsafeMutablePointer<AVCodecContext> { owner.pointer }

    /// Opens the encoder.
    /// - Parameters:
    ///   - sampleRate: Samples a second.
    ///   - channels: 1, 2, or 6 for 5.1.
    ///   - bitsPerSecond: Bit rate of all channels together.
    /// - Throws: ``AVFailure``, kind `encoderMissing` without the encoder.
    public init(sampleRate: Int, channels: Int, bitsPerSecond: Int) throws(AVFailure) {
        guard let codec = avcodec_find_encoder_by_name("aac") else {
            throw AVFailure("avcodec_find_encoder_by_name", VH_AVERROR_ENCODER_NOT_FOUND)
        }
        let owner = try Owner.codec(codec)
        let context = owner.pointer
        context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
        context.pointee.sample_rate = Int32(clamping: sampleRate)
        context.pointee.bit_rate = Int64(bitsPerSecond)
        context.pointee.time_base = AVRational(num: 1, den: Int32(clamping: sampleRate))
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        context.pointee.thread_count = 1
        try check(
            "av_channel_layout_from_mask",
            av_channel_layout_from_mask(&context.pointee.ch_layout, ChannelMask.of(channels)))
        try check("avcodec_open2", avcodec_open2(context, codec, nil))
        let frame = try Owner.frame()
        frame.pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        frame.pointer.pointee.sample_rate = Int32(clamping: sampleRate)
        frame.pointer.pointee.nb_samples = Int32(Self.frameSamples)
        try check(
            "av_channel_layout_copy",
            av_channel_layout_copy(&frame.pointer.pointee.ch_layout, &context.pointee.ch_layout))
        try check("av_frame_get_buffer", av_frame_get_buffer(frame.pointer, 0))
        self.owner = owner
        self.frame = frame
    }

    /// Sends a block of 1024 samples a channel.
    /// - Throws: ``AVFailure`` if the encoder refuses it.
    public mutating func send(_ block: [[Float]], at time: Int64) throws(AVFailure) {
        try check("av_frame_make_writable", av_frame_make_writable(frame.pointer))
        frame.pointer.pointee.pts = time
        for (channel, samples) in block.enumerated() {
            guard let plane = frame.pointer.pointee.extended_data[channel] else { continue }
            samples.withUnsafeBytes { bytes in
                let count = min(bytes.count, Self.frameSamples * MemoryLayout<Float>.size)
                UnsafeMutableRawPointer(plane).copyMemory(
                    from: bytes.baseAddress ?? UnsafeRawPointer(plane), byteCount: count)
            }
        }
        try check("avcodec_send_frame", avcodec_send_frame(context, frame.pointer))
    }

    /// The next packet.
    /// - Throws: ``AVFailure`` if the encoder failed.
    public mutating func receive(into packet: Packet) throws(AVFailure) -> Received<Void> {
        packet.clear()
        return try .from("avcodec_receive_packet", avcodec_receive_packet(context, packet.pointer)) {}
    }

    func copyParameters(to target: UnsafeMutablePointer<AVCodecParameters>) throws(AVFailure) {
        try check("avcodec_parameters_from_context", avcodec_parameters_from_context(target, context))
    }
}
