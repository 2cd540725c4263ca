import CFFmpeg

/// Owns a C object and frees it exactly once, also when an initializer throws before it is complete.
///
/// The `deinit` of a `~Copyable` struct does not run when its initializer throws. So each C object of such a struct gets an
/// owner as soon as it is allocated.
final class Owner<Object> {
    let pointer: UnsafeMutablePointer<Object>
    private let free: (UnsafeMutablePointer<Object>) -> Void

    init(
        _ call: String, _ pointer: UnsafeMutablePointer<Object>?, free: @escaping (UnsafeMutablePointer<Object>) -> Void
    ) throws(AVFailure) {
        self.pointer = try allocated(call, pointer)
        self.free = free
    }

    deinit { free(pointer) }
}

extension Owner where Object == AVFrame {
    /// An empty frame; decoders and filters reuse it for every output.
    static func frame() throws(AVFailure) -> Owner {
        try Owner("av_frame_alloc", av_frame_alloc()) {
            var pointer: UnsafeMutablePointer<AVFrame>? = $0
            av_frame_free(&pointer)
        }
    }
}

extension Owner where Object == AVCodecContext {
    /// An unopened codec.
    static func codec(_ codec: UnsafePointer<AVCodec>?) throws(AVFailure) -> Owner {
        try Owner("avcodec_alloc_context3", avcodec_alloc_context3(codec)) {
            var pointer: UnsafeMutablePointer<AVCodecContext>? = $0
            avcodec_free_context(&pointer)
        }
    }
}

extension Owner where Object == AVFormatContext {
    /// An opened container.
    static func opened(_ context: UnsafeMutablePointer<AVFormatContext>?) throws(AVFailure) -> Owner {
        try Owner("avformat_open_input", context) {
            var pointer: UnsafeMutablePointer<AVFormatContext>? = $0
            avformat_close_input(&pointer)
        }
    }
}

extension Owner where Object == AVFilterGraph {
    /// An empty graph.
    static func graph() throws(AVFailure) -> Owner {
        try Owner("avfilter_graph_alloc", avfilter_graph_alloc()) {
            var pointer: UnsafeMutablePointer<AVFilterGraph>? = $0
            avfilter_graph_free(&pointer)
        }
    }
}
