internal import Crypto
internal import Ground
internal import MediaModel

/// How a client comes into a room, or comes back.
extension RoomConnection {
    func enter(_ hello: Hello, _ message: ClientMessage) async {
        guard seat == nil else { return refuse(message, .invalidState) }
        var visitor: Identity?
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
            if let resume = hello.resume, try await comeBack(resume, hello, visitor, room) { return }
            guard let name = Self.name(hello, visitor) else {
                return session.end(.malformed, reason: "a guest needs a name of 1 to 40 characters")
            }
            // Each newcomer is news for everybody in the room.
            if let wait = hub.addresses.waitToJoin(visitor?.userID ?? address, at: now) { return postpone(wait) }
            try await comeIn(name, hello, visitor, room)
        } catch {
            // Only now: what others of the address ask for keeps nobody out of a room that is one.
            if error == .roomNotFound, let wait = hub.addresses.miss(address, at: now) { return postpone(wait) }
            switch error {
            case .roomNotFound, .videoNotFound, .videoNotPlayable: session.end(.roomNotFound)
            case _ where Self.isRefusal(error): session.end(.notAllowed, reason: error.rawValue)
            default: session.end(.goingAway, after: 2000, reason: error.rawValue)
            }
        }
    }

    /// Whether the room does not let somebody in.
    private static func isRefusal(_ fault: RoomFault) -> Bool {
        [.banned, .addressBanned, .full, .tooManyOfAddress, .tooManyOfAccount].contains(fault)
    }

    /// Too much comes from the address; the client may try again after so many milliseconds.
    private func postpone(_ wait: Int64) {
        session.end(.goingAway, after: max(1000, wait), reason: RoomFault.rateLimited.rawValue)
    }

    private static func name(_ hello: Hello, _ visitor: Identity?) -> String? {
        if let visitor { return visitor.name }
        guard let name = try? Room.clean(hello.name ?? "", limit: RoomLimits.nameLength),
            !NameSkeleton.of(name).isEmpty
        else { return nil }
        return name
    }

    /// The key by which a guest is known again: the one that the client was given earlier, else a new one. It gives nobody
    /// anything, so it needs no more than to be nobody else's.
    private static func guestKey(_ hello: Hello, _ visitor: Identity?) -> String? {
        guard visitor == nil else { return nil }
        if let key = hello.guestKey, key.utf8.count == 32, key.utf8.allSatisfy({ (48...122).contains($0) }) {
            return key
        }
        return RandomText.base32(32)
    }

    /// Counts a guest of the address until the connection is closed.
    private func count() throws(RoomFault) {
        guard !isCounted else { return }
        guard hub.addresses.enter(address) else { throw .tooManyOfAddress }
        isCounted = true
    }

    private func comeIn(
        _ name: String, _ hello: Hello, _ visitor: Identity?, _ room: LiveRoom
    ) async throws(RoomFault) {
        let (member, secret) = ("mem_" + RandomText.base32(16), RandomText.base32(32))
        let guestKey = Self.guestKey(hello, visitor)
        var newcomer = JoinRequest(
            id: member, name: name, userID: visitor?.userID, secretDigest: Self.digest(secret),
            origin: Origin(
                address: Self.digest("address " + address),
                guestKey: guestKey.map { Self.digest("guest " + $0) }),
            seat: Attachment(node: hub.node, connection: session.connection), roundTrip: roundTrip,
            addressLimit: hub.addresses.guestsInRoom)
        if visitor == nil {
            do {
                newcomer.isNameTaken = try await hub.directory.isAccountName(name)
            } catch {
                throw .unavailable
            }
            try count()
        }
        do throws(RoomFault) {
            _ = try await room.perform(.join(newcomer))
        } catch {
            guard Self.isRefusal(error) else { throw error }
            // This node may not have heard yet that a ban is over, or that somebody has gone.
            await room.reload()
            _ = try await room.perform(.join(newcomer))
        }
        try await sit(room, member, secret, guestKey, resume: nil)
    }

    /// - Returns: `false` if the member is not there any more: then it is a new one.
    private func comeBack(
        _ resume: Resumption, _ hello: Hello, _ visitor: Identity?, _ room: LiveRoom
    ) async throws(RoomFault) -> Bool {
        // The room is read if this node does not have it yet.
        _ = try await room.perform(.tick)
        guard let known = await room.state?.members[resume.memberId],
            known.secretDigest == Self.digest(resume.secret), known.userID == visitor?.userID
        else { return false }
        if visitor == nil { try count() }
        do throws(RoomFault) {
            _ = try await room.perform(
                .resume(member: known.id, Attachment(node: hub.node, connection: session.connection)))
        } catch {
            guard error == .memberNotFound else { throw error }
            return false
        }
        try await sit(room, known.id, resume.secret, Self.guestKey(hello, visitor), resume: resume)
        return true
    }

    private func sit(
        _ room: LiveRoom, _ member: String, _ secret: String, _ guestKey: String?, resume: Resumption?
    ) async throws(RoomFault) {
        let isSeated =
            (try? await room.seat(session, member: member, secret: secret, guestKey: guestKey, resume: resume)) ?? false
        guard isSeated else { throw .unavailable }
        seat = (room, member)
    }

    /// SHA-256 of a text in hexadecimal digits.
    private static func digest(_ text: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(text.utf8))) }
}
