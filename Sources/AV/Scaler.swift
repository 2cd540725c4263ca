import CFFmpeg
public import MediaModel

/// Brings pictures to one size, to 8-bit 4:2:0 and to limited range.
///
/// Always bicubic, and always from the decoded source. Calls block; use on one thread.
public struct Scaler: ~Copyable {
    private let width: Int32
    private let height: Int32
    private let color: ColorFacts
    private let format: AVPixelFormat
    private var context: OpaquePointer?
    private let pool: FramePool
    private var made: (width: Int32, height: Int32, format: Int32, fullRange: Bool)?

    /// A scaler to a size.
    /// - Parameters:
    ///   - width: Width that comes out, in samples.
    ///   - height: Height that comes out, in samples.
    ///   - sourceColor: How the pictures that come in are meant.
    ///   - fullRange: Whether luma goes out as 0…255, as JPEG wants it; 16…235 otherwise.
    public init(width: Int, height: Int, sourceColor: ColorFacts, fullRange: Bool = false) {
        self.width = Int32(clamping: width)
        self.height = Int32(clamping: height)
        color = sourceColor
        format = fullRange ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P
        pool = FramePool(width: self.width, height: self.height, format: format)
    }

    deinit { sws_freeContext(context) }

    /// The picture at the scaler's size. A picture that already fits is passed on as it is.
    /// - Throws: ``AVFailure`` when memory has run out or the format cannot be converted.
    public mutating func scale(_ frame: Frame) throws(AVFailure) -> Frame {
        let input = frame.pointer.pointee
        if input.width == width, input.height == height, input.format == format.rawValue,
            format == AV_PIX_FMT_YUVJ420P || !color.fullRange
        {
            return frame
        }
        try prepare(input)
        let output = try pool.frame()
        try check("sws_scale_frame", sws_scale_frame(context, output.pointer, frame.pointer))
        output.pointer.pointee.pts = input.pts
        output.pointer.pointee.best_effort_timestamp = input.best_effort_timestamp
        return try Frame(moving: output.pointer)
    }

    private mutating func prepare(_ input: AVFrame) throws(AVFailure) {
        // A stream may change its size or format in mid-way.
        if let made, context != nil, made.width == input.width, made.height == input.height,
            made.format == input.format
        {
            return
        }
        sws_freeContext(context)
        context = sws_alloc_context()
        let scaling = UnsafeMutableRawPointer(try allocated("sws_alloc_context", context))
        let ranges = (from: color.fullRange ? 1 : 0, to: format == AV_PIX_FMT_YUVJ420P ? 1 : 0)
        // Ranges that are told only once the context is made are not heeded for pictures of more than 8 bits, nor for
        // those that keep their size.
        for (name, value) in [
            ("srcw", Int(input.width)), ("srch", Int(input.height)), ("src_format", Int(input.format)),
            ("dstw", Int(width)), ("dsth", Int(height)), ("dst_format", Int(format.rawValue)),
            ("sws_flags", Int(SWS_BICUBIC)), ("src_range", ranges.from), ("dst_range", ranges.to),
        ] {
            try check("av_opt_set_int \(name)", av_opt_set_int(scaling, name, Int64(value), 0))
        }
        guard sws_init_context(context, nil, nil) >= 0 else {
            throw AVFailure("sws_init_context", kind: .unsupported, reason: "this pixel format cannot be scaled")
        }
        let table = sws_getCoefficients(coefficients(color.matrix))
        sws_setColorspaceDetails(
            context, table, Int32(ranges.from), table, Int32(ranges.to), 0, 1 << 16, 1 << 16)
        made = (input.width, input.height, input.format, color.fullRange)
    }

    private func coefficients(_ matrix: String?) -> Int32 {
        switch matrix {
        case "bt709": SWS_CS_ITU709
        case "bt2020nc", "bt2020c": SWS_CS_BT2020
        case "fcc": SWS_CS_FCC
        case "smpte240m": SWS_CS_SMPTE240M
        default: SWS_CS_ITU601
        }
    }
}
