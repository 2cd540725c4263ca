internal import Ground

/// RFC 6381 codec strings from decoder configuration boxes.
public enum CodecString {
    /// `avc1.PPCCLL` from the body of an `avcC` box (ISO/IEC 14496-15 5.3.3.1): profile, constraints, level.
    /// - Returns: `nil` if the bytes are not an AVC configuration of version 1.
    public static func avc(configuration: some Collection<UInt8>) -> String? {
        let head = Array(configuration.prefix(4))
        guard head.count == 4, head[0] == 1 else { return nil }
        return "avc1." + Hexadecimal.text(head.dropFirst())
    }

    /// `mp4a.40.2` and similar strings from the body of an `esds` box (ISO/IEC 14496-1 7.2.6).
    /// - Returns: `nil` without a decoder configuration.
    public static func mpeg4Audio(elementaryStream body: [UInt8]) -> String? {
        do {
            var cursor = ByteCursor(body, in: body.indices)
            try cursor.skip(4)
            guard try descriptor(&cursor) == 0x03 else { return nil }
            try cursor.skip(2)
            let flags = try cursor.uint8()
            if flags & 0x80 != 0 { try cursor.skip(2) }
            if flags & 0x40 != 0 { try cursor.skip(Int(try cursor.uint8())) }
            if flags & 0x20 != 0 { try cursor.skip(2) }
            guard try descriptor(&cursor) == 0x04 else { return nil }
            let objectType = try cursor.uint8()
            try cursor.skip(12)
            let prefix = "mp4a.\(Hexadecimal.text([objectType]))"
            guard objectType == 0x40, cursor.remaining > 0, try descriptor(&cursor) == 0x05 else { return prefix }
            let first = try cursor.uint8()
            var audioObjectType = Int(first >> 3)
            if audioObjectType == 31 { audioObjectType = 32 + Int(first & 7) << 3 + Int(try cursor.uint8() >> 5) }
            return "\(prefix).\(audioObjectType)"
        } catch {
            return nil
        }
    }

    /// Reads a descriptor's tag and skips its length of up to four bytes.
    private static func descriptor(_ cursor: inout ByteCursor) throws(BoxFailure) -> UInt8 {
        let tag = try cursor.uint8()
        for _ in 0..<4 where try cursor.uint8() & 0x80 == 0 { break }
        return tag
    }
}
