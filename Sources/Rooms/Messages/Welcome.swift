internal import Ground

/// Everything about a room, as JSON, for a client that knows nothing of it, or not enough.
struct Snapshot: Sendable {
    /// `{epoch, seq, snapshot}`.
    let text: [UInt8]
    /// The value of `snapshot` alone.
    let content: [UInt8]
    /// Which room it is of.
    let epoch: String
    let version: Int64

    /// - Parameter sequence: The last event that the client knows: of the chat it is told everything after that which is
    ///   still there, and at least what newcomers are.
    init(_ room: StoredRoom, after sequence: Int64? = nil) throws {
        (epoch, version) = (room.state.epoch, room.version)
        content = JSONText.object([
            "chat": JSONText.array(room.history.chat(after: sequence).map(\.text)),
            "members": try JSONText.encode(room.state.queue.map { MemberDocument($0) }),
            "room": try JSONText.encode(RoomDocument(id: room.state.id, room.state.settings)),
            "state": try JSONText.encode(PlaybackDocument(room.state)),
        ])
        text = JSONText.object([
            "epoch": try JSONText.encode(epoch), "seq": Array(String(room.state.sequence).utf8), "snapshot": content,
        ])
    }

    /// Whether a room is still as this says.
    func isOf(_ room: StoredRoom) -> Bool { version == room.version && epoch == room.state.epoch }
}

/// The first event of a connection.
struct Welcome {
    let member: String
    let secret: String
    /// The key of a guest's client; `nil` for an account.
    let guestKey: String?
    let resumed: Bool
    /// The events that a client that came back has missed; `nil` if it has to be told everything.
    let missed: ArraySlice<StoredEvent>?

    /// - Parameter snapshot: The room as it is; sent if it has to be.
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
