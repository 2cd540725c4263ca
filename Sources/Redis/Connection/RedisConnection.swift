import NIOCore

/// A connection of one caller, for commands that block it: `BRPOP`, `XREADGROUP … BLOCK`.
///
/// Commands run in the order in which they are sent. It does not reconnect: after a failure other than `.server`, take a new one
/// from ``RedisClient/blockingConnection()``.
public final class RedisConnection: Sendable {
    let channel: any Channel
    /// The server's id of this connection, for `CLIENT UNBLOCK`.
    public let identifier: Int64

    init(channel: any Channel, identifier: Int64) {
        self.channel = channel
        self.identifier = identifier
    }

    /// Whether the connection is open, as far as is known.
    public var isOpen: Bool { channel.isActive }

    /// Sends one command and waits for its reply.
    /// - Parameters:
    ///   - arguments: The command and its arguments.
    ///   - timeout: How long the reply may take, blocking included; `nil` for any time.
    /// - Throws: ``RedisFailure``; `CancellationError` when the task is cancelled. The connection is then closed, since the
    ///   next command would get the late reply.
    public func send(_ arguments: [RedisArgument], timeout: Duration? = nil) async throws -> RedisValue {
        let batch = try CommandBatch([arguments], timeout: timeout.map { TimeAmount($0) })
        do {
            return try await run(batch)[0].checked()
        } catch let error as CancellationError {
            channel.close(promise: nil)
            throw error
        }
    }

    /// Closes the connection and waits until it is closed.
    public func close() async {
        try? await channel.close()
    }

    /// Sends a batch; error replies are returned among the values.
    func run(_ batch: CommandBatch) async throws -> [RedisValue] {
        let written = channel.eventLoop.makePromise(of: Void.self)
        // Fails only if the channel was closed before its handler saw the batch.
        written.futureResult.whenFailure { _ in
            batch.promise.complete(
                .failure(RedisFailure(.disconnected(mayHaveRun: false), "the connection was already closed")))
        }
        channel.writeAndFlush(batch, promise: written)
        return try await batch.promise.wait()
    }
}

extension RedisValue {
    /// Returns the value, or throws if it is an error reply.
    func checked() throws(RedisFailure) -> RedisValue {
        if case .error(let text) = self { throw RedisFailure(.server(text), ServerRefusal.explained(text)) }
        return self
    }
}
