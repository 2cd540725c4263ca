internal import Ground
internal import Logging
internal import Redis
internal import SQL
public import ServiceLifecycle
internal import Synchronization

/// Makes Redis agree with SQL: ends expired leases, hands out tasks that are due, restores what an emptied Redis has lost.
///
/// Any number of reconcilers can run at a time.
public struct Reconciler: Service {
    private let dispatcher: Dispatcher
    private let reclaimer: Reclaimer
    private let interval: Int64
    private let memory: Memory

    /// A reconciler.
    /// - Parameter interval: Milliseconds between two passes.
    public init(dispatcher: Dispatcher, handler: any TaskEnding, interval: Int64 = 2_000) {
        self.dispatcher = dispatcher
        self.interval = interval
        reclaimer = Reclaimer(dispatcher: dispatcher, handler: handler)
        memory = Memory()
    }

    /// Makes a pass at the start and then in intervals, until a graceful shutdown or cancellation.
    public func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await pass()
            } catch {
                dispatcher.logger.warning("reconciliation failed", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await dispatcher.clock.sleep(interval) }
        }
    }

    /// Makes a pass that begins after this call; all calls during a pass share the next one.
    /// - Throws: ``SQLFailure`` or ``RedisFailure``; steps that succeeded stay done.
    /// - Returns: What the pass did.
    @discardableResult
    public func pass() async throws -> Reconciliation {
        let next = memory.state.withLock { state in
            if let next = state.nextPass { return next }
            let current = state.currentPass
            let next = Task {
                _ = await current?.result
                memory.state.withLock { state in
                    state.currentPass = state.nextPass
                    state.nextPass = nil
                }
                return try await reconcile()
            }
            state.nextPass = next
            return next
        }
        return try await next.value
    }

    private func reconcile() async throws -> Reconciliation {
        // Each step is tried even if the one before it failed.
        let reclaimed = await attempt { try await reclaimer.reclaimExpired() }
        let filled = await attempt { try await fillWindows() }
        let offered = await attempt { try await restoreLost() }
        let counted = await attempt { try await count() }
        try filled.get()
        try counted.get()
        return try Reconciliation(reclaimed: reclaimed.get(), offered: offered.get())
    }

    private func attempt<Value: Sendable>(
        _ step: () async throws -> Value
    ) async -> Result<Value, any Error> {
        do { return .success(try await step()) } catch { return .failure(error) }
    }

    /// Updates the gauges of `/metrics` and removes workers that are gone, every five seconds.
    private func count() async throws {
        let now = dispatcher.clock.now()
        let isDue = memory.state.withLock { state in
            guard state.nextCensus <= now else { return false }
            state.nextCensus = now + 5_000
            return true
        }
        guard isDue else { return }
        let census = try await dispatcher.database.read { try Census(at: now, in: $0) }
        dispatcher.metrics.update(census, at: now)
        _ = try await dispatcher.database.transaction { try Pool.removeGone(at: now, in: $0) }
    }

    /// Hands out the tasks that are due.
    private func fillWindows() async throws {
        let now = dispatcher.clock.now()
        let tenants = try await dispatcher.database.read { try DispatchStore.waitingTenants(at: now, in: $0) }
        for tenant in tenants { await dispatcher.wake(tenant: tenant) }
    }

    /// Offers the tasks that are handed out and not claimed to Redis again, when it was restarted, replaced or emptied, and
    /// once a minute for entries that were lost in another way.
    /// - Returns: How many were offered.
    private func restoreLost() async throws -> Int {
        let incarnation = try await dispatcher.queue.incarnation()
        let now = dispatcher.clock.now()
        guard memory.state.withLock({ $0.incarnation != incarnation || $0.nextCheck <= now }) else { return 0 }
        var cursor = ""
        var count = 0
        while true {
            let after = cursor
            let tasks = try await dispatcher.database.read { connection in
                try DispatchStore.handedOut(after: after, limit: 500, in: connection)
            }
            guard let last = tasks.last else { break }
            try await dispatcher.queue.dispatch(tasks)
            cursor = last.task
            count += tasks.count
        }
        memory.state.withLock { state in
            state.incarnation = incarnation
            state.nextCheck = now + 60_000
        }
        return count
    }

    private final class Memory: Sendable {
        struct State {
            var incarnation = ""
            var nextCheck: Int64 = 0
            var nextCensus: Int64 = 0
            var currentPass: Task<Reconciliation, any Error>?
            var nextPass: Task<Reconciliation, any Error>?
        }
        let state = Mutex(State())
    }
}

/// The result of a pass of the ``Reconciler``.
public struct Reconciliation: Sendable, Hashable, Codable {
    /// Tasks that were taken away from silent workers.
    public var reclaimed: Int
    /// Tasks that wait for a worker and were offered to Redis again; Redis adds those that it had lost.
    public var offered: Int

    /// The result of a pass.
    public init(reclaimed: Int, offered: Int) {
        self.reclaimed = reclaimed
        self.offered = offered
    }
}
