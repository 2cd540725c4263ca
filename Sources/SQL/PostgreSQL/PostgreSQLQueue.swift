internal import DequeModule
internal import Dispatch
internal import Foundation
internal import Ground

/// A queue of transactions that wait for a connection, in order, each for a bounded time.
final class PostgreSQLQueue: @unchecked Sendable {
    /// One transaction; exactly one of its two closures is called.
    struct Work: Sendable {
        let perform: @Sendable (PostgreSQLWorker) -> Void
        let fail: @Sendable (SQLFailure) -> Void
    }

    // All variables are accessed only while `condition` is locked.
    private let condition = NSCondition()
    private var waiting: Deque<(number: Int, work: Work)> = []
    private var lastNumber = 0
    private var idleWorkers = 0
    private var isClosing = false
    private var runningWorkers: Int
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var outage: SQLFailure?
    private let place: String
    private let patience: Duration

    /// An empty queue.
    /// - Parameter workers: The number of threads that call ``next()``, each until it returns `nil`.
    init(place: String, patience: Duration, workers: Int) {
        runningWorkers = workers
        self.place = place
        self.patience = patience
    }

    /// Whether the queue accepts no more work.
    var isClosed: Bool { locked { isClosing } }

    /// Adds work; it fails with code `closed` after ``close()``, and with `busy` or `unavailable` if no connection becomes
    /// free in time.
    func add(_ work: Work) {
        let (isTaken, number) = locked { () -> (Bool, Int?) in
            guard !isClosing else { return (false, nil) }
            lastNumber += 1
            waiting.append((lastNumber, work))
            condition.signal()
            return (true, waiting.count > idleWorkers ? lastNumber : nil)
        }
        guard isTaken else { return work.fail(SQLFailure(.closed, "The database \(place) is closed.")) }
        guard let number else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(patience.milliseconds))) { [self] in
            giveUp(number)
        }
    }

    /// Waits for the next transaction; `nil` when the queue is closed and empty.
    func next() -> Work? {
        locked {
            idleWorkers += 1
            while waiting.isEmpty, !isClosing { condition.wait() }
            idleWorkers -= 1
            return waiting.popFirst()?.work
        }
    }

    /// Accepts no more work; waiting transactions still run.
    func close() {
        locked {
            isClosing = true
            condition.broadcast()
        }
    }

    /// Called by a thread that has done its last work and closed its connection.
    func workerEnded() {
        let ended = locked { () -> [CheckedContinuation<Void, Never>] in
            runningWorkers -= 1
            guard runningWorkers == 0 else { return [] }
            defer { closers = [] }
            return closers
        }
        for closer in ended { closer.resume() }
    }

    /// Waits until all threads have ended, which they do after ``close()``.
    func waitForWorkers() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let haveEnded = locked { () -> Bool in
                guard runningWorkers > 0 else { return true }
                closers.append(continuation)
                return false
            }
            if haveEnded { continuation.resume() }
        }
    }

    /// Stores why the server cannot be reached, `nil` when it can: work that waits too long fails for this reason.
    func setOutage(_ failure: SQLFailure?) {
        locked { outage = failure }
    }

    private func giveUp(_ number: Int) {
        let (work, outage) = locked { () -> (Work?, SQLFailure?) in
            guard let position = waiting.firstIndex(where: { $0.number == number }) else { return (nil, nil) }
            return (waiting.remove(at: position).work, self.outage)
        }
        let busy = SQLFailure(.busy, "All connections to the database \(place) have been in use for \(patience).")
        work?.fail(outage ?? busy)
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }
}
