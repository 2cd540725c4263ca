/// Why the server ends a connection: the status code of the WebSocket close frame.
public enum CloseCode: UInt16, Sendable, Hashable, CaseIterable {
    /// The member has left: the code of RFC 6455 for a connection that has served its purpose.
    case left = 1000
    /// A frame or message could not be decoded.
    case malformed = 4000
    /// The token is not valid, or there was no `hello` in time.
    case unauthenticated = 4001
    /// The room does not exist, or not any more.
    case roomNotFound = 4002
    /// The person may not join, or the room is full.
    case notAllowed = 4003
    /// A moderator removed the member.
    case kicked = 4005
    /// The member resumed over another connection.
    case replaced = 4006
    /// The client receives its answers too slowly.
    case tooSlow = 4008
    /// The client sent far too many messages.
    case abuse = 4009
    /// The node stops, or cannot serve the client now.
    case goingAway = 4010
    /// The client has been silent for too long.
    case silent = 4011

    /// Whether the client should reconnect.
    public var reconnects: Bool {
        switch self {
        case .tooSlow, .goingAway, .silent: true
        default: false
        }
    }
}
