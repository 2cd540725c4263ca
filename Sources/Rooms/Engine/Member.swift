internal import Ground
internal import MediaModel

/// What a member may do.
public enum MemberRole: String, Sendable, Hashable, Codable {
    /// Everything; there is one at most.
    case host
    /// Everything but giving roles.
    case cohost
    /// What the room's mode allows.
    case member

    var isModerator: Bool { self != .member }
}

/// Somebody in a room.
public struct Member: Sendable, Hashable, Codable {
    /// `mem_…`
    public var id: String
    /// What others call them.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// What they may do.
    public var role: MemberRole
    /// SHA-256 of the secret with which they may come back, in hexadecimal.
    public var secretDigest: String
    /// By what they are known again; `nil` in states of earlier versions.
    public var origin: Origin?
    /// What the name looks like; `nil` in states of earlier versions.
    public var skeleton: String?
    /// The node that has their connection.
    public var node: String
    /// Their connection; another one may have taken its place.
    public var connection: String
    /// Milliseconds since 1970; the oldest are first in line to become host.
    public var joinedAt: Int64
    /// Since when their connection is broken.
    public var awaySince: Int64?
    /// Whether they have loaded what is played.
    public var isReady = false
    /// Whether the room goes on without waiting for them.
    public var isExempt = false
    /// Since when their player has had no data.
    public var bufferingSince: Int64?
    /// Where their player was then, in milliseconds.
    public var bufferingPosition: Int64?
    /// Moments at which the room had to wait for them.
    public var stalls: [Int64] = []
    /// Until when they may not chat.
    public var mutedUntil: Int64?
    /// When they last chatted; kept only in slow mode.
    public var chattedAt: Int64?
    /// Round trip of their connection in milliseconds.
    public var roundTrip: Int64

    /// Whether they are there right now.
    public var isHere: Bool { awaySince == nil }
    /// Whether they have no account.
    public var isGuest: Bool { userID == nil }
    /// Whether the room has to wait for them.
    var isAwaited: Bool { isHere && !isReady && !isExempt }

    init(_ newcomer: JoinRequest, role: MemberRole, at now: Int64) {
        id = newcomer.id
        name = newcomer.name
        userID = newcomer.userID
        self.role = role
        secretDigest = newcomer.secretDigest
        origin = newcomer.origin
        skeleton = newcomer.skeleton
        node = newcomer.seat.node
        connection = newcomer.seat.connection
        joinedAt = now
        roundTrip = newcomer.roundTrip
    }
}

/// Where a member's connection is.
public struct Attachment: Sendable, Hashable {
    /// The node.
    public var node: String
    /// The connection on that node.
    public var connection: String

    /// A seat.
    public init(node: String, connection: String) {
        self.node = node
        self.connection = connection
    }
}

/// By what somebody is known again, as digests: no address stands in a room's state.
public struct Origin: Sendable, Hashable, Codable {
    /// Of the block of the address.
    public var address: String
    /// Of the key that a guest's client keeps over reloads; `nil` for an account.
    public var guestKey: String?

    /// An origin.
    public init(address: String, guestKey: String? = nil) {
        self.address = address
        self.guestKey = guestKey
    }
}

/// Somebody who comes in.
public struct JoinRequest: Sendable, Hashable {
    /// `mem_…`
    public var id: String
    /// What others call them.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// SHA-256 of the secret with which they may come back.
    public var secretDigest: String
    /// By what they are known again.
    public var origin: Origin
    /// What the name looks like.
    public var skeleton: String
    /// Whether the name of a guest looks like an account's.
    public var isNameTaken: Bool
    /// Most guests of one address in the room, and half as many more members in all; `nil` for any number.
    public var addressLimit: Int?
    /// Their connection.
    public var seat: Attachment
    /// Round trip in milliseconds.
    public var roundTrip: Int64

    /// Somebody who comes in.
    public init(
        id: String, name: String, userID: String?, secretDigest: String, origin: Origin, seat: Attachment,
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
        self.seat = seat
        self.roundTrip = roundTrip
    }
}
