import CFFmpeg
public import MediaModel

/// A decoded video frame or audio frame.
///
/// Immutable after `init`, so several encoders may share it.
public final class Frame: @unchecked Sendable {
    // Proof for @unchecked: no method writes after init, and FFmpeg counts references to the planes atomically.
    let pointer: UnsafeMutablePointer<AVFrame>
    /// Display aspect ratio; `nil` if the frame may be scaled to any shape.
    public let displayAspect: Rational?

    /// Moves the contents of `scratch` into a new frame; `scratch` is empty afterwards.
    init(moving scratch: UnsafeMutablePointer<AVFrame>) throws(AVFailure) {
        pointer = try allocated("av_frame_alloc", av_frame_alloc())
        av_frame_move_ref(pointer, scratch)
        displayAspect = nil
    }

    /// The same video frame with another display aspect ratio.
    /// - Throws: ``AVFailure`` when memory has run out.
    public init(_ other: Frame, displayAspect: Rational) throws(AVFailure) {
        pointer = try allocated("av_frame_clone", av_frame_clone(other.pointer))
        self.displayAspect = displayAspect
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = self.pointer
        av_frame_free(&pointer)
    }

    /// Presentation time in ticks of its stream; `nil` where unknown.
    public var presentationTime: Int64? {
        Ticks.time(pointer.pointee.best_effort_timestamp) ?? Ticks.time(pointer.pointee.pts)
    }

    /// Duration in ticks of its stream; 0 where unknown.
    public var duration: Int64 { Ticks.length(pointer.pointee.pkt_duration) }
    /// Width in samples; 0 for audio.
    public var width: Int { Int(pointer.pointee.width) }
    /// Height in samples; 0 for audio.
    public var height: Int { Int(pointer.pointee.height) }
    /// Name of the pixel format.
    public var pixelFormat: String { PixelFormat.name(pointer.pointee.format, isVideo: width > 0) }
    /// Bytes of its samples without padding; 0 for audio.
    public var imageByteCount: Int64 {
        guard width > 0 else { return 0 }
        let count = av_image_get_buffer_size(
            AVPixelFormat(pointer.pointee.format), pointer.pointee.width, pointer.pointee.height, 1)
        return Int64(max(0, count))
    }
    /// Whether it is interlaced: its two fields are from different times.
    public var isInterlaced: Bool { pointer.pointee.interlaced_frame != 0 }
    /// Whether the field of the even lines, counted from 0, is the earlier one.
    public var isTopFieldFirst: Bool { pointer.pointee.top_field_first != 0 }
    /// Whether an edit list excludes it from presentation.
    public var isDiscarded: Bool { pointer.pointee.flags & AV_FRAME_FLAG_DISCARD != 0 }
    /// Whether the decoder found errors in it.
    public var isDamaged: Bool {
        pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || pointer.pointee.decode_error_flags != 0
    }
    /// Samples a channel; 0 for video.
    public var sampleCount: Int { Int(pointer.pointee.nb_samples) }
    /// Samples a second; 0 for video.
    public var sampleRate: Int { Int(pointer.pointee.sample_rate) }
    /// Number of channels; 0 for video.
    public var channels: Int { Int(pointer.pointee.ch_layout.nb_channels) }

    /// The colour tags of the bitstream.
    public var color: ColorFacts {
        ColorFacts(
            primaries: pointer.pointee.color_primaries, transfer: pointer.pointee.color_trc,
            matrix: pointer.pointee.colorspace, range: pointer.pointee.color_range, pixelFormat: pixelFormat)
    }
}

/// The result of asking a decoder, filter or encoder for its next output.
public enum Received<Output> {
    /// The next output.
    case output(Output)
    /// More input is needed first (`EAGAIN`).
    case needsInput
    /// It was flushed and has no further output (`AVERROR_EOF`).
    case ended

    static func from(_ call: String, _ code: Int32, _ output: () throws(AVFailure) -> Output) throws(AVFailure)
        -> Received
    {
        if code == VH_AVERROR_EAGAIN { return .needsInput }
        if code == VH_AVERROR_EOF { return .ended }
        try check(call, code)
        return .output(try output())
    }
}
