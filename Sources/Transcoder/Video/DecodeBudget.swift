import MediaModel

/// The limit of decoded frames and bytes of a range, from its packets and headers.
///
/// A stream that decodes to many times as much as its packets announce is a decompression bomb and is rejected.
struct DecodeBudget: Sendable {
    /// Most frames.
    private let frames: Int
    /// Most bytes of frames.
    private let bytes: Int64
    private var decodedFrames = 0
    private var decodedBytes: Int64 = 0

    /// A packet may contain two frames, and a decoder may output some that no packet announced; four times as many are not
    /// legitimate.
    private static let slack = 4
    /// Frames and bytes that every range may have.
    private static let free = (frames: 600, bytes: Int64(1) << 30)

    /// A budget.
    /// - Parameters:
    ///   - frames: Frames according to the packets.
    ///   - frameBytes: Bytes of a frame according to the header.
    init(frames: Int, frameBytes: Int64) {
        self.frames = frames * Self.slack + Self.free.frames
        bytes = Int64(frames) * frameBytes * Int64(Self.slack) + Self.free.bytes
    }

    /// Counts a decoded frame.
    /// - Throws: `Rejection` with `expandsTooMuch` beyond the budget.
    mutating func count(frameBytes: Int64) throws(Rejection) {
        decodedFrames += 1
        decodedBytes += frameBytes
        guard decodedFrames <= frames, decodedBytes <= bytes else {
            throw Rejection(
                .expandsTooMuch,
                "The file decodes to more than it announces: \(decodedFrames) frames, \(decodedBytes) bytes.")
        }
    }
}
