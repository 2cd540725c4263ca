import Glibc
import NIOCore
import NIOPosix

/// Makes connections that are ready for commands: connected, authenticated, on the right database, data loaded.
struct Connector: Sendable {
    let endpoint: RedisEndpoint
    let group: any EventLoopGroup
    /// How long connecting may take, and each step of the greeting.
    let timeout: TimeAmount
    /// Shown by `CLIENT LIST`.
    let name: String
    /// How long a connection may be silent before the server is asked for a sign of life; `nil` never asks.
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

    /// Connects and greets.
    /// - Parameter push: Receives what arrives without having been asked for, on the event loop.
    /// - Throws: ``RedisFailure`` with `.unavailable`, or `.server` where the server refused the greeting.
    func connect(push: (@Sendable (RedisValue) -> Void)? = nil) async throws -> RedisConnection {
        let channel = try await open(push: push)
        do {
            return RedisConnection(channel: channel, identifier: try await greet(channel))
        } catch let failure as RedisFailure {
            try? await channel.close()
            throw explain(failure)
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// Connects without a greeting, as to a server that may not be ready for commands.
    func open(push: (@Sendable (RedisValue) -> Void)? = nil) async throws -> any Channel {
        let context = try await tls?.prepare()
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context, let tls {
                        try channel.pipeline.syncOperations.addHandler(tls.makeHandler(context))
                    }
                    let ping = pingInterval.map { CommandHandler.Ping(interval: $0, timeout: timeout) }
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
                // A peer that vanished without a word is noticed after half a minute.
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

    /// A failed greeting, with whose it was; the server's own words stay in the code.
    private func explain(_ failure: RedisFailure) -> RedisFailure {
        switch failure.code {
        case .disconnected:
            // What a server with TLS does to somebody who speaks plainly.
            let advice = endpoint.tls == nil ? "; if it wants TLS, use rediss://" : ""
            return RedisFailure(.unavailable, "\(endpoint) closed the connection during the greeting\(advice)")
        case .timeout:
            // A Redis without TLS takes the beginning of a handshake for a command and waits for its end.
            let advice = endpoint.tls == nil ? "" : "; if it does not speak TLS, use redis://"
            return RedisFailure(.unavailable, "\(endpoint) does not answer the greeting\(advice)")
        case .protocolViolation: return RedisFailure(.unavailable, "\(endpoint) is not a Redis server")
        case .server, .unavailable, .untrusted: return RedisFailure(failure.code, "\(endpoint): \(failure.message)")
        }
    }

    /// Why a socket could not be connected, in a few words.
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

    /// The greeting goes out in one batch; the server's number of the connection comes back.
    private func greet(_ channel: any Channel) async throws -> Int64 {
        var commands: [[RedisArgument]] = []
        if let password = endpoint.password {
            commands.append(["AUTH"] + (endpoint.user.map { [.text($0)] } ?? []) + [.text(password)])
        }
        if endpoint.database != 0 { commands.append(["SELECT", .integer(endpoint.database)]) }
        commands.append(["CLIENT", "SETNAME", .text(name)])
        commands.append(["CLIENT", "ID"])
        // Refused with LOADING while the server still reads its data: not ready for commands yet.
        commands.append(["EXISTS", "vh:greeting"])
        let batch = try CommandBatch(commands, timeout: timeout)
        let replies = try await RedisConnection(channel: channel, identifier: 0).run(batch)
        for reply in replies { _ = try reply.checked() }
        return replies[replies.count - 2].int ?? 0
    }
}

/// Names for socket files whose path is longer than a socket address holds (107 bytes, `unix(7)`).
enum ShortPath {
    static func with<T>(_ path: String, _ body: (String) async throws -> T) async throws -> T {
        guard path.utf8.count > 100, let slash = path.lastIndex(of: "/") else { return try await body(path) }
        let folder = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return try await body(path) }
        defer { close(folder) }
        return try await body("/proc/self/fd/\(folder)\(path[slash...])")
    }
}
