internal import Glibc
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// Reports what happens on a connection to its ``ConnectionGuard``, and performs what the guard decides.
///
/// Stands behind the decoder and in front of everything that needs to know whether the connection becomes a WebSocket.
/// Checks each head by ``RequestHeadRules``, and removes the request for another protocol from every head that does not make
/// the connection a WebSocket, so that what follows sees ordinary requests.
final class ConnectionGuardHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let opensSocket: (HTTPRequestHead) -> Bool
    private var connection: ConnectionGuard
    private var timers = ConnectionTimers()
    /// Bytes that were written and that the client had not read when that was last looked at since the stall or idle timer was
    /// started; `nil` before.
    private var unread: Int?
    private var isFirstHead = true
    private var context: ChannelHandlerContext?

    /// - Parameter opensSocket: Whether a head, as the first of a connection, makes it a WebSocket.
    init(limits: ConnectionGuard.Limits, opensSocket: @escaping (HTTPRequestHead) -> Bool = { _ in false }) {
        self.opensSocket = opensSocket
        connection = ConnectionGuard(limits: limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        report(.opened, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timers.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timers.cancel()
        context.fireChannelInactive()
    }

    /// Bytes have arrived and are about to be decoded.
    fileprivate func bytesRead() {
        if let context { report(.bytesRead, context) }
    }

    /// The head of a response is written that does not pass here, and the connection goes on after it.
    fileprivate func responseBegan() {
        if let context { report(.responseHead(closes: false), context) }
    }

    /// A response that does not pass here is written to its end.
    fileprivate func responseEnded() {
        if let context { report(.responseEnd, context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            if let problem = RequestHeadRules.check(&head) {
                report(.requestRefused, context, failure: problem)
            } else if report(.requestHead, context) {
                if !isFirstHead || !opensSocket(head) { removeUpgrade(&head) }
                isFirstHead = false
                context.fireChannelRead(wrapInboundOut(.head(head)))
            }
        case .body(let bytes):
            if report(.requestBody(bytes.readableBytes), context) { context.fireChannelRead(data) }
        case .end:
            // The reader of the request sees its end before the connection may end.
            let actions = connection.handle(.requestEnd)
            if !actions.contains(.drop) { context.fireChannelRead(data) }
            perform(actions, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        report(.readCompleted, context)
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        switch unwrapOutboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return }
            report(.responseHead(closes: head.headers.first(name: "Connection") == "close"), context)
        case .body: break
        case .end: report(.responseEnd, context)
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if timers.isRunning(.stall), unread == nil { unread = Self.unread(context) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        report(.writability(context.channel.isWritable), context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !report(.quiesce, context) { return }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard Self.problem(error) != nil else { return context.fireErrorCaught(error) }
        report(.requestRefused, context, failure: error)
    }

    /// A request for another protocol is answered as if it did not ask for one (RFC 9110 section 7.8). Its connection ends
    /// afterwards, because the decoder reads no further request on it.
    private func removeUpgrade(_ head: inout HTTPRequestHead) {
        guard head.headers.contains(name: "Upgrade") else { return }
        head.headers.remove(name: "Upgrade")
        head.headers.replaceOrAdd(name: "Connection", value: "close")
    }

    /// Reports an event and performs what follows.
    /// - Returns: Whether the part or event is to be passed on.
    @discardableResult
    private func report(
        _ event: ConnectionGuard.Event, _ context: ChannelHandlerContext,
        failure: @autoclosure () -> any Error = Problem.tooSlow
    ) -> Bool {
        let actions = connection.handle(event)
        perform(actions, context, failure: failure())
        return !actions.contains(.drop)
    }

    private func perform(
        _ actions: [ConnectionGuard.Action], _ context: ChannelHandlerContext,
        failure: @autoclosure () -> any Error = Problem.tooSlow
    ) {
        for action in actions {
            switch action {
            case .start(let timer, let time):
                if timer == .stall || (timer == .idle && !timers.isRunning(.stall)) { unread = nil }
                timers.start(timer, time, on: context.eventLoop) { self.fired(timer, time, context) }
            case .stop(let timer): timers.stop(timer)
            case .drop: break
            case .refuse: answer(Self.problem(failure()) ?? .tooSlow, context)
            case .passError: context.fireErrorCaught(failure())
            case .flush: context.flush()
            case .closeOutput: context.close(mode: .output, promise: nil)
            case .close: context.close(promise: nil)
            }
        }
    }

    private func answer(_ problem: Problem, _ context: ChannelHandlerContext) {
        let (head, body) = problem.lastResponse
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func fired(_ timer: ConnectionGuard.Timer, _ time: Duration, _ context: ChannelHandlerContext) {
        guard timers.isOver(timer, on: context.eventLoop, again: { self.fired(timer, time, context) }) else { return }
        // A long body is written at once. A client that has read some of it meanwhile makes progress; while it goes on so, the
        // connection is not at rest. What fills the connection is judged by the stall timer alone.
        let (left, isFull) = (Self.unread(context), timers.isRunning(.stall))
        let isReading = left < unread ?? .max
        if (timer == .stall && isReading) || (timer == .idle && left > 0 && (isFull || isReading)) {
            timers.start(timer, time, on: context.eventLoop) { self.fired(timer, time, context) }
            if timer == .stall || !isFull { unread = left }
            return
        }
        report(.timerFired(timer), context)
    }

    /// Bytes that were written and wait for the client to read.
    private static func unread(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// The response to a request that could not be read; `nil` if the connection itself has failed.
    private static func problem(_ error: any Error) -> Problem? {
        if let problem = error as? Problem { return problem }
        guard let error = error as? HTTPParserError else { return nil }
        switch error {
        case .headerOverflow:
            return Problem(
                .headersTooLarge, detail: "Send fewer or shorter header fields, or a shorter address.")
        case .closedConnection, .invalidEOFState: return nil
        default: return .malformed("The request's head is not valid HTTP.")
        }
    }
}

/// The bytes of a connection, in front of decoder and encoder.
///
/// Tells the ``ConnectionGuardHandler`` of arriving bytes, because the decoder shows a head only when it is complete. Writes
/// responses whose bytes are ready past the encoder, and tells the guard of them too.
final class ConnectionBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    private let handler: ConnectionGuardHandler
    private var context: ChannelHandlerContext?

    init(_ handler: ConnectionGuardHandler) {
        self.handler = handler
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Writes the first bytes of a response, with all of its head. Nothing is sent before the next flush.
    func begin(_ bytes: ByteBuffer) {
        handler.responseBegan()
        write(.byteBuffer(bytes), promise: nil)
    }

    /// Writes more of a response.
    func write(_ data: IOData, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(data), promise: promise)
    }

    /// The response is written to its end.
    func end() { handler.responseEnded() }

    /// Lets the kernel send only full segments until it is let go on, so that a head and the file behind it are not sent apart.
    func holdShortSegments(_ isHeld: Bool) {
        let option = ChannelOptions.tcpOption(.init(rawValue: TCP_CORK))
        try? context?.channel.syncOptions?.setOption(option, value: isHeld ? 1 : 0)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        handler.bytesRead()
        context.fireChannelRead(data)
    }
}

extension Problem {
    /// The head and body of the last response on a connection on which no request is being answered.
    fileprivate var lastResponse: (HTTPResponseHead, ByteBuffer) {
        let problem = with(.connection, "close")
        let body = problem.body(requestID: RequestID.make())
        var headers = HTTPHeaders()
        for field in problem.headers { headers.add(name: field.name.rawName, value: field.value) }
        headers.replaceOrAdd(name: "Content-Type", value: "application/problem+json")
        headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        return (HTTPResponseHead(version: .http1_1, status: .init(statusCode: status.code), headers: headers), body)
    }
}
