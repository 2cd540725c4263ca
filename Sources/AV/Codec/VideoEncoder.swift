import CFFmpeg
public import MediaModel

/// Encodes H.264 with libx264 and the settings of one rung. Calls block; use on one thread.
///
/// Key frames are only where the caller requests them, never at scene cuts, so all rungs have them at the same frames. Every
/// key frame is an IDR picture.
public struct VideoEncoder: ~Copyable {
    private let owner: Owner<AVCodecContext>
    private let copy: Owner<AVFrame>
    private var context: UnsafeMutablePointer<AVCodecContext> { owner.pointer }

    /// Opens the encoder.
    /// - Parameters:
    ///   - rung: Size, quality and maximum bit rate.
    ///   - lookahead: The lookahead; `nil` leaves it to x264's preset.
    ///   - timescale: Ticks a second of the frames' times.
    ///   - frameRate: Average frames a second; used for rate control only.
    ///   - bFrames: Most consecutive B-frames.
    ///   - color: Colour tags that are written into the stream.
    /// - Throws: ``AVFailure``, kind `encoderMissing` without libx264.
    public init(
        rung: Rung, lookahead: EncodingMethod.Lookahead?, timescale: Int64, frameRate: Rational, bFrames: Int,
        color: ColorFacts
    ) throws(AVFailure) {
        guard let codec = avcodec_find_encoder_by_name("libx264") else {
            throw AVFailure("avcodec_find_encoder_by_name", VH_AVERROR_ENCODER_NOT_FOUND)
        }
        let owner = try Owner.codec(codec)
        let context = owner.pointer
        context.pointee.width = Int32(clamping: rung.width)
        context.pointee.height = Int32(clamping: rung.height)
        context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
        context.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        context.pointee.time_base = AVRational(num: 1, den: Int32(clamping: timescale))
        context.pointee.framerate = frameRate.av
        context.pointee.color_primaries = color.avPrimaries
        context.pointee.color_trc = color.avTransfer
        context.pointee.colorspace = color.avMatrix
        context.pointee.color_range = AVCOL_RANGE_MPEG
        context.pointee.rc_max_rate = Int64(rung.maximumBitrate)
        context.pointee.rc_buffer_size = Int32(clamping: rung.bufferSize)
        context.pointee.max_b_frames = Int32(clamping: bFrames)
        context.pointee.gop_size = 600  // never reached: key frames are forced every two seconds
        context.pointee.thread_count = Int32(clamping: rung.threads)
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        var parameters = "scenecut=0:open-gop=0"
        if let offset = rung.colorQuantizerOffset { parameters += ":chroma-qp-offset=\(offset)" }
        if let lookahead { parameters += ":rc-lookahead=\(lookahead.frames)" }
        let factor = lookahead.map { String(Double(rung.constantRateFactor) + $0.rateFactorOffset) }
        let level = "\(rung.level / 10).\(rung.level % 10)"
        for (name, value) in [
            ("preset", rung.preset), ("crf", factor ?? String(rung.constantRateFactor)), ("profile", "high"),
            ("level", level), ("forced-idr", "1"), ("x264-params", parameters),
        ] {
            try check("av_opt_set \(name)", av_opt_set(context.pointee.priv_data, name, value, 0))
        }
        try check("avcodec_open2", avcodec_open2(context, codec, nil))
        let copy = try Owner.frame()
        self.owner = owner
        self.copy = copy
    }

    /// Sends a frame of the rung's size, or `nil` to flush.
    /// - Parameters:
    ///   - frame: The frame; not changed.
    ///   - time: Presentation time in ticks of the timescale; rises with every frame.
    ///   - isKey: Whether it is encoded as an IDR picture.
    /// - Throws: ``AVFailure`` if the encoder refuses it.
    public mutating func send(_ frame: Frame?, at time: Int64, isKey: Bool) throws(AVFailure) {
        guard let frame else {
            try check("avcodec_send_frame", avcodec_send_frame(context, nil))
            return
        }
        av_frame_unref(copy.pointer)
        try check("av_frame_ref", av_frame_ref(copy.pointer, frame.pointer))
        copy.pointer.pointee.pts = time
        copy.pointer.pointee.pict_type = isKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
        copy.pointer.pointee.key_frame = 0
        copy.pointer.pointee.interlaced_frame = 0
        // The source's captions, film grain and HDR metadata do not apply to the output.
        while copy.pointer.pointee.nb_side_data > 0, let first = copy.pointer.pointee.side_data[0] {
            av_frame_remove_side_data(copy.pointer, first.pointee.type)
        }
        let code = avcodec_send_frame(context, copy.pointer)
        av_frame_unref(copy.pointer)
        try check("avcodec_send_frame", code)
    }

    /// The next packet, in decoding order.
    /// - Throws: ``AVFailure`` if the encoder failed.
    public mutating func receive(into packet: Packet) throws(AVFailure) -> Received<Void> {
        packet.clear()
        return try .from("avcodec_receive_packet", avcodec_receive_packet(context, packet.pointer)) {}
    }

    func copyParameters(to target: UnsafeMutablePointer<AVCodecParameters>) throws(AVFailure) {
        try check("avcodec_parameters_from_context", avcodec_parameters_from_context(target, context))
    }
}
