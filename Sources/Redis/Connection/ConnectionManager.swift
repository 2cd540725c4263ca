import Logging
import NIOCore
import Synchronization

/// The lifecycle of one connection that is opened again when it is lost: a state machine without I/O.
///
/// Each method takes an event and returns the actions that ``ConnectionManager`` has to perform in order.
struct ConnectionLifecycle<Connection: AnyObject & Sendable>: Sendable {
    /// A caller that waits for a connection.
    typealias Waiter = ReplyPromise<Connection>

    /// What the manager has to do.
    enum Action: Sendable {
        /// Connect, again and again until it succeeds.
        case connect
        /// Give callers the connection, or a failure.
        case complete([Waiter], Result<Connection, RedisFailure>)
        /// Close a connection.
        case close(Connection)
        /// Stop connecting.
        case cancelConnecting
    }

    private enum State: Sendable {
        case idle
        case connecting
        case connected(Connection)
        case closed
    }

    private var state = State.idle
    private var waiters: [Waiter] = []
    /// Why the last attempt failed.
    private(set) var lastFailure: RedisFailure?

    init() {}

    /// The established connection, if there is one.
    var current: Connection? {
        if case .connected(let connection) = state { connection } else { nil }
    }

    /// A caller requests the connection.
    /// - Parameter isOpen: Whether an established connection is still open, as far as is known.
    mutating func requested(by waiter: Waiter, isOpen: (Connection) -> Bool) -> [Action] {
        switch state {
        case .connected(let connection) where isOpen(connection): return [.complete([waiter], .success(connection))]
        case .closed: return [.complete([waiter], .failure(Self.shutDown))]
        case .idle, .connected:
            waiters.append(waiter)
            state = .connecting
            return [.connect]
        case .connecting:
            waiters.append(waiter)
            return []
        }
    }

    /// A caller no longer waits.
    mutating func gaveUp(_ waiter: Waiter) { waiters.removeAll { $0 == waiter } }

    /// A connection was established.
    mutating func connected(_ connection: Connection) -> [Action] {
        if case .closed = state { return [.close(connection)] }
        state = .connected(connection)
        lastFailure = nil
        defer { waiters = [] }
        return [.complete(waiters, .success(connection))]
    }

    /// An attempt to connect failed. Callers fail only for errors that last until a setting is changed.
    mutating func failed(_ failure: RedisFailure) -> [Action] {
        if case .closed = state { return [] }
        lastFailure = failure
        guard failure.isLasting else { return [] }
        defer { waiters = [] }
        return [.complete(waiters, .failure(failure))]
    }

    /// A connection was closed.
    mutating func lost(_ connection: Connection) -> [Action] {
        guard case .connected(let current) = state, current === connection else { return [] }
        state = .connecting
        return [.connect]
    }

    /// The client is shut down.
    mutating func close() -> [Action] {
        defer { (state, waiters) = (.closed, []) }
        let refusal = Action.complete(waiters, .failure(Self.shutDown))
        switch state {
        case .connected(let connection): return [refusal, .close(connection)]
        case .connecting: return [refusal, .cancelConnecting]
        case .idle, .closed: return [refusal]
        }
    }

    private static var shutDown: RedisFailure { RedisFailure(.unavailable, "the client was shut down") }
}

/// Maintains one connection: connects on first use, reconnects with back-off, and lets callers wait for it. Performs the actions
/// of a ``ConnectionLifecycle``.
final class ConnectionManager: Sendable {
    private typealias Lifecycle = ConnectionLifecycle<RedisConnection>

    private struct State {
        var lifecycle = Lifecycle()
        var connecting: Task<Void, Never>?
    }

    private let state = Mutex(State())
    private let connector: Connector
    private let logger: Logger
    private let push: (@Sendable (RedisValue) -> Void)?
    private let whenConnected: @Sendable (RedisConnection) async throws -> Void

