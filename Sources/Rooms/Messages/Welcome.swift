internal import Ground

/// The complete JSON of a room, for clients that do not have all of its events.
struct Snapshot: Sendable {
    /// `{epoch, seq, snapshot}`.
    let text: [UInt8]
    /// The value of `snapshot` alone.
    let content: [UInt8]
    /// The epoch of the room that it shows.
    let epoch: String
    /// The version of the room that it shows.
    let version: Int64

    /// Encodes a room.
    /// - Parameter sequence: The last event that the client has. The snapshot has all stored chat messages after it, and at
    ///   least those that a new member is shown.
    init(_ room: StoredRoom, after sequence: Int64? = nil) throws {
        (epoch, version) = (room.state.epoch, room.version)
        content = JSONText.object([
            "chat": JSONText.array(room.history.chat(after: sequence).map(\.text)),
            "members": try JSONText.encode(room.state.queue.map { MemberDocument($0) }),
            "room": try JSONText.encode(RoomDocument(room.state)),
            "state": try JSONText.encode(PlaybackDocument(room.state)),
        ])
        text = JSONText.object([
            "epoch": try JSONText.encode(epoch), "seq": Array(String(room.state.sequence).utf8), "snapshot": content,
        ])
    }

    /// Whether it shows the current version of a room.
    func isCurrent(_ room: StoredRoom) -> Bool { version == room.version && epoch == room.state.epoch }
}

/// The first event of a connection: tells the client who it is, and the room or what it has missed of it.
struct Welcome {
    let member: String
    let secret: String
    /// The key of a guest's client; `nil` for an account.
    let guestKey: String?
    let resumed: Bool
    /// The events that a resuming client has missed; `nil` if it needs a snapshot.
    let missed: ArraySlice<StoredEvent>?

    /// Encodes the event.
    /// - Parameter snapshot: The current snapshot; evaluated only if the client needs it.
    func frame(_ room: StoredRoom, _ snapshot: @autoclosure () throws -> Snapshot, at now: Int64) throws -> [UInt8] {
        let limits = Limits(
            chatLength: RoomLimits.chatLength, chatBurst: ChatRateLimiter.burst, members: RoomLimits.members)
        return ServerMessage.event(
            "welcome", at: now,
            text: JSONText.object([
                "epoch": try JSONText.encode(room.state.epoch), "guestKey": try guestKey.map(JSONText.encode),
                "limits": try JSONText.encode(limits), "memberId": try JSONText.encode(member),
                "missed": missed.map { JSONText.array($0.map(\.text)) }, "resumed": try JSONText.encode(resumed),
                "secret": try JSONText.encode(secret), "seq": Array(String(room.state.sequence).utf8),
                "snapshot": missed == nil ? try snapshot().content : nil,
            ]))
    }

    private struct Limits: Encodable {
        var chatLength: Int
        var chatBurst: Int
        var members: Int
    }
}
