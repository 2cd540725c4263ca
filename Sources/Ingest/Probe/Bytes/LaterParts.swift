/// Finds recordings that are appended to the first one in a file and that its demuxer does not reach.
///
/// Pure except for `read`; reads a bounded number of bytes.
struct LaterParts {
    /// Returns up to `count` bytes from an offset on.
    let read: (_ offset: Int64, _ count: Int) -> [UInt8]

    /// Bytes behind the start of the last packet that are searched: its own, a page of Ogg, an index.
    private static let window: Int64 = 256 << 10

    /// Whether another recording begins behind the last packet that was read.
    /// - Parameter position: Where that packet begins.
    func follow(_ position: Int64, _ container: Container) -> Bool {
        switch container {
        case .mp4: return boxesFollow(position)
        case .flv: return has([0x46, 0x4c, 0x56, 0x01], behind: position) { $0[4] & 0xfa == 0 && $0[8] == 9 }
        case .ogg:
            // RFC 3533, section 6: version 0, and the flag of a first page alone.
            return has([0x4f, 0x67, 0x67, 0x53], behind: position) { $0[4] == 0 && $0[5] == 2 }
        case .matroska:
            // An EBML header with a version of its own as the first element (RFC 8794, 11.2).
            return has([0x1a, 0x45, 0xdf, 0xa3], behind: position) { bytes in
                [5, 6, 8, 12].contains { bytes[bytes.startIndex + $0] == 0x42 && bytes[$0 + 1] == 0x86 }
            }
        default: return false
        }
    }

    /// Bytes from the start of a signature on that identify it.
    private static let headLength = 16

    private func has(
        _ signature: [UInt8], behind position: Int64, where isHead: ([UInt8]) -> Bool
    ) -> Bool {
        let bytes = read(position + 1, Int(Self.window))
        return bytes.indices.dropLast(Self.headLength - 1).contains { place in
            bytes[place] == signature[0] && bytes[place..<(place + signature.count)].elementsEqual(signature)
                && isHead(Array(bytes[place..<(place + Self.headLength)]))
        }
    }

    /// Whether a file type box and a movie box follow a position, at the top level of the file.
    private func boxesFollow(_ position: Int64) -> Bool {
        var hasType = false
        for box in TopLevelBoxes(read: read) where box.start > position {
            if box.isNamed("ftyp") { hasType = true }
            if hasType, box.isNamed("moov") { return true }
        }
        return false
    }
}
