internal import Ground
internal import Logging
internal import Redis
internal import SQL

/// A worker's place in the pool: signs of life in SQL, and the orders that come back with them.
struct WorkerHeartbeat: Sendable {
    /// The channel on which operators' changes are announced, so that nobody waits for the next sign of life.
    static let channel = "vh:pool"

    let record: WorkerRecord
    let orders: WorkerDirectives
    let dispatcher: Dispatcher

    /// Reports in intervals, and whenever something is announced, until it is cancelled.
    func keep() async {
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
                        for await _ in try await dispatcher.queue.redis.subscribe(Self.channel) { await report() }
                    } catch {
                        // Without Redis orders come with the next sign of life.
                        try? await dispatcher.clock.sleep(WorkerRecord.interval)
                    }
                }
            }
        }
    }

    /// Takes the worker off the list.
    func end() async {
        let name = record.name
        _ = try? await dispatcher.database.transaction { try Pool.remove(name, in: $0) }
    }

    private func report() async {
        var record = record
        record.busy = orders.busy
        let (current, now) = (record, dispatcher.clock.now())
        do {
            let orders = try await dispatcher.database.transaction { connection in
                try Pool.report(current, at: now, in: connection)
            }
            dispatcher.window.setSlots(orders.slots)
            self.orders.follow(orders)
        } catch {
            if Task.isCancelled { return }
            dispatcher.logger.warning("no sign of life", metadata: ["worker": "\(record.name)", "error": "\(error)"])
        }
    }
}

extension TaskQueue {
    /// Tells all workers to look at their orders now. Lost messages do no harm.
    public func announcePool() async {
        try? await redis.send("changed", to: WorkerHeartbeat.channel)
    }
}
