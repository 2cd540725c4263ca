/// What a client in a room may say.
extension RoomConnection {
    func carryOut(
        _ message: ClientMessage, _ room: LiveRoom, _ member: String, received: Int64
    ) async throws(RoomFault) {
        switch message.body {
        case .hello: throw .invalidState
        case .clock(let sent): answer(message, ClockResponse(t0: sent, t1: received, t2: now))
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
        case .listBans:
            answer(message, ["bans": try await bans(room, member)])
        case .liftBan(let banned):
            let user = await room.state?.members[member]?.userID
            try await perform(.liftBan(member: banned, user: user), room, message)
        case .kick(let target, let minutes, let words):
            try await perform(.kick(member: member, target: target, banMinutes: minutes, reason: words), room, message)
        case .mute(let target, let seconds):
            try await perform(.mute(member: member, target: target, seconds: seconds), room, message)
        case .setRole(let target, let role):
            try await perform(.setRole(member: member, target: target, role), room, message)
        case .resync:
            guard let snapshot = await room.snapshot() else { throw .unavailable }
            answer(message, text: snapshot.text)
        case .leave:
            seat = nil
            await room.unseat(session, member: member)
            try await perform(.leave(member: member), room, message)
            session.end(.roomNotFound, reason: "left")
        case .unknown, .wrong: throw .unknownType
        }
    }

    private func perform(_ command: RoomCommand, _ room: LiveRoom, _ message: ClientMessage) async throws(RoomFault) {
        _ = try await room.perform(command)
        answer(message)
    }

    private func control(_ wish: ClientMessage.ControlRequest) async throws(RoomFault) -> Control {
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
        guard let state = await room.state else { throw .unavailable }
        let emoji = try Room(state).reaction(emoji, by: member, at: now)
        do {
            let frame = try ServerMessage.event("react", at: now, ["memberId": member, "emoji": emoji])
            try await hub.store.pass(frame, room: roomID)
        } catch {
            throw .unavailable
        }
        answer(message)
    }

    private func bans(_ room: LiveRoom, _ member: String) async throws(RoomFault) -> [BanDocument] {
        guard let state = await room.state else { throw .unavailable }
        return try Room(state).bans(for: state.members[member]?.userID, at: now).map { BanDocument($0) }
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

    func answer(_ message: ClientMessage, _ fields: some Encodable = ServerMessage.NoFields()) {
        guard let id = message.id, let frame = try? ServerMessage.answer(to: id, fields) else { return }
        session.send(frame, .required)
    }

    private func answer(_ message: ClientMessage, text: [UInt8]) {
        guard let id = message.id else { return }
        session.send(ServerMessage.answer(to: id, text: text), .required)
    }

    /// Says that a message's fields are wrong: also to a client that wants no answers, or it would never know.
    func refuseFields(_ message: ClientMessage, about type: String) {
        guard message.id == nil else { return refuse(message, .malformed) }
        let fields = [
            "t": String(type.prefix(32)), "code": RoomFault.malformed.rawValue, "title": RoomFault.malformed.title,
        ]
        guard let frame = try? ServerMessage.event("error", at: now, fields) else { return }
        session.send(frame, .newest("error"))
    }

    func refuse(_ message: ClientMessage, _ fault: RoomFault, retryAfter: Int? = nil) {
        guard let id = message.id, let frame = try? ServerMessage.refusal(of: id, fault, retryAfter: retryAfter)
        else { return }
        session.send(frame, .required)
    }

    private struct ClockResponse: Encodable {
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
