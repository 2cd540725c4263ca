internal import HTTPTypes
internal import NIOCore

extension Problem {
    /// 429: the client's address has as many connections or requests as it may have.
    static var tooManyConnections: Problem {
        Problem(
            .tooManyConnections, detail: "Close some, then try again."
        ).retryAfter(5)
    }
}

/// Answers a new connection of an address that has too many of them with 429, and closes it. Its request is not read.
final class ConnectionRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The response, encoded once for all connections, so that a refusal costs little.
    private static let response: ByteBuffer = {
        let problem = Problem.tooManyConnections
        let body = problem.body(requestID: RequestID.make())
        var response = ByteBuffer(string: "HTTP/1.1 429 Too Many Requests\r\n")
        for field in problem.headers { response.writeString("\(field.name): \(field.value)\r\n") }
        response.writeString("Content-Type: application/problem+json\r\nContent-Length: \(body.readableBytes)\r\n")
        response.writeString("Connection: close\r\n\r\n")
        response.writeImmutableBuffer(body)
        return response
    }()

    /// Longest wait for the client to close. Closing while its request is on the way would reset the connection and discard
    /// the response. The wait is short because refused connections count among those of the server.
    private static let linger: TimeAmount = .milliseconds(200)
    private var timeout: Scheduled<Void>?

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.response), promise: nil)
        context.close(mode: .output, promise: nil)
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { timeout?.cancel() }
}
