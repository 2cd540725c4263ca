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
        context = sws_getContext(
            input.width, input.height, AVPixelFormat(input.format), width, height, format,
            SWS_BICUBIC, nil, nil, nil)
        guard let context else {
            throw AVFailure("sws_getContext", kind: .unsupported, reason: "this pixel format cannot be scaled")
        }
        let table = sws_getCoefficients(coefficients(color.matrix))
        sws_setColorspaceDetails(
            context, table, color.fullRange ? 1 : 0, table, format == AV_PIX_FMT_YUVJ420P ? 1 : 0, 0, 1 << 16, 1 << 16)
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
