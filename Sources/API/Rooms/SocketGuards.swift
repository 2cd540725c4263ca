internal import NIOCore
internal import NIOWebSocket

/// Ends a WebSocket whose client sends a frame that is not masked or has a reserved bit set (RFC 6455 sections 5.1 and 5.2).
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

/// Ends a WebSocket whose client sends too many fragments of a message, too many bytes, or fragments out of order (section
/// 5.4). Stands behind the aggregator, which reports these as errors.
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
