/// Makes inputs of valid ones: a few changes that keep most of the form, so that they come far into a parser.
enum Mutation {
    /// Most bytes of an input.
    static let limit = 1 << 16

    /// Numbers at which counts and sizes turn over, as text.
    private static let numbers = [
        "0", "1", "-1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "-9223372036854775808",
        "1e308", "0.5", "00", "99999999999999999999999999999999",
    ].map { Array($0.utf8) }
    private static let words32: [UInt32] = [
        0, 1, 2, 7, 8, 16, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ]

    /// An input.
    static func input(_ parser: FuzzedParser, _ chance: inout Chance) -> [UInt8] {
        if chance.below(40) == 0 { return (0..<chance.below(64)).map { _ in UInt8(chance.below(256)) } }
        var bytes = chance.one(of: parser.examples)
        if chance.below(20) == 0 { return bytes }
        for _ in 0...chance.below(5) { change(&bytes, parser, &chance) }
        return Array(bytes.prefix(limit))
    }

    private static func change(_ bytes: inout [UInt8], _ parser: FuzzedParser, _ chance: inout Chance) {
        let place = chance.below(bytes.count + 1)
        let length = chance.below(min(bytes.count - place, chance.below(4) == 0 ? 4096 : 16) + 1)
        let stretch = place..<(place + length)
        switch chance.below(12) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(chance.below(8))
        case 1 where place < bytes.count: bytes[place] = UInt8(chance.below(256))
        case 2: bytes.removeSubrange(stretch)
        case 3: for _ in 0...chance.below(3) { bytes.insert(contentsOf: Array(bytes[stretch]), at: place) }
        case 4: bytes.insert(contentsOf: word(parser, &chance), at: place)
        case 5: bytes.replaceSubrange(stretch, with: word(parser, &chance))
        case 6: bytes.removeLast(bytes.count - place)
        case 7:
            let other = chance.one(of: parser.examples)
            bytes = bytes.prefix(place) + other.suffix(chance.below(other.count + 1))
        case 8: replaceNumber(&bytes, &chance)
        case 9: overwrite(&bytes, with: chance.one(of: words32), at: place)
        case 10:
            let piece = Array(bytes[stretch])
            for _ in 0..<chance.below(64) where bytes.count < limit { bytes.insert(contentsOf: piece, at: place) }
        default: bytes.insert(UInt8(chance.below(256)), at: place)
        }
    }

    private static func word(_ parser: FuzzedParser, _ chance: inout Chance) -> [UInt8] {
        parser.words.isEmpty || chance.below(6) == 0
            ? chance.one(of: numbers) : Array(chance.one(of: parser.words).utf8)
    }

    /// Puts another number in the place of one that is written in digits.
    private static func replaceNumber(_ bytes: inout [UInt8], _ chance: inout Chance) {
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        let starts = bytes.indices.filter { isDigit(bytes[$0]) && ($0 == 0 || !isDigit(bytes[$0 - 1])) }
        guard !starts.isEmpty else { return }
        let start = chance.one(of: starts)
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
        bytes.replaceSubrange(start..<end, with: chance.one(of: numbers))
    }

    /// Puts a big-endian number over four bytes.
    private static func overwrite(_ bytes: inout [UInt8], with value: UInt32, at place: Int) {
        for (index, shift) in [24, 16, 8, 0].enumerated() where place + index < bytes.count {
            bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(shift))
        }
    }
}
