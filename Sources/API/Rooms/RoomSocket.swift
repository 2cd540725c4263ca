internal import Ground
internal import NIOCore
internal import NIOWebSocket
internal import Rooms
internal import Synchronization

/// One WebSocket (RFC 6455): frames of a client to its conversation and back, signs of life, and the end.
struct RoomSocket: Sendable {
    let connection: RoomConnection
    let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    let channel: any Channel
    let pace: SocketPace
    private let life = Keepalive()

    init(
        connection: RoomConnection, outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, channel: any Channel,
        pace: SocketPace
    ) {
        self.connection = connection
        self.outbound = outbound
        self.channel = channel
        self.pace = pace
    }

    /// Runs until the socket is closed by either side.
    func run(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                await write()
                return .writing
            }
            group.addTask {
                await watch()
                return .watching
            }
            group.addTask {
                await ping()
                return .watching
            }
            group.addTask {
                try? await read(inbound)
                return .reading
            }
            // Reading ends with the connection; writing with a close frame, which the client gets some time to answer.
            if await group.next() == .writing {
                group.addTask {
                    try? await Task.sleep(for: pace.farewell)
                    return .watching
                }
                _ = await group.next()
            }
            group.cancelAll()
        }
    }

    /// What goes on at the same time.
    private enum Part: Sendable { case reading, writing, watching }

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async throws {
        for try await frame in inbound {
            life.hear()
            var data = frame.unmaskedData
            switch frame.opcode {
            case .text:
                let bytes = data.readBytes(length: data.readableBytes) ?? []
                guard String(validating: bytes, as: UTF8.self) != nil else {
                    return try await close(.dataInconsistentWithMessage)
                }
                await connection.receive(bytes)
            // These cost as much as messages do, and are counted nowhere else.
            case .ping where life.isFlood(), .pong where life.isFlood(): connection.session.end(.abuse)
            case .ping:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
            case .pong:
                if let roundTrip = life.roundTrip(ofPong: data.readInteger()) {
                    await connection.addRoundTrip(roundTrip)
                }
            case .connectionClose:
                if !life.isHalfClosed { try await close(data.readWebSocketErrorCode() ?? .normalClosure) }
                return
            default: return try await close(.unacceptableData)
            }
        }
    }

    private func write() async {
        for await _ in connection.session.signals {
            var isMore = true
            while isMore {
                let (frames, next) = take()
                isMore = !frames.isEmpty
                do {
                    if !frames.isEmpty { try await send(frames) }
                    switch next {
                    case .close(let code): return try await close(WebSocketErrorCode(codeNumber: Int(code)))
                    case .catchUp(let sequence):
                        // A snapshot is a signal of its own; without one there is nothing more to write.
                        await connection.catchUp(from: sequence)
                    default: break
                    }
                } catch { return }
            }
        }
    }

    /// Some frames at a time, so that they go out together.
    /// - Returns: The frames, and what else is to be done after them.
    private func take() -> (frames: [WebSocketFrame], next: RoomSession.Output?) {
        var frames: [WebSocketFrame] = []
        while frames.count < 64, let output = connection.session.next() {
            switch output {
            case .frame(let bytes):
                frames.append(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: bytes)))
            case .close, .catchUp: return (frames, output)
            }
        }
        return (frames, nil)
    }

    private func send(_ frames: [WebSocketFrame]) async throws {
        life.beginWrite()
        try await outbound.write(contentsOf: frames)
        // The write is done when the event loop has taken it; a full socket holds the next one back.
        life.endWrite()
    }

    private func close(_ code: WebSocketErrorCode) async throws {
        life.close()
        try await send([.closing(code)])
    }

    /// Asks for signs of life; some at the beginning, so that the round trip is known when it is needed.
    private func ping() async {
        var count = 0
        while !Task.isCancelled {
            // Waits where the client takes nothing; that it does not is noticed elsewhere.
            do { try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: life.ping())) } catch {
                return
            }
            count += 1
            try? await Task.sleep(for: count < 3 ? .milliseconds(200) : pace.ping)
        }
    }

    /// Ends a socket that shows no life, takes nothing, or never comes in. Writes nothing itself, so that nothing holds it up.
    private func watch() async {
        let begin = ContinuousClock.now
        var checked = begin
        while !Task.isCancelled {
            let now = ContinuousClock.now
            if life.isStuck(for: pace.write) { return channel.close(promise: nil) }
            if life.silence > pace.silence { connection.session.end(.silent) }
            if now - begin > pace.hello, await !connection.isInRoom {
                connection.session.end(.unauthenticated, reason: "hello did not come in time")
            }
            if now - checked >= pace.session {
                checked = now
                await connection.checkToken()
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }
}

/// When a socket was last heard of, and what is under way.
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

    /// Most pings and pongs of a client in ten seconds.
    private static let controlLimit = 500

    private let state = Mutex(State())

    /// Whether a close frame was sent.
    var isHalfClosed: Bool { state.withLock { $0.isHalfClosed } }
    /// Time since the last frame.
    var silence: Duration { state.withLock { .now - $0.heard } }

    func hear() { state.withLock { $0.heard = .now } }
    func beginWrite() { state.withLock { $0.writing = .now } }
    func endWrite() { state.withLock { $0.writing = nil } }
    func close() { state.withLock { $0.isHalfClosed = true } }

    /// Counts a ping or pong.
    /// - Returns: Whether there were too many of late.
    func isFlood() -> Bool {
        state.withLock { state in
            if .now - state.controlsSince > .seconds(10) { (state.controls, state.controlsSince) = (0, .now) }
            state.controls += 1
            return state.controls > Self.controlLimit
        }
    }

    func isStuck(for time: Duration) -> Bool {
        state.withLock { state in state.writing.map { .now - $0 > time } ?? false }
    }

    /// The content of a new ping.
    func ping() -> ByteBuffer {
        state.withLock { state in
            state.ping += 1
            // A client that answers none shall not fill memory.
            if state.pings.count > 8 { state.pings = [:] }
            state.pings[state.ping] = .now
            return ByteBuffer(integer: state.ping)
        }
    }

    /// Milliseconds that a ping and its answer took.
    func roundTrip(ofPong number: Int64?) -> Int64? {
        state.withLock { state in
            guard let number, let sent = state.pings.removeValue(forKey: number) else { return nil }
            return (ContinuousClock.now - sent).milliseconds
        }
    }
}
