/// Names of job and task rows: a prefix, then a ULID in lower case (48 bits of milliseconds, 80 random ones).
enum RowName {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new name; of two, the later one sorts after the earlier one.
    static func make(_ prefix: String, at time: Int64) -> String {
        var bits = UInt128(UInt64(max(0, time)) & 0xFFFF_FFFF_FFFF) << 80
        bits |= UInt128.random(in: 0..<(1 << 80))
        let digits = (0..<26).map { alphabet[Int((bits >> UInt128((25 - $0) * 5)) & 31)] }
        return prefix + String(decoding: digits, as: UTF8.self)
    }
}
