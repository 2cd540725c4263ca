import CFFmpeg
public import MediaModel

/// A chain of FFmpeg's video filters between a decoder and the scalers: rotation, deinterlacing, tone mapping.
///
/// Calls block; use on one thread.
public struct FilterGraph: ~Copyable {
    private let graph: Owner<AVFilterGraph>
    private let source: UnsafeMutablePointer<AVFilterContext>
    private let sink: UnsafeMutablePointer<AVFilterContext>
    private let scratch: Owner<AVFrame>
    private let timeBase: AVRational

    /// Builds a chain for frames like `sample`.
    /// - Parameters:
    ///   - description: Filters in FFmpeg's notation, `yadif,transpose=clock`.
    ///   - sample: The first frame; all others must have its size and format.
    ///   - timeBase: Seconds a tick of the frames' times; the chain keeps it.
    ///   - threads: Threads of filters that can use them; the output does not depend on it.
    /// - Throws: ``AVFailure``, kind `encoderMissing` if this FFmpeg lacks a filter.
    public init(_ description: String, like sample: Frame, timeBase: Rational, threads: Int) throws(AVFailure) {
        let graph = try Owner.graph()
        graph.pointer.pointee.nb_threads = Int32(clamping: threads)
        func make(_ filter: String, _ name: String, _ arguments: String?) throws(AVFailure)
            -> UnsafeMutablePointer<AVFilterContext>
        {
            var context: UnsafeMutablePointer<AVFilterContext>?
            try check(
                "avfilter_graph_create_filter",
                avfilter_graph_create_filter(
                    &context, avfilter_get_by_name(filter), name, arguments, nil, graph.pointer))
            return try allocated("avfilter_graph_create_filter", context)
        }
        let frame = sample.pointer.pointee
        let source = try make(
            "buffer", "in",
            "video_size=\(frame.width)x\(frame.height):pix_fmt=\(frame.format)"
                + ":time_base=\(timeBase.numerator)/\(timeBase.denominator):pixel_aspect=1/1")
        let sink = try make("buffersink", "out", nil)
        var outputs = avfilter_inout_alloc()
        var inputs = avfilter_inout_alloc()
        defer {
            avfilter_inout_free(&outputs)
            avfilter_inout_free(&inputs)
        }
        // FFmpeg names these from the chain's side: the output of `source` is the chain's input.
        outputs?.pointee.name = av_strdup("in")
        outputs?.pointee.filter_ctx = source
        inputs?.pointee.name = av_strdup("out")
        inputs?.pointee.filter_ctx = sink
        try check(
            "avfilter_graph_parse_ptr",
            avfilter_graph_parse_ptr(graph.pointer, description, &inputs, &outputs, nil))
        try check("avfilter_graph_config", avfilter_graph_config(graph.pointer, nil))
        let scratch = try Owner.frame()
        self.timeBase = timeBase.av
        self.graph = graph
        self.source = source
        self.sink = sink
        self.scratch = scratch
    }

    /// Sends a frame, or `nil` to flush.
    /// - Parameter color: Colour tags that replace those of the frame.
    /// - Throws: ``AVFailure`` if the frame does not fit the chain or memory has run out.
    public mutating func send(_ frame: Frame?, color: ColorFacts) throws(AVFailure) {
        guard let frame else {
            try check("av_buffersrc_write_frame", av_buffersrc_write_frame(source, nil))
            return
        }
        let copy = try Owner.frame()
        try check("av_frame_ref", av_frame_ref(copy.pointer, frame.pointer))
        copy.pointer.pointee.pts = frame.presentationTime ?? VH_NOPTS
        copy.pointer.pointee.color_primaries = color.avPrimaries
        copy.pointer.pointee.color_trc = color.avTransfer
        copy.pointer.pointee.colorspace = color.avMatrix
        copy.pointer.pointee.color_range = color.avRange
        try check("av_buffersrc_write_frame", av_buffersrc_write_frame(source, copy.pointer))
    }

    /// The next frame of the chain.
    /// - Throws: ``AVFailure`` if a filter failed.
    public mutating func receive() throws(AVFailure) -> Received<Frame> {
        let code = av_buffersink_get_frame(sink, scratch.pointer)
        return try .from("av_buffersink_get_frame", code) { () throws(AVFailure) in
            // A filter may change the time base: yadif halves the tick.
            let base = av_buffersink_get_time_base(sink)
            if scratch.pointer.pointee.pts != VH_NOPTS {
                scratch.pointer.pointee.pts = av_rescale_q(scratch.pointer.pointee.pts, base, timeBase)
            }
            scratch.pointer.pointee.best_effort_timestamp = scratch.pointer.pointee.pts
            return try Frame(moving: scratch.pointer)
        }
    }
}
