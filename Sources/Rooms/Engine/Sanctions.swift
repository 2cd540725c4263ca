/// Somebody who was shown out and may not come in again for a while.
public struct Ban: Sendable, Hashable, Codable {
    /// The member that it was; names the ban.
    public var member: String
    /// What the member was called.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// Digests of a guest's address, and of the key that the guest's client keeps.
    public var origin: Origin?
    /// What the moderator was called.
    public var by: String
    /// Since when, in milliseconds since 1970.
    public var since: Int64
    /// Until when, in milliseconds since 1970.
    public var until: Int64

    /// Whether it names somebody, and does not only keep out all guests of an address.
    func names(_ userID: String?, _ origin: Origin?) -> Bool {
        if self.userID != nil || userID != nil { return self.userID == userID }
        return self.origin?.guestKey != nil && self.origin?.guestKey == origin?.guestKey
    }

    /// Whether it is of somebody: an account's is of the account alone, a guest's of the guest's key, and of all guests of
    /// the address.
    func isOf(_ userID: String?, _ origin: Origin?) -> Bool {
        if names(userID, origin) { return true }
        guard self.userID == nil, userID == nil, let mine = self.origin, let origin else { return false }
        return mine.address == origin.address
    }
}

/// Somebody who may not chat for a while, also as a new member.
public struct Mute: Sendable, Hashable, Codable {
    /// The account, or the digest of the key that a guest's client keeps.
    public var subject: String
    /// Until when, in milliseconds since 1970.
    public var until: Int64
}

/// What moderators have decided about people, for as long as it holds.
public struct Sanctions: Sendable, Hashable, Codable {
    /// Those who may not come in.
    public internal(set) var bans: [Ban] = []
    /// Those who may not chat.
    public internal(set) var mutes: [Mute] = []

    /// None.
    public init() {}

    /// Without what is over.
    func holding(at now: Int64) -> Sanctions {
        var all = self
        all.bans.removeAll { $0.until <= now }
        all.mutes.removeAll { $0.until <= now }
        return all
    }

    /// Adds a ban; of too many the one that ends first is dropped.
    mutating func add(_ ban: Ban) {
        if bans.count >= RoomLimits.bans, let first = bans.indices.min(by: { bans[$0].until < bans[$1].until }) {
            bans.remove(at: first)
        }
        bans.append(ban)
    }

    /// Sets or ends the mute of somebody; bounded like bans.
    mutating func mute(_ subject: String, until: Int64?) {
        mutes.removeAll { $0.subject == subject }
        guard let until else { return }
        if mutes.count >= RoomLimits.bans, let first = mutes.indices.min(by: { mutes[$0].until < mutes[$1].until }) {
            mutes.remove(at: first)
        }
        mutes.append(Mute(subject: subject, until: until))
    }
}

extension Room {
    /// Whether an account may ban, and see and lift bans: the owner, and whoever is host right now. Guests never may.
    public func mayBan(_ user: String?) -> Bool {
        guard let user else { return false }
        return user == state.settings.ownerID
            || state.members.values.contains { $0.userID == user && $0.role == .host }
    }

    /// The bans that hold, newest first.
    /// - Parameter user: The account that asks.
    /// - Throws: ``RoomFault/notAllowed``.
    public func bans(for user: String?, at now: Int64) throws(RoomFault) -> [Ban] {
        guard mayBan(user) else { throw .notAllowed }
        return state.sanctions.holding(at: now).bans.reversed()
    }

    mutating func liftBan(_ member: String, for user: String?, at now: Int64) throws(RoomFault) {
        let bans = try bans(for: user, at: now)
        guard bans.contains(where: { $0.member == member }) else { throw .banNotFound }
        withState { state in
            state.sanctions = state.sanctions.holding(at: now)
            state.sanctions.bans.removeAll { $0.member == member }
        }
    }

    mutating func kick(
        _ target: String, by id: String, minutes: Int, words: String?, at now: Int64
    ) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role.isModerator, outranks(actor, subject) else { throw .notAllowed }
        guard (0...RoomLimits.banMinutes).contains(minutes) else { throw .malformed }
        guard minutes == 0 || mayBan(actor.userID) else { throw .notAllowed }
        let words = try words.map { words throws(RoomFault) in try Self.clean(words, limit: RoomLimits.reasonLength) }
        guard minutes > 0 else { return remove(target, .kicked, words: words, at: now) }
        let ban = Ban(
            member: target, name: subject.name, userID: subject.userID,
            origin: subject.isGuest ? subject.origin : nil, by: actor.name, since: now,
            until: now + Int64(minutes) * 60_000)
        // Other connections of whom it is of go too, but for those whom a host has given a role; who goes is settled
        // before anybody has gone, because that may change roles.
        let others = state.queue.filter { other in
            other.id != target && other.role == .member && ban.isOf(other.userID, other.origin)
                && outranks(actor, other)
        }
        withState { state in
            state.sanctions = state.sanctions.holding(at: now)
            state.sanctions.add(ban)
        }
        remove(target, .kicked, words: words, at: now)
        // What was written to one guest is not said to others who only share the address.
        for other in others {
            remove(other.id, .kicked, words: ban.names(other.userID, other.origin) ? words : nil, at: now)
        }
    }

    mutating func mute(_ target: String, by id: String, seconds: Int, at now: Int64) throws(RoomFault) {
        let (actor, subject) = (try member(id), try member(target))
        guard actor.role.isModerator, outranks(actor, subject) else { throw .notAllowed }
        guard (0...RoomLimits.muteSeconds).contains(seconds) else { throw .malformed }
        let until = seconds == 0 ? nil : now + Int64(seconds) * 1000
        update(target) { $0.mutedUntil = until }
        guard let key = subject.muteSubject else { return }
        withState { state in
            state.sanctions = state.sanctions.holding(at: now)
            state.sanctions.mute(key, until: until)
        }
        for other in state.queue where other.muteSubject == key && outranks(actor, other) {
            update(other.id) { $0.mutedUntil = until }
        }
    }
}

extension Member {
    /// What a mute is of: the account, or the key of a guest's client.
    var muteSubject: String? { userID ?? origin?.guestKey }
}
