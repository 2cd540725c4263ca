import Ground
import Logging
import NIOCore
import Synchronization

/// Keeps one connection up: connects on first use, reconnects with back-off, lets callers wait for it.
final class ConnectionManager: Sendable {
    private enum Phase {
        case idle
        case connecting(Task<Void, Never>)
        case connected(RedisConnection)
        case closed
    }

    private struct State {
        var phase = Phase.idle
        var waiters: [ObjectIdentifier: ReplyPromise<RedisConnection>] = [:]
        /// Why the last try failed; those who wait in vain are told.
        var lastFailure: RedisFailure?
    }

    private let state = Mutex(State())
    private let connector: Connector
    private let logger: Logger
    private let push: (@Sendable (RedisValue) -> Void)?
    private let whenConnected: @Sendable (RedisConnection) async throws -> Void

    /// - Parameters:
    ///   - push: Receives what arrives unasked.
    ///   - whenConnected: Runs on each new connection before anyone may use it; a throw counts as a failed connect.
    init(
        connector: Connector, logger: Logger, push: (@Sendable (RedisValue) -> Void)? = nil,
        whenConnected: @escaping @Sendable (RedisConnection) async throws -> Void = { _ in }
    ) {
        self.connector = connector
        self.logger = logger
        self.push = push
        self.whenConnected = whenConnected
    }

    /// The connection that stands, or the next one.
    /// - Throws: ``RedisFailure`` with `.unavailable` if there is none before the deadline; `CancellationError`.
    func connection(before deadline: NIODeadline) async throws -> RedisConnection {
        let answer = ReplyPromise<RedisConnection>()
        let present: RedisConnection? = state.withLock { state in
            switch state.phase {
            case .connected(let connection) where connection.isOpen: return connection
            case .closed:
                answer.complete(.failure(RedisFailure(.unavailable, "the client was shut down")))
                return nil
            case .idle, .connected:
                state.waiters[ObjectIdentifier(answer)] = answer
                startConnecting(&state)
            case .connecting:
                state.waiters[ObjectIdentifier(answer)] = answer
            }
            return nil
        }
        if let present { return present }
        let timer = connector.group.next().scheduleTask(deadline: deadline) { [weak self] in
            answer.complete(.failure(self?.lateness ?? RedisFailure(.unavailable, "the client is gone")))
        }
        defer {
            timer.cancel()
            state.withLock { _ = $0.waiters.removeValue(forKey: ObjectIdentifier(answer)) }
        }
        return try await answer.wait()
    }

    private var lateness: RedisFailure {
        let reason = state.withLock { $0.lastFailure?.message } ?? "\(connector.endpoint) does not answer"
        return RedisFailure(.unavailable, "no connection in time: \(reason)")
    }

    /// The connection if one stands right now.
    var current: RedisConnection? {
        state.withLock { state in
            if case .connected(let connection) = state.phase, connection.isOpen { connection } else { nil }
        }
    }

    /// Closes for good; whoever waits is told `.unavailable`.
    func close() async {
        let (phase, waiters) = state.withLock { state in
            defer { state = State(phase: .closed) }
            return (state.phase, state.waiters.values)
        }
        for waiter in waiters { waiter.complete(.failure(RedisFailure(.unavailable, "the client was shut down"))) }
        switch phase {
        case .connected(let connection): await connection.close()
        case .connecting(let task):
            task.cancel()
            await task.value
        case .idle, .closed: break
        }
    }

    private func startConnecting(_ state: inout State) {
        state.phase = .connecting(Task { await self.connectUntilDone() })
    }

    private func connectUntilDone() async {
        var attempt = 0
        while !Task.isCancelled {
            do {
                let connection = try await connector.connect(push: push)
                do {
                    try await whenConnected(connection)
                } catch {
                    await connection.close()
                    throw error
                }
                await adopt(connection)
                return
            } catch {
                attempt += 1
                note(error)
                // Said once at length, then quietly: a server that is away for an hour must not fill the log.
                logger.log(
                    level: attempt == 1 ? .warning : .debug, "no connection to Redis",
                    metadata: ["redis.endpoint": "\(connector.endpoint)", "error": "\(error)"])
                try? await Task.sleep(for: Backoff.delay(attempt: attempt))
            }
        }
    }

    private func adopt(_ connection: RedisConnection) async {
        let waiters: [ReplyPromise<RedisConnection>]? = state.withLock { state in
            if case .closed = state.phase { return nil }
            state.phase = .connected(connection)
            state.lastFailure = nil
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        guard let waiters else { return await connection.close() }
        connection.channel.closeFuture.whenComplete { [weak self] _ in self?.lost(connection) }
        for waiter in waiters { waiter.complete(.success(connection)) }
    }

    /// Remembers why a try failed. Waiting for the next one would only hide what lasts until somebody acts.
    private func note(_ error: any Error) {
        guard let failure = error as? RedisFailure else { return }
        let waiters = state.withLock { state in
            if case .closed = state.phase { return [ReplyPromise<RedisConnection>]() }
            state.lastFailure = failure
            guard failure.isLasting else { return [] }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.complete(.failure(failure)) }
    }

    private func lost(_ connection: RedisConnection) {
        state.withLock { state in
            guard case .connected(let present) = state.phase, present === connection else { return }
            startConnecting(&state)
        }
    }
}

/// How long to wait before the next try.
enum Backoff {
    /// 25 ms, doubled each time up to 2 s, a fifth of it at random so that many clients do not come at once.
    static func delay(attempt: Int) -> Duration {
        let milliseconds = min(2_000, 25 << min(attempt - 1, 10))
        return .milliseconds(milliseconds * Int.random(in: 80...100) / 100)
    }
}
