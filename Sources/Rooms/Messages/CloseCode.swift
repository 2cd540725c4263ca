/// Why the server ends a connection; the number of the WebSocket's close frame.
public enum CloseCode: UInt16, Sendable, Hashable, CaseIterable {
    /// A frame or message that cannot be read.
    case malformed = 4000
    /// The token is not valid, or there was no `hello` in time.
    case unauthenticated = 4001
    /// There is no such room, or not any more.
    case roomNotFound = 4002
    /// Not let in, or full.
    case notAllowed = 4003
    /// Shown out.
    case kicked = 4005
    /// The member came back over another connection.
    case replaced = 4006
    /// Takes its events too slowly.
    case tooSlow = 4008
    /// Far too many messages.
    case abuse = 4009
    /// The node stops.
    case goingAway = 4010
    /// No sign of life.
    case silent = 4011

    /// Whether it makes sense to come back.
    public var reconnects: Bool {
        switch self {
        case .tooSlow, .goingAway, .silent: true
        default: false
        }
    }
}
