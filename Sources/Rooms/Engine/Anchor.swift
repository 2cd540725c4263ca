/// From where and when a room plays: the one value that every player follows.
public struct Anchor: Sendable, Hashable, Codable {
    /// Position in the video, in milliseconds.
    public var position: Int64
    /// The moment at which the video is at `position`, in milliseconds since 1970; may lie ahead, so that all begin at once.
    public var at: Int64
    /// Video seconds in a second.
    public var rate: Double

    /// The rates that players can keep up with.
    public static let rates = 0.25...2.0

    /// An anchor.
    public init(position: Int64 = 0, at: Int64, rate: Double = 1) {
        self.position = position
        self.at = at
        self.rate = rate
    }

    /// The position at a moment while the room plays.
    /// - Parameters:
    ///   - now: Milliseconds since 1970.
    ///   - duration: The video's, in milliseconds; the position stops there.
    public func position(at now: Int64, duration: Int64) -> Int64 {
        let passed = Double(max(0, now - at)) * rate
        return min(duration, position + Int64(passed.rounded(.down)))
    }

    /// The moment at which the room is at a position, in milliseconds since 1970.
    func moment(of wanted: Int64) -> Int64 {
        at + Int64((Double(max(0, wanted - position)) / rate).rounded(.up))
    }
}
