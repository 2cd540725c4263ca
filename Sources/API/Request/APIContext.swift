internal import Ground
internal import HTTPTypes
public import Hummingbird
internal import Logging
public import NIOCore
internal import NIOHTTPTypes
internal import Synchronization

/// The context of a request: its id, its connection and the client's address.
public struct APIContext: RequestContext {
    /// The storage that Hummingbird requires.
    public var coreContext: CoreRequestContextStorage
    /// The id of the request in responses and logs. The edge replaces it by the client's own if that is well-formed.
    public internal(set) var requestID: String
    /// The connection.
    public let channel: any Channel
    private let invitation = Invitation()
    private let offers = Offers()

    /// A context for a request that has just begun.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        requestID = RequestID.make()
    }

    /// Longest time for a body that is read into memory.
    var bodyPatience: Duration = .seconds(30)
    /// The client's address as a trusted proxy tells it.
    var forwardedAddress: String?
    /// The address of the client: what a trusted proxy says, else where the connection comes from; `unknown` without one.
    public var remoteAddress: String { forwardedAddress ?? channel.remoteAddress?.ipAddress ?? "unknown" }

    /// Tells a client that waits with its body (`Expect: 100-continue`) to send it.
    ///
    /// Call it before the first read of a body, and after all checks that need only the head. It has no effect for a
    /// client that does not wait, nor when called again.
    public func inviteBody(of request: Request) {
        guard request.expectsInvitation, invitation.give() else { return }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }

    /// Waits until the connection has taken what was written.
    ///
    /// A write returns before the connection's event loop has seen it, and is held back only once the loop has found the
    /// socket full. Call this after each piece of a long body: otherwise slow readers accumulate entire files in memory.
    func settleWrites() async throws {
        // Without a server there is no running event loop.
        guard channel.isActive else { return }
        try await channel.eventLoop.submit {}.get()
    }

    /// Does work for as long as the client is there; it is cancelled when the client closes its side of the connection.
    /// - Throws: What `work` throws.
    func whileClientStays<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        // A channel of a test has no such handler.
        let presence = try? await channel.pipeline.handler(type: ClientPresence.self).get()
        let task = Task { try await work() }
        let number = presence?.whenLeaving { task.cancel() }
        defer { if let number { presence?.forget(number) } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Offers the response that the handler returns for everybody who asks for the same.
    func offer(_ offer: ResponseOffer) { offers.latest.withLock { $0 = offer } }

    /// What the handler has offered.
    var offered: ResponseOffer? { offers.latest.withLock { $0 } }

    /// Whether the client still waits for `100 Continue`: then the connection cannot be used again.
    func leavesClientWaiting(_ request: Request) -> Bool { request.expectsInvitation && !invitation.isGiven }

    private final class Offers: Sendable {
        let latest = Mutex<ResponseOffer?>(nil)
    }

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

/// Identifiers of requests: the client's own if it is harmless, else a random one.
enum RequestID {
    /// A new identifier of 100 random bits.
    static func make() -> String { "req_" + RandomText.base32(20) }

    /// A new identifier of a connection for which 60 random bits were drawn once: they are followed by the number of its
    /// request.
    /// - Parameter number: Less than 2^40.
    static func make(connection: String, number: UInt64) -> String {
        let digits = String(number, radix: 32)
        var text = "req_" + connection
        for _ in digits.utf8.count..<8 { text += "0" }
        return text + digits
    }

    /// The client's own identifier, if it is safe in responses and logs.
    static func accepted(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isASCIILetterOrDigit || "-_.".utf8.contains($0) })
        else { return nil }
        return text
    }
}
