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
        let isWhole = change.replaced != nil
        let state = change.isStateNew || isWhole ? try JSONText.encode(change.state) : []
        let arguments: [RedisArgument] = [
            .integer(change.replaced ?? change.base), .integer(change.base + 1), .integer(change.state.sequence),
            .bytes(state), .integer(change.state.presentCount), .text(change.state.playback.phase.rawValue),
            .text(change.state.playback.video.id), .integer(lifetime), .integer(RoomLimits.history),
            isWhole ? "1" : "0", .text(writer), .integer(change.events.count),
        ]
        let room = change.state.id
        let events = isWhole ? change.history.events : change.events
        let reply = try await client.evaluate(
            RoomScript.write, keys: [Self.key(room), Self.eventsKey(room)],
            arguments: arguments + events.map { .bytes($0.text) }
        ).int
        return reply == 1 ? .written : reply == -1 ? .missing : .conflict
    }

    /// Writes the whole room over no hash, or over an older version.
    public func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool {
        var whole = change
        whole.replaced = version ?? 0
        return try await commit(whole) == .written
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

/// The scripts that Redis runs as one step. Keys: the room's hash, the list of its events.
enum RoomScript {
    /// Returns the version, the last sequence number, the state and the events; nil if the room does not exist.
    static let load = RedisScript(
        """
        local version = redis.call('HGET', KEYS[1], 'v')
        if not version then return false end
        local last = redis.call('HGET', KEYS[1], 'q')
        return {version, last, redis.call('HGET', KEYS[1], 's'), redis.call('LRANGE', KEYS[2], 0, -1)}
        """)

    /// Writes a change if the room has the expected version, and sends the notice.
    ///
    /// Arguments: the expected version (0: the room must not exist), the new version, the last sequence number, the state
    /// (empty: unchanged), the number of members, the phase, the video, the lifetime, the largest number of events, `1` if
    /// the events replace the stored ones, the writer, the number of new events, then the events. The notice has the form
    /// that ``RoomNoticeText`` decodes.
    ///
    /// Returns 1 if it wrote, 0 if the version differs, -1 if the room does not exist.
    static let write = RedisScript(
        """
        local version = redis.call('HGET', KEYS[1], 'v')
        if ARGV[1] == '0' then
            if version then return 0 end
        elseif not version then
            return -1
        elseif version ~= ARGV[1] then
            return 0
        end
        redis.call('HSET', KEYS[1], 'v', ARGV[2], 'q', ARGV[3])
        if ARGV[4] ~= '' then
            redis.call('HSET', KEYS[1], 's', ARGV[4], 'n', ARGV[5], 'p', ARGV[6], 'm', ARGV[7])
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[8])
        if ARGV[10] == '1' then redis.call('DEL', KEYS[2]) end
        if #ARGV > 12 then
            for i = 13, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
            redis.call('LTRIM', KEYS[2], -tonumber(ARGV[9]), -1)
        end
        redis.call('PEXPIRE', KEYS[2], ARGV[8])
        local notice = {'c ' .. ARGV[11] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3], ARGV[4]}
        for i = math.max(13, #ARGV - tonumber(ARGV[12]) + 1), #ARGV do notice[#notice + 1] = ARGV[i] end
        redis.call('PUBLISH', KEYS[1], table.concat(notice, '\\n'))
        return 1
        """)
}

/// The text form of notices: lines of which the first names the kind. The JSON in them has no line breaks.
///
/// - `c {writer} {version} {number of the last event}`, a line with the state (empty if it stays), a line an event; written by
///   ``RoomScript/write``
/// - `f`, a line with an ephemeral frame
/// - `r`: the room's row changed
enum RoomNoticeText {
    static func ephemeral(_ frame: [UInt8]) -> [UInt8] { Array("f\n".utf8) + frame }

    static let rowChanged = Array("r".utf8)

    /// Decodes a notice; what is not one gives ``RoomNotice/gap``.
    /// - Parameter writer: The reader's own name; its own changes give `nil`.
    static func read(_ text: [UInt8], except writer: String) -> RoomNotice? {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let head = String(decoding: lines[0], as: UTF8.self).split(separator: " ")
        switch head.first {
        case "f" where lines.count == 2 && String(validating: lines[1], as: UTF8.self) != nil:
            return .ephemeral(Array(lines[1]))
        case "r": return .rowChanged
        case "c" where head.count == 4 && lines.count >= 2:
            guard head[1] != writer else { return nil }
            guard let version = Int64(head[2]), let sequence = Int64(head[3]), version > 0, sequence >= 0 else {
                return .gap
            }
            var delta = RoomDelta(version: version, sequence: sequence, state: nil, events: [])
            if !lines[1].isEmpty {
                guard let state = try? JSONText.decode(RoomState.self, lines[1]) else { return .gap }
                delta.state = state
            }
            for line in lines.dropFirst(2) {
                guard let event = StoredEvent(Array(line)) else { return .gap }
                delta.events.append(event)
            }
            return .changed(delta)
        default: return .gap
        }
    }
}
