import CFFmpeg

/// Takes the header off each frame of AAC that comes in ADTS (ISO/IEC 13818-7 6.2), as in a transport stream, and tells the
/// muxer what it said: in MP4 one configuration stands for all frames. Calls block; use on one thread.
struct FrameHeaderFilter: ~Copyable {
    private let owner: Owner<AVBSFContext>

    /// A filter for a stream of this form, or `nil` if its frames have no headers.
    /// - Throws: ``AVFailure`` when memory has run out.
    init?(_ parameters: UnsafeMutablePointer<AVCodecParameters>) throws(AVFailure) {
        guard parameters.pointee.codec_id == AV_CODEC_ID_AAC, parameters.pointee.extradata_size == 0 else { return nil }
        var made: UnsafeMutablePointer<AVBSFContext>?
        try check("av_bsf_alloc", av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &made))
        let owner = try Owner("av_bsf_alloc", made) {
            var pointer: UnsafeMutablePointer<AVBSFContext>? = $0
            av_bsf_free(&pointer)
        }
        try check("avcodec_parameters_copy", avcodec_parameters_copy(owner.pointer.pointee.par_in, parameters))
        try check("av_bsf_init", av_bsf_init(owner.pointer))
        self.owner = owner
    }

    /// Changes a packet in place: each one gives one.
    /// - Throws: ``AVFailure`` where the header is damaged.
    mutating func convert(_ packet: Packet) throws(AVFailure) {
        try check("av_bsf_send_packet", av_bsf_send_packet(owner.pointer, packet.pointer))
        try check("av_bsf_receive_packet", av_bsf_receive_packet(owner.pointer, packet.pointer))
    }
}
