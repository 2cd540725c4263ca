import CFFmpeg
public import MediaModel

/// The properties of a stream as its container and headers describe them.
public struct StreamFacts: Sendable {
    /// The type of a stream's media.
    public enum Kind: Sendable, Hashable {
        /// Video.
        case video
        /// Audio.
        case audio
        /// Subtitles, as text or as bitmaps.
        case subtitle
        /// Anything else.
        case other
    }

    /// Its index in the container.
    public let index: Int
    /// The container's identifier of the stream, such as the PID in a transport stream.
    public let identifier: Int
    /// The programmes of a transport stream that contain it; empty in other containers.
    public internal(set) var programmes: Set<Int> = []
    /// Whether the stream, or its parameters, were found only after the start of the file.
    public internal(set) var isLate = false
    /// Whether a read of the whole file found no packet of it.
    public internal(set) var isEmpty = false
    /// Whether its container marks it as encrypted.
    public let isEncrypted: Bool
    /// The type of its media.
    public let kind: Kind
    /// The codec's short name.
    public let codec: String
    /// The profile's name, if it has one.
    public let profile: String?
    /// Whether it is an attached picture, such as cover art.
    public let isAttachedPicture: Bool
    /// Whether the container marks it as the default stream.
    public let isDefault: Bool
    /// Whether these are forced subtitles, which all viewers need.
    public let isForced: Bool
    /// Whether these are subtitles for the hearing impaired, which also describe sounds and speakers.
    public let isForHearingImpaired: Bool
    /// ISO 639 code, if given.
    public let language: String?
    /// Seconds a tick.
    public let timeBase: Rational
    /// Average frames a second according to the headers; zero where unknown.
    public let averageFrameRate: Rational
    /// Coded width.
    public let width: Int
    /// Coded height.
    public let height: Int
    /// Sample aspect ratio.
    public let sampleAspectRatio: Rational
    /// Sample aspect ratio in the codec's headers; `nil` where they have none.
    private let codedAspectRatio: Rational?
    /// Whether the container has a separate sample aspect ratio.
    private let hasContainerAspectRatio: Bool
    /// Clockwise rotation in degrees that makes the video upright.
    public let rotation: Int
    /// Whether to mirror the video left to right after the rotation.
    public let mirrored: Bool
    /// Name of the pixel format; empty where unknown.
    public let pixelFormat: String
    /// Whether the container or the parser reports interlaced video.
    public let interlaced: Bool
    /// Frames that the decoder delays to reorder them; 0 without reordering.
    public let reorderDepth: Int
    /// The colour tags.
    public let color: ColorFacts
    /// The Dolby Vision configuration; `nil` without one.
    public let dolbyVision: DolbyVision?
    /// Samples a second.
    public let sampleRate: Int
    /// Number of channels.
    public let channels: Int
    /// Whether its channels are loudspeaker channels, not ambisonics or a custom layout.
    public let feedsSpeakers: Bool
    /// Whether its layout is AAC's channel configuration 6, which every reader plays as 5.1.
    public let isPlainSurround: Bool
    /// Whether it is AAC with an ADTS header in every frame, as in a transport stream.
    public let hasFrameHeaders: Bool
    /// Samples a frame where all frames have the same number; otherwise 0.
    public let frameSamples: Int
    /// Samples at the start that are not presented.
    public let initialPadding: Int
    /// The loudspeaker of a stream with one channel; `nil` for several channels and for plain mono.
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

    /// Whether the parameters that a plan needs are known.
    public var isKnown: Bool {
        switch kind {
        case .audio: sampleRate > 0 && channels > 0
        case .video: width > 0 && height > 0
        default: true
        }
    }

    /// FFmpeg's tags of encrypted sample entries (ISO/IEC 14496-12 8.12, and older types of media stores).
    private static let encryptedKinds: Set<UInt32> = Set(
        ["encv", "enca", "enct", "encs", "drmi", "drms", "aavd"].map { name in
            name.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        })

