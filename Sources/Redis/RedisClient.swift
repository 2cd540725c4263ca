public import Logging
public import NIOCore
public import NIOPosix
import Synchronization

/// A client that many tasks share: commands of all of them go through one pipelining connection.
///
/// Connects on first use, and reconnects with back-off. Without a connection, a command waits up to `patience`. A command that
/// was cut off is repeated only if the server cannot have received it; else it fails with
/// ``RedisFailure/Code-swift.enum/disconnected(mayHaveRun:)``.
public final class RedisClient: Sendable {
    /// The time-outs and limits of a client.
    public struct Configuration: Sendable {
        /// How long a command waits for a connection.
        public var patience: Duration = .seconds(5)
        /// How long a reply may take after its command was written; then the connection is closed.
        public var commandTimeout: Duration = .seconds(5)
        /// How long connecting may take.
        public var connectTimeout: Duration = .seconds(3)
        /// How long the server may be silent, while no command waits, until it is sent a `PING`. A connection without a
        /// reply within `connectTimeout` is closed.
        public var pingInterval: Duration = .seconds(15)
        /// The number of messages that a subscriber may fall behind; then the oldest are dropped.
        public var subscriptionBuffer = 64
        /// The name in `CLIENT LIST`, without spaces.
        public var name = "videohost"

        /// Creates the default configuration.
        public init() {}
    }

    /// The server.
    public let endpoint: RedisEndpoint
    private let configuration: Configuration
    private let connector: Connector
    private let commands: ConnectionManager
    private let subscriptions: SubscriptionHub
    private let blocking = Mutex<[ObjectIdentifier: RedisConnection]?>([:])

    /// Creates a client, which connects when it is first used.
    public init(
        endpoint: RedisEndpoint, logger: Logger, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        configuration: Configuration = Configuration()
    ) {
        self.endpoint = endpoint
        self.configuration = configuration
        connector = Connector(
            endpoint: endpoint, group: group, timeout: TimeAmount(configuration.connectTimeout),
            name: configuration.name, pingInterval: TimeAmount(configuration.pingInterval))
        commands = ConnectionManager(connector: connector, logger: logger)
        subscriptions = SubscriptionHub(
            connector: connector, logger: logger, buffer: configuration.subscriptionBuffer)
    }

    /// Sends one command of text arguments and waits for its reply.
    /// - Throws: ``RedisFailure``; `CancellationError`, after which the command may have run.
    @discardableResult public func send(_ command: String...) async throws -> RedisValue {
        try await send(command.map { RedisArgument($0) })
    }

    /// Sends one command and waits for its reply.
    /// - Throws: ``RedisFailure``; `CancellationError`, after which the command may have run.
    @discardableResult public func send(_ arguments: [RedisArgument]) async throws -> RedisValue {
        try await pipeline([arguments])[0].checked()
    }

    /// Sends commands back to back and waits for all replies, in order.
    ///
    /// Commands of other callers do not run between them on this connection, but commands of other clients may: where they must
    /// be one step, wrap them in `MULTI` and `EXEC`, or use a ``RedisScript``.
    /// - Returns: One reply for each command; an error reply is a ``RedisValue/error(_:)`` in its place.
    /// - Throws: ``RedisFailure`` if replies are missing; `CancellationError`.
    public func pipeline(_ commands: [[RedisArgument]]) async throws -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        var batch = try CommandBatch(commands, timeout: TimeAmount(configuration.commandTimeout))
        let deadline = NIODeadline.now() + TimeAmount(configuration.patience)
        while true {
            let connection = try await self.commands.connection(before: deadline)
            do {
                return try await connection.run(batch)
            } catch let failure as RedisFailure where failure.code == .disconnected(mayHaveRun: false) {
                batch = CommandBatch(repeating: batch)
            }
        }
    }

    /// Runs a script as one step. Its text is sent only if the server does not have it.
    /// - Throws: ``RedisFailure``.
    public func evaluate(_ script: RedisScript, keys: [String], arguments: [RedisArgument] = []) async throws
        -> RedisValue
    {
        let tail = [.integer(keys.count)] + keys.map { RedisArgument($0) } + arguments
        if let digest = script.digest {
            do {
                return try await send(["EVALSHA", .text(digest)] + tail)
            } catch let failure as RedisFailure where failure.serverWord == "NOSCRIPT" {}
        }
        let replies = try await pipeline([
            ["SCRIPT", "LOAD", .text(script.source)], ["EVAL", .text(script.source)] + tail,
        ])
        if let digest = replies[0].text { script.remember(digest) }
        return try replies[1].checked()
    }

    /// Opens a separate connection for commands that block. Close it after use.
    /// - Throws: ``RedisFailure`` with `.unavailable`.
    public func blockingConnection() async throws -> RedisConnection {
        // Shares the back-off of the shared connection.
        _ = try await commands.connection(before: .now() + TimeAmount(configuration.patience))
        let connection = try await connector.connect()
        let key = ObjectIdentifier(connection)
        let isOpen = blocking.withLock { connections in
            connections?[key] = connection
            return connections != nil
        }
        guard isOpen else {
            await connection.close()
            throw RedisFailure(.unavailable, "the client was shut down")
        }
        connection.channel.closeFuture.whenComplete { [weak self] _ in
            self?.blocking.withLock { _ = $0?.removeValue(forKey: key) }
        }
        return connection
    }

    /// Sends a message to all current listeners of a channel.
    /// - Throws: ``RedisFailure``.
    public func send(_ message: String, to channel: String) async throws {
        try await send(["PUBLISH", .text(channel), .text(message)])
    }

    /// Subscribes to channels. From the return on, no message is missed without the notice of a gap.
    /// - Throws: ``RedisFailure`` with `.unavailable`.
    public func subscribe(_ channels: String...) async throws -> RedisSubscription {
        try await subscriptions.subscribe(channels, before: .now() + TimeAmount(configuration.patience))
    }

    /// Closes all connections. Waiting commands fail with `.unavailable` or `.disconnected`, and subscriptions end.
    public func shutdown() async {
        let open = blocking.withLock { connections in
            defer { connections = nil }
            return connections.map { Array($0.values) } ?? []
        }
        for connection in open { await connection.close() }
        await subscriptions.close()
        await commands.close()
    }
}
