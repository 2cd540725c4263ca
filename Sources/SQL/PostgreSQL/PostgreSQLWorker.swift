internal import Foundation
internal import Ground

/// A thread of the pool: opens one connection when it is needed and runs transactions on it.
final class PostgreSQLWorker {
    /// The access mode and the isolation of a transaction.
    enum Access: Sendable {
        /// Reads one consistent state and changes nothing.
        case read
        /// Each statement sees what others have committed before it; rows that it changes stay locked until the end.
        case write
    }

    /// A failure after which the transaction was undone and may succeed if it is run again.
    private struct Retryable: Error {
        let failure: SQLFailure
    }

    private let endpoint: PostgreSQLEndpoint
    private let configuration: PostgreSQLConfiguration
    private let queue: PostgreSQLQueue
    private var link: PostgreSQLLink?

    init(_ endpoint: PostgreSQLEndpoint, _ configuration: PostgreSQLConfiguration, _ queue: PostgreSQLQueue) {
        self.endpoint = endpoint
        self.configuration = configuration
        self.queue = queue
    }

    /// Runs transactions until the pool is closed.
    func run() {
        while let work = queue.next() { work.perform(self) }
        link = nil
        queue.workerEnded()
    }

    /// Runs `body` in a transaction, again after a conflict or the loss of the server before the commit.
    func transaction<Value>(
        _ access: Access, before deadline: ContinuousClock.Instant, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        var attempt = 0
        while true {
            do {
                return try once(access, before: deadline, body)
            } catch let retryable as Retryable {
                guard attempt < configuration.maximumRetries else { throw retryable.failure }
                attempt += 1
                // A random wait, so that two transactions in conflict do not collide again.
                pause(.milliseconds(Int.random(in: 0...min(5 << attempt, 200))))
            }
        }
    }

    private func once<Value>(
        _ access: Access, before deadline: ContinuousClock.Instant, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let link = try connected(before: deadline)
        defer { if link.isLost { self.link = nil } }
        do {
            try link.begin(
                access == .read
                    ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                    : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        } catch let failure as SQLFailure where link.isLost {
            throw Retryable(failure: failure)
        }
        let result = Result { try body(PostgreSQLConnection(link: link, canWrite: access == .write)) }
        if let trouble = link.trouble {
            link.rollback()
            if trouble.isTransient { throw Retryable(failure: trouble.failure) }
            let value = try result.get()
            // The closure continued after a failed statement: its writes are undone, its reads are valid.
            if access == .write { throw trouble.failure }
            return value
        }
        do {
            let value = try result.get()
            // A read has nothing to commit, so the loss of the server does not matter any more.
            if access == .read { link.rollback() } else { try link.commit() }
            return value
        } catch {
            link.rollback()
            if let trouble = link.trouble, trouble.isTransient, !link.isLost {
                throw Retryable(failure: trouble.failure)
            }
            throw error
        }
    }

    /// The connection; opens a new one if there is none, and retries until the deadline if the server cannot be reached.
    private func connected(before deadline: ContinuousClock.Instant) throws -> PostgreSQLLink {
        if let link, !link.isLost { return link }
        var wait = Duration.milliseconds(50)
        while true {
            do {
                let link = try PostgreSQLLink.open(endpoint, configuration)
                self.link = link
                queue.setOutage(nil)
                return link
            } catch let failure as SQLFailure {
                queue.setOutage(failure)
                guard failure.isTransient, ContinuousClock.now + wait < deadline, !queue.isClosed else { throw failure }
                pause(wait * Double.random(in: 0.5...1))
                wait = min(wait * 2, .seconds(1))
            }
        }
    }

    /// Blocks the worker's thread.
    private func pause(_ duration: Duration) {
        Thread.sleep(forTimeInterval: Double(duration.milliseconds) / 1000)
    }
}

/// A connection to PostgreSQL during one transaction.
struct PostgreSQLConnection: SQLConnection {
    let link: PostgreSQLLink
    let canWrite: Bool

    var dialect: SQLDialect { .postgreSQL }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        try run(sql, arguments).rows()
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try run(sql, arguments).changedRows
    }

    private func run(_ sql: String, _ arguments: [SQLValue]) throws -> PostgreSQLResult {
        do {
            return try link.run(sql, arguments)
        } catch let failure as SQLFailure where failure.code == .readOnly && !canWrite {
            throw SQLFailure(.misuse, "A statement that writes was run in a read.", sql: sql)
        }
    }
}
