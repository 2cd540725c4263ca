import CFFmpeg

/// Resamples decoded audio to one rate and channel count, as planar 32-bit floats.
///
/// Keeps its state between calls, so the output of consecutive frames is continuous. Mixes 5.1 to stereo with the weights
/// of ITU-R BS.775 without normalization: peaks may exceed 1, and the caller limits them. Mixes 7.1 to 5.1 by adding side
/// and back channels. Copies a single channel to both sides, for any loudspeaker. Calls block; use on one thread.
public struct Resampler: ~Copyable {
    /// Output samples a second.
    public let sampleRate: Int
    /// Output channels: 1, 2, or 6 for 5.1 (front left and right, centre, LFE, surround left and right).
    public let channels: Int
    private var context: OpaquePointer?
    private var configuration: (rate: Int32, format: Int32, channels: Int32, mask: UInt64)?

    /// A resampler; the first frame determines the input format.
    public init(sampleRate: Int, channels: Int) {
        self.sampleRate = sampleRate
        self.channels = channels
    }

    deinit {
        var closing = context
        swr_free(&closing)
    }

    /// Converts a frame and appends the output.
    /// - Parameters:
    ///   - frame: Decoded audio.
    ///   - skip: Samples at the frame's start that are left out.
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

    /// Inserts silence, counted in samples of the input's rate.
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

    /// Stretches or compresses the following audio, until the next call or for 16 seconds at most.
    /// - Parameter share: The added length as a fraction: with 0.001 a second is a millisecond longer.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func stretch(by share: Double) throws(AVFailure) {
        guard let context else { return }
        // Both arguments are whole numbers, so a long distance makes the ratio precise.
        let distance = Int32(clamping: sampleRate * 16)
        let samples = Int32((min(0.1, max(-0.1, share)) * Double(distance)).rounded())
        try check("swr_set_compensation", swr_set_compensation(context, samples, distance))
    }

    /// Appends the buffered output and resets the resampler.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func flush(into output: inout [[Float]]) throws(AVFailure) {
        guard context != nil else { return }
        try drain(nil, 0, &output)
        swr_free(&context)
        configuration = nil
    }

    /// Configures the resampler for the format of a frame, which may change within a stream.
    public mutating func prepare(_ frame: Frame, _ output: inout [[Float]]) throws(AVFailure) {
        let input = frame.pointer.pointee
        let mask = input.ch_layout.order == AV_CHANNEL_ORDER_NATIVE ? input.ch_layout.u.mask : 0
        if let configuration, configuration.rate == input.sample_rate, configuration.format == input.format,
            configuration.channels == input.ch_layout.nb_channels, configuration.mask == mask
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
        configuration = (input.sample_rate, input.format, input.ch_layout.nb_channels, mask)
    }

    private func drain(_ input: [UnsafePointer<UInt8>?]?, _ count: Int, _ output: inout [[Float]]) throws(AVFailure) {
        let capacity = Int(swr_get_out_samples(context, Int32(count)))
        guard capacity > 0 else { return }
        let buffers = (0..<channels).map { _ in UnsafeMutableBufferPointer<Float>.allocate(capacity: capacity) }
        defer { for buffer in buffers { buffer.deallocate() } }
        var targets: [UnsafeMutablePointer<UInt8>?] = buffers.map { buffer in
            UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: UInt8.self)
        }
        let written: Int32
        if var input, !input.isEmpty {
            written = input.withUnsafeMutableBufferPointer {
                swr_convert(context, &targets, Int32(capacity), $0.baseAddress, Int32(count))
            }
        } else if input != nil {
            var none: [UnsafePointer<UInt8>?] = Array(repeating: nil, count: 64)
            written = none.withUnsafeMutableBufferPointer {
                swr_convert(context, &targets, Int32(capacity), $0.baseAddress, 0)
            }
        } else {
            written = swr_convert(context, &targets, Int32(capacity), nil, 0)
        }
        try check("swr_convert", written)
        for (channel, buffer) in buffers.enumerated() {
            // Floating-point sources may hold NaN and infinity, which encoders refuse.
            for index in 0..<Int(written) where !buffer[index].isFinite { buffer[index] = 0 }
            output[channel].append(contentsOf: buffer.prefix(Int(written)))
        }
    }
}
