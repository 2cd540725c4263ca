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

    /// Connects and greets.
    /// - Parameter push: Receives what arrives without having been asked for, on the event loop.
    /// - Throws: ``RedisFailure`` with `.unavailable`, or `.server` where the server refused the greeting.
    func connect(push: (@Sendable (RedisValue) -> Void)? = nil) async throws -> RedisConnection {
        let channel = try await open(push: push)
        do {
            return RedisConnection(channel: channel, identifier: try await greet(channel))
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// Connects without a greeting, as to a server that may not be ready for commands.
    func open(push: (@Sendable (RedisValue) -> Void)? = nil) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CommandHandler(push: push))
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
            throw RedisFailure(.unavailable, "cannot connect to \(endpoint): \(error)")
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
