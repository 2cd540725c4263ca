public import Redis

/// Tells when a video has changed.
public protocol VideoChanges: Sendable {
    /// A signal after each change of a video; signals that come fast may be merged into one.
    /// - Throws: If the signals cannot be had right now; the caller then looks from time to time.
    func changes(of video: String) async throws -> any AsyncSequence<Void, Never> & Sendable

    /// Tells everybody that a video has changed; if nobody can be told, they find out a little later by themselves.
    func announce(video: String) async
}

/// Changes as they are announced over Redis, on one channel a video.
public struct RedisVideoChanges: VideoChanges {
    private let client: RedisClient

    /// Changes that come through `client`.
    public init(_ client: RedisClient) {
        self.client = client
    }

    /// The channel of a video.
    public static func channel(of video: String) -> String { "vh:video:" + video }

    /// A signal after each message on the video's channel, and after a reconnect, when some may have been missed.
    public func changes(of video: String) async throws -> any AsyncSequence<Void, Never> & Sendable {
        try await client.subscribe(Self.channel(of: video)).map { _ in () }
    }

    /// Publishes a note on the video's channel.
    public func announce(video: String) async {
        try? await client.publish("{\"video\":\"\(video)\"}", to: Self.channel(of: video))
    }
}
