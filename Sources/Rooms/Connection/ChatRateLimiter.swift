/// The limit of one connection's chat messages: five at once, one a second, and no repetition within 30 seconds.
struct ChatRateLimiter: Sendable {
    /// The largest number of messages at once.
    static let burst = 5
    /// How long a text counts as repeated, in milliseconds.
    private static let repetition: Int64 = 30_000

    private var bucket: TokenBucket
    private var sent: [(text: String, at: Int64)] = []

    init(at now: Int64) {
        bucket = TokenBucket(burst: Self.burst, perSecond: 1, at: now)
    }

    /// Checks whether a text may be sent.
    /// - Throws: ``RoomFault/repeated``, ``RoomFault/rateLimited``.
    mutating func check(_ text: String, at now: Int64) throws(RoomFault) {
        sent.removeAll { now - $0.at >= Self.repetition }
        guard !sent.contains(where: { $0.text == text }) else { throw .repeated }
        guard bucket.take(at: now) == nil else { throw .rateLimited }
    }

    /// Records a text that the room accepted; a text that it refused does not count as sent.
    mutating func record(_ text: String, at now: Int64) { sent.append((text, now)) }
}
