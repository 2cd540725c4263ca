import CFFmpeg
public import MediaModel

/// What a container says of one of its streams.
public struct StreamFacts: Sendable {
    /// What a stream carries.
    public enum Kind: Sendable, Hashable {
        /// Moving pictures.
        case video
        /// Sound.
        case audio
        /// Text or pictures to show over the video.
        case subtitle
        /// Anything else.
        case other
    }

    /// Its index in the container.
    public let index: Int
    /// The container's own number for it, such as the PID in a transport stream.
    public let identifier: Int
    /// Programmes of a transport stream that it belongs to; empty where there are none.
    public internal(set) var programmes: Set<Int> = []
    /// Whether it was found, or its form was learnt, only behind the start of the file.
    public internal(set) var isLate = false
    /// Whether the whole file was read and holds nothing of it.
    public internal(set) var isEmpty = false
    /// Whether its container says that it is encrypted.
    public let isEncrypted: Bool
    /// What it carries.
    public let kind: Kind
    /// The codec's short name.
    public let codec: String
    /// The profile's name, if it has one.
    public let profile: String?
    /// Whether it is a still that came along, such as cover art.
    public let isAttachedPicture: Bool
    /// Whether the container marks it as the one to play.
    public let isDefault: Bool
    /// Whether subtitles hold only what everybody has to read.
    public let isForced: Bool
    /// Whether subtitles also tell of sounds and of who speaks.
    public let isForHearingImpaired: Bool
    /// ISO 639 code, if given.
    public let language: String?
    /// Seconds a tick.
    public let timeBase: Rational
    /// Average frames a second as claimed; zero where unknown.
    public let averageFrameRate: Rational
    /// Coded width and height.
    public let width: Int
    /// Coded height.
    public let height: Int
    /// A sample's width over its height.
    public let sampleAspectRatio: Rational
    /// The same as its pictures themselves say at the start; `nil` where they do not.
    let codedAspectRatio: Rational?
    /// Whether the container says it.
    let hasContainerAspectRatio: Bool
    /// Clockwise degrees that make the picture upright.
    public let rotation: Int
    /// Whether to mirror left to right after turning.
    public let mirrored: Bool
    /// Name of the pixel format; empty where unknown.
    public let pixelFormat: String
    /// Whether the container or parser says that fields are interleaved.
    public let interlaced: Bool
    /// Pictures that the decoder holds back to put them in order; 0 where it gives each one at once.
    public let reorderDepth: Int
    /// Colours, as tagged.
    public let color: ColorFacts
    /// What is said of Dolby Vision; `nil` where nothing is.
    public let dolbyVision: DolbyVision?
    /// Samples a second.
    public let sampleRate: Int
    /// Channels.
    public let channels: Int
    /// Whether its channels are loudspeakers', and not a sound field's (ambisonics) or of a meaning of their own.
    public let feedsSpeakers: Bool
    /// Whether its channels are the six of AAC's configuration 6, which every reader knows as 5.1.
    public let isPlainSurround: Bool
    /// Whether it is AAC whose every frame says what it is, in a header, as in a transport stream.
    public let hasFrameHeaders: Bool
    /// Samples a frame where every frame has the same; 0 otherwise.
    public let frameSamples: Int
    /// Samples in front that are not to be heard.
    public let initialPadding: Int
    /// The loudspeaker that a single channel is marked for; `nil` for more channels, for one of none and for plain mono.
    public let speaker: Speaker?

