/// A container that is accepted, told by its bytes and never by a file's name.
///
/// Naming the one demuxer for each keeps FFmpeg from guessing, so a playlist or a script in a film's clothes reaches no
/// demuxer at all.
public enum Container: String, Sendable, Hashable, Codable, CaseIterable {
    /// MP4, QuickTime, 3GP (ISO/IEC 14496-12).
    case mp4
    /// Matroska and WebM.
    case matroska
    /// MPEG transport stream, with packets of 188 or 192 bytes.
    case mpegts
    /// MPEG program stream.
    case mpeg
    /// Audio Video Interleave.
    case avi
    /// Flash Video.
    case flv
    /// Advanced Systems Format: WMV, WMA.
    case asf
    /// Ogg.
    case ogg
    /// MPEG audio layer 3, with or without tags.
    case mp3
    /// RIFF WAVE.
    case wav
    /// Free Lossless Audio Codec.
    case flac
    /// AAC in ADTS frames.
    case adts
    /// Material Exchange Format.
    case mxf

    /// FFmpeg's short name of its demuxer.
    public var demuxer: String {
        switch self {
        case .mp4: "mov"
        case .matroska: "matroska"
        case .mpegts: "mpegts"
        case .mpeg: "mpeg"
        case .avi: "avi"
        case .flv: "flv"
        case .asf: "asf"
        case .ogg: "ogg"
        case .mp3: "mp3"
        case .wav: "wav"
        case .flac: "flac"
        case .adts: "aac"
        case .mxf: "mxf"
        }
    }

    /// Bytes that a look at the head needs.
    public static let headLength = 4096

    /// What the first bytes of a file say, or `nil` if they are no container that is accepted.
    /// - Parameter head: The first ``headLength`` bytes, or all of a shorter file.
    public init?(head: [UInt8]) {
        guard let found = Self.byMagic(head) ?? Self.byStructure(head) else { return nil }
        self = found
    }

    private static func byMagic(_ head: [UInt8]) -> Container? {
        func has(_ text: StaticString, at offset: Int = 0) -> Bool {
            let wanted = Array(String(describing: text).utf8)
            return head.count >= offset + wanted.count && Array(head[offset..<offset + wanted.count]) == wanted
        }
        func starts(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
        let boxes: [StaticString] = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot", "moof", "styp"]
        if boxes.contains(where: { has($0, at: 4) }) { return .mp4 }
        if starts([0x1a, 0x45, 0xdf, 0xa3]) { return .matroska }
        if has("RIFF"), has("AVI ", at: 8) { return .avi }
        if has("RIFF"), has("WAVE", at: 8) { return .wav }
        if starts([0x46, 0x4c, 0x56, 0x01]) { return .flv }
        if starts([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) { return .asf }
        if has("OggS") { return .ogg }
        if has("fLaC") { return .flac }
        if has("ID3") { return .mp3 }
        if starts([0x06, 0x0e, 0x2b, 0x34]) { return .mxf }
        if starts([0x00, 0x00, 0x01, 0xba]) { return .mpeg }
        return nil
    }

    /// Formats without a magic word: what repeats, and how often, gives them away.
    private static func byStructure(_ head: [UInt8]) -> Container? {
        // ISO/IEC 13818-1 2.4.3.2: a sync byte each 188 bytes; AVCHD puts four bytes of time before each packet.
        for (size, offset) in [(188, 0), (192, 4), (204, 0)] {
            let places = stride(from: offset, to: head.count, by: size)
            if head.count > offset + 2 * size, places.allSatisfy({ head[$0] == 0x47 }) { return .mpegts }
        }
        guard head.count >= 4, head[0] == 0xff else { return nil }
        if head[1] & 0xf6 == 0xf0 { return .adts }
        if head[1] & 0xe0 == 0xe0, head[1] & 0x06 == 0x02 { return .mp3 }
        return nil
    }
}
