/// A person who was removed and may not join again for a while.
public struct Ban: Sendable, Hashable, Codable {
    /// The id that the banned member had; identifies the ban.
    public var member: String
    /// The name that the member had.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// Digests of a guest's address block and client key; `nil` for an account.
    public var origin: Origin?
    /// The moderator's name.
    public var by: String
    /// When it began, in milliseconds since 1970.
    public var since: Int64
    /// When it ends, in milliseconds since 1970.
    public var until: Int64

    /// Whether it is for this person, and not merely for the address that they share.
    func names(_ userID: String?, _ origin: Origin?) -> Bool {
        if self.userID != nil || userID != nil { return self.userID == userID }
        return self.origin?.guestKey != nil && self.origin?.guestKey == origin?.guestKey
    }

    /// Whether it keeps a person out. A ban of an account covers the account alone; a ban of a guest covers the guest's key
    /// and all guests of the address.
    func covers(_ userID: String?, _ origin: Origin?) -> Bool {
        if names(userID, origin) { return true }
        guard self.userID == nil, userID == nil, let mine = self.origin, let origin else { return false }
        return mine.address == origin.address
    }
}

/// A person who may not chat for a while; holds for new memberships too.
public struct Mute: Sendable, Hashable, Codable {
    /// The account, or the digest of the key that a guest's client keeps.
    public var subject: String
    /// Digest of a guest's address block: guests who join from there are muted too, since a client can drop its key. `nil` for
    /// an account, and in states that earlier versions wrote.
    public var address: String?
    /// When it ends, in milliseconds since 1970.
    public var until: Int64

    /// Whether it is for a member who joins.
    func covers(_ member: Member) -> Bool {
        subject == member.muteSubject || (member.isGuest && address != nil && address == member.origin?.address)
    }
}

/// The bans and mutes of a room.
public struct Sanctions: Sendable, Hashable, Codable {
    /// Bans, oldest first.
    public private(set) var bans: [Ban] = []
    /// Mutes, oldest first.
    public private(set) var mutes: [Mute] = []

    /// Creates an empty list.
    public init() {}

    /// The bans and mutes that have not ended.
    func inForce(at now: Int64) -> Sanctions {
        var all = self
        all.bans.removeAll { $0.until <= now }
        all.mutes.removeAll { $0.until <= now }
        return all
    }

    /// Adds a ban; beyond ``RoomLimits/bans``, the one that ends first is dropped.
    mutating func add(_ ban: Ban) {
        if bans.count >= RoomLimits.bans, let first = bans.indices.min(by: { bans[$0].until < bans[$1].until }) {
            bans.remove(at: first)
        }
        bans.append(ban)
    }

    /// Removes the ban of a member.
    mutating func removeBan(of member: String) { bans.removeAll { $0.member == member } }

    /// Sets the mute of a person, or ends it if `until` is `nil`, with those of the same address; bounded as bans are.
    /// - Parameter address: Digest of a guest's address block; `nil` for an account.
    mutating func mute(_ subject: String, address: String?, until: Int64?) {
        mutes.removeAll { $0.subject == subject || (until == nil && address != nil && $0.address == address) }
        guard let until else { return }
        if mutes.count >= RoomLimits.bans, let first = mutes.indices.min(by: { mutes[$0].until < mutes[$1].until }) {
            mutes.remove(at: first)
        }
        mutes.append(Mute(subject: subject, address: address, until: until))
    }
}

extension Member {
    /// The subject of the member's mutes: the account, or the key of a guest's client.
    var muteSubject: String? { userID ?? origin?.guestKey }
}
