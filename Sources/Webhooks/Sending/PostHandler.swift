import NIOCore
import NIOHTTP1

/// Sends one request on a new connection and reads the response up to a limit.
final class PostHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// Maximum number of bytes read of a response body.
    static let bodyLimit = 64 * 1024

    private let request: HTTPRequestHead
    private let body: ByteBuffer
    private var answer: EventLoopPromise<Int>?
    private var status: Int?
    private var byteCount = 0

    init(_ request: HTTPRequestHead, body: ByteBuffer, answer: EventLoopPromise<Int>) {
        self.request = request
        self.body = body
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Informational responses (1xx) precede the final one.
            if head.status.code >= 200 { status = Int(head.status.code) }
        case .body(let part):
            byteCount += part.readableBytes
            if byteCount >= Self.bodyLimit { finish(context) }
        case .end: if status != nil { finish(context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer?.fail(error)
        answer = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer?.fail(ChannelError.eof)
        answer = nil
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext) {
        if let status { answer?.succeed(status) } else { answer?.fail(ChannelError.eof) }
        answer = nil
        context.close(promise: nil)
    }
}
