import CFFmpeg

/// The loudspeakers of the sound that is made, as FFmpeg's bits.
///
/// 5.1 has its surrounds at the back, not at the sides: that is what FFmpeg calls AAC's channel configuration 6
/// (ISO/IEC 14496-3 1.6.3.5), so that encoder, muxer and every reader mean the same channel by the same number.
enum ChannelMask {
    /// The loudspeakers of so many channels: 1, 2 or 6.
    static func of(_ channels: Int) -> UInt64 {
        switch channels {
        case 1: VH_MONO_MASK
        case 6: VH_SURROUND_MASK
        default: VH_STEREO_MASK
        }
    }
}
