import Glibc
import NIOCore
import NIOPosix

/// Establishes connections that are ready for commands: authenticated, with the database selected, to a server that has loaded
/// its data.
struct Connector: Sendable {
    let endpoint: RedisEndpoint
    let group: any EventLoopGroup
    /// How long connecting may take, and each step of the handshake.
    let timeout: TimeAmount
    /// Shown by `CLIENT LIST`.
    let name: String
    /// How long the server may be silent before it is sent a `PING`; `nil` for any time.
    let pingInterval: TimeAmount?
    private let tls: RedisTLS?

    init(
        endpoint: RedisEndpoint, group: any EventLoopGroup, timeout: TimeAmount, name: String,
        pingInterval: TimeAmount? = nil
    ) {
        self.endpoint = endpoint
        self.group = group
        self.timeout = timeout
        self.name = name
        self.pingInterval = pingInterval
        tls = RedisTLS(endpoint)
    }

    /// Establishes a connection.
    /// - Parameter push: Receives values that arrive without a command, on the event loop.
    /// - Throws: ``RedisFailure`` with `.unavailable` or `.untrusted`, or `.server` if the server refused the handshake.
    func connect(push: (@Sendable (RedisValue) -> Void)? = nil) async throws -> RedisConnection {
        let channel = try await open(push: push)
        do {
            return RedisConnection(channel: channel, identifier: try await shakeHands(on: channel))
        } catch let failure as RedisFailure {
            try? await channel.close()
            throw explain(failure)
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// Connects without a handshake, to a server that need not be ready for commands.
    func open(push: (@Sendable (RedisValue) -> Void)? = nil) async throws -> any Channel {
        let context = try await tls?.prepare()
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context, let tls {
                        try channel.pipeline.syncOperations.addHandler(tls.makeHandler(context))
                    }
                    let ping = pingInterval.map { CommandPipeline.Ping(interval: $0, timeout: timeout) }
                    try channel.pipeline.syncOperations.addHandler(CommandHandler(push: push, ping: ping))
                }
            }
        do {
            switch endpoint.address {
            case .unixSocket(let path):
                return try await ShortPath.with(path) { path in
                    try await bootstrap.connect(unixDomainSocketPath: path).get()
                }
            case .tcp(let host, let port):
                // A peer that disappeared is detected after half a minute.
                return
                    try await bootstrap
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .channelOption(.socketOption(.so_keepalive), value: 1)
                    .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 15)
                    .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 5)
                    .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
                    .connect(host: host, port: port).get()
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw RedisFailure(.unavailable, "cannot connect to \(endpoint): \(reason(error))")
        }
    }

    /// Adds the endpoint and advice to the failure of a handshake; the code keeps the server's text.
    private func explain(_ failure: RedisFailure) -> RedisFailure {
        switch failure.code {
        case .disconnected:
            // A server with TLS closes a connection without it.
            let advice = endpoint.tls == nil ? "; if it wants TLS, use rediss://" : ""
            return RedisFailure(.unavailable, "\(endpoint) closed the connection during the handshake\(advice)")
        case .timeout:
            // A server without TLS parses the start of a TLS handshake as a command and waits for its end.
            let advice = endpoint.tls == nil ? "" : "; if it does not speak TLS, use redis://"
            return RedisFailure(.unavailable, "\(endpoint) does not answer the handshake\(advice)")
        case .protocolViolation: return RedisFailure(.unavailable, "\(endpoint) is not a Redis server")
        case .server, .unavailable, .untrusted: return RedisFailure(failure.code, "\(endpoint): \(failure.message)")
        }
    }

    /// A short description of why a socket could not be connected.
    private func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let last = error.connectionErrors.last else { return "the host name is not known" }
            return reason(last.error)
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no answer in time"
        default: return "\(error)"
        }
    }

    /// Sends the handshake in one batch.
    /// - Returns: The server's id of the connection.
    private func shakeHands(on channel: any Channel) async throws -> Int64 {
        var commands: [[RedisArgument]] = []
        if let password = endpoint.password {
            commands.append(["AUTH"] + (endpoint.user.map { [.text($0)] } ?? []) + [.text(password)])
        }
        if endpoint.database != 0 { commands.append(["SELECT", .integer(endpoint.database)]) }
        commands.append(["CLIENT", "SETNAME", .text(name)])
        commands.append(["CLIENT", "ID"])
        // Refused with LOADING while the server still loads its data.
        commands.append(["EXISTS", "vh:greeting"])
        let batch = try CommandBatch(commands, timeout: timeout)
        let replies = try await RedisConnection(channel: channel, identifier: 0).run(batch)
        for reply in replies { _ = try reply.checked() }
        return replies[replies.count - 2].int ?? 0
    }
}

/// Short paths of socket files whose own path is longer than a socket address holds (107 bytes, `unix(7)`).
enum ShortPath {
    /// Runs `body` with a path of at most 100 bytes to the same file, if there can be one.
    static func with<T>(_ path: String, _ body: (String) async throws -> T) async throws -> T {
        guard path.utf8.count > 100, let slash = path.lastIndex(of: "/") else { return try await body(path) }
        let folder = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return try await body(path) }
        defer { close(folder) }
        return try await body("/proc/self/fd/\(folder)\(path[slash...])")
    }
}
