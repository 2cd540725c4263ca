import CFFmpeg

/// Removes the ADTS headers of AAC frames, which MP4 does not have (ISO/IEC 14496-3 1.A.2).
///
/// The first packet gets the configuration from the headers as side data, which the muxer writes. FFmpeg's muxer does not
/// insert this filter when it writes fragments. Calls block; use on one thread.
struct ADTSStripper: ~Copyable {
    private let owner: Owner<AVBSFContext>

    /// A filter for the frames of a stream.
    /// - Throws: ``AVFailure``, kind `unsupported` if this FFmpeg lacks the filter.
    init(_ parameters: UnsafeMutablePointer<AVCodecParameters>, timescale: Int64) throws(AVFailure) {
        guard let filter = av_bsf_get_by_name("aac_adtstoasc") else {
            throw AVFailure("av_bsf_get_by_name", kind: .unsupported, reason: "no filter aac_adtstoasc")
        }
        var allocated: UnsafeMutablePointer<AVBSFContext>?
        try check("av_bsf_alloc", av_bsf_alloc(filter, &allocated))
        let owner = try Owner("av_bsf_alloc", allocated) {
            var pointer: UnsafeMutablePointer<AVBSFContext>? = $0
            av_bsf_free(&pointer)
        }
        try check("avcodec_parameters_copy", avcodec_parameters_copy(owner.pointer.pointee.par_in, parameters))
        owner.pointer.pointee.time_base_in = AVRational(num: 1, den: Int32(clamping: timescale))
        try check("av_bsf_init", av_bsf_init(owner.pointer))
        self.owner = owner
    }

    /// Whether a stream's frames have ADTS headers: AAC without a codec header.
    static func isNeeded(_ parameters: UnsafeMutablePointer<AVCodecParameters>) -> Bool {
        parameters.pointee.codec_id == AV_CODEC_ID_AAC && parameters.pointee.extradata_size == 0
    }

    /// Removes the header of a frame.
    /// - Throws: ``AVFailure``, kind `invalidData` for a damaged header.
    mutating func strip(_ packet: Packet) throws(AVFailure) {
        try check("av_bsf_send_packet", av_bsf_send_packet(owner.pointer, packet.pointer))
        try check("av_bsf_receive_packet", av_bsf_receive_packet(owner.pointer, packet.pointer))
    }
}
