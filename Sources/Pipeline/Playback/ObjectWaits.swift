import Synchronization

/// Waits for objects that tasks are processing. All waiters for an object share one watch, which asks the store
/// once after each signal.
final class ObjectWaits: Sendable {
    /// Asks the store whether the object is there.
    typealias Look = @Sendable () async throws -> Bool
    /// Signals that objects were stored, from the moment of the call on.
    typealias Signals = @Sendable () async throws -> any AsyncSequence<Void, Never> & Sendable

    private typealias Outcome = Result<Bool, any Error>

    private struct Watch {
        let number: UInt64
        let task: Task<Void, Never>
        var waiters: [UInt64: CheckedContinuation<Bool, any Error>] = [:]
    }

    private struct State {
        var watches: [String: Watch] = [:]
        var lastNumber: UInt64 = 0
        /// Waiters that have not joined a watch yet; those that have ended already with their outcome.
        var new: [UInt64: Outcome?] = [:]

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state = Mutex(State())

    /// The number of objects that are watched.
    var count: Int { state.withLock { $0.watches.count } }

    /// The number of waiters for an object.
    func waiterCount(of key: String) -> Int { state.withLock { $0.watches[key]?.waiters.count ?? 0 } }

    /// Waits for an object.
    /// - Parameters:
    ///   - key: The object.
    ///   - timeout: The longest wait.
    ///   - signals: Subscribes to signals. The watch calls it before the first look, so that it misses no object.
    ///   - look: Asks the store.
    /// - Returns: Whether the object is there.
    /// - Throws: What `signals` and `look` throw; `CancellationError`.
    func wait(
        for key: String, timeout: Duration, signals: @escaping Signals, look: @escaping Look
    ) async throws -> Bool {
        let waiter = state.withLock { state in
            let waiter = state.nextNumber()
            state.new[waiter] = .some(nil)
            return waiter
        }
        let timer = Task {
            try await Task.sleep(for: timeout)
            self.leave(waiter, key, .success(false))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Outcome? in
                    if let outcome = state.new.removeValue(forKey: waiter) ?? nil { return outcome }
                    if state.watches[key] == nil {
                        let number = state.nextNumber()
                        state.watches[key] = Watch(
                            number: number, task: Task { await self.watch(key, number, signals, look) })
                    }
                    state.watches[key]?.waiters[waiter] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            leave(waiter, key, .failure(CancellationError()))
        }
    }

    private func watch(_ key: String, _ number: UInt64, _ signals: Signals, _ look: Look) async {
        let outcome: Outcome
        do {
            let signals = try await signals()
            var isThere = try await look()
            if !isThere {
                for await _ in signals {
                    isThere = try await look()
                    if isThere { break }
                }
            }
            outcome = .success(isThere)
        } catch {
            outcome = .failure(error)
        }
        let waiters = state.withLock { state -> [UInt64: CheckedContinuation<Bool, any Error>] in
            // When all waiters have left, the watch was removed, and another one can have its place.
            guard state.watches[key]?.number == number else { return [:] }
            return state.watches.removeValue(forKey: key)?.waiters ?? [:]
        }
        for waiter in waiters.values { waiter.resume(with: outcome) }
    }

    /// Ends one wait; the last waiter to leave ends the watch.
    private func leave(_ waiter: UInt64, _ key: String, _ outcome: Outcome) {
        let (continuation, task) = state.withLock { state in
            guard let continuation = state.watches[key]?.waiters.removeValue(forKey: waiter) else {
                // The waiter has not joined a watch yet, or its wait has ended.
                if state.new[waiter] != nil { state.new[waiter] = .some(outcome) }
                return (nil as CheckedContinuation<Bool, any Error>?, nil as Task<Void, Never>?)
            }
            guard state.watches[key]?.waiters.isEmpty == true else { return (continuation, nil) }
            return (continuation, state.watches.removeValue(forKey: key)?.task)
        }
        task?.cancel()
        continuation?.resume(with: outcome)
    }
}
