internal import Ground
internal import HTTPTypes
internal import MediaModel
internal import NIOCore
internal import Synchronization

/// Counts what the clients of each address have open: connections, or requests where a proxy hands on the address.
///
/// Addresses of one IPv6 network of 64 bits count as one.
final class AddressQuota: Sendable {
    /// One connection or request; ends when it is let go of.
    final class Place: Sendable {
        private let quota: AddressQuota
        private let name: String

        fileprivate init(_ quota: AddressQuota, _ name: String) {
            self.quota = quota
            self.name = name
        }

        deinit { quota.leave(name) }
    }

    private struct State {
        var open: [String: Int] = [:]
        var refused = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: Most places of an address at a time.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a place.
    /// - Parameter address: The client's; who has none (a socket of this machine's file system) shares one count.
    /// - Returns: `nil` if the address has as many as it may have.
    func take(_ address: String) -> Place? {
        let name = AddressBlock.of(address)
        let isTaken = state.withLock { state in
            let count = state.open[name, default: 0]
            guard count < limit else {
                state.refused += 1
                return false
            }
            state.open[name] = count + 1
            return true
        }
        return isTaken ? Place(self, name) : nil
    }

    /// How many were refused since the start.
    var refused: Int { state.withLock { $0.refused } }

    /// How many addresses have places.
    var addresses: Int { state.withLock { $0.open.count } }

    private func leave(_ name: String) {
        state.withLock { state in
            let count = state.open[name, default: 1] - 1
            state.open[name] = count > 0 ? count : nil
        }
    }
}

extension Problem {
    /// 429: the client's address has as many connections or requests open as it may have.
    static var tooManyConnections: Problem {
        Problem(
            .tooManyRequests, "too_many_connections", "This address has too many connections",
            detail: "Close some, then try again."
        ).retryAfter(5)
    }
}

/// Tells a client that its address has too many connections, and closes; whatever it asks for is dropped.
final class ConnectionRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The same answer for all, made once: refusing must cost nothing.
    private static let answer: ByteBuffer = {
        let problem = Problem.tooManyConnections
        let body = problem.body(requestID: RequestID.make())
        var answer = ByteBuffer(string: "HTTP/1.1 429 Too Many Requests\r\n")
        for field in problem.headers { answer.writeString("\(field.name): \(field.value)\r\n") }
        answer.writeString("Content-Type: application/problem+json\r\nContent-Length: \(body.readableBytes)\r\n")
        answer.writeString("Connection: close\r\n\r\n")
        answer.writeImmutableBuffer(body)
        return answer
    }()

    /// Closing while the client's request is on its way would reset the connection and take the answer along. Longer than
    /// this a client is not waited for: refused connections count among those of the server, too.
    private static let linger: TimeAmount = .milliseconds(200)
    private var timeout: Scheduled<Void>?

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.answer), promise: nil)
        context.close(mode: .output, promise: nil)
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { timeout?.cancel() }
}
