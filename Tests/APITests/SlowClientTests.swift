import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

@testable import API

/// What becomes of clients that take their time, by a clock of the test's own.
@Suite struct SlowClientTests {
    /// Keeps what reaches the end of the pipeline.
    private final class Errors: ChannelInboundHandler {
        typealias InboundIn = Any
        var codes: [String] = []
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            codes.append((error as? Problem)?.code ?? "\(error)")
        }
    }

    private func request(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("a head has its time from its first byte on, however steadily it comes; a connection at rest has none")
    func heads() throws {
        let errors = Errors()
        let channel = EmbeddedChannel()
        let deadline = HeadDeadline(.seconds(20))
        try channel.pipeline.syncOperations.addHandlers([
            deadline, ByteToMessageHandler(HTTPRequestDecoder()), RequestHeadGuard(deadline), errors,
        ])
        let loop = channel.embeddedEventLoop
        func parts() throws -> Int {
            var count = 0
            while try channel.readInbound(as: HTTPServerRequestPart.self) != nil { count += 1 }
            return count
        }
        loop.advanceTime(by: .hours(1))
        try channel.writeInbound(request("GET / HTTP/1.1\r\nHo"))
        loop.advanceTime(by: .seconds(19))
        try channel.writeInbound(request("st: x\r\n\r\n"))
        loop.advanceTime(by: .hours(1))
        #expect(errors.codes.isEmpty)
        // A body has no part in it, nor has what comes between two requests.
        try channel.writeInbound(request("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na"))
        loop.advanceTime(by: .hours(1))
        try channel.writeInbound(request("b"))
        loop.advanceTime(by: .hours(1))
        #expect(errors.codes.isEmpty)
        try channel.writeInbound(request("G"))
        for byte in ["E", "T", " ", "/"] {
            loop.advanceTime(by: .seconds(4))
            try channel.writeInbound(request(byte))
        }
        #expect(errors.codes.isEmpty)
        loop.advanceTime(by: .seconds(4))
        #expect(errors.codes == ["request_too_slow"])
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    private func guarded() throws -> EmbeddedChannel {
        let limits = ConnectionGuard.Limits(bodyWindow: .seconds(75), bodyFloor: 1024)
        let channel = EmbeddedChannel(handler: ConnectionGuard(limits: limits))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try channel.writeInbound(
            HTTPRequestPart.head(HTTPRequest(method: .put, scheme: "http", authority: "x", path: "/")))
        return channel
    }

    private func send(_ count: Int, _ channel: EmbeddedChannel) throws {
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: count)))
    }

    @Test("a body that trickles ends its connection, one that comes slowly does not")
    func bodies() throws {
        let trickling = try guarded()
        for _ in 0..<7 {
            trickling.embeddedEventLoop.advanceTime(by: .seconds(10))
            try send(1, trickling)
        }
        #expect(trickling.isActive)
        trickling.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!trickling.isActive)

        let slow = try guarded()
        for _ in 0..<100 {
            slow.embeddedEventLoop.advanceTime(by: .seconds(70))
            try send(1100, slow)
        }
        #expect(slow.isActive)
        try slow.writeInbound(HTTPRequestPart.end(nil))
        slow.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(slow.isActive, "nothing is awaited after the end")
        _ = try slow.finish(acceptAlreadyClosed: true)
    }
}
