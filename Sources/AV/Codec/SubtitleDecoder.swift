import CFFmpeg

/// Decodes one text subtitle stream. Calls block; use on one thread.
public struct SubtitleDecoder: ~Copyable {
    private let owner: Owner<AVCodecContext>

    /// Opens the decoder of a stream.
    /// - Parameters:
    ///   - demuxer: The container, which has the stream's parameters.
    ///   - stream: The stream's index.
    ///   - allowed: Short names of the decoders that may be used.
    /// - Throws: ``AVFailure``, kind `decoderMissing` if no allowed decoder reads the stream.
    public init(demuxer: borrowing Demuxer, stream: Int, allowed: [String]) throws(AVFailure) {
        let source = try demuxer.parameters(of: stream)
        guard let codec = avcodec_find_decoder(source.pointee.codecpar.pointee.codec_id),
            codec.pointee.type == AVMEDIA_TYPE_SUBTITLE, allowed.contains(String(cString: codec.pointee.name))
        else {
            throw AVFailure("avcodec_find_decoder", VH_AVERROR_DECODER_NOT_FOUND)
        }
        let owner = try Owner.codec(codec)
        let context = owner.pointer
        try check("avcodec_parameters_to_context", avcodec_parameters_to_context(context, source.pointee.codecpar))
        context.pointee.pkt_timebase = source.pointee.time_base
        try check("avcodec_open2", avcodec_open2(context, codec, nil))
        self.owner = owner
    }

    /// The texts of a packet as SubStation Alpha with override codes, without style, margins and speaker.
    /// - Returns: An empty array if the packet only ends earlier subtitles or is damaged.
    /// - Throws: ``AVFailure`` when memory has run out.
    public mutating func decode(_ packet: Packet) throws(AVFailure) -> [String] {
        var subtitle = AVSubtitle()
        var isWhole: Int32 = 0
        let code = avcodec_decode_subtitle2(owner.pointer, &subtitle, &isWhole, packet.pointer)
        if code == VH_AVERROR_ENOMEM { throw AVFailure("avcodec_decode_subtitle2", code) }
        guard code >= 0, isWhole != 0 else { return [] }
        defer { avsubtitle_free(&subtitle) }
        return (0..<Int(subtitle.num_rects)).compactMap { index in
            guard let rect = subtitle.rects[index], rect.pointee.type == SUBTITLE_ASS, let text = rect.pointee.ass
            else { return nil }
            return Self.text(of: String(cString: text))
        }
    }

    /// The text of an event, which follows eight fields (ReadOrder, Layer, Style, Name, three margins, Effect).
    private static func text(of event: String) -> String? {
        let fields = event.split(separator: ",", maxSplits: 8, omittingEmptySubsequences: false)
        return fields.count == 9 ? String(fields[8]) : nil
    }
}
