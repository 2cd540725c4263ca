/// A message of a channel, or the notice that messages may have been missed.
public struct RedisMessage: Sendable, Hashable {
    /// The channel.
    public let channel: String
    /// The payload; `nil` after a reconnect, when messages may have been missed.
    public let payload: [UInt8]?

    /// The payload as UTF-8.
    public var text: String? { payload.map { String(decoding: $0, as: UTF8.self) } }
}

/// The messages of the channels that were subscribed to, for one reader.
///
/// A bounded number of messages waits; if the reader falls behind, the oldest are dropped. The sequence ends when the client is
/// shut down. Leaving the loop or cancelling its task ends the subscription.
public struct RedisSubscription: AsyncSequence, Sendable {
    /// A message, or the notice of a gap.
    public typealias Element = RedisMessage

    let stream: AsyncStream<RedisMessage>

    /// The iterator of a subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: AsyncStream<RedisMessage>.AsyncIterator

        /// The next message; `nil` after the end.
        public mutating func next() async -> RedisMessage? {
            await base.next(isolation: #isolation)
        }

        /// The next message; `nil` after the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> RedisMessage? {
            await base.next(isolation: actor)
        }
    }

    /// Creates the iterator; may be called once.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: stream.makeAsyncIterator())
    }
}
