import CFFmpeg
public import MediaModel

/// Scales video frames to one size and converts them to 8-bit 4:2:0.
///
/// Scales bicubically and adds black bars if the aspect ratio differs. Calls block; use on one thread.
public struct Scaler: ~Copyable {
    private let width: Int32
    private let height: Int32
    private let color: ColorFacts
    private let format: AVPixelFormat
    private var context: OpaquePointer?
    private let pool: FramePool
    private var configuration: (width: Int32, height: Int32, format: Int32, box: Box)?

    /// The part of the output inside the bars; all values are even.
    private struct Box: Equatable {
        let x: Int32
        let y: Int32
        let width: Int32
        let height: Int32
    }

    /// A scaler for one output size.
    /// - Parameters:
    ///   - width: Output width in samples.
    ///   - height: Output height in samples.
    ///   - sourceColor: Colours of the input frames.
    ///   - fullRange: Whether the output's luma is 0…255 and its matrix that of BT.601, as JPEG requires, instead of 16…235 and
    ///     the matrix of the input.
    public init(width: Int, height: Int, sourceColor: ColorFacts, fullRange: Bool = false) {
        self.width = Int32(clamping: width)
        self.height = Int32(clamping: height)
        color = sourceColor
        format = fullRange ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P
        pool = FramePool(width: self.width, height: self.height, format: format)
    }

    deinit { sws_freeContext(context) }

    /// The frame at the output size; the same frame if it fits already.
    /// - Throws: ``AVFailure`` when memory has run out or the format cannot be converted.
    public mutating func scale(_ frame: Frame) throws(AVFailure) -> Frame {
        let input = frame.pointer.pointee
        let box = box(frame.displayAspect)
        let isWhole = box.width == width && box.height == height
        let isOfColor =
            format == AV_PIX_FMT_YUVJ420P ? coefficients(color.matrix) == SWS_CS_ITU601 : !color.fullRange
        if isWhole, input.width == width, input.height == height, input.format == format.rawValue, isOfColor {
            return frame
        }
        try prepare(input, box)
        let output = try pool.frame()
        if isWhole {
            try check("sws_scale_frame", sws_scale_frame(context, output.pointer, frame.pointer))
        } else {
            let part = try Self.part(output, box)
            try check("sws_scale_frame", sws_scale_frame(context, part.pointer, frame.pointer))
            // After scaling, since vector code may write past the rows of the part.
            fillBars(output.pointer.pointee, around: box)
        }
        output.pointer.pointee.pts = input.pts
        output.pointer.pointee.best_effort_timestamp = input.best_effort_timestamp
        return try Frame(moving: output.pointer)
    }

    /// Differences of sides below these limits are rounding errors and get no bars.
    private static let slack = (samples: 4, share: Rational(1, 32))

    private func box(_ aspect: Rational?) -> Box {
        let whole = Box(x: 0, y: 0, width: width, height: height)
        guard let aspect, aspect > Rational(0) else { return whole }
        let own = Rational(Int64(width), Int64(height))
        func isNear(_ part: Int32, _ side: Int32) -> Bool {
            side - part < Self.slack.samples || Rational(Int64(side - part), Int64(side)) < Self.slack.share
        }
        func even(_ side: Double, _ most: Int32) -> Int32 { max(2, min(most, Int32((side / 2).rounded()) * 2)) }
        if aspect > own {
            let part = even(Double(width) / aspect.doubleValue, height)
            return isNear(part, height) ? whole : Box(x: 0, y: (height - part) / 4 * 2, width: width, height: part)
        }
        let part = even(Double(height) * aspect.doubleValue, width)
        return isNear(part, width) ? whole : Box(x: (width - part) / 4 * 2, y: 0, width: part, height: height)
    }

    /// A frame that refers to a part of another frame's memory.
    private static func part(_ whole: borrowing Owner<AVFrame>, _ box: Box) throws(AVFailure) -> Owner<AVFrame> {
        let part = try Owner.frame()
        try check("av_frame_ref", av_frame_ref(part.pointer, whole.pointer))
        part.pointer.pointee.width = box.width
        part.pointer.pointee.height = box.height
        let strides = part.pointer.pointee.linesize
        let (x, y) = (Int(box.x), Int(box.y))
        part.pointer.pointee.data.0? += y * Int(strides.0) + x
        part.pointer.pointee.data.1? += y / 2 * Int(strides.1) + x / 2
        part.pointer.pointee.data.2? += y / 2 * Int(strides.2) + x / 2
        return part
    }

    private func fillBars(_ frame: AVFrame, around box: Box) {
        let black: UInt8 = format == AV_PIX_FMT_YUVJ420P ? 0 : 16
        let planes = [
            (frame.data.0, frame.linesize.0), (frame.data.1, frame.linesize.1), (frame.data.2, frame.linesize.2),
        ]
        for (index, (data, stride)) in planes.enumerated() {
            guard let data else { continue }
            let shift = index == 0 ? 0 : 1
            let columns = Int(box.x) >> shift..<Int(box.x + box.width) >> shift
            let rows = Int(box.y) >> shift..<Int(box.y + box.height) >> shift
            let (across, down) = (Int(width) >> shift, Int(height) >> shift)
            for row in 0..<down {
                let line = data + row * Int(stride)
                let bars = rows.contains(row) ? [0..<columns.lowerBound, columns.upperBound..<across] : [0..<across]
                for bar in bars {
                    (line + bar.lowerBound).update(repeating: index == 0 ? black : 128, count: bar.count)
                }
            }
        }
    }

    private mutating func prepare(_ input: AVFrame, _ box: Box) throws(AVFailure) {
        // The size and format may change within a stream.
        if let configuration, context != nil, configuration.width == input.width, configuration.height == input.height,
            configuration.format == input.format, configuration.box == box
        {
            return
        }
        sws_freeContext(context)
        context = sws_alloc_context()
        let scaling = UnsafeMutableRawPointer(try allocated("sws_alloc_context", context))
        let ranges = (from: color.fullRange ? 1 : 0, to: format == AV_PIX_FMT_YUVJ420P ? 1 : 0)
        // Ranges must be set before `sws_init_context`: later changes are ignored for more than 8 bits and for frames that
        // keep their size.
        for (name, value) in [
            ("srcw", Int(input.width)), ("srch", Int(input.height)), ("src_format", Int(input.format)),
            ("dstw", Int(box.width)), ("dsth", Int(box.height)), ("dst_format", Int(format.rawValue)),
            ("sws_flags", Int(SWS_BICUBIC)), ("src_range", ranges.from), ("dst_range", ranges.to),
        ] {
            try check("av_opt_set_int \(name)", av_opt_set_int(scaling, name, Int64(value), 0))
        }
        guard sws_init_context(context, nil, nil) >= 0 else {
            throw AVFailure("sws_init_context", kind: .unsupported, reason: "this pixel format cannot be scaled")
        }
        let own = coefficients(color.matrix)
        // Readers of JPEG and WebP know no other matrix than that of BT.601.
        let wanted = format == AV_PIX_FMT_YUVJ420P ? SWS_CS_ITU601 : own
        sws_setColorspaceDetails(
            context, sws_getCoefficients(own), Int32(ranges.from), sws_getCoefficients(wanted), Int32(ranges.to), 0,
            1 << 16, 1 << 16)
        configuration = (input.width, input.height, input.format, box)
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
