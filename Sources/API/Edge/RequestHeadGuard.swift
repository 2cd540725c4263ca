internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Refuses heads that two programs could read in two ways, before they are turned into the form in which routes see them:
/// that form has no version, one host and a target in origin form.
///
/// Stands behind the decoder. What it refuses goes on as an error, which ``ConnectionGuard`` answers.
final class RequestHeadGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let deadline: HeadDeadline
    private var hasRefused = false

    init(_ deadline: HeadDeadline) {
        self.deadline = deadline
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(var head):
            deadline.headHasCome()
            if let problem = Self.check(&head) {
                hasRefused = true
                context.fireErrorCaught(problem)
            } else {
                context.fireChannelRead(wrapInboundOut(.head(head)))
            }
        case .body: context.fireChannelRead(data)
        case .end:
            deadline.expectHead()
            context.fireChannelRead(data)
        }
    }

    /// What is wrong with a head; brings a target in absolute form into origin form (RFC 9112 section 3.2.2).
    static func check(_ head: inout HTTPRequestHead) -> Problem? {
        let isOld = head.version.minor == 0
        // RFC 9112 section 3.2: one, except that HTTP/1.0 knows none.
        let hosts = head.headers["Host"]
        guard hosts.count == 1 || (isOld && hosts.isEmpty) else { return .malformed("Send exactly one Host field.") }
        guard hosts.allSatisfy({ HostName($0) != nil }) else { return .malformed("The Host field names no host.") }
        // Section 6.1: another coding than chunked is unknown here, and HTTP/1.0 has none at all.
        let codings = head.headers["Transfer-Encoding"]
        guard codings.isEmpty || !isOld else { return .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        guard codings.isEmpty || (codings.count == 1 && codings[0].lowercased() == "chunked") else {
            return Problem(
                .notImplemented, "unsupported_transfer_coding", "This transfer coding is not known",
                detail: "Transfer-Encoding may be chunked and nothing else.")
        }
        // Whoever speaks HTTP/1.0 does not expect another request on the same connection, unless it says so.
        if isOld { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        return head.uri.hasPrefix("/") || (head.uri == "*" && head.method == .OPTIONS) ? nil : useAbsoluteTarget(&head)
    }

    private static func useAbsoluteTarget(_ head: inout HTTPRequestHead) -> Problem? {
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: { head.uri.lowercased().hasPrefix($0) }) else {
            return .malformed("The request's target is neither a path nor an address of this server.")
        }
        let rest = head.uri.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard HostName(String(authority)) != nil else { return .malformed("The request's target names no host.") }
        let target = rest[authority.endIndex...]
        head.uri = target.hasPrefix("/") ? String(target) : "/" + target
        head.headers.replaceOrAdd(name: "Host", value: String(authority))
        return nil
    }
}

/// Bounds the time from a head's first byte to its last, however steadily its bytes come.
///
/// Stands before the decoder, which shows a head only when it is whole; ``RequestHeadGuard`` tells when it is.
final class HeadDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let limit: TimeAmount
    private var awaitsHead = true
    private var timeout: Scheduled<Void>?

    init(_ limit: TimeAmount) {
        self.limit = limit
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if awaitsHead, timeout == nil {
            timeout = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
                context.fireErrorCaught(Problem.tooSlow)
            }
        }
        context.fireChannelRead(data)
    }

    /// The head is there.
    func headHasCome() {
        awaitsHead = false
        timeout?.cancel()
        timeout = nil
    }

    /// The request is there; the next byte begins another.
    func expectHead() { awaitsHead = true }
}

extension Problem {
    /// 408: a head, or a body that is read whole, has not come in time.
    static var tooSlow: Problem {
        Problem(
            .requestTimeout, "request_too_slow", "The request came too slowly",
            detail: "It was not there in full when its time had run out."
        ).with(.connection, "close")
    }
}
