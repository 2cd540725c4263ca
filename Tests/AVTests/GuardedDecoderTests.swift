import Testing

@testable import AV

@Suite("Guarded decoders") struct GuardedDecoderTests {
    /// A MagicYUV packet: its header with the frame height and the slice height.
    private func isSafe(height: Int, slice: Int, count: Int = 64, name: String = "magicyuv") -> Bool {
        var bytes = [UInt8](repeating: 0, count: count)
        for (place, value) in [(20, height), (28, slice)] where place + 4 <= count {
            for index in 0..<4 { bytes[place + index] = UInt8(value >> (8 * index) & 0xff) }
        }
        return bytes.withUnsafeBytes { GuardedDecoder.isSafe(name, $0) }
    }

    @Test("Packets whose slices have whole chroma rows are decoded") func whole() {
        #expect(isSafe(height: 240, slice: 240))
        #expect(isSafe(height: 1080, slice: 136))
        #expect(isSafe(height: 1080, slice: 4096))
        #expect(isSafe(height: 1, slice: 1, name: "h264"))
    }

    @Test(
        "Packets whose slices end within a chroma row or have a single line, or whose header is truncated, are refused")
    func refused() {
        #expect(!isSafe(height: 240, slice: 119))
        #expect(!isSafe(height: 240, slice: 122))
        #expect(!isSafe(height: 241, slice: 120))
        #expect(!isSafe(height: 1, slice: 1))
        #expect(!isSafe(height: 240, slice: 0))
        #expect(!isSafe(height: 240, slice: 0xffff_ffff))
        #expect(!isSafe(height: 240, slice: 240, count: 31))
        #expect(!isSafe(height: 240, slice: 240, count: 0))
    }
}
