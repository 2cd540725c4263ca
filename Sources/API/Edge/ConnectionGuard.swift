internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Watches one connection for what routes cannot see: heads that cannot be read, answers that nobody takes, bodies that go
/// on after their answer.
///
/// - A head that breaks a rule or a limit is answered with problem+json and ends the connection.
/// - A client that takes nothing of its answer for `stallTimeout` is cut off, and one whose body comes at less than
///   `bodyFloor` bytes in each `bodyWindow`.
/// - An answer that was given before its request's body had ended lets the client send on for a while, so that it sees
///   the answer rather than a reset; then the connection ends.
/// - `Connection: close` on an answer closes.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Limits: Sendable {
        /// Longest time without progress of an answer.
        var stallTimeout: TimeAmount = .seconds(60)
        /// Time in which some of a body must come.
        var bodyWindow: TimeAmount = .seconds(75)
        /// Fewest bytes of a body in that time, unless it ends.
        var bodyFloor = 1024
        /// Longest time for which a body is read and dropped after its answer.
        var drainTimeout: TimeAmount = .seconds(30)
        /// Most bytes of a body that are read and dropped after its answer.
        var drainLimit = 256 << 20
        /// Longest wait for the client to close after a head that could not be read.
        var lingerTimeout: TimeAmount = .seconds(2)
    }

    private let limits: Limits
    /// Requests whose answer has not ended.
    private var outstanding = 0
    /// Whether the last request's body is still coming.
    private var requestIsOpen = false
    private var closesAfterAnswer = false
    private var failed = false
    /// Bytes dropped since the answer ended; `nil` while nothing is dropped.
    private var drained: Int?
    /// Bytes of the body since its window began.
    private var received = 0
    private var stall: Scheduled<Void>?
    private var drain: Scheduled<Void>?
    private var window: Scheduled<Void>?

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimers() }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimers()
        context.fireChannelInactive()
    }

    private func stopTimers() {
        for timer in [stall, drain, window] { timer?.cancel() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            outstanding += 1
            requestIsOpen = true
            context.fireChannelRead(data)
        case .body(let bytes):
            guard let before = drained else {
                received += bytes.readableBytes
                context.fireChannelRead(data)
                return
            }
            drained = before + bytes.readableBytes
            if before + bytes.readableBytes > limits.drainLimit { context.close(promise: nil) }
        case .end:
            requestIsOpen = false
            window?.cancel()
            window = nil
            let wasDraining = drained != nil
            drained = nil
            drain?.cancel()
            context.fireChannelRead(data)
            if wasDraining, closesAfterAnswer { context.close(promise: nil) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests have ended by now; only a body that is still coming is watched.
        if requestIsOpen, window == nil { watchBody(context) }
        context.fireChannelReadComplete()
    }

    private func watchBody(_ context: ChannelHandlerContext) {
        received = 0
        window = context.eventLoop.assumeIsolated().scheduleTask(in: limits.bodyWindow) {
            // What is dropped after an answer has limits of its own.
            guard self.drained == nil else { return }
            if self.received < self.limits.bodyFloor {
                context.close(promise: nil)
            } else {
                self.watchBody(context)
            }
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational { closesAfterAnswer = head.headerFields[.connection] == "close" }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            outstanding -= 1
            guard outstanding == 0 else { return }
            if requestIsOpen {
                drained = 0
                drain = schedule(context, in: limits.drainTimeout)
                context.flush()
                // The client sees the end of the answer at once, whether it goes on sending or not.
                if closesAfterAnswer { context.close(mode: .output, promise: nil) }
            } else if closesAfterAnswer {
                context.flush()
                context.close(promise: nil)
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = context.channel.isWritable ? nil : schedule(context, in: limits.stallTimeout)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let problem = Self.problem(error), outstanding == 0 else {
            context.fireErrorCaught(error)
            return
        }
        guard !failed else { return }
        failed = true
        let answer = problem.with(.connection, "close")
        let body = answer.body(requestID: RequestID.make())
        var fields = answer.headers
        fields[.contentType] = "application/problem+json"
        fields[.contentLength] = String(body.readableBytes)
        context.write(wrapOutboundOut(.head(HTTPResponse(status: answer.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closing while the client still sends would reset the connection and take the answer along.
        context.close(mode: .output, promise: nil)
        drain = schedule(context, in: limits.lingerTimeout)
    }

    private func schedule(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    /// What to answer to a head that could not be read; `nil` if the connection itself failed.
    private static func problem(_ error: any Error) -> Problem? {
        if let problem = error as? Problem { return problem }
        guard let error = error as? HTTPParserError else {
            // A head that HTTP/1 allows and HTTP's common form does not.
            return String(describing: type(of: error)) == "HTTP1TypeConversionError"
                ? .malformed("The request's head is not valid.") : nil
        }
        switch error {
        case .headerOverflow:
            return Problem(
                .requestHeaderFieldsTooLarge, "headers_too_large", "The head is too large",
                detail: "Send fewer or shorter header fields, or a shorter address.")
        case .closedConnection, .invalidEOFState: return nil
        default: return .malformed("The request's head is not valid HTTP.")
        }
    }
}
