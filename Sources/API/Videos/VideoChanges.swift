internal import Catalog
internal import Ground
public import Redis
public import ServiceLifecycle

/// Tells when a video has changed.
public protocol VideoChanges: Sendable {
    /// A signal after each change of a video; signals that come fast may be merged into one.
    /// - Throws: If the signals cannot be had right now; the caller then looks from time to time.
    func changes(of video: String) async throws -> any AsyncSequence<Void, Never> & Sendable

    /// Announces that a video has changed. If the announcement fails, readers notice at their next heartbeat.
    func announce(video: String) async

    /// Tells every node that a video may not be watched any more, or may be again: it was blocked, unblocked or deleted.
    func withdraw(video: String) async

    /// The videos that nodes are told of, from now on; `nil` where some may have been missed.
    /// - Throws: If they cannot be had right now.
    func withdrawals() async throws -> any AsyncSequence<String?, Never> & Sendable
}

/// Changes as they are announced over Redis, on one channel a video and one for all withdrawals.
public struct RedisVideoChanges: VideoChanges {
    private let client: RedisClient
    private static let withdrawalChannel = "vh:videos:withdrawn"

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
        try? await client.send("{\"video\":\"\(video)\"}", to: Self.channel(of: video))
    }

    /// Publishes the video's name on the channel that all nodes listen to.
    public func withdraw(video: String) async {
        try? await client.send(video, to: Self.withdrawalChannel)
    }

    /// The names that are published there; a reconnect is a gap.
    public func withdrawals() async throws -> any AsyncSequence<String?, Never> & Sendable {
        try await client.subscribe(Self.withdrawalChannel).map { message in
            message.text.flatMap { Identifier.isValid($0, prefix: .video) ? $0 : nil }
        }
    }
}

/// Does what a node has to do when a video is withdrawn, for as long as the process runs.
public struct WithdrawalListener: Service {
    private let changes: any VideoChanges
    private let act: @Sendable (_ video: String?) async -> Void

    /// A listener.
    /// - Parameter act: Called with each video; with `nil` where some may have been missed.
    public init(_ changes: any VideoChanges, act: @escaping @Sendable (_ video: String?) async -> Void) {
        self.changes = changes
        self.act = act
    }

    /// Listens until the group shuts down; where that is not possible, tries again each second.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let withdrawals = try? await changes.withdrawals() {
                    await act(nil)
                    for await video in withdrawals { await act(video) }
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