    /// Creates a manager that has not connected.
    /// - Parameters:
    ///   - push: Receives values that arrive without a command.
    ///   - whenConnected: Runs on each new connection before callers get it; an error counts as a failed attempt.
    init(
        connector: Connector, logger: Logger, push: (@Sendable (RedisValue) -> Void)? = nil,
        whenConnected: @escaping @Sendable (RedisConnection) async throws -> Void = { _ in }
    ) {
        self.connector = connector
        self.logger = logger
        self.push = push
        self.whenConnected = whenConnected
    }

    /// Waits for the established connection, or for the next one.
    /// - Throws: ``RedisFailure`` with `.unavailable` if there is none before the deadline; `CancellationError`.
    func connection(before deadline: NIODeadline) async throws -> RedisConnection {
        if let current { return current }
        let waiter = ReplyPromise<RedisConnection>()
        perform { $0.requested(by: waiter, isOpen: \.isOpen) }
        let timer = connector.group.next().scheduleTask(deadline: deadline) { [weak self] in
            waiter.complete(.failure(self?.lateness ?? RedisFailure(.unavailable, "the client is gone")))
        }
        defer {
            timer.cancel()
            state.withLock { $0.lifecycle.gaveUp(waiter) }
        }
        return try await waiter.wait()
    }

    /// The established connection, if it is open.
    var current: RedisConnection? {
        state.withLock { state in
            guard let connection = state.lifecycle.current, connection.isOpen else { return nil }
            return connection
        }
    }

    /// Closes the connection permanently; waiting callers fail with `.unavailable`.
    func close() async {
        let (actions, connecting) = state.withLock { ($0.lifecycle.close(), $0.connecting) }
        for action in actions {
            switch action {
            case .complete(let waiters, let result): complete(waiters, result)
            case .close(let connection): await connection.close()
            case .cancelConnecting:
                connecting?.cancel()
                await connecting?.value
            case .connect: break
            }
        }
    }

    private var lateness: RedisFailure {
        let reason = state.withLock { $0.lifecycle.lastFailure?.message } ?? "\(connector.endpoint) does not answer"
        return RedisFailure(.unavailable, "no connection in time: \(reason)")
    }

    /// Passes an event to the lifecycle and performs its actions.
    private func perform(_ event: (inout Lifecycle) -> [Lifecycle.Action]) {
        let actions = state.withLock { state in
            let actions = event(&state.lifecycle)
            for case .connect in actions { state.connecting = Task { await self.connect() } }
            return actions
        }
        for action in actions {
            switch action {
            case .complete(let waiters, let result): complete(waiters, result)
            case .close(let connection): connection.channel.close(promise: nil)
            case .connect, .cancelConnecting: break
            }
        }
    }

    private func complete(_ waiters: [Lifecycle.Waiter], _ result: Result<RedisConnection, RedisFailure>) {
        for waiter in waiters { waiter.complete(result.mapError { $0 as any Error }) }
    }

    private func connect() async {
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
                perform { $0.connected(connection) }
                connection.channel.closeFuture.whenComplete { [weak self] _ in
                    self?.perform { $0.lost(connection) }
                }
                return
            } catch {
                // The client is being shut down.
                if Task.isCancelled { return }
                attempt += 1
                if let failure = error as? RedisFailure { perform { $0.failed(failure) } }
                // Logged once as a warning: a server that is unreachable for an hour must not fill the log.
                logger.log(
                    level: attempt == 1 ? .warning : .debug, "no connection to Redis",
                    metadata: ["redis.endpoint": "\(connector.endpoint)", "error": "\(error)"])
                try? await Task.sleep(for: Backoff.delay(attempt: attempt))
            }
        }
    }
}

/// The pause before the next attempt to connect.
enum Backoff {
    /// 25 ms, doubled with each attempt up to 2 s, and up to a fifth less at random, so that clients do not connect all at once.
    static func delay(attempt: Int) -> Duration {
        let milliseconds = min(2_000, 25 << min(attempt - 1, 10))
        return .milliseconds(milliseconds * Int.random(in: 80...100) / 100)
    }
}
