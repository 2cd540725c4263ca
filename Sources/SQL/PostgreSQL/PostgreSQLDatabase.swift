internal import Foundation

/// Limits and timeouts for a PostgreSQL server; the defaults suit one process on one machine.
public struct PostgreSQLConfiguration: Sendable, Hashable {
    /// Maximum number of connections; each has its own thread.
    public var maximumConnections = 8
    /// How long a transaction waits for a free connection or for a server that cannot be reached.
    public var patience: Duration = .seconds(5)
    /// How long one attempt to connect may take; `connect_timeout` in the URL takes precedence.
    public var connectTimeout: Duration = .seconds(5)
    /// How long one statement may take.
    public var statementTimeout: Duration = .seconds(30)
    /// How long a statement waits for a row that another transaction has locked.
    public var lockTimeout: Duration = .seconds(5)
    /// How long sent data may be unacknowledged until the server counts as lost (`TCP_USER_TIMEOUT`).
    public var networkTimeout: Duration = .seconds(20)
    /// How often a transaction is run again after a conflict with another one or the loss of the server.
    public var maximumRetries = 10
    /// Maximum number of prepared statements of a connection.
    public var statementCacheSize = 256

    /// The default configuration.
    public init() {}
}

/// A database on a PostgreSQL server (12 or newer), with a pool of connections, each with its own thread.
///
/// Transactions run concurrently (read committed). One that the server aborts because of another one (deadlock,
/// serialization), or that loses the server before its commit, is run again a bounded number of times; the loss of the
/// server during a commit is code `outcomeUnknown`. Connecting is tried again until the configuration's `patience` is over.
public final class PostgreSQLDatabase: Database {
    /// The address of the database.
    public let endpoint: PostgreSQLEndpoint

    private let configuration: PostgreSQLConfiguration
    private let queue: PostgreSQLQueue

    /// Connects to a database.
    /// - Throws: ``SQLFailure`` with code `unavailable`, `busy`, `accessDenied`, `notFound` or `misuse`.
    public static func open(
        _ endpoint: PostgreSQLEndpoint, _ configuration: PostgreSQLConfiguration = .init()
    ) async throws -> PostgreSQLDatabase {
        let database = PostgreSQLDatabase(endpoint, configuration)
        do {
            // A wrong password is reported here and not at the first request.
            _ = try await database.read { try $0.query("SELECT 1 AS one") }
            return database
        } catch {
            await database.close()
            throw error
        }
    }

    private init(_ endpoint: PostgreSQLEndpoint, _ configuration: PostgreSQLConfiguration) {
        self.endpoint = endpoint
        self.configuration = configuration
        let count = max(1, configuration.maximumConnections)
        let queue = PostgreSQLQueue(place: "\(endpoint)", patience: configuration.patience, workers: count)
        for number in 0..<count {
            let thread = Thread { PostgreSQLWorker(endpoint, configuration, queue).run() }
            thread.name = "sql-\(number)"
            thread.start()
        }
        self.queue = queue
    }

    deinit { queue.close() }

    /// Runs `body` on one consistent state of the database.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await perform(.read, body)
    }

    /// Runs `body` in one transaction, concurrently with others.
    @discardableResult
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await perform(.write, body)
    }

    /// Waits for transactions in progress and closes all connections.
    public func close() async {
        queue.close()
        await queue.waitForWorkers()
    }

    private func perform<Value: Sendable>(
        _ access: PostgreSQLWorker.Access, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + configuration.patience
        return try await withCheckedThrowingContinuation { continuation in
            queue.add(
                PostgreSQLQueue.Work(
                    perform: { worker in
                        continuation.resume(with: Result { try worker.transaction(access, before: deadline, body) })
                    },
                    fail: { continuation.resume(throwing: $0) }))
        }
    }
}
