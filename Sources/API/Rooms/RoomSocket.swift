internal import Ground
internal import NIOCore
internal import NIOWebSocket
internal import Rooms
internal import Synchronization

/// One open WebSocket (RFC 6455): passes messages between a client and its room connection, answers pings, checks that the
/// client is still there, and performs the closing handshake.
struct RoomSocket: Sendable {
    private let connection: RoomConnection
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    private let channel: any Channel
    private let timeouts: SocketTimeouts
    private let keepalive = Keepalive()

    init(
        connection: RoomConnection, outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, channel: any Channel,
        timeouts: SocketTimeouts
    ) {
        self.connection = connection
        self.outbound = outbound
        self.channel = channel
        self.timeouts = timeouts
    }

    /// Runs until the socket is closed by either side.
    func run(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                try? await write()
                return .writing
            }
            group.addTask {
                await watch()
                return .watching
            }
            group.addTask {
                try? await read(inbound)
                return .reading
            }
            // Reading ends with the connection. Writing ends with a close frame, which the client has some time to answer.
            if await group.next() == .writing {
                group.addTask {
                    try? await Task.sleep(for: timeouts.close)
                    return .watching
                }
                _ = await group.next()
            }
            group.cancelAll()
        }
    }

    /// The tasks of a socket.
    private enum Part: Sendable { case reading, writing, watching }

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async throws {
        for try await frame in inbound {
            keepalive.hear()
            var data = frame.unmaskedData
            switch frame.opcode {
            case .text:
                let bytes = data.readBytes(length: data.readableBytes) ?? []
                guard String(validating: bytes, as: UTF8.self) != nil else {
                    return try await close(.dataInconsistentWithMessage)
                }
                await connection.receive(bytes)
            // A ping costs as much as a message, and the limits of messages do not count it.
            case .ping where keepalive.isFlood(), .pong where keepalive.isFlood(): connection.session.end(.abuse)
            case .ping:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
            case .pong:
                if let roundTrip = keepalive.roundTrip(ofPong: data.readInteger()) {
                    await connection.addRoundTrip(roundTrip)
                }
            case .connectionClose:
                if !keepalive.isHalfClosed { try await close(data.readWebSocketErrorCode() ?? .normalClosure) }
                return
            default: return try await close(.unacceptableData)
            }
        }
    }

    /// Writes the frames that wait for the client, up to 64 together, until the session is over.
    private func write() async throws {
        for await _ in connection.session.signals {
            var output = connection.session.next()
            while output != nil {
                var frames: [WebSocketFrame] = []
                while frames.count < 64, case .frame(let bytes) = output {
                    frames.append(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes)))
                    output = connection.session.next()
                }
                if !frames.isEmpty {
                    keepalive.beginWrite()
                    try await outbound.write(contentsOf: frames)
                    // A write ends when the event loop has taken it; while the socket is full the next write waits.
                    keepalive.endWrite()
                }
                switch output {
                case .close(let code): return try await close(WebSocketErrorCode(codeNumber: Int(code)))
                case .catchUp(let sequence):
                    // If it sends a snapshot, that is signalled on its own.
                    await connection.catchUp(from: sequence)
                    output = nil
                case .frame, nil: break
                }
            }
        }
    }

    private func close(_ code: WebSocketErrorCode) async throws {
        keepalive.close()
        keepalive.beginWrite()
        try await outbound.write(.closing(code))
        keepalive.endWrite()
    }

    /// Sends pings, and ends the socket of a client that sends nothing, reads nothing, or does not enter the room in time.
    /// Never waits for the client, so that a full socket does not delay it.
    private func watch() async {
        let begin = ContinuousClock.now
        var checked = begin
        var (pings, nextPing) = (0, begin)
        while !Task.isCancelled {
            let now = ContinuousClock.now
            if keepalive.isStuck(for: timeouts.write) { return channel.close(promise: nil) }
            if keepalive.silence > timeouts.silence { connection.session.end(.silent) }
            if now - begin > timeouts.hello, await !connection.isInRoom {
                connection.session.end(.unauthenticated, reason: "hello did not come in time")
            }
            if now - checked >= timeouts.session {
                checked = now
                await connection.checkToken()
            }
            if now >= nextPing {
                ping()
                pings += 1
                // The first three in quick succession, so that the round trip is known early.
                nextPing = now + (pings < 3 ? .milliseconds(200) : timeouts.ping)
            }
            try? await Task.sleep(until: min(now + .seconds(1), nextPing), clock: .continuous)
        }
    }

    /// Sends a ping, unless the client has not read what was sent before, or the closing handshake has begun.
    private func ping() {
        guard channel.isWritable, !keepalive.isHalfClosed else { return }
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .ping, data: keepalive.ping()), promise: nil)
    }
}

/// When a client was last heard from, and what is under way on its socket.
private final class Keepalive: Sendable {
    private struct State {
        var heard = ContinuousClock.now
        var writing: ContinuousClock.Instant?
        var pings: [Int64: ContinuousClock.Instant] = [:]
        var ping: Int64 = 0
        var isHalfClosed = false
        var controls = 0
        var controlsSince = ContinuousClock.now
    }

    /// The largest number of pings and pongs from a client in ten seconds.
    private static let controlLimit = 500

    private let state = Mutex(State())

    /// Whether a close frame was sent.
    var isHalfClosed: Bool { state.withLock { $0.isHalfClosed } }
    /// Time since the last frame.
    var silence: Duration { state.withLock { .now - $0.heard } }

    /// Takes in that a frame has arrived.
    func hear() { state.withLock { $0.heard = .now } }
    /// Takes in that a write begins.
    func beginWrite() { state.withLock { $0.writing = .now } }
    /// Takes in that a write has ended.
    func endWrite() { state.withLock { $0.writing = nil } }
    /// Takes in that a close frame is sent.
    func close() { state.withLock { $0.isHalfClosed = true } }

    /// Counts a ping or pong.
    /// - Returns: Whether there were too many in the last ten seconds.
    func isFlood() -> Bool {
        state.withLock { state in
            if .now - state.controlsSince > .seconds(10) { (state.controls, state.controlsSince) = (0, .now) }
            state.controls += 1
            return state.controls > Self.controlLimit
        }
    }

    /// Whether a write has been under way for longer than a time.
    func isStuck(for time: Duration) -> Bool {
        state.withLock { state in state.writing.map { .now - $0 > time } ?? false }
    }

    /// The content of a new ping.
    func ping() -> ByteBuffer {
        state.withLock { state in
            state.ping += 1
            // The memory for a client that never answers is bounded.
            if state.pings.count > 8 { state.pings = [:] }
            state.pings[state.ping] = .now
            return ByteBuffer(integer: state.ping)
        }
    }

    /// The milliseconds between a ping and its pong; `nil` if there was no such ping.
    func roundTrip(ofPong number: Int64?) -> Int64? {
        state.withLock { state in
            guard let number, let sent = state.pings.removeValue(forKey: number) else { return nil }
            return (ContinuousClock.now - sent).milliseconds
        }
    }
}
