import CFFmpeg

/// Reuses the buffers of video frames of one size, so that the kernel does not have to clear fresh pages for every frame.
final class FramePool {
    private let width: Int32
    private let height: Int32
    private let format: AVPixelFormat
    private let byteCount: Int32
    private var pool: OpaquePointer?

    /// Alignment of rows in bytes, for the vector code of scaler and encoder.
    private static let alignment: Int32 = 64

    init(width: Int32, height: Int32, format: AVPixelFormat) {
        self.width = width
        self.height = height
        self.format = format
        byteCount = av_image_get_buffer_size(format, width, height, Self.alignment)
        // Vector code may read past the last row.
        pool = byteCount > 0 ? av_buffer_pool_init(Int(byteCount) + 128, nil) : nil
    }

    deinit { av_buffer_pool_uninit(&pool) }  // buffers in use stay valid

    /// A frame with undefined contents.
    /// - Throws: `AVFailure` when memory has run out or the size is not valid.
    func frame() throws(AVFailure) -> Owner<AVFrame> {
        let frame = try Owner.frame()
        let buffer = try allocated("av_buffer_pool_get", pool.flatMap { av_buffer_pool_get($0) })
        frame.pointer.pointee.buf.0 = buffer
        frame.pointer.pointee.width = width
        frame.pointer.pointee.height = height
        frame.pointer.pointee.format = format.rawValue
        let filled = withUnsafeMutablePointer(to: &frame.pointer.pointee.data) { data in
            withUnsafeMutablePointer(to: &frame.pointer.pointee.linesize) { strides in
                data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) { data in
                    strides.withMemoryRebound(to: Int32.self, capacity: 8) { strides in
                        av_image_fill_arrays(
                            data, strides, buffer.pointee.data, format, width, height, Self.alignment)
                    }
                }
            }
        }
        try check("av_image_fill_arrays", filled)
        frame.pointer.pointee.extended_data = UnsafeMutableRawPointer(frame.pointer).assumingMemoryBound(
            to: UnsafeMutablePointer<UInt8>?.self)
        return frame
    }
}
