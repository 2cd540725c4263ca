internal import Ground
internal import Logging
internal import MediaModel
internal import SQL
internal import ServiceLifecycle

/// One attempt at one task: runs the handler beside its heartbeat and stores how it ended.
struct TaskExecution: Sendable {
    private enum Ending: Sendable {
        case outcome(TaskOutcome)
        case failure(any Error)
        case leaseLost
    }

    let task: ClaimedTask
    let worker: Worker

    private var dispatcher: Dispatcher { worker.dispatcher }
    private var clock: WallClock { worker.dispatcher.clock }
    private var lease: Int64 { worker.configuration.lease }

    /// Does the attempt; returns when it has ended and this is stored. A stop hands the task back.
    func perform() async {
        let attempt = Task { await self.attempt() }
        let drain = worker.configuration.drain
        let (ending, wasStopped) = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                (await attempt.value, attempt.isCancelled)
            } onGracefulShutdown: {
                Task {
                    if drain > 0 { try? await clock.sleep(drain) }
                    attempt.cancel()
                }
            }
        } onCancel: {
            attempt.cancel()
        }
        // Whatever stops us, what has happened is stored first.
        await Task { await store(ending, wasStopped: wasStopped) }.value
    }

    private func attempt() async -> Ending {
        let context = TaskContext(
            task: task, database: dispatcher.database, queue: dispatcher.queue, clock: clock, lease: lease,
            progress: ReportedProgress())
        return await withTaskGroup(of: Ending?.self) { group in
            group.addTask {
                do { return .outcome(try await worker.handler.run(task, context)) } catch { return .failure(error) }
            }
            group.addTask { await keepLease(context.progress) }
            // The heartbeat ends by itself only when the lease is lost; then the handler is stopped and its end
            // awaited.
            var ending: Ending?
            for await result in group {
                if ending == nil { ending = result }
                group.cancelAll()
            }
            return ending ?? .leaseLost
        }
    }

    /// Renews the lease in thirds of its length, and stores progress about once a second.
    /// - Returns: `.leaseLost`, or `nil` when it was stopped.
    private func keepLease(_ progress: ReportedProgress) async -> Ending? {
        var renewed = clock.now()
        var stored = 0.0
        while true {
            do { try await clock.sleep(min(1_000, lease / 3)) } catch { return nil }
            let (now, value) = (clock.now(), progress.value)
            guard value != stored || now - renewed >= lease / 3 else { continue }
            do {
                let (id, epoch, leaseUntil) = (task.id, task.epoch, now + lease)
                let isHeld = try await dispatcher.database.transaction { connection in
                    try JobStore.heartbeat(
                        task: id, epoch: epoch, leaseUntil: leaseUntil, progress: value, in: connection)
                }
                guard isHeld else { return .leaseLost }
                renewed = now
                if value != stored { await dispatcher.queue.announce(video: task.videoID) }
                stored = value
            } catch {
                dispatcher.logger.warning("no heartbeat", metadata: metadata(["error": "\(error)"]))
                // Nobody can say any more whether the task is still ours.
                if now - renewed > lease { return .leaseLost }
            }
        }
    }

    private func store(_ ending: Ending, wasStopped: Bool) async {
        switch ending {
        case .leaseLost:
            dispatcher.metrics.ended(task.record, "lost", at: clock.now())
            dispatcher.logger.warning("the task was taken away", metadata: metadata())
        case .outcome(let outcome):
            await complete(outcome)
        case .failure where wasStopped:
            await write("hand back") { [task] connection in
                _ = try JobStore.handBack(task: task.id, epoch: task.epoch, in: connection)
            }
            dispatcher.metrics.ended(task.record, "handed_back", at: clock.now())
            await dispatcher.wake(share: task.record.share)
        case .failure(let error):
            await fail(TaskFailure(error))
        }
        await dispatcher.queue.announce(video: task.videoID)
    }

    private func complete(_ outcome: TaskOutcome) async {
        let (now, window) = (clock.now(), dispatcher.window.size)
        let result = await write("complete") { [task] connection in
            guard try JobStore.complete(task: task.id, epoch: task.epoch, at: now, in: connection) else {
                throw JobsError.leaseLost
            }
            let followUp = try outcome.finish(connection)
            if followUp.cancelsRest { try JobStore.cancelTasks(of: task.jobID, at: now, in: connection) }
            try JobStore.addTasks(followUp.tasks, to: task.jobID, at: now, in: connection)
            try JobStore.settle(job: task.jobID, at: now, in: connection)
            // What takes this task's place in its share's window; in the same transaction, because each costs a flush.
            return try JobStore.takeForDispatch(share: task.record.share, window: window, at: now, in: connection)
        }
        switch result {
        case .success(let next):
            dispatcher.metrics.ended(task.record, "done", at: now)
            outcome.committed()
            await dispatcher.handOut(next)
        case .failure(is SQLFailure): break
        case .failure(JobsError.leaseLost): dispatcher.logger.warning("the task was taken away", metadata: metadata())
        case .failure(let error): await fail(TaskFailure(error))
        }
    }

    private func fail(_ failure: TaskFailure) async {
        let (now, policy, handler) = (clock.now(), worker.configuration.retry, worker.handler)
        let failing = await write("fail") { [task] connection in
            let failing = try JobStore.fail(task, failure, policy: policy, at: now, in: connection)
            if failing == .dead { try handler.taskDied(task.record, in: connection) }
            return failing
        }
        if let fate = try? failing.get(), fate != .lost {
            dispatcher.metrics.failed(failure.code)
            dispatcher.metrics.ended(task.record, fate == .dead ? "dead" : "retrying", at: now)
        }
        dispatcher.logger.warning(
            "a task failed",
            metadata: metadata([
                "error.code": "\(failure.code.rawValue)", "error": "\(failure.detail)",
                "task.fate": "\((try? failing.get()).map { "\($0)" } ?? "unknown")",
            ]))
        await dispatcher.wake(share: task.record.share)
    }

    /// Stores an ending; tries again for a while if the database cannot now. After that the lease runs out by itself.
    @discardableResult
    private func write<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async -> Result<Value, any Error> {
        var attempt: Int64 = 0
        while true {
            do {
                return .success(try await dispatcher.database.transaction(body))
            } catch let failure as SQLFailure where attempt < 5 && failure.isPassing {
                attempt += 1
                try? await clock.sleep(200 * attempt)
            } catch {
                if error is SQLFailure {
                    dispatcher.logger.error(
                        "an ending could not be stored", metadata: metadata(["what": "\(what)", "error": "\(error)"]))
                }
                return .failure(error)
            }
        }
    }

    private func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "task.id": "\(task.id)", "task.kind": "\(task.item.kind)", "task.epoch": "\(task.epoch)",
            "task.attempt": "\(task.attempt)", "job.id": "\(task.jobID)", "video.id": "\(task.videoID)",
        ]
        metadata.merge(more) { _, new in new }
        return metadata
    }
}

extension SQLFailure {
    /// Whether the database may be able to do the same a little later.
    fileprivate var isPassing: Bool {
        switch code {
        // An ending that may have been stored is refused the second time by its epoch.
        case .busy, .full, .io, .timeout, .unavailable, .outcomeUnknown: true
        default: false
        }
    }
}
