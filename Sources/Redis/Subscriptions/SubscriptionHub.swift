import Logging
import NIOCore
import Synchronization

/// All subscriptions of a client over one connection; each channel is subscribed to once, however many listen.
final class SubscriptionHub: Sendable {
    private struct Listeners {
        var streams: [Int: AsyncStream<RedisMessage>.Continuation] = [:]
        /// Those who wait for the server to confirm the channel.
        var confirmations: [ReplyPromise<Void>] = []
        var isConfirmed = false
        /// Messages may have been missed since the last confirmation.
        var hasGap = false
    }

    private struct State {
        var channels: [String: Listeners] = [:]
        var nextID = 0
    }

    private let state: Mutex<State>
    private let buffer: Int
    private let timeout: TimeAmount
    private let group: any EventLoopGroup
    private let keeper: ConnectionManager

    init(connector: Connector, logger: Logger, timeout: TimeAmount, buffer: Int) {
        let relay = Relay()
        self.buffer = buffer
        self.timeout = timeout
        group = connector.group
        state = Mutex(State())
        keeper = ConnectionManager(
            connector: connector, logger: logger, push: { relay.hub?.take($0) },
            whenConnected: { try await relay.hub?.resubscribe($0) })
        relay.point(at: self)
    }

    func subscribe(_ channels: [String], before deadline: NIODeadline) async throws -> RedisSubscription {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RedisMessage.self, bufferingPolicy: .bufferingNewest(buffer))
        let (id, confirmations) = state.withLock { state in
            state.nextID += 1
            var waits: [ReplyPromise<Void>] = []
            for channel in channels {
                state.channels[channel, default: Listeners()].streams[state.nextID] = continuation
                if state.channels[channel]?.isConfirmed != true {
                    let wait = ReplyPromise<Void>()
                    waits.append(wait)
                    state.channels[channel]?.confirmations.append(wait)
                }
            }
            return (state.nextID, waits)
        }
        continuation.onTermination = { [weak self] _ in self?.leave(id, channels) }
        let subscription = RedisSubscription(stream: stream)
        do {
            let connection = try await keeper.connection(before: deadline)
            if !confirmations.isEmpty { try await subscribe(channels, on: connection) }
            for wait in confirmations {
                let timer = group.next().scheduleTask(deadline: deadline) {
                    wait.complete(.failure(RedisFailure(.timeout, "no confirmation of a subscription in time")))
                }
                defer { timer.cancel() }
                try await wait.wait()
            }
        } catch {
            continuation.finish()
            leave(id, channels)
            throw error
        }
        return subscription
    }

    func close() async {
        let streams = state.withLock { state in
            defer { state.channels = [:] }
            return state.channels.values.flatMap { $0.streams.values }
        }
        for stream in streams { stream.finish() }
        await keeper.close()
    }

    private func leave(_ id: Int, _ channels: [String]) {
        let empty = state.withLock { state in
            channels.filter { channel in
                guard state.channels[channel]?.streams.removeValue(forKey: id) != nil else { return false }
                guard state.channels[channel]?.streams.isEmpty == true else { return false }
                state.channels[channel] = nil
                return true
            }
        }
        if !empty.isEmpty { write("UNSUBSCRIBE", empty) }
    }

    private func subscribe(_ channels: [String], on connection: RedisConnection) async throws {
        let words = ["SUBSCRIBE"] + channels.map { RedisArgument($0) }
        _ = try await connection.run(CommandBatch([words], replyCount: 0, timeout: nil))
    }

    /// On each new connection: every channel again, and a gap for those who had been listening.
    private func resubscribe(_ connection: RedisConnection) async throws {
        let channels = state.withLock { state in
            for channel in state.channels.keys {
                guard state.channels[channel]?.isConfirmed == true else { continue }
                state.channels[channel]?.isConfirmed = false
                state.channels[channel]?.hasGap = true
            }
            return Array(state.channels.keys)
        }
        if !channels.isEmpty { try await subscribe(channels, on: connection) }
    }

    private func take(_ value: RedisValue) {
        guard let parts = value.array, parts.count == 3, let kind = parts[0].text, let channel = parts[1].text else {
            return
        }
        switch kind {
        case "message":
            let message = RedisMessage(channel: channel, payload: parts[2].bytes ?? [])
            state.withLock { state in
                for stream in (state.channels[channel]?.streams ?? [:]).values { stream.yield(message) }
            }
        case "subscribe":
            let waits: [ReplyPromise<Void>] = state.withLock { state in
                guard var listeners = state.channels[channel] else { return [] }
                defer { state.channels[channel] = listeners }
                let waits = listeners.confirmations
                listeners.confirmations = []
                listeners.isConfirmed = true
                // Whoever had listened before this connection was made may have missed something meanwhile.
                for stream in listeners.streams.values where listeners.hasGap {
                    stream.yield(RedisMessage(channel: channel, payload: nil))
                }
                listeners.hasGap = false
                return waits
            }
            for wait in waits { wait.complete(.success(())) }
        case "unsubscribe": resume(channel)
        default: break
        }
    }

    /// The last listener's farewell can overtake a newcomer's greeting; then the channel is asked for again.
    private func resume(_ channel: String) {
        let isWanted = state.withLock { state in
            guard state.channels[channel] != nil else { return false }
            state.channels[channel]?.isConfirmed = false
            state.channels[channel]?.hasGap = true
            return true
        }
        if isWanted { write("SUBSCRIBE", [channel]) }
    }

    /// Sends without waiting; a connection that is gone subscribes anew anyway.
    private func write(_ verb: String, _ channels: [String]) {
        let words = [RedisArgument(verb)] + channels.map { RedisArgument($0) }
        guard let connection = keeper.current,
            let batch = try? CommandBatch([words], replyCount: 0, timeout: nil)
        else { return }
        connection.channel.writeAndFlush(batch, promise: nil)
    }
}

/// Breaks the circle between the hub and its keeper's callbacks.
private final class Relay: Sendable {
    private struct Target: Sendable { weak let hub: SubscriptionHub? }
    private let target = Mutex(Target(hub: nil))

    var hub: SubscriptionHub? { target.withLock { $0.hub } }

    func point(at hub: SubscriptionHub) { target.withLock { $0 = Target(hub: hub) } }
}
