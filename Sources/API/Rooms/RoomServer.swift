internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket
internal import Rooms

/// A server's connections: requests as everywhere, and the sockets of rooms.
struct RoomServer: ServerChildChannel {
    typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// A connection whose purpose is known once its first bytes are.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let purpose: EventLoopFuture<Purpose>
    }

    enum Purpose: Sendable {
        case requests(HTTP1Channel.Value)
        case socket(Socket, HTTPRequestHead)
        /// Was answered and is closed.
        case none
    }

    let requests: HTTP1Channel
    let rooms: RoomDoor
    let idleTimeout: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let purpose = channel.eventLoop.makePromise(of: Purpose.self)
        channel.closeFuture.whenComplete { _ in purpose.succeed(.none) }
        return channel.eventLoop.makeCompletedFuture {
            let handler = ConnectionSwitch(idleTimeout: idleTimeout) { finding, channel in
                switch finding {
                case .socket:
                    return channel.eventLoop.makeCompletedFuture {
                        try Self.prepareSocket(channel).whenComplete { purpose.completeWith($0) }
                    }
                default:
                    return requests.setup(channel: channel, logger: logger).map { purpose.succeed(.requests($0)) }
                }
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            return Value(channel: channel, purpose: purpose.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        switch try? await value.purpose.get() {
        case .requests(let channel): await requests.handle(value: channel, logger: logger)
        case .socket(let channel, let head): await rooms.serve(channel, head, logger)
        case .none?, nil: try? await value.channel.close()
        }
    }

    private static func prepareSocket(_ channel: any Channel) throws -> EventLoopFuture<Purpose> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Purpose>(
            maxFrameSize: RoomDoor.frameLimit,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(SocketHandshake.isValid(head) ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let patience = try channel.pipeline.syncOperations.handler(type: HandshakePatience.self)
                    channel.pipeline.syncOperations.removeHandler(patience, promise: nil)
                    try channel.pipeline.syncOperations.addHandler(FrameGuard())
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                            maxAccumulatedFrameSize: RoomDoor.frameLimit))
                    try channel.pipeline.syncOperations.addHandler(FragmentGuard())
                    return .socket(try Socket(wrappingChannelSynchronously: channel), head)
                }
            })
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = 16 * 1024
        decoding.maxHeaderListSize = 64 * 1024
        decoding.maxHeaderFieldCount = 128
        var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(
            upgradeConfiguration: .init(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(UpgradeRefusal())
                        return Purpose.none
                    }
                }))
        pipeline.decoderConfiguration = decoding
        pipeline.enablePipelining = false
        try channel.pipeline.syncOperations.addHandler(HandshakePatience())
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
    }
}

/// Answers a request at a socket's address that is none for a socket, and closes.
private final class UpgradeRefusal: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let problem = Problem.upgradeRequired
        let body = problem.body(requestID: RequestName.make())
        var headers = HTTPHeaders()
        for field in problem.headers { headers.add(name: field.name.rawName, value: field.value) }
        headers.add(name: "Content-Type", value: "application/problem+json")
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: .upgradeRequired, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}

extension Problem {
    /// 426: only a WebSocket is spoken here.
    static var upgradeRequired: Problem {
        Problem(
            .upgradeRequired, "upgrade_required", "This is the address of a WebSocket",
            detail: "Open a WebSocket (RFC 6455, version 13) on a connection of its own."
        ).with(.upgrade, "websocket").with(.known("Sec-WebSocket-Version"), "13")
    }
}
