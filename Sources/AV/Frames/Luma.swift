import CFFmpeg

/// The brightness of a picture at some size, for comparing sizes of the same picture.
public final class Luma {
    private let frame: Owner<AVFrame>

    /// Samples of each side of a block.
    private static let blockBits: Int32 = 4
    /// The share of blocks that differ more than ``difference(from:)`` tells.
    private static let ignoredShare = 0.002

    /// The brightness of a decoded frame.
    /// - Parameters:
    ///   - width: Width in samples.
    ///   - height: Height in samples.
    /// - Throws: ``AVFailure`` if the frame's format cannot be scaled or memory has run out.
    public convenience init(_ frame: Frame, width: Int, height: Int) throws(AVFailure) {
        try self.init(frame.pointer, width: width, height: height)
    }

    private init(_ source: UnsafeMutablePointer<AVFrame>, width: Int, height: Int) throws(AVFailure) {
        let context = try Owner("sws_alloc_context", sws_alloc_context().map { UnsafeMutablePointer<UInt8>($0) }) {
            sws_freeContext(OpaquePointer($0))
        }
        for (name, value) in [
            ("srcw", Int(source.pointee.width)), ("srch", Int(source.pointee.height)),
            ("src_format", Int(source.pointee.format)), ("dstw", width), ("dsth", height),
            ("dst_format", Int(AV_PIX_FMT_GRAY8.rawValue)), ("sws_flags", Int(SWS_BICUBIC)),
        ] {
            try check("av_opt_set_int \(name)", av_opt_set_int(context.pointer, name, Int64(value), 0))
        }
        let scaling = OpaquePointer(context.pointer)
        guard sws_init_context(scaling, nil, nil) >= 0 else {
            throw AVFailure("sws_init_context", kind: .unsupported, reason: "this pixel format cannot be scaled")
        }
        frame = try FramePool(width: Int32(clamping: width), height: Int32(clamping: height), format: AV_PIX_FMT_GRAY8)
            .frame()
        try check("sws_scale_frame", sws_scale_frame(scaling, frame.pointer, source))
    }

    /// Width in samples.
    public var width: Int { Int(frame.pointer.pointee.width) }
    /// Height in samples.
    public var height: Int { Int(frame.pointer.pointee.height) }

    /// The same picture at another size, scaled bicubically.
    /// - Throws: ``AVFailure`` when memory has run out.
    public func scaled(width: Int, height: Int) throws(AVFailure) -> Luma {
        try Luma(frame.pointer, width: width, height: height)
    }

    /// How much the most different parts of two pictures of one size differ: the mean difference of the samples of a block of 16 by
    /// 16, 0…255, that only one of 500 blocks exceeds. `nil` for pictures of unlike size or smaller than a block.
    public func difference(from other: Luma) -> Double? {
        let side = 1 << Int(Self.blockBits)
        guard width == other.width, height == other.height, width >= side, height >= side,
            let compare = av_pixelutils_get_sad_fn(Self.blockBits, Self.blockBits, 0, nil),
            let own = frame.pointer.pointee.data.0, let others = other.frame.pointer.pointee.data.0
        else { return nil }
        let (stride, otherStride) = (frame.pointer.pointee.linesize.0, other.frame.pointer.pointee.linesize.0)
        var sums: [Int32] = []
        for row in 0..<height / side {
            for column in 0..<width / side {
                sums.append(
                    compare(
                        own + row * side * Int(stride) + column * side, Int(stride),
                        others + row * side * Int(otherStride) + column * side, Int(otherStride)))
            }
        }
        sums.sort()
        return Double(sums[Int(Double(sums.count - 1) * (1 - Self.ignoredShare))]) / Double(side * side)
    }
}
