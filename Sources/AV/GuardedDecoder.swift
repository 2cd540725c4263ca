/// Decoders with a known fault in the FFmpeg of this system, and what may be given to them all the same.
enum GuardedDecoder {
    /// FFmpeg's names. Nothing but ``Decoder`` opens these.
    static let names: Set<String> = ["magicyuv"]

    /// Whether a packet is without danger.
    ///
    /// FFmpeg 5.1 writes behind a picture's end where slices hold no whole rows of colour, and reads before it where one is
    /// a single line (CVE-2026-8461). Encoders cut pictures at multiples of four lines, or not at all.
    static func isSafe(_ name: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard names.contains(name) else { return true }
        guard bytes.count >= 32, let height = number(bytes, 20), let slice = number(bytes, 28), slice > 0 else {
            return false
        }
        let rest = height % slice
        return height >= 4 && (slice >= height || (slice % 4 == 0 && (rest == 0 || rest >= 4)))
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int? {
        let value = bytes[place..<(place + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
        return value < 1 << 16 ? value : nil
    }
}
