internal import Foundation
internal import Ground

/// A thread of the pool: holds one connection, which it opens when it is needed, and runs transactions on it.
final class PostgreSQLWorker {
    /// What a transaction may do and which state it sees.
    enum Access: Sendable {
        /// One state of the database, nothing to be changed.
        case read
        /// Each statement sees what others have committed before it; rows it changes are locked until the end.
        case write
    }

    /// A failure after which the same work may succeed: nothing of it has been kept.
    private struct Passing: Error {
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

    /// Runs one transaction after the other until the pool is closed.
    func run() {
        while let work = queue.next() { work.perform(self) }
        link = nil
        queue.workerEnded()
    }

    /// Runs `body` in a transaction, again if it lost against another one or its server before the commit.
    func transaction<Value>(
        _ access: Access, before deadline: ContinuousClock.Instant, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        var attempt = 0
        while true {
            do {
                return try once(access, before: deadline, body)
            } catch let passing as Passing {
                guard attempt < configuration.maximumRetries else { throw passing.failure }
                attempt += 1
                // A random wait, so that two that collided do not meet again.
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
            throw Passing(failure: failure)
        }
        let result = Result { try body(PostgreSQLConnection(link: link, canWrite: access == .write)) }
        if let trouble = link.trouble {
            link.rollback()
            if trouble.isPassing { throw Passing(failure: trouble.failure) }
            let value = try result.get()
            // It went on after a failed statement; its writes are gone, its reads are not.
            if access == .write { throw trouble.failure }
            return value
        }
        do {
            let value = try result.get()
            // Nothing of a read has to be kept, so the loss of a server cannot spoil it any more.
            if access == .read { link.rollback() } else { try link.commit() }
            return value
        } catch {
            link.rollback()
            if let trouble = link.trouble, trouble.isPassing, !link.isLost { throw Passing(failure: trouble.failure) }
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

    /// Waits on this thread, which belongs to the worker.
    private func pause(_ duration: Duration) {
        Thread.sleep(forTimeInterval: Double(duration.milliseconds) / 1000)
    }
}
