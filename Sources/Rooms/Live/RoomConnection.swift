internal import Catalog

/// Who is at the other end of a connection.
public struct Visitor: Sendable, Hashable {
    /// The account.
    public var userID: String
    /// What it is called.
    public var name: String

    /// Somebody signed in.
    public init(userID: String, name: String) {
        self.userID = userID
        self.name = name
    }
}

/// One client's conversation with a room: reads its messages, does what they say, answers.
///
/// Knows nothing of sockets: frames come in through ``receive(_:)``, and go out through ``session``.
public actor RoomConnection {
    /// Where frames for the client wait.
    public nonisolated let session: RoomSession
    private let hub: RoomHub
    private let roomID: String
    private let address: String
    private let identify: @Sendable (String) async throws -> Visitor?
    private var seat: (room: LiveRoom, member: String)?
    private var token: String?
    private var limits: SpeechLimits
    private var gate: ChatGate
    private var drift = DriftWatch()
    private var roundTrips: [Int64] = []

    /// A conversation that has not begun.
    /// - Parameters:
    ///   - room: The name in the address.
    ///   - address: Where the client is; a ban of a guest is a ban of it.
    ///   - identify: Who a token belongs to; `nil` if it is not valid.
    public init(
        hub: RoomHub, room: String, address: String,
        identify: @escaping @Sendable (String) async throws -> Visitor?
    ) {
        self.hub = hub
        roomID = room
        self.address = address
        self.identify = identify
        session = RoomSession(connection: RandomName.make("con_", characters: 16))
        limits = SpeechLimits(at: hub.clock.now())
        gate = ChatGate(at: hub.clock.now())
        hub.count(connections: 1)
    }

    /// Whether the client is in the room.
    public var isSeated: Bool { seat != nil }

    private var now: Int64 { hub.clock.now() }
    private var roundTrip: Int64 { roundTrips.min() ?? 100 }

    /// Takes a measured round trip of the connection, in milliseconds.
    public func note(roundTrip: Int64) {
        roundTrips.append(max(0, roundTrip))
        if roundTrips.count > 8 { roundTrips.removeFirst() }
    }

    /// Takes a text frame. Answers in order; the next one is to be given when this has returned.
    public func receive(_ frame: [UInt8]) async {
        let received = now
        let message: ClientMessage
        do throws(RoomFault) {
            message = try ClientMessage.read(frame)
        } catch {
            return session.end(.malformed, at: now, reason: "the message cannot be read")
        }
        switch limits.judge(message.body, at: received) {
        case .fine: break
        case .tooMany(let wait): return refuse(message, .rateLimited, retryAfter: Int((wait + 999) / 1000))
        case .abuse: return session.end(.abuse, at: now)
        }
        if case .hello(let hello) = message.body { return await enter(hello, message) }
        guard let seat else { return session.end(.unauthenticated, at: now, reason: "hello comes first") }
        do throws(RoomFault) {
            try await carryOut(message, seat.room, seat.member, received: received)
        } catch {
            refuse(message, error)
        }
    }

    /// The connection is gone; the member's place is kept for a while.
    public func close() async {
        session.finish()
        hub.count(connections: -1)
        guard let seat else { return }
        self.seat = nil
        await seat.room.unseat(session, member: seat.member)
        _ = try? await seat.room.perform(.lost(member: seat.member, connection: session.connection))
    }

    /// Makes sure that who is signed in still is.
    public func checkToken() async {
        guard let token else { return }
        do {
            guard try await identify(token) == nil else { return }
            session.end(.unauthenticated, at: now, reason: "the session is over")
        } catch {
            // When sessions cannot be looked up, nobody is sent away.
        }
    }

    // MARK: Coming in

    private func enter(_ hello: Hello, _ message: ClientMessage) async {
        guard seat == nil else { return refuse(message, .invalidState) }
        var visitor: Visitor?
        if let token = hello.token {
            do {
                visitor = try await identify(token)
            } catch {
                return session.end(.goingAway, at: now, after: 2000, reason: "sessions cannot be looked up")
            }
            guard visitor != nil else {
                return session.end(.unauthenticated, at: now, reason: "the token is not valid")
            }
            self.token = token
        }
        do throws(RoomFault) {
            let room = try await hub.room(roomID)
            if let resume = hello.resume, try await comeBack(resume, visitor, room) { return }
            guard let name = Self.name(hello, visitor) else {
                return session.end(.malformed, at: now, reason: "a guest needs a name of 1 to 40 characters")
            }
            try await comeIn(name, visitor, room)
        } catch {
            switch error {
            case .roomNotFound, .videoNotFound, .videoNotPlayable: session.end(.roomNotFound, at: now)
            case .banned: session.end(.notAllowed, at: now, reason: error.rawValue)
            case .full: session.end(.notAllowed, at: now, reason: error.rawValue)
            default: session.end(.goingAway, at: now, after: 2000, reason: error.rawValue)
            }
        }
    }

    private static func name(_ hello: Hello, _ visitor: Visitor?) -> String? {
        if let visitor { return visitor.name }
        return try? Room.clean(hello.name ?? "", limit: RoomLimits.nameLength)
    }

    private func comeIn(_ name: String, _ visitor: Visitor?, _ room: LiveRoom) async throws(RoomFault) {
        let (member, secret) = (RandomName.make("mem_", characters: 16), RandomName.make("", characters: 32))
        _ = try await room.perform(
            .join(
                Newcomer(
                    id: member, name: name, userID: visitor?.userID, secretDigest: RandomName.digest(secret),
                    banSubject: visitor?.userID ?? RandomName.digest("address " + address),
                    seat: Seat(node: hub.node, connection: session.connection), roundTrip: roundTrip)))
        try await sit(room, member, secret, resume: nil)
    }

    /// - Returns: `false` if the member is not there any more: then it is a new one.
    private func comeBack(_ resume: Resumption, _ visitor: Visitor?, _ room: LiveRoom) async throws(RoomFault) -> Bool {
        // The room is read if this node does not have it yet.
        _ = try await room.perform(.tick)
        guard let known = await room.state?.members[resume.memberId],
            known.secretDigest == RandomName.digest(resume.secret), known.userID == visitor?.userID
        else { return false }
        do throws(RoomFault) {
            _ = try await room.perform(
                .resume(member: known.id, Seat(node: hub.node, connection: session.connection)))
        } catch {
            guard error == .memberNotFound else { throw error }
            return false
        }
        try await sit(room, known.id, resume.secret, resume: resume)
        return true
    }

    private func sit(_ room: LiveRoom, _ member: String, _ secret: String, resume: Resumption?) async throws(RoomFault)
    {
        let isSeated = (try? await room.seat(session, member: member, secret: secret, resume: resume)) ?? false
        guard isSeated else { throw .unavailable }
        seat = (room, member)
    }

    // MARK: Messages

    private func carryOut(
        _ message: ClientMessage, _ room: LiveRoom, _ member: String, received: Int64
    ) async throws(RoomFault) {
        switch message.body {
        case .hello: throw .invalidState
        case .clock(let sent): answer(message, ClockAnswer(t0: sent, t1: received, t2: now))
        case .control(let wish, let base):
            let control = try await control(wish)
            try await perform(.control(member: member, control, base: base), room, message)
        case .ready(let revision):
            try await perform(.ready(member: member, revision: revision, roundTrip: roundTrip), room, message)
        case .status(let status):
            try await take(status, room, member)
            answer(message)
        case .chat(let text, let commandID):
            try await chat(text, commandID, room, member, message)
        case .deleteMessage(let id): try await perform(.deleteMessage(member: member, message: id), room, message)
        case .react(let emoji): try await react(emoji, room, member, message)
        case .kick(let target, let minutes):
            try await perform(.kick(member: member, target: target, banMinutes: minutes), room, message)
        case .mute(let target, let seconds):
            try await perform(.mute(member: member, target: target, seconds: seconds), room, message)
        case .setRole(let target, let role):
            try await perform(.setRole(member: member, target: target, role), room, message)
        case .resync:
            guard let snapshot = await room.snapshot() else { throw .unavailable }
            answer(message, snapshot)
        case .leave:
            seat = nil
            await room.unseat(session, member: member)
            try await perform(.leave(member: member), room, message)
            session.end(.roomNotFound, at: now, reason: "left")
        case .unknown: throw .unknownType
        }
    }

    private func perform(_ command: RoomCommand, _ room: LiveRoom, _ message: ClientMessage) async throws(RoomFault) {
        _ = try await room.perform(command)
        answer(message)
    }

    private func control(_ wish: ClientMessage.ControlWish) async throws(RoomFault) -> Control {
        switch wish {
        case .plain(let control): return control
        case .media(let id):
            do {
                return .media(try await hub.directory.video(id))
            } catch let fault as RoomFault {
                throw fault
            } catch {
                throw .unavailable
            }
        }
    }

    private func chat(
        _ text: String, _ commandID: String?, _ room: LiveRoom, _ member: String, _ message: ClientMessage
    ) async throws(RoomFault) {
        guard commandID.map({ (1...64).contains($0.utf8.count) }) ?? true else { throw .malformed }
        let command = RoomCommand.chat(member: member, text: text, commandID: commandID)
        // A client that does not know whether it was heard says it again: that is no repetition.
        if let commandID, let known = await room.message(of: commandID, from: member) {
            return answer(message, ["msgId": known])
        }
        try gate.pass(text, at: now)
        let said = try await room.perform(command) ?? ""
        gate.note(text, at: now)
        answer(message, ["msgId": said])
    }

    private func react(
        _ emoji: String, _ room: LiveRoom, _ member: String, _ message: ClientMessage
    ) async throws(RoomFault) {
        let emoji = try Room.clean(emoji, limit: 16)
        do {
            let frame = try ServerMessage.event("react", at: now, ["memberId": member, "emoji": emoji])
            try await hub.store.pass(frame, room: roomID)
        } catch {
            throw .unavailable
        }
        answer(message)
    }

    private func take(_ status: PlayerStatus, _ room: LiveRoom, _ member: String) async throws(RoomFault) {
        guard let state = await room.state, let known = state.members[member] else { throw .memberNotFound }
        let isBuffering = status.state == .buffering
        let isNews = isBuffering ? known.bufferingSince == nil : known.bufferingSince != nil || !known.isReady
        if isNews {
            _ = try await room.perform(.buffering(member: member, isBuffering, position: status.position))
        }
        let playback = state.playback
        guard drift.isOff(status, playback, roundTrip: roundTrip, at: now),
            let frame = try? ServerMessage.event(
                "sync.correct", at: now,
                Correction(rev: playback.revision, pos: playback.position(at: now), at: now, reason: "drift"))
        else { return }
        session.send(frame, .newest("sync.correct"))
    }

    private func answer(_ message: ClientMessage, _ fields: some Encodable = ServerMessage.NoFields()) {
        guard let id = message.id, let frame = try? ServerMessage.answer(to: id, fields) else { return }
        session.send(frame)
    }

    private func refuse(_ message: ClientMessage, _ fault: RoomFault, retryAfter: Int? = nil) {
        guard let id = message.id, let frame = try? ServerMessage.refusal(of: id, fault, retryAfter: retryAfter)
        else { return }
        session.send(frame)
    }

    private struct ClockAnswer: Encodable {
        var t0: Int64
        var t1: Int64
        var t2: Int64
    }

    private struct Correction: Encodable {
        var rev: Int64
        var pos: Int64
        var at: Int64
        var reason: String
    }
}
