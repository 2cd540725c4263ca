/// A message of a channel, or the notice that some may be missing.
public struct RedisMessage: Sendable, Hashable {
    /// The channel.
    public let channel: String
    /// What was published; `nil` after a reconnect: messages may have been missed, so look at the truth again.
    public let payload: [UInt8]?

    /// The payload as UTF-8.
    public var text: String? { payload.map { String(decoding: $0, as: UTF8.self) } }
}

/// Messages of the channels that were subscribed to, for one reader.
///
/// Holds a bounded number; when the reader falls behind, the oldest are dropped. Ends when the client is shut down.
/// Leaving the loop or cancelling its task ends the subscription.
public struct RedisSubscription: AsyncSequence, Sendable {
    /// What it yields.
    public typealias Element = RedisMessage

    let stream: AsyncStream<RedisMessage>

    /// Reads messages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncStream<RedisMessage>.AsyncIterator

        /// The next message; `nil` after the end.
        public mutating func next() async -> RedisMessage? {
            await base.next(isolation: #isolation)
        }

        /// The next message; `nil` after the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> RedisMessage? {
            await base.next(isolation: actor)
        }
    }

    /// To be called once.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: stream.makeAsyncIterator())
    }
}
