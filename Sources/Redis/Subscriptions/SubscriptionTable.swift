/// The channels of a client and their listeners: a state machine without sockets.
///
/// Each channel is subscribed to once for all of its listeners. Each method takes an event and returns the actions that
/// ``SubscriptionHub`` has to perform in order.
struct SubscriptionTable: Sendable {
    /// What the hub has to do.
    enum Action: Hashable, Sendable {
        /// Send `SUBSCRIBE` with these channels.
        case subscribe([String])
        /// Send `UNSUBSCRIBE` with these channels.
        case unsubscribe([String])
        /// Yield a message to listeners.
        case deliver(RedisMessage, to: [Int])
        /// Tell a listener that the server has confirmed all of its channels.
        case confirm(listener: Int)
        /// End the streams of listeners.
        case finish([Int])
    }

    private struct Channel {
        var listeners: Set<Int> = []
        var isConfirmed = false
        /// Whether messages may have been missed since the last confirmation.
        var hasGap = false
    }

    private var channels: [String: Channel] = [:]
    /// The channels that each listener waits for.
    private var unconfirmed: [Int: Set<String>] = [:]
    private var lastListener = 0

    /// Adds a listener to channels.
    /// - Returns: The listener, and the actions: the channels that it waits for, or at once the confirmation.
    mutating func listen(_ names: [String]) -> (listener: Int, actions: [Action]) {
        lastListener += 1
        for name in names { channels[name, default: Channel()].listeners.insert(lastListener) }
        let missing = names.filter { channels[$0]?.isConfirmed != true }
        guard !missing.isEmpty else { return (lastListener, [.confirm(listener: lastListener)]) }
        unconfirmed[lastListener] = Set(missing)
        return (lastListener, [.subscribe(names)])
    }

    /// Removes a listener; channels without listeners are unsubscribed from.
    mutating func leave(_ listener: Int) -> [Action] {
        unconfirmed[listener] = nil
        var empty: [String] = []
        for name in channels.keys.sorted() {
            guard channels[name]?.listeners.remove(listener) != nil, channels[name]?.listeners.isEmpty == true else {
                continue
            }
            channels[name] = nil
            empty.append(name)
        }
        return empty.isEmpty ? [] : [.unsubscribe(empty)]
    }

    /// A new connection was opened: all channels are subscribed to again, and those that were confirmed have a gap.
    mutating func connected() -> [Action] {
        for name in channels.keys where channels[name]?.isConfirmed == true {
            channels[name]?.isConfirmed = false
            channels[name]?.hasGap = true
        }
        return channels.isEmpty ? [] : [.subscribe(channels.keys.sorted())]
    }

    /// The server sent a value of the publish/subscribe protocol; others, such as the answer to a `PING`, are ignored.
    mutating func received(_ value: RedisValue) -> [Action] {
        guard let parts = value.array, parts.count == 3, let kind = parts[0].text, let name = parts[1].text else {
            return []
        }
        switch kind {
        case "message":
            guard let channel = channels[name] else { return [] }
            let message = RedisMessage(channel: name, payload: parts[2].bytes ?? [])
            return [.deliver(message, to: channel.listeners.sorted())]
        case "subscribe": return confirmed(name)
        case "unsubscribe":
            // The `UNSUBSCRIBE` of the last listener can overtake the `SUBSCRIBE` of a new one, which is then sent again.
            guard channels[name] != nil else { return [] }
            channels[name]?.isConfirmed = false
            channels[name]?.hasGap = true
            return [.subscribe([name])]
        default: return []
        }
    }

    /// The client is shut down.
    mutating func close() -> [Action] {
        let listeners = channels.values.reduce(into: Set<Int>()) { $0.formUnion($1.listeners) }
        (channels, unconfirmed) = ([:], [:])
        return [.finish(listeners.sorted())]
    }

    private mutating func confirmed(_ name: String) -> [Action] {
        guard var channel = channels[name] else { return [] }
        var actions: [Action] = []
        // A listener that waits for its first confirmation cannot have missed anything.
        if channel.hasGap {
            actions.append(.deliver(RedisMessage(channel: name, payload: nil), to: channel.listeners.sorted()))
        }
        (channel.isConfirmed, channel.hasGap) = (true, false)
        channels[name] = channel
        for listener in unconfirmed.keys.sorted() {
            guard unconfirmed[listener]?.remove(name) != nil, unconfirmed[listener]?.isEmpty == true else { continue }
            unconfirmed[listener] = nil
            actions.append(.confirm(listener: listener))
        }
        return actions
    }
}
