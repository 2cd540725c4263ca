internal import HummingbirdCore
internal import NIOCore

/// Looks at a connection's first bytes and has it prepared for a room's socket or for requests.
///
/// Sockets need another pipeline than requests, and the pipeline for requests is the framework's own: so the choice is made
/// before either is there. A connection on which requests were made already cannot become a socket.
final class ProtocolNegotiator: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let idleTimeout: TimeAmount
    private let prepare: (SocketPath.Finding, any Channel) -> EventLoopFuture<Void>
    private var bytes: ByteBuffer?
    private var isDecided = false
    private var isActive = false
    /// The client says nothing more.
    private var isInputClosed = false
    private var timeout: Scheduled<Void>?

    /// - Parameter prepare: Adds the handlers; is called once, on the connection's event loop.
    init(idleTimeout: TimeAmount, prepare: @escaping (SocketPath.Finding, any Channel) -> EventLoopFuture<Void>) {
        self.idleTimeout = idleTimeout
        self.prepare = prepare
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: idleTimeout) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timeout?.cancel() }

    func channelActive(context: ChannelHandlerContext) {
        isActive = true
        if isDecided { context.fireChannelActive() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var new = unwrapInboundIn(data)
        if bytes == nil { bytes = new } else { bytes?.writeBuffer(&new) }
        guard !isDecided, let bytes else { return }
        let finding = SocketPath.look(at: bytes.readableBytesView)
        if finding != .more { decide(finding, context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent where !isDecided:
            // The server stops, and nothing was asked for.
            context.close(promise: nil)
        case ChannelEvent.inputClosed where bytes == nil && !isDecided:
            context.close(promise: nil)
        case ChannelEvent.inputClosed where bytes != nil:
            // Nothing more will come: it is told after what came before.
            isInputClosed = true
            if !isDecided { decide(.other, context) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func decide(_ finding: SocketPath.Finding, _ context: ChannelHandlerContext) {
        isDecided = true
        timeout?.cancel()
        let done = prepare(finding, context.channel)
        done.assumeIsolated().whenComplete { outcome in
            switch outcome {
            case .success: self.handOver(context)
            case .failure(let error):
                context.fireErrorCaught(error)
                context.close(promise: nil)
            }
        }
    }

    private func handOver(_ context: ChannelHandlerContext) {
        if isActive { context.fireChannelActive() }
        if let bytes {
            context.fireChannelRead(wrapInboundOut(bytes))
            context.fireChannelReadComplete()
        }
        bytes = nil
        if isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
