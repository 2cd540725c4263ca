import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Synchronization

/// An HTTP server that follows a test's script for each request, including violations of the protocol.
final class FaultServer: Sendable {
    /// A received request.
    struct Request: Sendable {
        let method: HTTPMethod
        let uri: String
        let headers: HTTPHeaders
        let body: ByteBuffer
        /// The number of earlier requests.
        let number: Int

        /// The first byte of the requested range.
        var rangeStart: Int {
            headers.first(name: "range")?.dropFirst(6).split(separator: "-").first.flatMap { Int($0) } ?? 0
        }
    }

    /// The reaction to a request.
    enum Reply: Sendable {
        case answer(Int, [(String, String)] = [], [UInt8] = [])
        /// Sends the head and a number of bytes of the body, then closes the connection.
        case cut(Int, [(String, String)] = [], [UInt8], after: Int)
        /// Closes the connection without a response.
        case hangUp
        /// Never responds.
        case silence
    }

    let port: Int
    private let channel: any Channel
    private let play: Play

    /// A server that calls `script` for each request.
    /// - Parameter bodyCuts: Closes a connection when so many bytes of a request's body have arrived, once for each number.
    init(bodyCuts: [Int] = [], script: @escaping @Sendable (Request) -> Reply) async throws {
        let play = Play(script, bodyCuts)
        self.play = play
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(play))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit { channel.close(promise: nil) }

    /// All requests so far.
    var requests: [Request] { play.requests }

    /// A store on this server, whose pauses are recorded and take no time.
    func store(
        pauses: Pauses = Pauses(), scratch: ScratchCache? = nil, now: Int64 = 1_400_000_000,
        _ change: (inout S3Settings) -> Void = { _ in }
    ) -> S3Store {
        var settings = S3Settings()
        settings.partSize = 100_000
        settings.idleTimeout = .seconds(5)
        settings.requestTimeout = .seconds(10)
        change(&settings)
        let location = S3Location(
            bucket: "films", scheme: "http", authority: "127.0.0.1:\(port)", region: "us-east-1", style: .path)
        return S3Store(
            location, credentials: S3Credentials(accessKeyID: "id", secretAccessKey: "secret"), scratch: scratch,
            settings: settings,
            dependencies: S3Dependencies(now: { now }, sleep: { pauses.note($0) }, random: { 0.5 }))
    }

    /// Records the durations of pauses.
    final class Pauses: Sendable {
        private let noted = Mutex<[Duration]>([])
        var all: [Duration] { noted.withLock { $0 } }
        func note(_ pause: Duration) { noted.withLock { $0.append(pause) } }
    }

    /// The script and its position.
    private final class Play: Sendable {
        private let script: @Sendable (Request) -> Reply
        private let state: Mutex<(requests: [Request], bodyCuts: [Int])>

        init(_ script: @escaping @Sendable (Request) -> Reply, _ bodyCuts: [Int]) {
            self.script = script
            state = Mutex(([], bodyCuts))
        }

        var requests: [Request] { state.withLock { $0.requests } }

        func reply(_ head: HTTPRequestHead, _ body: ByteBuffer) -> Reply {
            let request = state.withLock { state in
                let request = Request(
                    method: head.method, uri: head.uri, headers: head.headers, body: body,
                    number: state.requests.count)
                state.requests.append(request)
                return request
            }
            return script(request)
        }

        func isCut(_ bodyBytes: Int) -> Bool {
            state.withLock { state in
                guard let cut = state.bodyCuts.first, bodyBytes >= cut else { return false }
                state.bodyCuts.removeFirst()
                return true
            }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let play: Play
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(_ play: Play) { self.play = play }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body.clear()
            case .body(let bytes):
                body.writeImmutableBuffer(bytes)
                if play.isCut(body.readableBytes) { context.close(promise: nil) }
            case .end:
                guard let head else { return }
                perform(play.reply(head, body), context)
            }
        }

        private func perform(_ reply: Reply, _ context: ChannelHandlerContext) {
            switch reply {
            case .silence: return
            case .hangUp: context.close(promise: nil)
            case .answer(let status, let headers, let bytes): write(status, headers, bytes, bytes.count, context)
            case .cut(let status, let headers, let bytes, let count): write(status, headers, bytes, count, context)
            }
        }

        private func write(
            _ status: Int, _ headers: [(String, String)], _ bytes: [UInt8], _ count: Int,
            _ context: ChannelHandlerContext
        ) {
            var fields = HTTPHeaders(headers)
            if !fields.contains(name: "content-length") {
                fields.add(name: "content-length", value: "\(bytes.count)")
            }
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes.prefix(count))))), promise: nil)
            guard count == bytes.count else {
                context.flush()
                return context.close(promise: nil)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

extension FaultServer.Reply {
    /// The response of a correct server that has one object.
    static func object(_ bytes: [UInt8], _ request: FaultServer.Request, tag: String = "tag") -> Self {
        let fields = [("etag", "\"\(tag)\"")]
        if request.method == .HEAD { return .answer(200, fields + [("content-length", "\(bytes.count)")]) }
        guard let range = request.headers.first(name: "range") else { return .answer(200, fields, bytes) }
        let ends = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        let upper = min(ends[1], bytes.count - 1)
        return .answer(
            206, fields + [("content-range", "bytes \(ends[0])-\(upper)/\(bytes.count)")], Array(bytes[ends[0]...upper])
        )
    }

    /// The same, but the connection is closed after some bytes of the body.
    func cut(after count: Int) -> Self {
        guard case .answer(let status, let fields, let bytes) = self else { return self }
        return .cut(status, fields, bytes, after: count)
    }

    /// An error response in S3's format.
    static func error(_ status: Int, _ code: String, _ fields: [(String, String)] = []) -> Self {
        .answer(status, fields, Array("<Error><Code>\(code)</Code><Message>no</Message></Error>".utf8))
    }
}
