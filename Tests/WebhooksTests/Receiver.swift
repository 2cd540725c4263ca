import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Webhooks

/// An endpoint on the loopback interface that responds as configured and records its requests.
final class Receiver: Sendable {
    /// The response.
    enum Manner: Sendable {
        /// A status and headers.
        case status(HTTPResponseStatus, HTTPHeaders = [:])
        /// No response; the connection stays open.
        case silence
        /// The connection is closed at once.
        case hangUp
        /// A body without an end.
        case flood
    }

    /// A received request.
    struct Received: Sendable {
        var uri: String
        var headers: HTTPHeaders
        var body: String
    }

    private let state: Mutex<(manner: Manner, received: [Received])>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    var received: [Received] { state.withLock { $0.received } }
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    static func with<T>(_ manner: Manner, _ body: (Receiver) async throws -> T) async throws -> T {
        let receiver = Receiver(manner)
        try await receiver.start()
        let result: Result<T, any Error>
        do { result = .success(try await body(receiver)) } catch { result = .failure(error) }
        await receiver.stop()
        return try result.get()
    }

    private init(_ manner: Manner) { state = Mutex((manner, [])) }

    func behave(_ manner: Manner) { state.withLock { $0.manner = manner } }

    func stop() async {
        try? await channel.withLock { $0 }?.close()
    }

    private func start() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = server }
    }

    private func take(_ request: Received) -> Manner {
        state.withLock { state in
            state.received.append(request)
            return state.manner
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: Receiver
        private var request = Received(uri: "", headers: [:], body: "")

        init(_ receiver: Receiver) { self.receiver = receiver }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = Received(uri: head.uri, headers: head.headers, body: "")
            case .body(let part): request.body += String(buffer: part)
            case .end: answer(context, receiver.take(request))
            }
        }

        private func answer(_ context: ChannelHandlerContext, _ manner: Manner) {
            switch manner {
            case .silence: break
            case .hangUp: context.close(promise: nil)
            case .status(let status, let headers):
                var headers = headers
                headers.replaceOrAdd(name: "Content-Length", value: "0")
                context.write(
                    wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .flood:
                context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok))), promise: nil)
                let bytes = ByteBuffer(repeating: 0x78, count: PostLimit.bytes)
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
            }
        }
    }

    private enum PostLimit { static let bytes = 80 * 1024 }
}
