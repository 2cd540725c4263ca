internal import Ground
public import Redis

/// The room store in Redis.
///
/// `vh:room:{id}` is a hash of the version (`v`), the last sequence number (`q`), the state (`s`) and the fields of the summary
/// (`n`, `p`, `m`). `vh:room:{id}:events` is the list of recent events. Notices are sent over the channel `vh:room:{id}`.
public struct RedisRoomStore: RoomStore {
    private let client: RedisClient
    /// How long a room outlasts its last change, in milliseconds.
    private let lifetime: Int64
    /// The name of this store in its notices; it skips its own ones.
    private let writer = RandomText.base32(12)

    /// Creates a store over a client that others may share.
    public init(_ client: RedisClient, lifetime: Int64 = 86_400_000) {
        self.client = client
        self.lifetime = lifetime
    }

    private static func key(_ room: String) -> String { "vh:room:{\(room)}" }
    private static func eventsKey(_ room: String) -> String { key(room) + ":events" }
    private static func nodeKey(_ node: String) -> String { "vh:rooms:node:" + node }

    /// Loads version, state and events in one step, so that they belong together.
    public func load(_ room: String) async throws -> StoredRoom? {
        let reply = try await client.evaluate(
            RoomScript.load, keys: [Self.key(room), Self.eventsKey(room)])
        guard let parts = reply.array, parts.count == 4, let version = parts[0].int, let sequence = parts[1].int,
            let text = parts[2].bytes, var state = try? JSONText.decode(RoomState.self, text)
        else { return nil }
        // A change that only adds events does not rewrite the state.
        state.sequence = sequence
        let events = (parts[3].array ?? []).compactMap { $0.bytes.flatMap { StoredEvent($0) } }
        return StoredRoom(version: version, state: state, history: EventHistory(events))
    }

    /// Writes a change if the hash still has the version on which it is based.
    public func commit(_ change: RoomChange) async throws -> CommitOutcome {
        let reply = try await write(change, events: change.events, base: change.base)
        return reply == 1 ? .written : reply == 0 ? .conflict : .missing
    }

    /// Writes the whole room over no hash, or over an older version.
    public func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool {
        try await write(change, events: change.history.events, base: version ?? 0, replaces: true) == 1
    }

    /// Runs the script that writes a change and sends its notice.
    private func write(
        _ change: RoomChange, events: [StoredEvent], base: Int64, replaces: Bool = false
    ) async throws -> Int64 {
        let state = change.isStateNew || replaces ? try JSONText.encode(change.state) : []
        let notice = RoomNoticeText.change(
            by: writer, version: change.base + 1, sequence: change.state.sequence, state: state, events: change.events)
        let arguments: [RedisArgument] = [
            .integer(base), .integer(change.base + 1), .integer(change.state.sequence), .bytes(state),
            .integer(change.state.presentCount), .text(change.state.playback.phase.rawValue),
            .text(change.state.playback.video.id), .integer(lifetime), .integer(RoomLimits.history),
            replaces ? "1" : "0", .bytes(notice),
        ]
        let room = change.state.id
        return try await client.evaluate(
            RoomScript.write, keys: [Self.key(room), Self.eventsKey(room)],
            arguments: arguments + events.map { .bytes($0.text) }
        ).int ?? 0
    }

    /// Renews the lifetime of both keys.
    public func renew(_ room: String) async throws {
        let keys = [Self.key(room), Self.eventsKey(room)]
        _ = try await client.pipeline(keys.map { ["PEXPIRE", .text($0), .integer(lifetime)] })
    }

    /// Deletes both keys.
    public func remove(_ room: String) async throws {
        try await client.send(["DEL", .text(Self.key(room)), .text(Self.eventsKey(room))])
    }

    /// Sends a frame over the room's channel.
    public func broadcast(_ frame: [UInt8], room: String) async throws {
        try await client.send(["PUBLISH", .text(Self.key(room)), .bytes(RoomNoticeText.ephemeral(frame))])
    }

    /// Sends the notice that the row changed over the room's channel.
    public func announceChange(of room: String) async throws {
        try await client.send(["PUBLISH", .text(Self.key(room)), .bytes(RoomNoticeText.rowChanged)])
    }

    /// Subscribes to the room's channel; a reconnect gives a gap.
    public func notices(of room: String) async throws -> any AsyncSequence<RoomNotice, Never> & Sendable {
        try await client.subscribe(Self.key(room)).compactMap { message in
            guard let payload = message.payload else { return .gap }
            return RoomNoticeText.read(payload, except: writer)
        }
    }

    /// Reads the fields of the summaries.
    public func summaries(of rooms: [String]) async throws -> [RoomSummary?] {
        let replies = try await client.pipeline(rooms.map { ["HMGET", .text(Self.key($0)), "n", "p", "m"] })
        return replies.map { reply in
            guard let parts = reply.array, parts.count == 3, let members = parts[0].int,
                let phase = parts[1].text.flatMap(Phase.init), let video = parts[2].text
            else { return nil }
            return RoomSummary(members: Int(clamping: members), phase: phase, videoID: video)
        }
    }

    /// Sets the node's key, which expires after `lifetime`.
    public func announce(node: String, lifetime: Int64) async throws {
        try await client.send(["SET", .text(Self.nodeKey(node)), "1", "PX", .integer(lifetime)])
    }

    /// Checks which nodes' keys do not exist.
    public func lostNodes(of nodes: Set<String>) async throws -> Set<String> {
        let all = nodes.sorted()
        let replies = try await client.pipeline(all.map { ["EXISTS", .text(Self.nodeKey($0))] })
        return Set(zip(all, replies).filter { $0.1.int == 0 }.map(\.0))
    }

    /// Reads the server's `TIME`.
    public func time() async throws -> Int64 {
        let parts = try await client.send("TIME").array ?? []
        guard parts.count == 2, let seconds = parts[0].int, let microseconds = parts[1].int else {
            throw RoomFault.unavailable
        }
        return seconds * 1000 + microseconds / 1000
    }
}
