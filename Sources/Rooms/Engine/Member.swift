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
    /// What a ban would be of: the account, or a digest of a guest's address.
    public var banSubject: String
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
    /// Whether the room has to wait for them.
    var isAwaited: Bool { isHere && !isReady && !isExempt }

    init(_ newcomer: Newcomer, role: MemberRole, at now: Int64) {
        id = newcomer.id
        name = newcomer.name
        userID = newcomer.userID
        self.role = role
        secretDigest = newcomer.secretDigest
        banSubject = newcomer.banSubject
        node = newcomer.seat.node
        connection = newcomer.seat.connection
        joinedAt = now
        roundTrip = newcomer.roundTrip
    }
}

/// Where a member's connection is.
public struct Seat: Sendable, Hashable {
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

/// Somebody who comes in.
public struct Newcomer: Sendable, Hashable {
    /// `mem_…`
    public var id: String
    /// What others call them.
    public var name: String
    /// The account; `nil` for a guest.
    public var userID: String?
    /// SHA-256 of the secret with which they may come back.
    public var secretDigest: String
    /// What a ban would be of.
    public var banSubject: String
    /// Their connection.
    public var seat: Seat
    /// Round trip in milliseconds.
    public var roundTrip: Int64

    /// Somebody who comes in.
    public init(
        id: String, name: String, userID: String?, secretDigest: String, banSubject: String, seat: Seat,
        roundTrip: Int64
    ) {
        self.id = id
        self.name = name
        self.userID = userID
        self.secretDigest = secretDigest
        self.banSubject = banSubject
        self.seat = seat
        self.roundTrip = roundTrip
    }
}
