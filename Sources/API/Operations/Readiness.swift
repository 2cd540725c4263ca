internal import Logging

/// Runs all readiness checks concurrently, each with a time limit.
///
/// The route is public and a check writes to the store, so concurrent requests share one result.
actor Readiness {
    private let patience: Duration
    private let checks: [ReadinessCheck]
    private var running: Task<[String: String], Never>?
    /// Checks that are still running after their time limit. None of them is started again before it ends: each may block
    /// a thread for ever.
    private var asked: Set<String> = []

    /// - Parameter patience: Longest wait for a check.
    init(_ checks: [ReadinessCheck], patience: Duration = .seconds(3)) {
        self.checks = checks
        self.patience = patience
    }

    /// For each check `ok`, `failed` or `timeout`.
    func outcomes(_ logger: Logger) async -> [String: String] {
        if let running { return await running.value }
        let task = Task { await run(logger) }
        running = task
        defer { running = nil }
        return await task.value
    }

    private func run(_ logger: Logger) async -> [String: String] {
        await withTaskGroup(of: (String, String).self) { group in
            for check in checks { group.addTask { (check.name, await self.outcome(of: check, logger)) } }
            var outcomes: [String: String] = [:]
            for await (name, outcome) in group { outcomes[name] = outcome }
            return outcomes
        }
    }

    /// Runs one check, and stops waiting at the time limit; a task group would wait for its end.
    private func outcome(of check: ReadinessCheck, _ logger: Logger) async -> String {
        guard asked.insert(check.name).inserted else { return "timeout" }
        let (outcomes, send) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1))
        let asking = Task {
            do {
                try await check.run()
                send.yield("ok")
            } catch is CancellationError {
                send.yield("timeout")
            } catch {
                logger.warning("not ready", metadata: ["check": "\(check.name)", "error": "\(error)"])
                send.yield("failed")
            }
            asked.remove(check.name)
        }
        let waiting = Task {
            try await Task.sleep(for: patience)
            send.yield("timeout")
        }
        defer {
            asking.cancel()
            waiting.cancel()
        }
        for await outcome in outcomes { return outcome }
        return "timeout"
    }
}
