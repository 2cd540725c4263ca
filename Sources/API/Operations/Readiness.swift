internal import Logging

/// Asks everything that must answer, at once, and does not wait for what is stuck.
///
/// Anybody may ask how things are, and finding it out writes to the store: so all who ask at a time share one answer.
actor Readiness {
    private let patience: Duration
    private let checks: [ReadinessCheck]
    private var running: Task<[String: String], Never>?
    /// Checks that have not ended since they were last asked. None of them is asked again before it has: each may hold a
    /// thread for ever.
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

    /// Asks one, and goes on without it if it takes too long: a group of tasks would wait for it all the same.
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
