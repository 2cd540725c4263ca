import CFFmpeg

/// Brings decoded sound to one rate and channel count, as planar 32-bit floats.
///
/// Keeps its place between calls, so the output of consecutive frames joins without a seam. 5.1 becomes stereo by the
/// usual weights (ITU-R BS.775), so that it is as loud as the stereo of the same film; peaks above 1 are the caller's. 7.1
/// becomes 5.1 with sides and backs together. A single channel is heard on both sides, whatever loudspeaker it is meant
/// for. Calls block; use on one thread.
public struct Resampler: ~Copyable {
    /// Samples a second that come out.
    public let sampleRate: Int
    /// Channels that come out: 1, 2, or 6 for 5.1 (front left and right, centre, LFE, surround left and right).
    public let channels: Int
    private var context: OpaquePointer?
    private var made: (rate: Int32, format: Int32, channels: Int32, mask: UInt64)?

    /// A resampler; it takes its input's form from the first frame.
    public init(sampleRate: Int, channels: Int) {
        self.sampleRate = sampleRate
        self.channels = channels
    }

    deinit {
        var closing = context
        swr_free(&closing)
    }

    /// Feeds a frame and appends what comes out.
    /// - Parameters:
    ///   - frame: Decoded sound.
    ///   - skip: Samples at the frame's start to leave out.
    ///   - output: One array a channel.
    /// - Throws: ``AVFailure`` if the layout cannot be converted.
    public mutating func convert(_ frame: Frame, skipping skip: Int, into output: inout [[Float]]) throws(AVFailure) {
        try prepare(frame, &output)
        let count = frame.sampleCount - skip
        guard count > 0 else { return }
        let format = AVSampleFormat(frame.pointer.pointee.format)
        let step = Int(av_get_bytes_per_sample(format)) * (av_sample_fmt_is_planar(format) != 0 ? 1 : frame.channels)
        let planes = av_sample_fmt_is_planar(format) != 0 ? frame.channels : 1
        let pointers = (0..<planes).map {
            frame.pointer.pointee.extended_data[$0].map { UnsafePointer($0 + skip * step) }
        }
        try drain(pointers, count, &output)
    }

    /// Feeds silence, in samples of the input's rate.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func insertSilence(_ samples: Int, into output: inout [[Float]]) throws(AVFailure) {
        guard let context else { return }
        var left = samples
        while left > 0 {
            let count = min(left, 8192)
            try check("swr_inject_silence", swr_inject_silence(context, Int32(count)))
            try drain([], 0, &output)
            left -= count
        }
    }

    /// Makes a little more, or less, sound of what follows, until it is told otherwise or some seconds are over.
    /// - Parameter share: More sound than comes, as a share of it: 0.001 makes a second a millisecond longer.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func stretch(by share: Double) throws(AVFailure) {
        guard let context else { return }
        // Over a longer time than it will be used for, since both are whole numbers.
        let distance = Int32(clamping: sampleRate * 16)
        let samples = Int32((min(0.1, max(-0.1, share)) * Double(distance)).rounded())
        try check("swr_set_compensation", swr_set_compensation(context, samples, distance))
    }

    /// Appends what is still inside.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func flush(into output: inout [[Float]]) throws(AVFailure) {
        guard context != nil else { return }
        try drain(nil, 0, &output)
        swr_free(&context)
        made = nil
    }

    /// Makes ready for frames like this one; a stream may change its form in mid-way.
    public mutating func prepare(_ frame: Frame, _ output: inout [[Float]]) throws(AVFailure) {
        let input = frame.pointer.pointee
        let mask = input.ch_layout.order == AV_CHANNEL_ORDER_NATIVE ? input.ch_layout.u.mask : 0
        if let made, made.rate == input.sample_rate, made.format == input.format,
            made.channels == input.ch_layout.nb_channels, made.mask == mask
        {
            return
        }
        try flush(into: &output)
        var source = AVChannelLayout()
        defer { av_channel_layout_uninit(&source) }
        if mask == 0 || input.ch_layout.nb_channels == 1 {
            av_channel_layout_default(&source, input.ch_layout.nb_channels)
        } else {
            try check("av_channel_layout_from_mask", av_channel_layout_from_mask(&source, mask))
        }
        var target = AVChannelLayout()
        try check(
            "av_channel_layout_from_mask",
            av_channel_layout_from_mask(&target, ChannelMask.of(channels)))
        try check(
            "swr_alloc_set_opts2",
            swr_alloc_set_opts2(
                &context, &target, AV_SAMPLE_FMT_FLTP, Int32(clamping: sampleRate), &source,
                AVSampleFormat(input.format), input.sample_rate, 0, nil))
        try check("swr_init", swr_init(context))
        made = (input.sample_rate, input.format, input.ch_layout.nb_channels, mask)
    }

    private func drain(_ input: [UnsafePointer<UInt8>?]?, _ count: Int, _ output: inout [[Float]]) throws(AVFailure) {
        let room = Int(swr_get_out_samples(context, Int32(count)))
        guard room > 0 else { return }
        let buffers = (0..<channels).map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: room) }
        defer { for buffer in buffers { buffer.deallocate() } }
        var targets: [UnsafeMutablePointer<UInt8>?] = buffers.map { buffer in
            UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: UInt8.self)
        }
        let made: Int32
        if var input, !input.isEmpty {
            made = input.withUnsafeMutableBufferPointer {
                swr_convert(context, &targets, Int32(room), $0.baseAddress, Int32(count))
            }
        } else if input != nil {
            var none: [UnsafePointer<UInt8>?] = Array(repeating: nil, count: 64)
            made = none.withUnsafeMutableBufferPointer {
                swr_convert(context, &targets, Int32(room), $0.baseAddress, 0)
            }
        } else {
            made = swr_convert(context, &targets, Int32(room), nil, 0)
        }
        try check("swr_convert", made)
        for (channel, buffer) in buffers.enumerated() {
            // Floating-point sources can hold what is no number, which no encoder takes.
            for index in 0..<Int(made) where !buffer[index].isFinite { buffer[index] = 0 }
            output[channel].append(contentsOf: buffer.prefix(Int(made)))
        }
    }
}
