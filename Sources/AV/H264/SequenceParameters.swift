/// The field of a sequence parameter set that limits a passthrough: the number of reference frames (ITU-T H.264 7.3.2.1.1).
struct SequenceParameters {
    /// `max_num_ref_frames`.
    let referenceFrames: Int

    /// Profiles whose sets have chroma format and scaling fields.
    private static let high: Set<UInt8> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    /// Parses a set with its header byte; `nil` if it ends too early or has invalid values.
    init?(_ unit: [UInt8]) {
        guard unit.count >= 4 else { return nil }
        var bits = BitReader(unit.dropFirst(4))
        func skip(_ reader: inout BitReader) -> Bool { reader.number() != nil }
        guard skip(&bits) else { return nil }  // seq_parameter_set_id
        if Self.high.contains(unit[1]) {
            guard let chroma = bits.number() else { return nil }
            if chroma == 3 { _ = bits.bit() }
            guard skip(&bits), skip(&bits), bits.bit() != nil, let isScaled = bits.bit() else { return nil }
            // Scaling lists have variable lengths and are not parsed: the number is then unknown.
            if isScaled { return nil }
        }
        guard skip(&bits), let order = bits.number() else { return nil }
        switch order {
        case 0: guard skip(&bits) else { return nil }
        case 1:
            guard bits.bit() != nil, skip(&bits), skip(&bits), let count = bits.number(), count < 256 else {
                return nil
            }
            for _ in 0..<count { guard skip(&bits) else { return nil } }
        case 2: break
        default: return nil
        }
        guard let count = bits.number(), count <= 16 else { return nil }
        referenceFrames = count
    }
}

/// Reads the bits of a unit, without its emulation prevention bytes (7.4.1).
private struct BitReader {
    private var bytes: [UInt8] = []
    private var place = 0

    init(_ unit: some Sequence<UInt8>) {
        var zeros = 0
        for byte in unit {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            bytes.append(byte)
        }
    }

    mutating func bit() -> Bool? {
        guard place < bytes.count * 8 else { return nil }
        defer { place += 1 }
        return bytes[place / 8] >> (7 - place % 8) & 1 == 1
    }

    /// An unsigned Exp-Golomb code (9.1).
    mutating func number() -> Int? {
        var zeros = 0
        while true {
            guard let bit = bit() else { return nil }
            if bit { break }
            zeros += 1
            guard zeros <= 31 else { return nil }
        }
        var value = 1
        for _ in 0..<zeros {
            guard let bit = bit() else { return nil }
            value = value << 1 | (bit ? 1 : 0)
        }
        return value - 1
    }
}
