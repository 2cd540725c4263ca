import CFFmpeg
import MediaModel

extension Rational {
    /// An FFmpeg rational; `nil` where its denominator is zero.
    init?(_ value: AVRational) {
        guard value.den != 0 else { return nil }
        self.init(Int64(value.num), Int64(value.den))
    }

    /// The FFmpeg form; both parts fit in 32 bits for every time base of FFmpeg.
    var av: AVRational { AVRational(num: Int32(clamping: numerator), den: Int32(clamping: denominator)) }
}

/// Names of FFmpeg's pixel formats.
enum PixelFormat {
    /// The format's name; empty for audio and for an unknown format.
    static func name(_ format: Int32, isVideo: Bool) -> String {
        guard isVideo, let name = av_get_pix_fmt_name(AVPixelFormat(format)) else { return "" }
        return String(cString: name)
    }
}

extension ColorFacts {
    init(
        primaries: AVColorPrimaries, transfer: AVColorTransferCharacteristic, matrix: AVColorSpace, range: AVColorRange,
        pixelFormat: String
    ) {
        func name(_ text: UnsafePointer<CChar>?, _ known: Bool) -> String? {
            guard known, let text else { return nil }
            return String(cString: text)
        }
        self.init(
            primaries: name(av_color_primaries_name(primaries), primaries != AVCOL_PRI_UNSPECIFIED),
            transfer: name(av_color_transfer_name(transfer), transfer != AVCOL_TRC_UNSPECIFIED),
            matrix: name(av_color_space_name(matrix), matrix != AVCOL_SPC_UNSPECIFIED),
            // The `yuvj` formats are full range by definition.
            fullRange: range == AVCOL_RANGE_JPEG || pixelFormat.hasPrefix("yuvj"))
    }

    var avPrimaries: AVColorPrimaries {
        primaries.map { AVColorPrimaries(UInt32(max(0, av_color_primaries_from_name($0)))) } ?? AVCOL_PRI_UNSPECIFIED
    }

    var avTransfer: AVColorTransferCharacteristic {
        transfer.map { AVColorTransferCharacteristic(UInt32(max(0, av_color_transfer_from_name($0)))) }
            ?? AVCOL_TRC_UNSPECIFIED
    }

    var avMatrix: AVColorSpace {
        matrix.map { AVColorSpace(UInt32(max(0, av_color_space_from_name($0)))) } ?? AVCOL_SPC_UNSPECIFIED
    }

    var avRange: AVColorRange { fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG }
}

/// Validation of times from files, which may be any 64-bit value.
enum Ticks {
    /// No real file has a time beyond this. Sums and differences of a few such values fit in 64 bits.
    private static let limit: Int64 = 1 << 60

    /// A time; `nil` where it is missing or out of range.
    static func time(_ value: Int64) -> Int64? {
        value == VH_NOPTS || value.magnitude > limit.magnitude ? nil : value
    }

    /// A duration; 0 where it is missing or out of range.
    static func length(_ value: Int64) -> Int64 { value < 0 || value > limit ? 0 : value }
}

/// FFmpeg's masks of the channel layouts that are encoded.
///
/// 5.1 is the layout with back surrounds, not side surrounds: FFmpeg maps AAC's channel configuration 6 (ISO/IEC 14496-3
/// 1.6.3.5) to it, so encoder, muxer and every reader agree on the order of the channels.
enum ChannelMask {
    /// The layout of 1, 2 or 6 channels.
    static func of(_ channels: Int) -> UInt64 {
        switch channels {
        case 1: VH_MONO_MASK
        case 6: VH_SURROUND_MASK
        default: VH_STEREO_MASK
        }
    }
}