    init(_ stream: UnsafeMutablePointer<AVStream>) {
        let parameters = stream.pointee.codecpar.pointee
        index = Int(stream.pointee.index)
        identifier = Int(stream.pointee.id)
        isEncrypted =
            Self.encryptedKinds.contains(parameters.codec_tag)
            || av_dict_get(stream.pointee.metadata, "enc_key_id", nil, 0) != nil
        switch parameters.codec_type {
        case AVMEDIA_TYPE_VIDEO: kind = .video
        case AVMEDIA_TYPE_AUDIO: kind = .audio
        case AVMEDIA_TYPE_SUBTITLE: kind = .subtitle
        default: kind = .other
        }
        codec = String(cString: avcodec_get_name(parameters.codec_id))
        profile = avcodec_profile_name(parameters.codec_id, parameters.profile).map { String(cString: $0) }
        isAttachedPicture = stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
        isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
        isForced = stream.pointee.disposition & AV_DISPOSITION_FORCED != 0
        isForHearingImpaired = stream.pointee.disposition & AV_DISPOSITION_HEARING_IMPAIRED != 0
        language = av_dict_get(stream.pointee.metadata, "language", nil, 0).map { String(cString: $0.pointee.value) }
        timeBase = Rational(stream.pointee.time_base) ?? Rational(1, 1000)
        averageFrameRate = Rational(stream.pointee.avg_frame_rate) ?? Rational(0)
        width = Int(parameters.width)
        height = Int(parameters.height)
        let ratio = av_guess_sample_aspect_ratio(nil, stream, nil)
        sampleAspectRatio = Rational(ratio).flatMap { $0 > Rational(0) ? $0 : nil } ?? Rational(1)
        codedAspectRatio = Rational(parameters.sample_aspect_ratio).flatMap { $0 > Rational(0) ? $0 : nil }
        hasContainerAspectRatio = stream.pointee.sample_aspect_ratio.num > 0
        (rotation, mirrored) = Self.orientation(stream)
        pixelFormat = PixelFormat.name(parameters.format, isVideo: parameters.codec_type == AVMEDIA_TYPE_VIDEO)
        interlaced = parameters.field_order.rawValue > AV_FIELD_PROGRESSIVE.rawValue
        reorderDepth = Int(parameters.video_delay)
        color = ColorFacts(
            primaries: parameters.color_primaries, transfer: parameters.color_trc, matrix: parameters.color_space,
            range: parameters.color_range, pixelFormat: pixelFormat)
        dolbyVision = Self.dolbyVision(stream)
        sampleRate = Int(parameters.sample_rate)
        channels = Int(parameters.ch_layout.nb_channels)
        feedsSpeakers = [AV_CHANNEL_ORDER_NATIVE, AV_CHANNEL_ORDER_UNSPEC].contains(parameters.ch_layout.order)
        hasFrameHeaders = parameters.codec_id == AV_CODEC_ID_AAC && parameters.extradata_size == 0
        isPlainSurround = Self.isPlainSurround(parameters)
        frameSamples = Int(parameters.frame_size)
        initialPadding = Int(parameters.initial_padding)
        speaker = Self.speaker(parameters.ch_layout)
    }

    /// Whether enough is known of sound or pictures to plan with them.
    public var isKnown: Bool {
        switch kind {
        case .audio: sampleRate > 0 && channels > 0
        case .video: width > 0 && height > 0
        default: true
        }
    }

    /// Sample entries of what is encrypted (ISO/IEC 14496-12 8.12, and what shops sold before), as FFmpeg has them.
    private static let encryptedKinds: Set<UInt32> = Set(
        ["encv", "enca", "enct", "encs", "drmi", "drms", "aavd"].map { name in
            name.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        })

    /// A configuration of 0 describes its channels in a way of its own, which few readers understand: the second byte of
    /// an AudioSpecificConfig tells (ISO/IEC 14496-3 1.6.2.1). Where there is none, each frame has a header that does.
    private static func isPlainSurround(_ parameters: AVCodecParameters) -> Bool {
        guard parameters.ch_layout.order == AV_CHANNEL_ORDER_NATIVE, parameters.ch_layout.u.mask == VH_SURROUND_MASK
        else { return false }
        guard let configuration = parameters.extradata, parameters.extradata_size >= 2 else { return true }
        return configuration[1] >> 3 & 0xF == 6
    }

    /// Quarter turns and mirroring out of the display matrix (`libavutil/display.h`).
    private static func orientation(_ stream: UnsafeMutablePointer<AVStream>) -> (Int, Bool) {
        var size = 0
        guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36 else {
            return (0, false)
        }
        var matrix: [Int32] = data.withMemoryRebound(to: Int32.self, capacity: 9) { words in
            Array(UnsafeBufferPointer(start: words, count: 9))
        }
        let (a, b) = (Double(matrix[0]), Double(matrix[1]))
        let (c, d) = (Double(matrix[3]), Double(matrix[4]))
        let determinant = a * d - b * c
        let mirrored = determinant < 0
        if mirrored { av_display_matrix_flip(&matrix, 1, 0) }
        let angle = -av_display_rotation_get(matrix)
        guard angle.isFinite else { return (0, mirrored) }
        let quarter = (Int((angle / 90).rounded()) % 4 + 4) % 4
        return (quarter * 90, mirrored)
    }
}

extension Rational {
    /// An FFmpeg rational; `nil` where its denominator is zero.
    init?(_ value: AVRational) {
        guard value.den != 0 else { return nil }
        self.init(Int64(value.num), Int64(value.den))
    }

    /// The FFmpeg form; both parts fit 32 bits for every time base that FFmpeg gave.
    var av: AVRational { AVRational(num: Int32(clamping: numerator), den: Int32(clamping: denominator)) }
}

enum PixelFormat {
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
            // The "J" formats say full range by their name.
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
