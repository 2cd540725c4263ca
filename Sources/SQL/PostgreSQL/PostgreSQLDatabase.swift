internal import Foundation

/// A database on a PostgreSQL server (12 or newer), over a pool of connections each of which has a thread of its own.
///
/// Transactions run side by side (read committed). One that loses against another (deadlock, serialization) or whose server
/// is lost before the commit is run again a bounded number of times; a server that is lost during a commit is code
/// `outcomeUnknown`. A server that cannot be reached is tried again until the configuration's patience is over.
public final class PostgreSQLDatabase: Database {
    /// Where it is.
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
            // A wrong password shows here and not at the first request.
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

    /// Runs `body` in one transaction beside others.
    @discardableResult
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await perform(.write, body)
    }

    /// Waits for work in progress and closes all connections.
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
