import Glibc
import Logging
import NIOCore
import Redis

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A redis-server in a temporary folder and its clients, which are removed after the body.
struct TestServer: Sendable {
    let server: PrivateRedisServer
    let folder: String
    let client: RedisClient

    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    static func with<T>(
        configuration: RedisClient.Configuration = .init(), in subfolder: String = "",
        _ body: (TestServer) async throws -> T
    ) async throws -> T {
        try await withFolder { folder async throws in
            let folder = folder + subfolder
            let server = try await PrivateRedisServer.start(in: folder, logger: logger)
            let client = RedisClient(endpoint: server.endpoint, logger: logger, configuration: configuration)
            let result: Result<T, any Error>
            do { result = .success(try await body(TestServer(server: server, folder: folder, client: client))) } catch {
                result = .failure(error)
            }
            await client.shutdown()
            await server.stop()
            return try result.get()
        }
    }

    static func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        var template = Array("/tmp/videohost-redis-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure.noFolder }
        let folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        defer { remove(folder) }
        return try await body(folder)
    }

    /// Kills the server; its owner starts it again.
    func kill() {
        if let pid = server.pid { Glibc.kill(pid, SIGKILL) }
    }

    private enum Failure: Error { case noFolder }

    private static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }
}
