internal import Ground
internal import Logging
internal import MediaModel
internal import SQL

/// Takes tasks away from workers whose leases have expired.
struct Reclaimer: Sendable {
    private let dispatcher: Dispatcher
    private let handler: any TaskEnding

    init(dispatcher: Dispatcher, handler: any TaskEnding) {
        self.dispatcher = dispatcher
        self.handler = handler
    }

    /// Takes away every task whose lease has expired.
    /// - Returns: How many.
    func reclaimExpired() async throws -> Int {
        let now = dispatcher.clock.now()
        var count = 0
        var cursor = ""
        while true {
            let after = cursor
            let tasks = try await dispatcher.database.read { connection in
                try TaskLeases.expired(at: now, after: after, limit: 100, in: connection)
            }
            guard let last = tasks.last else { return count }
            cursor = last.id
            count += await reclaim(tasks)
        }
    }

    /// Takes away the tasks that an earlier process of the same name held; no other process can have the name now.
    func reclaimHeld(by worker: String) async throws {
        _ = await reclaim(try await dispatcher.database.read { try TaskLeases.held(by: worker, in: $0) })
    }

    /// Takes tasks away, one after the other; a failure with one does not stop the others.
    private func reclaim(_ tasks: [TaskRecord]) async -> Int {
        let (handler, now) = (handler, dispatcher.clock.now())
        var count = 0
        for task in tasks {
            let failing: TaskLeases.Failing
            do {
                failing = try await dispatcher.database.transaction { connection in
                    let failing = try TaskLeases.expire(task, at: now, in: connection)
                    if failing == .dead { try handler.taskDied(task, in: connection) }
                    return failing
                }
            } catch {
                dispatcher.logger.warning(
                    "a task could not be taken away from a silent worker",
                    metadata: ["task.id": "\(task.id)", "error": "\(error)"])
                continue
            }
            guard failing != .lost else { continue }
            count += 1
            dispatcher.metrics.reclaimed()
            dispatcher.metrics.failed(.leaseExpired)
            dispatcher.metrics.ended(task, failing == .dead ? "dead" : "retrying", at: now)
            dispatcher.logger.warning(
                "a lease ran out",
                metadata: [
                    "task.id": "\(task.id)", "job.id": "\(task.jobID)", "worker": "\(task.worker ?? "?")",
                    "task.fate": "\(failing)",
                ])
            await dispatcher.queue.announce(video: task.videoID)
            await dispatcher.wake(tenant: task.tenant)
        }
        return count
    }
}
