import CFFmpeg

/// Times as files give them, which may be any 64 bits.
enum Ticks {
    /// No clock of a real file comes here. Sums and differences of a few such values stay within 64 bits.
    private static let furthest: Int64 = 1 << 60

    /// A time; `nil` where there is none, or one that cannot be.
    static func time(_ value: Int64) -> Int64? {
        value == VH_NOPTS || value.magnitude > furthest.magnitude ? nil : value
    }

    /// A length; 0 where there is none, or one that cannot be.
    static func length(_ value: Int64) -> Int64 { value < 0 || value > furthest ? 0 : value }
}
