internal import Ground

/// What a member may do.
public enum MemberRole: String, Sendable, Hashable, Codable {
    /// May do everything; a room has at most one host.
    case host
    /// May do everything except give roles.
    case cohost
    /// May do what the room's mode allows.
    case member

    var isModerator: Bool { self != .member }
}

/// A member of a room, present or away.
public struct Member: Sendable, Hashable, Codable {
    /// `mem_…`
    public var id: String
    /// The name that others see.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// What the member may do.
    public var role: MemberRole
    /// SHA-256 of the secret that lets the member resume, in hexadecimal.
    public var secretDigest: String
    /// What bans and address limits match; `nil` in states that earlier versions wrote.
    public var origin: Origin?
    /// The name's skeleton, equal for names that look alike; `nil` in states that earlier versions wrote.
    public var skeleton: String?
    /// The node that has the member's connection.
    public var node: String
    /// The id of the member's current connection.
    public var connection: String
    /// When the member joined, in milliseconds since 1970; the longest present are first in line to become host.
    public var joinedAt: Int64
    /// When the connection broke; `nil` while the member is present.
    public var awaySince: Int64?
    /// Whether the player has loaded what the current load revision asks for.
    public var isReady = false
    /// Whether the room does not wait for the member.
    public var isExempt = false
    /// When the player ran out of data; `nil` while it has some.
    public var bufferingSince: Int64?
    /// The player's position then, in milliseconds.
    public var bufferingPosition: Int64?
    /// When the room stopped for the member's player, in milliseconds since 1970.
    public var stalls: [Int64] = []
    /// Until when the member may not chat; `nil` if not muted.
    public var mutedUntil: Int64?
    /// When the member last chatted; recorded only in slow mode.
    public var chattedAt: Int64?
    /// The round trip of the member's connection, in milliseconds.
    public var roundTrip: Int64

    /// Whether the member is connected right now.
    public var isHere: Bool { awaySince == nil }
    /// Whether the member has no account.
    public var isGuest: Bool { userID == nil }
    /// Whether the room has to wait for the member.
    var isAwaited: Bool { isHere && !isReady && !isExempt }

    init(_ request: JoinRequest, role: MemberRole, at now: Int64) {
        id = request.id
        name = request.name
        userID = request.userID
        self.role = role
        secretDigest = request.secretDigest
        origin = request.origin
        skeleton = request.skeleton
        node = request.attachment.node
        connection = request.attachment.connection
        joinedAt = now
        roundTrip = request.roundTrip
    }
}

/// Where a member is connected: a node and a connection on it.
public struct Attachment: Sendable, Hashable {
    /// The node's name.
    public var node: String
    /// The connection's id on that node.
    public var connection: String

    /// Creates an attachment.
    public init(node: String, connection: String) {
        self.node = node
        self.connection = connection
    }
}

/// Digests that identify a person across memberships; a room's state holds no addresses.
public struct Origin: Sendable, Hashable, Codable {
    /// Digest of the address block.
    public var address: String
    /// Digest of the key that a guest's client keeps across reloads; `nil` for an account.
    public var guestKey: String?

    /// Creates an origin from digests.
    public init(address: String, guestKey: String? = nil) {
        self.address = address
        self.guestKey = guestKey
    }
}

/// A request to become a member of a room.
public struct JoinRequest: Sendable, Hashable {
    /// `mem_…`
    public var id: String
    /// The name that others see.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// SHA-256 of the secret that lets the member resume, in hexadecimal.
    public var secretDigest: String
    /// What bans and address limits match.
    public var origin: Origin
    /// The name's skeleton, equal for names that look alike.
    public var skeleton: String
    /// Whether a guest's name looks like the name of an account.
    public var isNameTaken: Bool
    /// The largest number of guests of one address in the room, and of half as many more members in all; `nil` for no limit.
    public var addressLimit: Int?
    /// Where the connection is.
    public var attachment: Attachment
    /// The connection's round trip in milliseconds.
    public var roundTrip: Int64

    /// Creates a join request; the skeleton is derived from the name.
    public init(
        id: String, name: String, userID: String?, secretDigest: String, origin: Origin, attachment: Attachment,
        roundTrip: Int64, isNameTaken: Bool = false, addressLimit: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.userID = userID
        self.secretDigest = secretDigest
        self.origin = origin
        skeleton = NameSkeleton.of(name)
        self.isNameTaken = isNameTaken
        self.addressLimit = addressLimit
        self.attachment = attachment
        self.roundTrip = roundTrip
    }
}
