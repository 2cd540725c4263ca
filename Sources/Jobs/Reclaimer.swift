internal import Ground
internal import Logging
internal import MediaModel
internal import SQL

/// Takes tasks away from workers that are gone.
struct Reclaimer: Sendable {
    let dispatcher: Dispatcher
    let handler: any TaskEnding

    /// Takes over every task whose lease has run out.
    /// - Returns: How many.
    func reclaimExpired() async throws -> Int {
        let now = dispatcher.clock.now()
        var count = 0
        var cursor = ""
        while true {
            let after = cursor
            let tasks = try await dispatcher.database.read { connection in
                try JobStore.expired(at: now, after: after, limit: 100, in: connection)
            }
            guard let last = tasks.last else { return count }
            cursor = last.id
            count += await reclaim(tasks)
        }
    }

    /// Takes over the tasks that an earlier process of the same name held; nobody else may run under it.
    func reclaimHeld(by worker: String) async throws {
        _ = await reclaim(try await dispatcher.database.read { try JobStore.held(by: worker, in: $0) })
    }

    /// Takes over tasks, one after the other; one that cannot be now does not stand in the way of the others.
    private func reclaim(_ tasks: [TaskRecord]) async -> Int {
        let (handler, now) = (handler, dispatcher.clock.now())
        var count = 0
        for task in tasks {
            let failing: JobStore.Failing
            do {
                failing = try await dispatcher.database.transaction { connection in
                    let failing = try JobStore.loseLease(task, at: now, in: connection)
                    if failing == .dead { try handler.taskDied(task, in: connection) }
                    return failing
                }
            } catch {
                dispatcher.logger.warning(
                    "a task could not be taken over", metadata: ["task.id": "\(task.id)", "error": "\(error)"])
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
            await dispatcher.wake(share: task.share)
        }
        return count
    }
}
