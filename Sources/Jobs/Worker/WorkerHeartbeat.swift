internal import Ground
internal import Logging
internal import Redis
internal import SQL

/// The heartbeat of a worker: reports the worker in SQL and fetches its directives.
struct WorkerHeartbeat: Sendable {
    private let record: WorkerRecord
    private let directives: WorkerDirectives
    private let dispatcher: Dispatcher

    init(_ record: WorkerRecord, directives: WorkerDirectives, dispatcher: Dispatcher) {
        self.record = record
        self.directives = directives
        self.dispatcher = dispatcher
    }

    /// Reports in intervals, and at once when an operator has changed the pool, until it is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    await report()
                    try? await dispatcher.clock.sleep(WorkerRecord.interval)
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    do {
                        for await _ in try await dispatcher.queue.poolChanges() { await report() }
                    } catch {
                        // Without Redis, directives come with the next report.
                        try? await dispatcher.clock.sleep(WorkerRecord.interval)
                    }
                }
            }
        }
    }

    /// Removes the worker from the list.
    func end() async {
        let name = record.name
        _ = try? await dispatcher.database.transaction { try Pool.remove(name, in: $0) }
    }

    private func report() async {
        var record = record
        record.busy = directives.busy
        let (current, now) = (record, dispatcher.clock.now())
        do {
            let fetched = try await dispatcher.database.transaction { connection in
                try Pool.report(current, at: now, in: connection)
            }
            dispatcher.window.setSlots(fetched.slots)
            directives.update(fetched)
        } catch {
            if Task.isCancelled { return }
            dispatcher.logger.warning(
                "a worker could not report", metadata: ["worker": "\(record.name)", "error": "\(error)"])
        }
    }
}
