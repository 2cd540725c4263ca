/// How a client comes into a room, or comes back.
extension RoomConnection {
    func enter(_ hello: Hello, _ message: ClientMessage) async {
        guard seat == nil else { return refuse(message, .invalidState) }
        var visitor: Visitor?
        if let token = hello.token {
            do {
                visitor = try await identify(token)
            } catch {
                return session.end(.goingAway, after: 2000, reason: "sessions cannot be looked up")
            }
            guard visitor != nil else {
                return session.end(.unauthenticated, reason: "the token is not valid")
            }
            self.token = token
        }
        do throws(RoomFault) {
            let room = try await hub.room(roomID)
            if let resume = hello.resume, try await comeBack(resume, visitor, room) { return }
            guard let name = Self.name(hello, visitor) else {
                return session.end(.malformed, reason: "a guest needs a name of 1 to 40 characters")
            }
            try await comeIn(name, visitor, room)
        } catch {
            switch error {
            case .roomNotFound, .videoNotFound, .videoNotPlayable: session.end(.roomNotFound)
            case .banned: session.end(.notAllowed, reason: error.rawValue)
            case .full: session.end(.notAllowed, reason: error.rawValue)
            default: session.end(.goingAway, after: 2000, reason: error.rawValue)
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
}
