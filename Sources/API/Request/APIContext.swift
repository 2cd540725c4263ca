internal import HTTPTypes
public import Hummingbird
internal import Logging
public import NIOCore
internal import NIOHTTPTypes
internal import Synchronization

/// What is known of a request besides the request itself.
public struct APIContext: RequestContext {
    /// What Hummingbird keeps.
    public var coreContext: CoreRequestContextStorage
    /// Names the request in answers and logs. The edge replaces it by the client's own where that is well-formed.
    public internal(set) var requestID: String
    /// The connection.
    public let channel: any Channel
    private let invitation = Invitation()

    /// A context for a request that has just begun.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        requestID = RequestID.make()
    }

    /// Longest time for a body that is read whole.
    var bodyPatience: Duration = .seconds(30)
    /// The client's address as a trusted proxy tells it.
    var forwardedAddress: String?
    /// The address of the client: what a trusted proxy says, else where the connection comes from; `unknown` without one.
    public var remoteAddress: String { forwardedAddress ?? channel.remoteAddress?.ipAddress ?? "unknown" }

    /// Tells a client that waits with its body (`Expect: 100-continue`) to send it.
    ///
    /// Call it before the first read of a body, and after everything that can be refused by the head alone. A client
    /// that does not wait is left alone; a second call does nothing.
    public func inviteBody(of request: Request) {
        guard request.expectsInvitation, invitation.give() else { return }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }

    /// Waits until the connection has taken what was written.
    ///
    /// A write returns before the connection's event loop has seen it, and is held back only once the loop has found the
    /// socket full. Whoever writes much calls this after each piece: else many slow readers pile up whole files in memory.
    func settleWrites() async throws {
        // Outside of a server there is no loop that would answer.
        guard channel.isActive else { return }
        try await channel.eventLoop.submit {}.get()
    }

    /// Whether the client waits in vain for leave to send its body: then the connection cannot be used again.
    func leavesClientWaiting(_ request: Request) -> Bool { request.expectsInvitation && !invitation.isGiven }

    private final class Invitation: Sendable {
        private let given = Atomic(false)
        var isGiven: Bool { given.load(ordering: .relaxed) }
        func give() -> Bool { !given.exchange(true, ordering: .relaxed) }
    }
}

extension Request {
    /// Whether the client waits for `100 Continue` (RFC 9110 section 10.1.1).
    var expectsInvitation: Bool { headers[.expect]?.lowercased() == "100-continue" }
}