    /// Whether the layout is 5.1 by channel configuration 6.
    ///
    /// Few readers understand configuration 0, which describes its channels in the bitstream. The configuration is in the
    /// second byte of an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1); without one, the ADTS headers have it.
    private static func isPlainSurround(_ parameters: AVCodecParameters) -> Bool {
        guard parameters.ch_layout.order == AV_CHANNEL_ORDER_NATIVE, parameters.ch_layout.u.mask == VH_SURROUND_MASK
        else { return false }
        guard let configuration = parameters.extradata, parameters.extradata_size >= 2 else { return true }
        return configuration[1] >> 3 & 0xF == 6
    }

    /// Rotation in steps of 90 degrees, and mirroring, from the display matrix (`libavutil/display.h`).
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

extension StreamFacts {
    /// The largest plausible sample aspect ratio; samples further from square are treated as square.
    public static let maximumStretch = Rational(4)

    /// The display aspect ratio of a decoded frame before its rotation.
    ///
    /// The size and the sample aspect ratio may change within a stream. The container's ratio applies as long as the frames
    /// have the same ratio as at the start of the stream.
    public func displayAspect(of frame: Frame) -> Rational {
        let own = Rational(frame.pointer.pointee.sample_aspect_ratio).flatMap { $0 > Rational(0) ? $0 : nil }
        let isUnchanged = own == nil || own == codedAspectRatio || (hasContainerAspectRatio && codedAspectRatio == nil)
        let ratio = isUnchanged ? sampleAspectRatio : own ?? sampleAspectRatio
        let isPlausible = ratio <= Self.maximumStretch && ratio.reciprocal <= Self.maximumStretch
        let size = Rational(Int64(frame.width), Int64(max(1, frame.height)))
        return isPlausible ? size * ratio : size
    }
}

extension StreamFacts {
    /// A stream's Dolby Vision configuration ("Dolby Vision Streams Within the ISO Base Media File Format").
    public struct DolbyVision: Sendable, Hashable {
        /// The profile: 5, 7, 8, …
        public let profile: Int
        /// How the base layer can be played alone: 1 HDR10, 2 SDR, 4 HLG, 6 Blu-ray HDR10; 0 not at all.
        public let compatibility: Int

        /// Whether the base layer has colours (IPT-PQ-c2) that only a Dolby Vision decoder can convert.
        public var isNeeded: Bool { profile == 5 || (profile == 10 && compatibility == 0) }
    }

    fileprivate static func dolbyVision(_ stream: UnsafeMutablePointer<AVStream>) -> DolbyVision? {
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

extension StreamFacts {
    /// The loudspeaker of a track with one channel; some recorders write one track for each loudspeaker.
    public enum Speaker: Sendable, Hashable {
        /// Front left.
        case left
        /// Front right.
        case right
        /// Front centre.
        case centre
        /// Low frequencies.
        case lowFrequency
        /// At the side or the back, left.
        case leftSurround
        /// At the side or the back, right.
        case rightSurround
        /// At the back, between the two.
        case backCentre
    }

    fileprivate static func speaker(_ layout: AVChannelLayout) -> Speaker? {
        guard layout.nb_channels == 1 else { return nil }
        var copy = layout
        return switch av_channel_layout_channel_from_index(&copy, 0) {
        case AV_CHAN_FRONT_LEFT, AV_CHAN_STEREO_LEFT: .left
        case AV_CHAN_FRONT_RIGHT, AV_CHAN_STEREO_RIGHT: .right
        case AV_CHAN_FRONT_CENTER: .centre
        case AV_CHAN_LOW_FREQUENCY: .lowFrequency
        case AV_CHAN_BACK_LEFT, AV_CHAN_SIDE_LEFT: .leftSurround
        case AV_CHAN_BACK_RIGHT, AV_CHAN_SIDE_RIGHT: .rightSurround
        case AV_CHAN_BACK_CENTER: .backCentre
        default: nil
        }
    }
}
