internal import Dispatch
internal import GRDB
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A database in one SQLite file: one writer at a time and concurrent readers (WAL), on separate threads.
///
/// Several processes may open the same file. Committed transactions survive a loss of power
/// (`synchronous = FULL`), foreign keys are enforced, and a transaction waits five seconds for a lock.
public final class SQLiteDatabase: Database {
    /// What to do if the file does not exist.
    public enum OpenMode: Sendable {
        /// Create it, readable only by its owner.
        case create
        /// Fail with code `notFound`.
        case existing
    }

    /// The path of the file.
    public let path: String

    private let pool: DatabasePool
    private let commits = CommitGroup()
    private let isClosed = Atomic(false)

    /// Opens a database file.
    /// - Parameters:
    ///   - path: The file; its folder must exist.
    ///   - mode: Whether a missing file is created.
    ///   - maximumReaders: Maximum number of concurrent reads.
    /// - Throws: ``SQLFailure`` with code `notFound`, `readOnly`, `corrupt`, `full`, `busy` or `io`.
    /// - Note: Blocks while the file is opened.
    public init(path: String, mode: OpenMode = .create, maximumReaders: Int = 4) throws {
        self.path = path
        try Self.prepareFile(path, mode)
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = maximumReaders
        configuration.label = "videohost.sql"
        configuration.prepareDatabase { connection in
            try connection.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { connection in
                // GRDB uses NORMAL with WAL, which can lose the last commits on a power failure; an acknowledged upload
                // must not lose its job.
                try connection.execute(sql: "PRAGMA synchronous = FULL")
                // Detects a damaged file, or one that is not a database, now and not at the first request.
                _ = try Int.fetchOne(connection, sql: "SELECT COUNT(*) FROM sqlite_master")
            }
        } catch {
            throw SQLFailure(sqlite: error, path: path)
        }
    }

    /// Runs `body` on one consistent state of the database.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let path = path
        try refuseWhenClosed()
        return try await withCheckedThrowingContinuation { continuation in
            // GRDB's own async calls stop when the task is cancelled; these do not.
            pool.asyncRead { result in
                continuation.resume(
                    with: Result {
                        try body(SQLiteConnection(connection: result.get(), path: path, canWrite: false))
                    }.mapError { SQLFailure.wrapping($0, path: path) })
            }
        }
    }

    /// Runs `body` in one transaction that excludes other writers from its start. Transactions that wait for the writer are
    /// committed together.
    @discardableResult
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let path = path
        try refuseWhenClosed()
        let commits = commits
        return try await withCheckedThrowingContinuation { continuation in
            let value = Mutex<Value?>(nil)
            commits.add(
                CommitGroup.Member(
                    work: { connection in
                        let result = try body(SQLiteConnection(connection: connection, path: path, canWrite: true))
                        value.withLock { $0 = result }
                    },
                    conclude: { failure in
                        if let failure {
                            continuation.resume(throwing: SQLFailure.wrapping(failure, path: path))
                        } else if let value = value.withLock({ $0 }) {
                            continuation.resume(returning: value)
                        } else {
                            continuation.resume(throwing: SQLFailure(.other, "The transaction gave no value."))
                        }
                    }))
            pool.asyncWriteWithoutTransaction { commits.run(on: $0) }
        }
    }

    /// Waits for work in progress and closes the file.
    public func close() async {
        guard !isClosed.exchange(true, ordering: .sequentiallyConsistent) else { return }
        let pool = pool
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                // If closing fails, the end of the process closes the file; no committed transaction is lost.
                try? pool.close()
                continuation.resume()
            }
        }
    }

    private func refuseWhenClosed() throws {
        guard isClosed.load(ordering: .sequentiallyConsistent) else { return }
        throw SQLFailure(.closed, "The database \(path) is closed.")
    }

    /// Creates a missing file with mode 0600, which SQLite also gives its side files, and checks write access: SQLite would
    /// open a file that it can only read, and fail at the first change.
    private static func prepareFile(_ path: String, _ mode: OpenMode) throws {
        if access(path, F_OK) == 0 {
            guard access(path, W_OK) == 0, SQLFailure.folderIsWritable(path) else {
                throw SQLFailure.readOnly(path, sql: nil)
            }
            for file in [path, path + "-wal", path + "-shm"] { try takeFromOthers(file) }
            return
        }
        if mode == .existing {
            throw SQLFailure(
                .notFound,
                "There is no database at \(path): check the data folder, or start “videohost serve” on it first.")
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SQLFailure(openError: errno, path: path) }
        closeFile(descriptor)
    }

    /// Restricts an existing file to its owner, because it contains password hashes.
    private static func takeFromOthers(_ file: String) throws {
        var facts = stat()
        guard stat(file, &facts) == 0, facts.st_mode & 0o077 != 0 else { return }
        guard chmod(file, facts.st_mode & 0o700) == 0 else {
            throw SQLFailure(
                .readOnly,
                "Others may use \(file), and that cannot be changed: chmod 600 it and let it belong to this user.")
        }
    }
}

/// `close(2)`, which the method `close` of the class hides.
private func closeFile(_ descriptor: Int32) {
    _ = close(descriptor)
}
