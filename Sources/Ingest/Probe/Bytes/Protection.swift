import Ground
import MediaModel

/// Detects encryption in a file's bytes, for containers where FFmpeg ignores it and would decode noise.
///
/// MP4 is examined only if it cannot be opened: its demuxer reports encryption for each packet.
struct Protection {
    /// Whether the file as a whole is flagged as encrypted.
    private(set) var isWhole = false
    /// PIDs of a transport stream of which most packets are scrambled.
    private(set) var scrambled: Set<Int> = []

    /// Examines a file's headers, and samples that are spread over it.
    init(_ source: SourceBytes, _ container: Container) {
        switch container {
        case .asf: isWhole = Self.hasEncryptionObject(source)
        case .matroska: isWhole = Self.hasEncryptedTracks(source)
        case .flv: isWhole = Self.hasFilteredTags(source)
        case .mpeg: isWhole = Self.hasScrambledPackets(source)
        case .mxf: isWhole = Self.hasEncryptedTriplets(source)
        case .mpegts: scrambled = Self.scrambledPIDs(source)
        default: break
        }
    }

    /// Refuses a file that is encrypted as a whole.
    /// - Throws: `Rejection` with `protected`.
    func check() throws(Rejection) { if isWhole { throw Self.rejection } }

    /// The rejection of an encrypted file.
    static let rejection = Rejection(
        .protected, "The file is encrypted or copy-protected: it can be played only with a key that is not in it.")

    /// The number of samples of a file, and the bytes of each.
    private static let (places, placeLength): (Int64, Int) = (8, 64 << 10)

    private static func windows(_ source: SourceBytes) -> [[UInt8]] {
        (0..<places).map { source.read(at: source.count / places * $0, placeLength) }
    }

    // MARK: MP4

    /// Bytes in which the headers of a fragmented MP4 are searched.
    private static let movieLength = 256 << 10

    /// Whether the headers at the start of an MP4 have sample entries of encrypted media (ISO/IEC 14496-12 8.12). FFmpeg may be
    /// unable to open such a fragmented file.
    static func hasEncryptedEntries(_ source: SourceBytes) -> Bool {
        let bytes = source.read(at: 0, movieLength)
        func has(_ name: StaticString) -> Bool {
            let wanted = Array(String(describing: name).utf8)
            return bytes.indices.dropLast(3).contains { place in
                bytes[place] == wanted[0] && bytes[place..<(place + 4)].elementsEqual(wanted)
            }
        }
        return (has("encv") || has("enca")) && has("sinf")
    }

    // MARK: ASF

    /// Most objects of a header that are read.
    private static let mostObjects = 256

    private static let guids = (
        // ASF 1.2, 10.2: header extension, stream properties, content encryption; extended content encryption;
        // advanced content encryption.
        headerExtension: "b503bf5f2ea9cf118ee300c00c205365", streamProperties: "9107dcb7b7a9cf118ee600c00c205365",
        encryption: [
            "fbb3112223bdd211b4b700a0c955fc6e", "14e68a292226174cb935dae07ee9289c", "338505438169e6499b74ad12cb86d58c",
        ]
    )

