import Synchronization

/// Waits for objects that tasks are processing. All waiters for an object share one watch, which asks for the object, at first and
/// again every two seconds, and the store once after each signal.
final class ObjectWaits: Sendable {
    /// Asks the store whether the object is there.
    typealias Look = @Sendable () async throws -> Bool
    /// Asks for the object to be made, and signals that objects were stored, from before that on; `nil` if it is not made.
    typealias Signals = @Sendable () async throws -> (any AsyncSequence<Void, Never> & Sendable)?

    /// Time between two requests for an object: what was asked for may have been given up meanwhile, by another node or because
    /// its task was stopped for something else.
    private let interval: Duration

    private typealias Outcome = Result<ObjectAvailability, any Error>

    private struct Watch {
        /// The number of the waiter who began it.
        let number: UInt64
        let task: Task<Void, Never>
        var waiters: [UInt64: AsyncStream<Outcome>.Continuation] = [:]
    }

    private struct State {
        var watches: [String: Watch] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    /// - Parameter interval: Time between two requests for an object.
    init(interval: Duration = .seconds(2)) {
        self.interval = interval
    }

    /// The number of objects that are watched.
    var count: Int { state.withLock { $0.watches.count } }

    /// The number of waiters for an object.
    func waiterCount(of key: String) -> Int { state.withLock { $0.watches[key]?.waiters.count ?? 0 } }

    /// Waits for an object. The first waiter begins the watch, and the last one to leave ends it.
    /// - Parameters:
    ///   - key: The object.
    ///   - timeout: The longest wait.
    ///   - signals: Asks for the object. The watch calls it once, before the first look, so that it misses no object.
    ///   - again: Asks for the object again.
    ///   - look: Asks the store.
    ///   - abandoned: Called when nobody waits any more because the last waiter was cancelled, after the watch has ended.
    /// - Returns: Whether the object is there, or will be.
    /// - Throws: What `signals` and `look` throw; `CancellationError`.
    func wait(
        for key: String, timeout: Duration, signals: @escaping Signals,
        again: @escaping @Sendable () async -> Void = {}, look: @escaping Look,
        abandoned: @escaping @Sendable () async -> Void = {}
    ) async throws -> ObjectAvailability {
        // Of the outcomes of the watch and of the timer, the first counts.
        let (outcomes, waiter) = AsyncStream.makeStream(of: Outcome.self, bufferingPolicy: .bufferingOldest(1))
        let number = state.withLock { state in
            state.lastNumber += 1
            let number = state.lastNumber
            if state.watches[key] == nil {
                let task = Task { await self.watch(key, number, signals, again, look) }
                state.watches[key] = Watch(number: number, task: task)
            }
            state.watches[key]?.waiters[number] = waiter
            return number
        }
        let timer = Task {
            try await Task.sleep(for: timeout)
            waiter.yield(.success(.pending))
        }
        defer { timer.cancel() }
        for await outcome in outcomes {
            _ = leave(key, number)
            return try outcome.get()
        }
        // Only a cancelled task sees the stream end without an outcome.
        if let watch = leave(key, number) {
            Task {
                await watch.value
                await abandoned()
            }
        }
        throw CancellationError()
    }

    /// Removes a waiter, and cancels the watch if he was the last one.
    /// - Returns: The cancelled watch.
    private func leave(_ key: String, _ number: UInt64) -> Task<Void, Never>? {
        state.withLock { state in
            guard state.watches[key]?.waiters.removeValue(forKey: number) != nil,
                state.watches[key]?.waiters.isEmpty == true
            else { return nil }
            let watch = state.watches.removeValue(forKey: key)?.task
            watch?.cancel()
            return watch
        }
    }

    /// Looks for an object until it is there, and gives all waiters the outcome.
    private func watch(
        _ key: String, _ number: UInt64, _ signals: Signals, _ again: @escaping @Sendable () async -> Void,
        _ look: @escaping Look
    ) async {
        let outcome: Outcome
        do {
            let signals = try await signals()
            var isThere = try await look()
            if !isThere, let signals { isThere = try await wait(signals, again, look) }
            outcome = .success(isThere ? .available : signals == nil ? .never : .pending)
        } catch {
            outcome = .failure(error)
        }
        let waiters = state.withLock { state -> [UInt64: AsyncStream<Outcome>.Continuation] in
            // When all waiters have left, the watch was removed, and another one can have its place.
            guard state.watches[key]?.number == number else { return [:] }
            return state.watches.removeValue(forKey: key)?.waiters ?? [:]
        }
        for waiter in waiters.values { waiter.yield(outcome) }
    }

    /// Looks after each signal until the object is there or the signals end.
    private func wait(
        _ signals: any AsyncSequence<Void, Never> & Sendable, _ again: @escaping @Sendable () async -> Void,
        _ look: @escaping Look
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in signals where try await look() { return true }
                return false
            }
            group.addTask { [interval] in
                while true {
                    try await Task.sleep(for: interval)
                    await again()
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
