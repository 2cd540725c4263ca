/// Bans, mutes and roles.
extension Room {
    /// Whether an account may ban, list bans and lift bans: the owner and the host may. Guests never may.
    public func mayBan(_ user: String?) -> Bool {
        guard let user else { return false }
        return user == state.settings.ownerID
            || state.members.values.contains { $0.userID == user && $0.role == .host }
    }

    /// The bans in force, newest first.
    /// - Parameter user: The account that asks.
    /// - Throws: ``RoomFault/notAllowed``.
    public func bans(for user: String?, at now: Int64) throws(RoomFault) -> [Ban] {
        guard mayBan(user) else { throw .notAllowed }
        return state.sanctions.inForce(at: now).bans.reversed()
    }

    /// Lifts a ban.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/banNotFound``.
    mutating func liftBan(_ target: String, for user: String?, at now: Int64) throws(RoomFault) {
        let bans = try bans(for: user, at: now)
        guard bans.contains(where: { $0.member == target }) else { throw .banNotFound }
        withState { state in
            state.sanctions = state.sanctions.inForce(at: now)
            state.sanctions.removeBan(of: target)
        }
    }

    /// Removes a member, and bans them if `minutes` is not 0.
    ///
    /// A ban also removes the other connections that it covers, except members to whom a host has given a role.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/malformed``, ``RoomFault/tooLong``, ``RoomFault/empty``.
    mutating func kick(
        _ target: String, by id: String, minutes: Int, reason: String?, at now: Int64
    ) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role.isModerator, outranks(actor, subject) else { throw .notAllowed }
        guard (0...RoomLimits.banMinutes).contains(minutes) else { throw .malformed }
        guard minutes == 0 || mayBan(actor.userID) else { throw .notAllowed }
        let reason = try reason.map { text throws(RoomFault) in try Self.clean(text, limit: RoomLimits.reasonLength) }
        guard minutes > 0 else { return remove(target, .kicked, explanation: reason, at: now) }
        let ban = Ban(
            member: target, name: subject.name, userID: subject.userID,
            origin: subject.isGuest ? subject.origin : nil, by: actor.name, since: now,
            until: now + Int64(minutes) * 60_000)
        // Decided before anybody is removed, because removals may change roles.
        let others = state.queue.filter { other in
            other.id != target && other.role == .member && ban.covers(other.userID, other.origin)
                && outranks(actor, other)
        }
        withState { state in
            state.sanctions = state.sanctions.inForce(at: now)
            state.sanctions.add(ban)
        }
        remove(target, .kicked, explanation: reason, at: now)
        // The reason is for the banned person, not for guests who only share the address.
        for other in others {
            remove(other.id, .kicked, explanation: ban.names(other.userID, other.origin) ? reason : nil, at: now)
        }
    }

    /// Mutes a member for some seconds, or ends the mute if `seconds` is 0; a member's other connections follow.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/malformed``.
    mutating func mute(_ target: String, by id: String, seconds: Int, at now: Int64) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role.isModerator, outranks(actor, subject) else { throw .notAllowed }
        guard (0...RoomLimits.muteSeconds).contains(seconds) else { throw .malformed }
        let until = seconds == 0 ? nil : now + Int64(seconds) * 1000
        update(target) { $0.mutedUntil = until }
        guard let key = subject.muteSubject else { return }
        withState { state in
            state.sanctions = state.sanctions.inForce(at: now)
            state.sanctions.mute(key, address: subject.isGuest ? subject.origin?.address : nil, until: until)
        }
        for other in state.queue where other.muteSubject == key && outranks(actor, other) {
            update(other.id) { $0.mutedUntil = until }
        }
    }

    /// Gives a member a role; only the host may. A new host makes the old one a cohost.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/memberNotFound``.
    mutating func setRole(_ role: MemberRole, of target: String, by id: String) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role == .host, actor.id != subject.id else { throw .notAllowed }
        if role == .host { update(actor.id) { $0.role = .cohost } }
        update(target) { $0.role = role }
    }

    /// Whether one member may act on another: nobody may on the owner, and cohosts may only on members without a role.
    private func outranks(_ actor: Member, _ subject: Member) -> Bool {
        guard actor.id != subject.id, subject.userID == nil || subject.userID != state.settings.ownerID else {
            return false
        }
        return actor.role == .host || subject.role == .member
    }
}
