import ChildProcess
import Glibc
import Logging
import NIOCore
import NIOPosix
import Redis
import Synchronization
import Testing

/// A redis-server like that of an operator: on a TCP port, with a password, users or TLS.
final class ForeignServer: Sendable {
    let port: Int
    let folder: String
    private let arguments: [String]
    private let child: Mutex<ChildProcess>

    /// Starts a server, runs the body, and stops the server.
    /// - Parameter arguments: Further arguments; `PORT` and `FOLDER` are replaced by the values of the server.
    static func with<T>(
        _ arguments: [String] = ["--port", "PORT"], prepare: (String) async throws -> Void = { _ in },
        _ body: (ForeignServer) async throws -> T
    ) async throws -> T {
        try await TestServer.withFolder { folder async throws in
            try await prepare(folder)
            let port = nextPort()
            let words = arguments.map {
                $0 == "PORT" ? "\(port)" : $0.hasPrefix("FOLDER/") ? folder + $0.dropFirst("FOLDER".count) : $0
            }
            let server = ForeignServer(port: port, folder: folder, words, try spawn(folder, words))
            let result: Result<T, any Error>
            do {
                try await server.waitUntilListening()
                result = .success(try await body(server))
            } catch { result = .failure(error) }
            await server.end()
            return try result.get()
        }
    }

    private init(port: Int, folder: String, _ arguments: [String], _ child: ChildProcess) {
        self.port = port
        self.folder = folder
        self.arguments = arguments
        self.child = Mutex(child)
    }

    /// A client with short time-outs, so that tests of failures are fast.
    func client(
        _ url: String, patience: Duration = .seconds(1), logger: Logger = TestServer.logger,
        change: (inout RedisClient.Configuration) -> Void = { _ in }
    ) throws -> RedisClient {
        var configuration = RedisClient.Configuration()
        configuration.patience = patience
        change(&configuration)
        let endpoint = try RedisEndpoint(parsing: url.replacing("PORT", with: "\(port)"))
        return RedisClient(endpoint: endpoint, logger: logger, configuration: configuration)
    }

    /// The failure of the first command with this URL.
    func failure(_ url: String, patience: Duration = .seconds(1)) async throws -> RedisFailure? {
        let client = try client(url, patience: patience)
        let failure = await #expect(throws: RedisFailure.self) { try await client.send("PING") }
        await client.shutdown()
        #expect(failure?.description.contains("secret") == false && failure?.description.contains("\n") == false)
        return failure
    }

    func signal(_ signal: Int32) { child.withLock { $0.terminate(signal: signal) } }

    /// Kills the server and waits until it has exited.
    func crash() async {
        signal(SIGKILL)
        _ = await child.withLock { $0 }.waitForExit()
    }

    /// Starts the server again on the same port.
    func startAgain() async throws {
        let next = try Self.spawn(folder, arguments)
        child.withLock { $0 = next }
        try await waitUntilListening()
    }

    private func end() async {
        signal(SIGCONT)
        await crash()
    }

    private func waitUntilListening() async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(20)
        while clock.now < deadline {
            let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            if let channel {
                try await channel.close()
                return
            }
        }
        throw Failure.didNotStart
    }

    private enum Failure: Error { case didNotStart }

    private static func spawn(_ folder: String, _ arguments: [String]) throws -> ChildProcess {
        let path = try #require(ChildProcess.find("redis-server", path: "/usr/bin:/usr/local/bin"))
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        var options = ChildProcess.Options(
            executable: path,
            arguments: ["--dir", folder, "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"] + arguments)
        options.descriptors = [0: nothing, 1: nothing, 2: nothing]
        return try ChildProcess.spawn(options)
    }

    /// A port below those of outgoing connections (32768 and above). The second port of a cluster node, which is ten thousand
    /// higher, is also below them.
    ///
    /// The port is not probed: children that other tests are forking would hold the probe's listener open, and the server could
    /// not bind the port.
    private static func nextPort() -> Int {
        ports.withLock { port in
            port += 1
            return port
        }
    }

    private static let ports = Mutex(Int.random(in: 12_000..<22_000))
}
