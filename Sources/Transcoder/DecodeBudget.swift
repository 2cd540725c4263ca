import MediaModel

/// What decoding a stretch may come to: what its packets promised, with room for what decoders do.
///
/// The probe counted packets and read sizes in headers. A stream that then decodes to many times as much was made to
/// keep a decoder busy, and is refused whatever its headers say.
struct DecodeBudget: Sendable {
    /// Pictures that may come.
    private let frames: Int
    /// Bytes of pictures that may come.
    private let bytes: Int64
    private var decodedFrames = 0
    private var decodedBytes: Int64 = 0

    /// A packet may hold two pictures, and a decoder may find some that no packet announced; four times as many are none
    /// of these.
    private static let slack = 4
    /// Pictures and bytes that cost too little to be argued about.
    private static let free = (frames: 600, bytes: Int64(1) << 30)

    /// A budget.
    /// - Parameters:
    ///   - frames: Pictures that the packets promise.
    ///   - pictureBytes: Bytes of one of them, by the header.
    init(frames: Int, pictureBytes: Int64) {
        self.frames = frames * Self.slack + Self.free.frames
        bytes = Int64(frames) * pictureBytes * Int64(Self.slack) + Self.free.bytes
    }

    /// Counts a decoded picture.
    /// - Throws: `Rejection` with `expandsTooMuch` when there were more, or larger ones, than could be.
    mutating func count(pictureBytes: Int64) throws(Rejection) {
        decodedFrames += 1
        decodedBytes += pictureBytes
        guard decodedFrames <= frames, decodedBytes <= bytes else {
            throw Rejection(
                .expandsTooMuch,
                "The file decodes to more than it announces: \(decodedFrames) pictures, \(decodedBytes) bytes.")
        }
    }
}
