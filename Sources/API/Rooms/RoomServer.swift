internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket
internal import Rooms

/// A server's connections: requests, and the sockets of rooms where there are rooms; so many for each address.
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
    /// `nil` where there are no rooms.
    let rooms: RoomEndpoint?
    let quota: AddressQuota
    let configuration: APIConfiguration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let purpose = channel.eventLoop.makePromise(of: Purpose.self)
        channel.closeFuture.whenComplete { _ in purpose.succeed(.none) }
        return channel.eventLoop.makeCompletedFuture {
            let value = Value(channel: channel, purpose: purpose.futureResult)
            // Behind proxies all connections are theirs, and clients are told apart request by request.
            if configuration.trustedProxies == 0 {
                let address = channel.remoteAddress?.ipAddress ?? "unknown"
                guard let place = quota.take(address) else {
                    warn(of: address, logger)
                    try channel.pipeline.syncOperations.addHandler(ConnectionRefusal())
                    return value
                }
                channel.closeFuture.whenComplete { _ in withExtendedLifetime(place) {} }
            }
            guard rooms != nil else {
                prepareRequests(channel, logger).assumeIsolated().whenComplete { outcome in
                    switch outcome {
                    case .success(let requests): purpose.succeed(.requests(requests))
                    case .failure: channel.close(promise: nil)
                    }
                }
                return value
            }
            let idleTimeout = TimeAmount.seconds(configuration.idleSeconds)
            let handler = ProtocolNegotiator(idleTimeout: idleTimeout) { finding, channel in
                switch finding {
                case .socket:
                    return channel.eventLoop.makeCompletedFuture {
                        try prepareSocket(channel).whenComplete { purpose.completeWith($0) }
                    }
                default:
                    return prepareRequests(channel, logger).map { purpose.succeed(.requests($0)) }
                }
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            return value
        }
    }

    /// Tells of the first refusal, the second, the fourth and so on: an attack must not fill the log.
    private func warn(of address: String, _ logger: Logger) {
        let refused = quota.refused
        guard refused & (refused - 1) == 0 else { return }
        logger.warning(
            "an address has too many connections; if it is a reverse proxy, set --trusted-proxies",
            metadata: [
                "client": "\(address)", "limit": .stringConvertible(configuration.connectionsPerAddress),
                "refused": .stringConvertible(refused),
            ])
    }

    func handle(value: Value, logger: Logger) async {
        switch try? await value.purpose.get() {
        case .requests(let channel): await requests.handle(value: channel, logger: logger)
        case .socket(let channel, let head): await serve(channel, head, logger)
        case .none?, nil: try? await value.channel.close()
        }
    }

    private func serve(_ socket: Socket, _ head: HTTPRequestHead, _ logger: Logger) async {
        guard let rooms else { return }
        let place = configuration.trustedProxies > 0 ? quota.take(rooms.address(of: socket, head)) : nil
        guard configuration.trustedProxies == 0 || place != nil else {
            // "Try again later", as registered with IANA.
            try? await socket.executeThenClose { _, outbound in try await outbound.write(.closing(.unknown(1013))) }
            return
        }
        await rooms.serve(socket, head, logger)
        withExtendedLifetime(place) {}
    }

    /// The framework's pipeline, with guards around its decoder.
    private func prepareRequests(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        requests.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let deadline = HeadDeadline(.seconds(configuration.headSeconds))
            try pipeline.addHandler(deadline, position: .before(decoder))
            try pipeline.addHandler(RequestHeadGuard(deadline), position: .after(decoder))
            return value
        }
    }

    private func prepareSocket(_ channel: any Channel) throws -> EventLoopFuture<Purpose> {
        let hosts = configuration.allowedHosts
        // Why there was no upgrade, for the answer: its handler sees the request's end only.
        let problem = NIOLoopBoundBox(Problem.upgradeRequired, eventLoop: channel.eventLoop)
        let upgrader = NIOTypedWebSocketServerUpgrader<Purpose>(
            maxFrameSize: RoomEndpoint.frameLimit,
            shouldUpgrade: { channel, head in
                let refusal = SocketHandshake.refusal(of: head, hosts)
                if let refusal { problem.value = refusal }
                return channel.eventLoop.makeSucceededFuture(refusal == nil ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let patience = try channel.pipeline.syncOperations.handler(type: HandshakeTimeout.self)
                    channel.pipeline.syncOperations.removeHandler(patience, promise: nil)
                    try channel.pipeline.syncOperations.addHandler(FrameGuard())
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                            maxAccumulatedFrameSize: RoomEndpoint.frameLimit))
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
                        try channel.pipeline.syncOperations.addHandler(UpgradeRefusal(problem.value))
                        return Purpose.none
                    }
                }))
        pipeline.decoderConfiguration = decoding
        pipeline.enablePipelining = false
        try channel.pipeline.syncOperations.addHandler(HandshakeTimeout())
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
    }
}

/// Answers a request at a socket's address that is none for a socket, and closes.
private final class UpgradeRefusal: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let problem: Problem

    init(_ problem: Problem) {
        self.problem = problem
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let body = problem.body(requestID: RequestID.make())
        var headers = HTTPHeaders()
        for field in problem.headers { headers.add(name: field.name.rawName, value: field.value) }
        headers.add(name: "Content-Type", value: "application/problem+json")
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: problem.status.code), headers: headers)
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
