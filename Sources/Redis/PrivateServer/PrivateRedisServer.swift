import ChildProcess
import Glibc
internal import Ground
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A `redis-server` that this program runs as a child: on a unix socket that only this user can reach, with its data in a folder.
///
/// The server appends each change to a file that is flushed every second (`appendfsync everysec`). It is restarted if it exits
/// unexpectedly, and ends with its parent. A lock file ensures that one process uses a folder.
public final class PrivateRedisServer: Sendable {
    /// The endpoint of its socket.
    public let endpoint: RedisEndpoint
    private let folder: String
    private let executable: String
    private let logger: Logger
    private let lock: FileLock
    private let state: Mutex<State>

    private struct State {
        var child: ChildProcess?
        var watch: Task<Void, Never>?
        /// Whether the server has responded once; a server that never did is not restarted.
        var hasAnswered = false
        var isStopping = false
    }

    private init(folder: String, executable: String, logger: Logger, lock: FileLock) {
        endpoint = .unixSocket(folder + "/redis.sock")
        self.folder = folder
        self.executable = executable
        self.logger = logger
        self.lock = lock
        state = Mutex(State())
    }

    /// Starts a server and waits until it answers.
    ///
    /// A server of a killed parent on the folder's socket is shut down first; its data stays.
    /// - Parameters:
    ///   - folder: An absolute path; created with mode 0700 if it is missing. Its parent must exist.
    ///   - path: The folders in which `redis-server` is searched, as in `PATH`; `nil` for the system's.
    /// - Throws: ``PrivateRedisError``.
    public static func start(in folder: String, logger: Logger, path: String? = nil) async throws -> PrivateRedisServer
    {
        guard let executable = ChildProcess.find("redis-server", path: path) else {
            throw PrivateRedisError.notInstalled
        }
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST, chmod(folder, 0o700) == 0 else {
            throw PrivateRedisError.folderUnusable(folder, errno: errno)
        }
        let server = PrivateRedisServer(
            folder: folder, executable: executable, logger: logger, lock: try takeLock(of: folder))
        try await server.removePredecessor()
        let child = try server.spawn()
        let watch = Task { await server.watch(child) }
        server.state.withLock {
            $0.child = child
            $0.watch = watch
        }
        do {
            try await server.waitUntilReady(child)
        } catch {
            await server.stop()
            throw error
        }
        return server
    }

    private static func takeLock(of folder: String) throws(PrivateRedisError) -> FileLock {
        do { return try FileLock(folder + "/redis.lock") } catch {
            switch error {
            case .taken: throw .inUse(folder)
            case .unusable(let number): throw .folderUnusable(folder, errno: number)
            }
        }
    }

    /// The current process id; a restart changes it.
    public var pid: Int32? { state.withLock { $0.child?.pid } }

    /// Stops the server and waits until it has written its data and exited; after ten seconds it is killed.
    public func stop() async {
        let (child, watch) = state.withLock { state in
            state.isStopping = true
            return (state.child, state.watch)
        }
        child?.terminate(signal: SIGTERM)
        let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .seconds(10)) {
            child?.terminate(signal: SIGKILL)
        }
        await watch?.value
        timer.cancel()
        lock.release()
    }

    /// Restarts the server whenever it exits, unless it is being stopped.
    private func watch(_ first: ChildProcess) async {
        var child = first
        var attempt = 0
        while true {
            let started = ContinuousClock.now
            let status = await child.waitForExit()
            if state.withLock({ $0.isStopping || !$0.hasAnswered }) { return }
            attempt = started.duration(to: .now) > .seconds(30) ? 1 : attempt + 1
            logger.error("redis-server exited and is restarted", metadata: ["redis.exit": "\(status)"])
            while true {
                try? await Task.sleep(for: Backoff.delay(attempt: attempt))
                do throws(PrivateRedisError) {
                    let next = try spawn()
                    child = next
                    let mustStop = state.withLock { state in
                        state.child = next
                        return state.isStopping
                    }
                    if mustStop { next.terminate(signal: SIGTERM) }
                    break
                } catch {
                    if state.withLock({ $0.isStopping }) { return }
                    logger.error("redis-server cannot be started", metadata: ["error": "\(error)"])
                    attempt += 1
                }
            }
        }
    }

    private func spawn() throws(PrivateRedisError) -> ChildProcess {
        // Descriptors 0 to 2 must be open, else data files get these numbers and stray output corrupts them.
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let log = open(folder + "/redis.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        defer {
            close(nothing)
            close(log)
        }
        guard nothing >= 0, log >= 0 else { throw .folderUnusable(folder, errno: errno) }
        var options = ChildProcess.Options(
            executable: executable,
            arguments: [
                // Relative to its working folder, because a socket's path is limited to 107 bytes.
                "--port", "0", "--unixsocket", "redis.sock", "--unixsocketperm", "700", "--dir", ".",
                "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no",
                "--pidfile", "", "--logfile", "", "--always-show-logo", "no",
            ], workingDirectory: folder)
        options.descriptors = [0: nothing, 1: log, 2: log]
        do {
            return try ChildProcess.spawn(options)
        } catch {
            throw .didNotStart(logTail: "\(error)")
        }
    }

    private var connector: Connector {
        Connector(
            endpoint: endpoint, group: MultiThreadedEventLoopGroup.singleton, timeout: .seconds(3), name: "videohost")
    }

    /// Shuts down a server that still responds on the socket: this process has the lock, so the server's parent is gone.
    private func removePredecessor() async throws {
        let path = folder + "/redis.sock"
        guard access(path, F_OK) == 0 else { return }
        if let channel = try? await connector.open() {
            logger.warning("shutting down a redis-server that was left behind")
            let old = RedisConnection(channel: channel, identifier: 0)
            do {
                _ = try await old.send(["SHUTDOWN", "NOSAVE"], timeout: .seconds(10))
            } catch let failure as RedisFailure where failure.code == .timeout || failure.serverWord != nil {
                // Two servers on the same files would corrupt them.
                throw PrivateRedisError.didNotStart(
                    logTail:
                        "a server that was left behind on \(path) does not exit (\(failure.message)); stop it first")
            } catch {}
            // The connection closes when the process exits.
            try? await channel.closeFuture.get()
        }
        unlink(path)
    }

    private func waitUntilReady(_ child: ChildProcess) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let connection = try? await connector.connect() {
                await connection.close()
                state.withLock { $0.hasAnswered = true }
                return
            }
            // Signal 0 fails if the child has exited.
            guard kill(child.pid, 0) == 0 else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw PrivateRedisError.didNotStart(logTail: logTail())
    }

    private func logTail() -> String {
        let file = open(folder + "/redis.log", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        let length = lseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: 2_000)
        let count = pread(file, &bytes, bytes.count, max(0, length - off_t(bytes.count)))
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return lines.suffix(5).joined(separator: "\n")
    }
}

/// Why a private server did not start.
public enum PrivateRedisError: Error, Hashable, CustomStringConvertible {
    /// `redis-server` is not installed.
    case notInstalled
    /// Another process uses the folder.
    case inUse(String)
    /// The folder cannot be created or written.
    case folderUnusable(String, errno: Int32)
    /// The server exited, or did not answer within a minute.
    case didNotStart(logTail: String)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .notInstalled: "redis-server not found: install it (apt-get install redis-server) or set REDIS_URL"
        case .inUse(let folder): "\(folder) is in use by another videohost: stop that one or use another data folder"
        case .folderUnusable(let folder, let code): "cannot use \(folder): \(String(cString: strerror(code)))"
        case .didNotStart(let tail): "redis-server did not start: \(tail)"
        }
    }
}
