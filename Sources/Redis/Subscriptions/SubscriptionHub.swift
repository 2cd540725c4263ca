import Logging
import NIOCore
import Synchronization

/// All subscriptions of a client, over one connection: performs the actions of a ``SubscriptionTable``.
final class SubscriptionHub: Sendable {
    private struct Listener {
        let stream: AsyncStream<RedisMessage>.Continuation
        /// Completed when the server has confirmed all channels of the listener.
        let confirmation: ReplyPromise<Void>
    }

    private struct State {
        var table = SubscriptionTable()
        var listeners: [Int: Listener] = [:]
    }

    private let state = Mutex(State())
    /// Held while a message is delivered, so that messages keep their order when the connection changes. It is another one than
    /// that of the state: a stream resumes its reader under the lock of the reader's task, and whoever cancels that task holds
    /// this lock while ``leave(_:)`` waits for the state.
    private let delivery = Mutex(())
    private let buffer: Int
    private let group: any EventLoopGroup
    private let manager: ConnectionManager

    /// - Parameter buffer: The number of messages that a listener may fall behind.
    init(connector: Connector, logger: Logger, buffer: Int) {
        let relay = Relay()
        self.buffer = buffer
        group = connector.group
        manager = ConnectionManager(
            connector: connector, logger: logger, push: { relay.hub?.receive($0) },
            whenConnected: { try await relay.hub?.subscribeAgain(on: $0) })
        relay.point(at: self)
    }

    /// Listens to channels, and returns when the server has confirmed them.
    /// - Throws: ``RedisFailure`` with `.unavailable` or `.timeout`; `CancellationError`.
    func subscribe(_ channels: [String], before deadline: NIODeadline) async throws -> RedisSubscription {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RedisMessage.self, bufferingPolicy: .bufferingNewest(buffer))
        let confirmation = ReplyPromise<Void>()
        let (id, actions) = state.withLock { state in
            let (id, actions) = state.table.listen(channels)
            state.listeners[id] = Listener(stream: continuation, confirmation: confirmation)
            return (id, actions)
        }
        continuation.onTermination = { [weak self] _ in self?.leave(id) }
        do {
            let connection = try await manager.connection(before: deadline)
            for action in actions {
                if case .subscribe(let channels) = action {
                    try await write("SUBSCRIBE", channels, on: connection)
                } else {
                    perform([action])
                }
            }
            let timer = group.next().scheduleTask(deadline: deadline) {
                confirmation.complete(.failure(RedisFailure(.timeout, "no confirmation of a subscription in time")))
            }
            defer { timer.cancel() }
            try await confirmation.wait()
        } catch {
            continuation.finish()
            leave(id)
            throw error
        }
        return RedisSubscription(stream: stream)
    }

    /// Ends all subscriptions and closes the connection.
    func close() async {
        perform(state.withLock { $0.table.close() })
        await manager.close()
    }

    private func leave(_ id: Int) {
        let actions = state.withLock { state in
            state.listeners[id] = nil
            return state.table.leave(id)
        }
        perform(actions)
    }

    /// Runs on each new connection before it is used.
    private func subscribeAgain(on connection: RedisConnection) async throws {
        for case .subscribe(let channels) in state.withLock({ $0.table.connected() }) {
            try await write("SUBSCRIBE", channels, on: connection)
        }
    }

    private func receive(_ value: RedisValue) {
        delivery.withLock { _ in perform(state.withLock { $0.table.received(value) }) }
    }

    private func perform(_ actions: [SubscriptionTable.Action]) {
        for action in actions {
            switch action {
            // Not waited for: a connection that breaks meanwhile subscribes to all channels again.
            case .subscribe(let channels): send("SUBSCRIBE", channels)
            case .unsubscribe(let channels): send("UNSUBSCRIBE", channels)
            case .deliver(let message, let listeners):
                let streams = state.withLock { state in listeners.compactMap { state.listeners[$0]?.stream } }
                for stream in streams { stream.yield(message) }
            case .confirm(let id): state.withLock { $0.listeners[id] }?.confirmation.complete(.success(()))
            case .finish(let ids):
                let ended = state.withLock { state in ids.compactMap { state.listeners.removeValue(forKey: $0) } }
                for listener in ended {
                    listener.stream.finish()
                    // Without effect where the server has confirmed already.
                    listener.confirmation.complete(.failure(RedisFailure(.unavailable, "the client was shut down")))
                }
            }
        }
    }

    private func send(_ verb: String, _ channels: [String]) {
        guard let connection = manager.current, let batch = try? Self.batch(verb, channels) else { return }
        connection.channel.writeAndFlush(batch, promise: nil)
    }

    private func write(_ verb: String, _ channels: [String], on connection: RedisConnection) async throws {
        _ = try await connection.run(try Self.batch(verb, channels))
    }

    /// A command whose replies arrive as pushes.
    private static func batch(_ verb: String, _ channels: [String]) throws(RedisFailure) -> CommandBatch {
        try CommandBatch([[RedisArgument(verb)] + channels.map { RedisArgument($0) }], replyCount: 0, timeout: nil)
    }
}

/// Breaks the reference cycle between the hub and the callbacks of its connection manager.
private final class Relay: Sendable {
    private struct Target: Sendable { weak let hub: SubscriptionHub? }
    private let target = Mutex(Target(hub: nil))

    var hub: SubscriptionHub? { target.withLock { $0.hub } }

    func point(at hub: SubscriptionHub) { target.withLock { $0 = Target(hub: hub) } }
}
