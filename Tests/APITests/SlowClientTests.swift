import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import API

/// What becomes of clients that take their time, by a clock of the test's own.
@Suite struct SlowClientTests {
    /// Keeps what reaches the end of the pipeline.
    private final class Errors: ChannelInboundHandler {
        typealias InboundIn = Any
        var codes: [String] = []
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            codes.append((error as? Problem)?.code.rawValue ?? "\(error)")
        }
    }

    private func request(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("a head has its time from its first byte on, however steadily it comes; a connection at rest has none")
    func heads() throws {
        let errors = Errors()
        let channel = EmbeddedChannel()
        let limits = ConnectionGuard.Limits(idleTimeout: .seconds(2 * 3600), headTimeout: .seconds(20), bodyFloor: 0)
        let handler = ConnectionGuardHandler(limits: limits)
        try channel.pipeline.syncOperations.addHandlers([
            ConnectionBytes(handler), ByteToMessageHandler(HTTPRequestDecoder()), handler, errors,
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
        let channel = EmbeddedChannel(handler: ConnectionGuardHandler(limits: limits))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try channel.writeInbound(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: .PUT, uri: "/", headers: ["Host": "x"])))
        return channel
    }

    private func send(_ count: Int, _ channel: EmbeddedChannel) throws {
        try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 0, count: count)))
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
        try slow.writeInbound(HTTPServerRequestPart.end(nil))
        slow.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(slow.isActive, "nothing is awaited after the end")
        _ = try slow.finish(acceptAlreadyClosed: true)
    }

    @Test("a client that reads nothing of what was written loses its connection after a minute")
    func stall() throws {
        let channel = try guarded()
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        channel.flush()
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("a client that reads nothing of a response that does not fill the connection loses it too")
    func unread() throws {
        let handler = ConnectionGuardHandler(limits: ConnectionGuard.Limits(idleTimeout: .seconds(75)))
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            HTTPResponseEncoder(), ConnectionBytes(handler), ByteToMessageHandler(HTTPRequestDecoder()), handler,
        ])
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        try channel.writeInbound(request("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "2"])
        for part in [.head(head), .body(.byteBuffer(request("ab"))), .end(nil)] as [HTTPServerResponsePart] {
            channel.write(part, promise: nil)
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(149))
        #expect(channel.isActive, "it may have read some in the first 75 seconds")
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("a head that comes too late is answered, where nothing else is being answered")
    func lateHead() throws {
        let handler = ConnectionGuardHandler(limits: ConnectionGuard.Limits(headTimeout: .seconds(20)))
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            ConnectionBytes(handler), ByteToMessageHandler(HTTPRequestDecoder()), handler,
        ])
        try channel.writeInbound(request("GET / HTTP/1.1\r\nHo"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(20))
        guard case .head(let head)? = try channel.readOutbound(as: HTTPServerResponsePart.self) else {
            Issue.record("no response")
            return
        }
        #expect(head.status == .requestTimeout && head.headers["Connection"] == ["close"])
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a request for another protocol loses it, unless it opens a socket as the first of its connection")
    func upgrades() throws {
        func heads(_ opensSocket: @escaping (HTTPRequestHead) -> Bool) throws -> [HTTPRequestHead] {
            let channel = EmbeddedChannel(
                handler: ConnectionGuardHandler(limits: ConnectionGuard.Limits(), opensSocket: opensSocket))
            let head = HTTPRequestHead(
                version: .http1_1, method: .GET, uri: "/",
                headers: ["Host": "x", "Connection": "keep-alive, Upgrade", "Upgrade": "websocket"])
            for _ in 0..<2 {
                try channel.writeInbound(HTTPServerRequestPart.head(head))
                try channel.writeInbound(HTTPServerRequestPart.end(nil))
            }
            var found: [HTTPRequestHead] = []
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                if case .head(let head) = part { found.append(head) }
            }
            _ = try channel.finish(acceptAlreadyClosed: true)
            return found
        }
        let refused = try heads { _ in false }
        #expect(refused.count == 2)
        for head in refused {
            #expect(!head.headers.contains(name: "Upgrade") && head.headers["Connection"] == ["close"])
        }
        let accepted = try heads { _ in true }
        #expect(accepted.first?.headers["Upgrade"] == ["websocket"])
        #expect(accepted.last?.headers.contains(name: "Upgrade") == false)
    }
}
