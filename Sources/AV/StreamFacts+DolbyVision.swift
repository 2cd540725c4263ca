import CFFmpeg

extension StreamFacts {
    /// What a container says of a stream's Dolby Vision ("Dolby Vision Streams Within the ISO Base Media File Format").
    public struct DolbyVision: Sendable, Hashable {
        /// The profile: 5, 7, 8, …
        public let profile: Int
        /// What the base layer is by itself: 1 HDR10, 2 SDR, 4 HLG, 6 HDR10 of a disc; 0 nothing.
        public let compatibility: Int

        /// Whether the picture by itself is in colours that only a decoder of Dolby Vision knows (IPT-PQ-c2).
        public var isNeeded: Bool { profile == 5 || (profile == 10 && compatibility == 0) }
    }

    static func dolbyVision(_ stream: UnsafeMutablePointer<AVStream>) -> DolbyVision? {
        var size = 0
        guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DOVI_CONF, &size),
            size >= MemoryLayout<AVDOVIDecoderConfigurationRecord>.size
        else { return nil }
        return data.withMemoryRebound(to: AVDOVIDecoderConfigurationRecord.self, capacity: 1) {
            DolbyVision(
                profile: Int($0.pointee.dv_profile), compatibility: Int($0.pointee.dv_bl_signal_compatibility_id))
        }
    }
}
