import CFFmpeg
import MediaModel

/// A drawing surface that is encoded as JPEG or WebP: for posters, storyboard sheets and waveforms.
///
/// 8-bit 4:2:0 in full range, as JPEG requires.
public final class Canvas {
    /// Width in pixels; even.
    public let width: Int
    /// Height in pixels; even.
    public let height: Int
    private let frame: Owner<AVFrame>

    /// A canvas of one colour.
    /// - Parameters:
    ///   - width: Width in pixels; rounded down to an even number.
    ///   - height: Height in pixels; rounded down to an even number.
    ///   - luma: Brightness, 0…255.
    /// - Throws: ``AVFailure`` when memory has run out.
    public init(width: Int, height: Int, luma: UInt8 = 0) throws(AVFailure) {
        self.width = max(2, width & ~1)
        self.height = max(2, height & ~1)
        frame = try Owner.frame()
        frame.pointer.pointee.width = Int32(clamping: self.width)
        frame.pointer.pointee.height = Int32(clamping: self.height)
        frame.pointer.pointee.format = AV_PIX_FMT_YUVJ420P.rawValue
        try check("av_frame_get_buffer", av_frame_get_buffer(frame.pointer, 0))
        fill(x: 0, y: 0, width: self.width, height: self.height, luma: luma)
    }

    /// Fills a rectangle, clipped to the canvas.
    /// - Parameters:
    ///   - luma: Brightness, 0…255.
    ///   - cb: Blue difference; 128 is none.
    ///   - cr: Red difference; 128 is none.
    public func fill(
        x: Int, y: Int, width: Int, height: Int, luma: UInt8, cb: UInt8 = 128, cr: UInt8 = 128
    ) {
        for (index, value) in [luma, cb, cr].enumerated() {
            let shift = index == 0 ? 0 : 1
            guard let base = plane(index) else { continue }
            let columns = max(0, x >> shift)..<max(max(0, x >> shift), min(self.width >> shift, (x + width) >> shift))
            for row in max(0, y >> shift)..<max(max(0, y >> shift), min(self.height >> shift, (y + height) >> shift)) {
                (base.bytes + row * base.stride + columns.lowerBound).update(repeating: value, count: columns.count)
            }
        }
    }

    /// Copies a frame of the same format onto the canvas, clipped to it.
    public func draw(_ frame: Frame, x: Int, y: Int) {
        let source = frame.pointer.pointee
        guard source.format == AV_PIX_FMT_YUVJ420P.rawValue, x >= 0, y >= 0, x < width, y < height else { return }
        let data = [source.data.0, source.data.1, source.data.2]
        let strides = [source.linesize.0, source.linesize.1, source.linesize.2]
        for index in 0..<3 {
            let shift = index == 0 ? 0 : 1
            guard let from = data[index], let to = plane(index) else { continue }
            let columns = min(Int(source.width) >> shift, (width - x) >> shift)
            for row in 0..<min(Int(source.height) >> shift, (height - y) >> shift) {
                (to.bytes + ((y >> shift) + row) * to.stride + (x >> shift)).update(
                    from: from + row * Int(strides[index]), count: columns)
            }
        }
    }

    private func plane(_ index: Int) -> (bytes: UnsafeMutablePointer<UInt8>, stride: Int)? {
        let frame = frame.pointer.pointee
        let planes = [frame.data.0, frame.data.1, frame.data.2]
        let strides = [frame.linesize.0, frame.linesize.1, frame.linesize.2]
        return planes[index].map { ($0, Int(strides[index])) }
    }

    /// The canvas as a baseline JPEG.
    /// - Parameter quality: 2 (best) … 31.
    /// - Throws: ``AVFailure`` if the encoder failed.
    public func jpeg(quality: Int) throws(AVFailure) -> [UInt8] {
        try Self.encoded(frame.pointer, by: "mjpeg", quality)
    }

    /// The canvas at another width as a lossy WebP.
    /// - Parameters:
    ///   - width: Width in pixels; rounded down to an even number. The height follows the shape of the canvas.
    ///   - quality: 0 … 100 (best).
    /// - Throws: ``AVFailure`` if the encoder failed or memory has run out.
    public func webp(width: Int, quality: Int) throws(AVFailure) -> [UInt8] {
        let copy = try Owner.frame()
        try check("av_frame_ref", av_frame_ref(copy.pointer, frame.pointer))
        let whole = try Frame(moving: copy.pointer)
        // WebP has the narrow range of video.
        var scaler = Scaler(
            width: max(2, width & ~1), height: max(2, Int(Double(height) * Double(width) / Double(self.width)) & ~1),
            sourceColor: ColorFacts(primaries: nil, transfer: nil, matrix: nil, fullRange: true))
        let scaled = try scaler.scale(whole)
        // Its memory must outlive the encoder's use of it.
        defer { withExtendedLifetime(scaled) {} }
        return try Self.encoded(scaled.pointer, by: "libwebp", quality)
    }

    private static func encoded(
        _ frame: UnsafeMutablePointer<AVFrame>, by name: String, _ quality: Int
    ) throws(AVFailure) -> [UInt8] {
        let owner = try Owner.codec(avcodec_find_encoder_by_name(name))
        let context = owner.pointer
        let format = AVPixelFormat(frame.pointee.format)
        context.pointee.width = frame.pointee.width
        context.pointee.height = frame.pointee.height
        context.pointee.pix_fmt = format
        context.pointee.color_range = format == AV_PIX_FMT_YUVJ420P ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        context.pointee.time_base = AVRational(num: 1, den: 25)
        context.pointee.thread_count = 1
        context.pointee.flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT
        context.pointee.global_quality = Int32(quality) * FF_QP2LAMBDA
        try check("avcodec_open2", avcodec_open2(context, context.pointee.codec, nil))
        frame.pointee.quality = context.pointee.global_quality
        frame.pointee.pts = 0
        try check("avcodec_send_frame", avcodec_send_frame(context, frame))
        try check("avcodec_send_frame", avcodec_send_frame(context, nil))
        let packet = try Packet()
        try check("avcodec_receive_packet", avcodec_receive_packet(context, packet.pointer))
        return Array(UnsafeBufferPointer(start: packet.pointer.pointee.data, count: packet.byteCount))
    }
}
