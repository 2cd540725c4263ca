import CFFmpeg
public import MediaModel

/// A decoded picture or piece of sound.
///
/// Sealed once it was filled: its planes are only read, so several encoders may share it.
public final class Frame: @unchecked Sendable {
    // Proof for @unchecked: no method writes after init, and FFmpeg counts the planes' references atomically.
    let pointer: UnsafeMutablePointer<AVFrame>
    /// Width over height of the picture as it is to be seen; `nil` where it may take any shape.
    public let shownAspect: Rational?

    /// Takes over what `scratch` holds, which is empty afterwards.
    init(moving scratch: UnsafeMutablePointer<AVFrame>) throws(AVFailure) {
        pointer = try allocated("av_frame_alloc", av_frame_alloc())
        av_frame_move_ref(pointer, scratch)
        shownAspect = nil
    }

    /// The same picture, to be seen in these proportions.
    /// - Throws: ``AVFailure`` when memory has run out.
    public init(_ other: Frame, shownAspect: Rational) throws(AVFailure) {
        pointer = try allocated("av_frame_clone", av_frame_clone(other.pointer))
        self.shownAspect = shownAspect
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = self.pointer
        av_frame_free(&pointer)
    }

    /// When it is shown, in ticks of its stream; `nil` where nothing says.
    public var presentationTime: Int64? {
        Ticks.time(pointer.pointee.best_effort_timestamp) ?? Ticks.time(pointer.pointee.pts)
    }

    /// How long it lasts in ticks of its stream; 0 where unknown.
    public var duration: Int64 { Ticks.length(pointer.pointee.pkt_duration) }
    /// Width in samples; 0 for sound.
    public var width: Int { Int(pointer.pointee.width) }
    /// Height in samples; 0 for sound.
    public var height: Int { Int(pointer.pointee.height) }
    /// Name of the pixel format.
    public var pixelFormat: String { PixelFormat.name(pointer.pointee.format, isVideo: width > 0) }
    /// Bytes that its samples take without padding; 0 for sound.
    public var pictureByteCount: Int64 {
        guard width > 0 else { return 0 }
        let count = av_image_get_buffer_size(
            AVPixelFormat(pointer.pointee.format), pointer.pointee.width, pointer.pointee.height, 1)
        return Int64(max(0, count))
    }
    /// Whether its two fields are from different moments.
    public var isInterlaced: Bool { pointer.pointee.interlaced_frame != 0 }
    /// Whether the field of the even lines, counted from 0, is the earlier one.
    public var isTopFieldFirst: Bool { pointer.pointee.top_field_first != 0 }
    /// Whether an edit list cut it away: it must not be shown.
    public var isDiscarded: Bool { pointer.pointee.flags & AV_FRAME_FLAG_DISCARD != 0 }
    /// Whether the decoder found errors in it.
    public var isDamaged: Bool {
        pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || pointer.pointee.decode_error_flags != 0
    }
    /// Samples a channel; 0 for a picture.
    public var sampleCount: Int { Int(pointer.pointee.nb_samples) }
    /// Samples a second; 0 for a picture.
    public var sampleRate: Int { Int(pointer.pointee.sample_rate) }
    /// Channels; 0 for a picture.
    public var channels: Int { Int(pointer.pointee.ch_layout.nb_channels) }

    /// Its colours as the bitstream says.
    public var color: ColorFacts {
        ColorFacts(
            primaries: pointer.pointee.color_primaries, transfer: pointer.pointee.color_trc,
            matrix: pointer.pointee.colorspace, range: pointer.pointee.color_range, pixelFormat: pixelFormat)
    }
}

/// An answer of a decoder, filter or encoder that was asked for its next piece.
public enum Received<Piece> {
    /// A piece.
    case piece(Piece)
    /// It needs more input first.
    case needsInput
    /// It was flushed and is empty.
    case ended

    static func from(_ call: String, _ code: Int32, _ piece: () throws(AVFailure) -> Piece) throws(AVFailure)
        -> Received
    {
        if code == VH_AVERROR_EAGAIN { return .needsInput }
        if code == VH_AVERROR_EOF { return .ended }
        try check(call, code)
        return .piece(try piece())
    }
}