    private static func hasEncryptionObject(_ source: SourceBytes) -> Bool {
        var place: Int64 = 30
        for _ in 0..<mostObjects {
            let head = source.read(at: place, 74)
            guard head.count >= 24 else { return false }
            let guid = Hexadecimal.text(head[..<16])
            if guids.encryption.contains(guid) { return true }
            // Bit 15 of a stream's flags: encrypted content.
            if guid == guids.streamProperties, head.count == 74, head[73] & 0x80 != 0 { return true }
            let size = head[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard size >= 24, size < UInt64(source.count) else { return false }
            // An extension's objects stand in it, behind its own fields.
            place += guid == guids.headerExtension && size >= 46 ? 46 : Int64(size)
        }
        return false
    }

    // MARK: Matroska

    private enum Element {
        static let segment: UInt32 = 0x1853_8067
        static let tracks: UInt32 = 0x1654_ae6b
        static let track: UInt32 = 0xae
        static let kind: UInt32 = 0x83
        static let encodings: UInt32 = 0x6d80
        static let encoding: UInt32 = 0x6240
        static let encryption: UInt32 = 0x5035
        static let cluster: UInt32 = 0x1f43_b675
    }

    /// Whether a video or audio track has an encoding that encrypts (RFC 9559, 5.1.4.1.31).
    private static func hasEncryptedTracks(_ source: SourceBytes) -> Bool {
        func bodies(_ name: UInt32, _ outer: Range<Int64>) -> [Range<Int64>] {
            elements(source, outer).filter { $0.name == name }.map(\.body)
        }
        let segments = bodies(Element.segment, 0..<source.count)
        let tracks = segments.prefix(1).flatMap { bodies(Element.tracks, $0) }.flatMap { bodies(Element.track, $0) }
        return tracks.contains { track in
            let kind = bodies(Element.kind, track).first.flatMap { source.read(at: $0.upperBound - 1, 1).first }
            guard kind == 1 || kind == 2 else { return false }
            return bodies(Element.encodings, track).flatMap { bodies(Element.encoding, $0) }
                .contains { !bodies(Element.encryption, $0).isEmpty }
        }
    }

    /// The elements of a range, up to the first cluster, behind which there are no headers (RFC 8794, 4 to 6).
    private static func elements(_ source: SourceBytes, _ outer: Range<Int64>) -> [(name: UInt32, body: Range<Int64>)] {
        var found: [(name: UInt32, body: Range<Int64>)] = []
        var place = outer.lowerBound
        while place < outer.upperBound, found.count < mostObjects {
            let head = source.read(at: place, 12)
            guard let first = head.first, first >= 0x10 else { break }
            let nameLength = first.leadingZeroBitCount + 1
            guard head.count > nameLength, head[nameLength] > 0 else { break }
            let sizeLength = head[nameLength].leadingZeroBitCount + 1
            guard head.count >= nameLength + sizeLength else { break }
            let name = head[..<nameLength].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let mask = UInt64(1) << (7 * sizeLength) - 1
            let size = head[nameLength..<(nameLength + sizeLength)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & mask
            let start = place + Int64(nameLength + sizeLength)
            guard name != Element.cluster, start <= outer.upperBound else { break }
            // A size of ones is unknown: such an element extends to the end, like one of which the end has not arrived.
            let rest = outer.upperBound - start
            let end = size == mask || size > UInt64(rest) ? outer.upperBound : start + Int64(size)
            found.append((name, start..<end))
            place = end
        }
        return found
    }

    // MARK: FLV

    /// Whether one of the first tags needs a decryption filter (Video File Format 10.1, E.4.1).
    private static func hasFilteredTags(_ source: SourceBytes) -> Bool {
        var place: Int64 = 13
        for _ in 0..<mostObjects {
            let head = source.read(at: place, 4)
            guard head.count == 4 else { return false }
            if head[0] & 0x20 != 0, [8, 9].contains(head[0] & 0x1f), head[0] & 0xc0 == 0 { return true }
            place += 15 + head[1...].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
        return false
    }

    // MARK: MPEG-2 systems

    /// Whether most audio and video packets are scrambled, as on a disc (ISO/IEC 13818-1 2.4.3.7).
    private static func hasScrambledPackets(_ source: SourceBytes) -> Bool {
        var (scrambled, clear) = (0, 0)
        for bytes in windows(source) where bytes.count > 7 {
            var place = 0
            while place + 7 <= bytes.count {
                let isPacket =
                    bytes[place] == 0 && bytes[place + 1] == 0 && bytes[place + 2] == 1
                    && (bytes[place + 3] == 0xbd || (0xc0...0xef).contains(bytes[place + 3]))
                guard isPacket, bytes[place + 6] & 0xc0 == 0x80 else {
                    place += 1
                    continue
                }
                if bytes[place + 6] & 0x30 != 0 { scrambled += 1 } else { clear += 1 }
                place += 7
            }
        }
        return scrambled > clear
    }

    /// The scrambled PIDs by `transport_scrambling_control` (ISO/IEC 13818-1 2.4.3.3). A descriptor of conditional access does not
    /// count: it remains in recordings that a receiver has decrypted.
    private static func scrambledPIDs(_ source: SourceBytes) -> Set<Int> {
        var balance: [Int: Int] = [:]
        for bytes in windows(source) {
            guard let (size, start) = packets(bytes) else { continue }
            for place in stride(from: start, to: bytes.count - 4, by: size) where bytes[place] == 0x47 {
                let pid = Int(bytes[place + 1] & 0x1f) << 8 | Int(bytes[place + 2])
                guard pid != 0x1fff, bytes[place + 3] & 0x10 != 0 else { continue }
                balance[pid, default: 0] += bytes[place + 3] & 0xc0 != 0 ? 1 : -1
            }
        }
        return Set(balance.filter { $0.value > 0 }.keys)
    }

    /// The length of a packet and the position of the first one.
    private static func packets(_ bytes: [UInt8]) -> (size: Int, start: Int)? {
        for size in [188, 192, 204] {
            for start in 0..<size where start + 4 * size < bytes.count {
                if (0...4).allSatisfy({ bytes[start + $0 * size] == 0x47 }) { return (size, start) }
            }
        }
        return nil
    }

    // MARK: MXF

    /// SMPTE ST 429-6: the key of an encrypted triplet, with any version.
    private static let triplet: [UInt8] = [0x0d, 0x01, 0x03, 0x01, 0x02, 0x7e, 0x01, 0x00]

    private static func hasEncryptedTriplets(_ source: SourceBytes) -> Bool {
        windows(source).contains { bytes in
            bytes.indices.dropLast(16).contains { place in
                bytes[place] == 0x06 && bytes[place + 1] == 0x0e && bytes[place + 2] == 0x2b
                    && bytes[(place + 8)..<(place + 16)].elementsEqual(triplet)
            }
        }
    }
}
