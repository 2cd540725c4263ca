/// An accepted container, identified by the file's bytes and never by its name.
///
/// FFmpeg gets the name of one demuxer and does not guess, so a playlist or a script that pretends to be a video reaches no
/// demuxer.
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
    /// MPEG audio layer 2 or 3, with or without tags.
    case mp3
    /// RIFF WAVE.
    case wav
    /// Free Lossless Audio Codec.
    case flac
    /// AAC in ADTS frames.
    case adts
    /// Material Exchange Format.
    case mxf
    /// Wave64, Sony's WAVE of 64 bits.
    case w64
    /// Audio Interchange File Format, compressed or not.
    case aiff
    /// Apple's Core Audio Format.
    case caf
    /// Adaptive multi-rate speech (RFC 4867, section 5).
    case amr
    /// WavPack.
    case wavpack
    /// AC-3 frames (ETSI TS 102 366).
    case ac3
    /// E-AC-3 frames (ETSI TS 102 366, annex E).
    case eac3
    /// DTS frames (ETSI TS 102 114).
    case dts
    /// Sun's audio files.
    case au
    /// True Audio.
    case tta
    /// Graphics Interchange Format; only animations are accepted.
    case gif

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
        case .w64: "w64"
        case .aiff: "aiff"
        case .caf: "caf"
        case .amr: "amr"
        case .wavpack: "wv"
        case .ac3: "ac3"
        case .eac3: "eac3"
        case .dts: "dts"
        case .au: "au"
        case .tta: "tta"
        case .gif: "gif"
        }
    }

    /// Bytes that identification needs: several frames of the longest format, and some dozens of packets.
    public static let headLength = 16_384

    /// Most consecutive tags in front of the container.
    private static let mostTags = 8
    /// Containers that may have ID3 tags in front of them.
    private static let tagged: Set<Container> = [.mp3, .adts, .flac, .wavpack, .wav, .tta]

    /// Identifies the container of a file. Several audio formats have ID3 tags in front, so the bytes behind the tags count; if
    /// these are not identified, the file is MP3.
    /// - Parameter read: Returns the bytes of the file from an offset on, ``headLength`` of them or all that there are.
    public init?(reading read: (Int64) -> [UInt8]) {
        var start: Int64 = 0
        var head = read(0)
        for _ in 0..<Self.mostTags {
            guard let length = Self.tagLength(head) else { break }
            start += length
            head = read(start)
        }
        guard start > 0 else {
            self.init(head: head)
            return
        }
        let found = Container(head: head)
        self = found.flatMap { Self.tagged.contains($0) ? $0 : nil } ?? .mp3
    }

    /// Identifies a container by its first bytes; `nil` if it is not accepted.
    /// - Parameter head: The first ``headLength`` bytes, or all of a shorter file.
    public init?(head: [UInt8]) {
        guard let found = Self.byMagic(head) ?? Self.byStructure(head) else { return nil }
        self = found
    }

    /// The length of the ID3 tag at the start (ID3v2.4.0, section 3.1); `nil` if there is none.
    private static func tagLength(_ head: [UInt8]) -> Int64? {
        guard head.count >= 10, head.starts(with: Array("ID3".utf8)), head[6..<10].allSatisfy({ $0 < 0x80 }) else {
            return nil
        }
        let footer: Int64 = head[5] & 0x10 != 0 ? 10 : 0
        return head[6..<10].reduce(0) { $0 << 7 | Int64($1) } + 10 + footer
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
        // EBU Tech 3306: WAVE with lengths of 64 bits.
        if has("RIFF") || has("RF64") || has("BW64"), has("WAVE", at: 8) { return .wav }
        // Two GUIDs: "riff" at the start, "wave" behind the length.
        if has("riff"), has("wave", at: 24) { return .w64 }
        if has("FORM"), has("AIFF", at: 8) || has("AIFC", at: 8) { return .aiff }
        if has("caff"), head.count > 5, head[4] == 0, head[5] == 1 { return .caf }
        if has("#!AMR") { return .amr }
        if has("wvpk") { return .wavpack }
        if has(".snd") { return .au }
        if has("TTA1") { return .tta }
        // Big and little endian, in words of 16 and of 14 bits.
        let words: [[UInt8]] = [
            [0x7f, 0xfe, 0x80, 0x01], [0xfe, 0x7f, 0x01, 0x80], [0x1f, 0xff, 0xe8, 0x00], [0xff, 0x1f, 0x00, 0xe8],
        ]
        if words.contains(where: starts) { return .dts }
        if has("GIF87a") || has("GIF89a") { return .gif }
        if starts([0x46, 0x4c, 0x56, 0x01]) { return .flv }
        if starts([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) { return .asf }
        if has("OggS") { return .ogg }
        if has("fLaC") { return .flac }
        if has("ID3") { return .mp3 }
        if starts([0x06, 0x0e, 0x2b, 0x34]) { return .mxf }
        if starts([0x00, 0x00, 0x01, 0xba]) { return .mpeg }
        return nil
    }

    /// Identifies formats without a magic number by the headers that repeat in them.
    private static func byStructure(_ head: [UInt8]) -> Container? {
        if isTransportStream(head) { return .mpegts }
        guard head.count >= 4 else { return nil }
        if head[0] == 0xff {
            if head[1] & 0xf6 == 0xf0 { return .adts }
            if head[1] & 0xe0 == 0xe0, head[1] & 0x06 == 0x02 { return .mp3 }
            // Layer 2, with a bit rate and a sample rate.
            let isRated = !(head[2] >> 4).isMultiple(of: 15) && head[2] & 0x0c != 0x0c
            if head[1] & 0xf6 == 0xf4, isRated { return .mp3 }
        }
        if let audio = dolby(head) { return audio }
        // A recording of a broadcast may begin within a frame.
        return head.indices.lazy.compactMap { frames(head, from: $0) }.first
    }

    /// ETSI TS 102 366 4.4.1 and E.1.2.2: the sync word, and the bit stream identification that distinguishes the two formats.
    private static func dolby(_ head: [UInt8]) -> Container? {
        guard head.count >= 7, head[0] == 0x0b, head[1] == 0x77 else { return nil }
        switch head[5] >> 3 {
        case 0...10: return head[4] >> 6 < 3 && head[4] & 0x3f < 38 ? .ac3 : nil
        case 11...16: return .eac3
        default: return nil
        }
    }

    /// Consecutive packets that identify a stream which does not begin with one.
    private static let surePackets = 8

    /// ISO/IEC 13818-1 2.4.3.2: a sync byte every 188 bytes. AVCHD adds four bytes of time before each packet, broadcasts 16 bytes
    /// of error correction behind it. A part of a broadcast may begin within a packet.
    private static func isTransportStream(_ head: [UInt8]) -> Bool {
        func repeats(_ size: Int, from offset: Int, times: Int) -> Bool {
            let places = stride(from: offset, to: head.count, by: size)
            return head.count > offset + (times - 1) * size && places.allSatisfy { head[$0] == 0x47 }
        }
        if [(188, 0), (192, 4), (204, 0)].contains(where: { repeats($0, from: $1, times: 3) }) { return true }
        return [188, 192, 204].contains { size in
            head.indices.contains { repeats(size, from: $0, times: surePackets) }
        }
    }

    /// Consecutive frames that identify audio which does not begin with one.
    private static let sureFrames = 4

    private static func frames(_ head: [UInt8], from start: Int) -> Container? {
        var place = start
        var kind: Container?
        for _ in 0..<sureFrames {
            guard place + 7 <= head.count, head[place] == 0xff else { return nil }
            let (found, length): (Container, Int)
            if head[place + 1] & 0xf6 == 0xf0 {
                (found, length) = (.adts, adtsLength(head, place))
            } else if head[place + 1] & 0xfe == 0xfa, let bytes = layer3Length(head, place) {
                (found, length) = (.mp3, bytes)
            } else {
                return nil
            }
            guard length > 7, kind ?? found == found else { return nil }
            kind = found
            place += length
        }
        return kind
    }

    /// ISO/IEC 13818-7 6.2.2: `aac_frame_length`.
    private static func adtsLength(_ head: [UInt8], _ place: Int) -> Int {
        Int(head[place + 3] & 3) << 11 | Int(head[place + 4]) << 3 | Int(head[place + 5]) >> 5
    }

    /// Bytes of a frame of MPEG-1 layer III (ISO/IEC 11172-3 2.4.2.3); `nil` for an invalid header.
    private static func layer3Length(_ head: [UInt8], _ place: Int) -> Int? {
        let rates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0]
        let frequencies = [44_100, 48_000, 32_000, 0]
        let (rate, frequency) = (rates[Int(head[place + 2] >> 4)], frequencies[Int(head[place + 2] >> 2 & 3)])
        guard rate > 0, frequency > 0 else { return nil }
        return 144_000 * rate / frequency + Int(head[place + 2] >> 1 & 1)
    }
}
