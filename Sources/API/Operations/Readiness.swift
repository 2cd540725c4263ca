internal import Logging

/// Asks everything that must answer, at once, and does not wait for what is stuck.
///
/// Anybody may ask how things are, and finding it out writes to the store: so all who ask at a time share one answer.
actor Readiness {
    private static let patience: Duration = .seconds(3)

    private let checks: [ReadinessCheck]
    private var running: Task<[String: String], Never>?

    init(_ checks: [ReadinessCheck]) {
        self.checks = checks
    }

    /// For each check `ok`, `failed` or `timeout`.
    func outcomes(_ logger: Logger) async -> [String: String] {
        if let running { return await running.value }
        let task = Task { [checks] in await Self.run(checks, logger) }
        running = task
        defer { running = nil }
        return await task.value
    }

    private static func run(_ checks: [ReadinessCheck], _ logger: Logger) async -> [String: String] {
        await withTaskGroup(of: (String, String).self) { group in
            for check in checks { group.addTask { (check.name, await outcome(of: check, logger)) } }
            var outcomes: [String: String] = [:]
            for await (name, outcome) in group { outcomes[name] = outcome }
            return outcomes
        }
    }

    private static func outcome(of check: ReadinessCheck, _ logger: Logger) async -> String {
        await withTaskGroup(of: String.self) { group in
            group.addTask {
                do {
                    try await check.run()
                    return "ok"
                } catch is CancellationError {
                    return "timeout"
                } catch {
                    logger.warning("not ready", metadata: ["check": "\(check.name)", "error": "\(error)"])
                    return "failed"
                }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return "timeout"
            }
            let first = await group.next() ?? "timeout"
            group.cancelAll()
            return first
        }
    }
}
