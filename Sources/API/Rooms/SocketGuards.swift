internal import NIOCore
internal import NIOWebSocket

/// Ends a connection whose handshake does not come to its end, or is not at its end when the server stops.
final class HandshakeTimeout: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private static let limit: TimeAmount = .seconds(10)
    private var timeout: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: Self.limit) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

/// Ends a socket whose client sends frames as no client may: not masked, or with a bit set that nobody has agreed upon
/// (RFC 6455 sections 5.1 and 5.2).
final class FrameGuard: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return context.end(wrapOutboundOut(.closing(.protocolError)))
        }
        context.fireChannelRead(data)
    }
}

/// Ends a socket whose client's fragments make no message: too many, too long together, or out of order (section 5.4).
final class FragmentGuard: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketFrameAggregator.Error else { return context.fireErrorCaught(error) }
        let isTooMuch = error == .accumulatedFrameSizeIsTooLarge || error == .tooManyFragments
        context.end(wrapOutboundOut(.closing(isTooMuch ? .messageTooLarge : .protocolError)))
    }
}

extension WebSocketFrame {
    /// A close frame.
    static func closing(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}

extension ChannelHandlerContext {
    /// Writes a last frame and closes.
    fileprivate func end(_ frame: NIOAny) {
        writeAndFlush(frame).assumeIsolated().whenComplete { _ in self.close(promise: nil) }
    }
}
