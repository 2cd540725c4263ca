internal import Ground
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOWebSocket

/// The connections of a server: HTTP/1, and WebSockets of rooms where the server has rooms.
///
/// All connections have one pipeline up to the head of their first request, so WebSockets share with requests the limits of
/// connections and heads, the rules for hosts and origins, request ids, clients' addresses behind proxies, access log and
/// metrics. Only the first request of a connection can open a WebSocket.
struct UpgradableHTTPChannel: ServerChildChannel, HTTPChannelHandler {
    /// A connection whose use is known when the head of its first request is complete.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let use: EventLoopFuture<Use>
    }

    /// What a connection is used for.
    enum Use: Sendable {
        case requests(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case socket(RoomEndpoint.Socket, SocketRequest)
        /// It was refused and is closed.
        case nothing
    }

    let responder: Responder
    let edge: EdgeResponder
    /// Answers requests that need no route; `nil` where no responses are cached.
    let cached: CachedResponder?
    /// `nil` where the server has no rooms.
    let rooms: RoomEndpoint?
    /// Counts the connections of each address; behind proxies, its requests and WebSockets.
    let quota: AddressQuota
    let configuration: APIConfiguration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            // Behind proxies all connections are theirs, and clients are told apart by their requests.
            if configuration.trustedProxies == 0 {
                let address = channel.remoteAddress?.ipAddress ?? "unknown"
                guard let place = quota.take(address) else {
                    warn(of: address, logger)
                    try channel.pipeline.syncOperations.addHandler(ConnectionRefusal())
                    return Value(channel: channel, use: channel.closeFuture.map { _ in .nothing })
                }
                channel.closeFuture.whenComplete { _ in withExtendedLifetime(place) {} }
            }
            return Value(channel: channel, use: try addHandlers(to: channel, logger))
        }
    }

    func handle(value: Value, logger: Logger) async {
        switch try? await value.use.get() {
        case .requests(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
        case .socket(let socket, let request): await serve(socket, request)
        case .nothing, nil: try? await value.channel.close()
        }
    }

    private func serve(_ socket: RoomEndpoint.Socket, _ request: SocketRequest) async {
        guard let rooms else { return }
        let isCounted = configuration.trustedProxies > 0
        let place = isCounted ? quota.take(request.context.remoteAddress) : nil
        guard !isCounted || place != nil else { return await RoomEndpoint.refuse(socket) }
        await rooms.serve(socket, request)
        withExtendedLifetime(place) {}
    }

    /// Logs the first, second, fourth, eighth, … refusal, so that an attack does not fill the log.
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

    /// Adds the decoder, the guard, what answers from the cache, and NIO's upgrade handler, which waits for the first head that
    /// is not answered so: a connection whose requests all are never gets what the routes need.
    ///
    /// The upgrade handler drops the head of a request whose upgrade is refused. So the guard decides, and the upgrade handler
    /// sees an `Upgrade` field only where the connection becomes a WebSocket.
    private func addHandlers(to channel: any Channel, _ logger: Logger) throws -> EventLoopFuture<Use> {
        let encoder = HTTPResponseEncoder()
        var limits = NIOHTTPDecoderLimitConfiguration()
        // Enough for any honest client; a larger head is answered with 431.
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 64 * 1024
        limits.maxHeaderFieldCount = 128
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        let guardHandler = ConnectionGuardHandler(
            limits: ConnectionGuard.Limits(
                idleTimeout: .seconds(configuration.idleSeconds), headTimeout: .seconds(configuration.headSeconds),
                bodyWindow: .seconds(configuration.idleSeconds))
        ) { [hasRooms = rooms != nil, hosts = configuration.allowedHosts] head in
            hasRooms && SocketHandshake.isAccepted(head, hosts)
        }
        let bytes = ConnectionBytes(guardHandler)
        let cachedHandler = cached.map { CachedResponseHandler($0, bytes, logger) }
        let upgrade = NIOTypedHTTPServerUpgradeHandler(
            // The decoder goes last, and passes on the frames behind the head.
            httpEncoder: encoder,
            extraHTTPHandlers: [guardHandler, bytes] + (cachedHandler.map { [$0] } ?? []) + [decoder],
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [upgrader(of: channel, logger)],
                notUpgradingCompletionHandler: { useForRequests($0, logger) }))
        let handlers = channel.pipeline.syncOperations
        try handlers.addHandlers([bytes, encoder, decoder, guardHandler])
        if let cachedHandler { try handlers.addHandler(cachedHandler) }
        try handlers.addHandler(upgrade)
        // A body of the cache that fits in memory does not fill the connection, so that its readers are not told of it twice.
        try channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: 32 << 10, high: CachedResponse.memoryLimit + (8 << 10)))
        return upgrade.upgradeResultFuture
    }

    /// Adds what Hummingbird's own HTTP/1 channel has for the routes.
    private func useForRequests(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Use> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(ClientPresence())
            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            return .requests(
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
    }

    private func upgrader(of channel: any Channel, _ logger: Logger) -> NIOTypedWebSocketServerUpgrader<Use> {
        let accepted = NIOLoopBoundBox<SocketRequest?>(nil, eventLoop: channel.eventLoop)
        return NIOTypedWebSocketServerUpgrader(
            maxFrameSize: RoomEndpoint.frameLimit,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeCompletedFuture { () throws -> HTTPHeaders? in
                    let request = try edge.acceptSocket(head, on: channel, logger)
                    accepted.value = request
                    return request.map { ["X-Request-ID": $0.context.requestID] }
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture { () throws -> Use in
                    guard let request = accepted.value else { throw ChannelError.inappropriateOperationForState }
                    try channel.pipeline.syncOperations.addHandlers([
                        FrameGuard(),
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                            maxAccumulatedFrameSize: RoomEndpoint.frameLimit),
                        FragmentGuard(),
                    ])
                    return .socket(try RoomEndpoint.Socket(wrappingChannelSynchronously: channel), request)
                }
            })
    }
}

extension Problem {
    /// 426: only a WebSocket is spoken here.
    static var upgradeRequired: Problem {
        Problem(
            .upgradeRequired, detail: "Open a WebSocket (RFC 6455, version 13) on a connection of its own."
        ).with(.upgrade, "websocket").with(.known("Sec-WebSocket-Version"), "13")
    }
}
