internal import Ground
internal import Logging
internal import MediaModel
internal import SQL
internal import ServiceLifecycle

/// One attempt at one task: runs the handler, renews the lease meanwhile, and stores the result.
struct TaskExecution: Sendable {
    private enum Ending: Sendable {
        case outcome(TaskOutcome)
        case failure(any Error)
        case leaseLost
    }

    private let task: ClaimedTask
    private let handler: any TaskHandler
    private let dispatcher: Dispatcher
    private let configuration: Worker.Configuration
    private let demands: DemandRouter

    private var clock: WallClock { dispatcher.clock }
    private var lease: Int64 { configuration.lease }

    init(
        _ task: ClaimedTask, handler: any TaskHandler, dispatcher: Dispatcher, configuration: Worker.Configuration,
        demands: DemandRouter
    ) {
        self.demands = demands
        self.task = task
        self.handler = handler
        self.dispatcher = dispatcher
        self.configuration = configuration
    }

    /// Does the attempt; returns when its result is stored. A shutdown hands the task back.
    func run() async {
        let demanded = demands.begin(task.id)
        defer { demands.end(task.id) }
        let attempt = Task {
            let progress = ReportedProgress()
            let context = TaskContext(
                task: task, dispatcher: dispatcher, lease: lease, progress: progress, demands: demanded)
            return await withTaskGroup(of: Ending?.self) { group in
                group.addTask {
                    do { return .outcome(try await handler.run(task, context)) } catch { return .failure(error) }
                }
                group.addTask { await renewLease(progress) }
                // The renewal returns first only when the lease is lost. Then the handler is cancelled and awaited.
                var ending: Ending?
                for await result in group {
                    if ending == nil { ending = result }
                    group.cancelAll()
                }
                return ending ?? .leaseLost
            }
        }
        let drain = configuration.drain
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
        // A cancellation of this Swift task does not reach the new one: the result is stored in any case.
        await Task { await store(ending, wasStopped: wasStopped) }.value
    }

    /// Renews the lease after each third of its length, and stores progress about once a second.
    /// - Returns: `.leaseLost`, or `nil` when it was cancelled.
    private func renewLease(_ progress: ReportedProgress) async -> Ending? {
        var renewed = clock.now()
        var stored = 0.0
        while true {
            do { try await clock.sleep(min(1_000, lease / 3)) } catch { return nil }
            let (now, value) = (clock.now(), progress.value)
            guard value != stored || now - renewed >= lease / 3 else { continue }
            do {
                let (id, epoch, leaseUntil) = (task.id, task.epoch, now + lease)
                let isHeld = try await dispatcher.database.transaction { connection in
                    try TaskLeases.renew(
                        task: id, epoch: epoch, leaseUntil: leaseUntil, progress: value, in: connection)
                }
                guard isHeld else { return .leaseLost }
                renewed = now
                if value != stored { await dispatcher.queue.announce(video: task.videoID) }
                stored = value
            } catch {
                dispatcher.logger.warning("no heartbeat", metadata: metadata(["error": "\(error)"]))
                // After the length of a lease, another worker may hold the task.
                if now - renewed > lease { return .leaseLost }
            }
        }
    }

    /// Stores the result of the attempt and hands out the tenant's next tasks.
    private func store(_ ending: Ending, wasStopped: Bool) async {
        switch ending {
        case .leaseLost:
            dispatcher.metrics.ended(task.record, "lost", at: clock.now())
            dispatcher.logger.warning("the task was taken away", metadata: metadata())
        case .outcome(let outcome):
            let (now, window) = (clock.now(), dispatcher.window.size)
            do {
                let next = try await write("complete") { [task] connection in
                    guard try TaskLeases.complete(task: task.id, epoch: task.epoch, at: now, in: connection) else {
                        throw JobsError.leaseLost
                    }
                    let followUp = try outcome.finish(connection)
                    if followUp.cancelsRest { try JobStore.cancelTasks(of: task.jobID, at: now, in: connection) }
                    if let weight = followUp.weight { try JobStore.setWeight(weight, of: task.id, in: connection) }
                    let urgent = try JobStore.addTasks(followUp.demanded, to: task.jobID, at: now, in: connection)
                    try JobStore.addTasks(followUp.tasks, to: task.jobID, at: now, in: connection)
                    try JobStore.settle(job: task.jobID, at: now, in: connection)
                    // What a viewer waits for needs no place in the window.
                    for name in urgent { _ = try DispatchStore.raise(task: name, at: now, in: connection) }
                    // In the same transaction, because each transaction costs a flush to disk.
                    return urgent.map { TaskDispatch(task: $0, lane: .urgent) }
                        + (try DispatchStore.take(
                            tenant: task.record.tenant, window: window, at: now, in: connection))
                }
                dispatcher.metrics.ended(task.record, "done", at: now)
                outcome.committed()
                await dispatcher.handOut(next)
            } catch is SQLFailure {
                // `write` has logged it.
            } catch JobsError.leaseLost {
                dispatcher.logger.warning("the task was taken away", metadata: metadata())
            } catch { await fail(TaskFailure(error)) }
        case .failure where wasStopped: await handBack()
        case .failure(let error): await fail(TaskFailure(error))
        }
        await dispatcher.queue.announce(video: task.videoID)
    }

    private func handBack() async {
        _ = try? await write("hand back") { [task] connection in
            try TaskLeases.handBack(task: task.id, epoch: task.epoch, in: connection)
        }
        dispatcher.metrics.ended(task.record, "handed_back", at: clock.now())
        await dispatcher.wake(tenant: task.record.tenant)
    }

    private func fail(_ failure: TaskFailure) async {
        let (now, policy) = (clock.now(), configuration.retry)
        let failing = try? await write("fail") { [task, handler] connection in
            let failing = try TaskLeases.fail(task, failure, policy: policy, at: now, in: connection)
            if failing == .dead { try handler.taskDied(task.record, in: connection) }
            return failing
        }
        if let failing, failing != .lost {
            dispatcher.metrics.failed(failure.code)
            dispatcher.metrics.ended(task.record, failing == .dead ? "dead" : "retrying", at: now)
        }
        dispatcher.logger.warning(
            "a task failed",
            metadata: metadata([
                "error.code": "\(failure.code.rawValue)", "error": "\(failure.detail)",
                "task.fate": "\(failing.map { "\($0)" } ?? "unknown")",
            ]))
        await dispatcher.wake(tenant: task.record.tenant)
    }

    /// Runs a transaction, up to six times if the database cannot store it now. After that the lease expires.
    /// - Throws: `SQLFailure`, which is in the log then; what `body` throws.
    private func write<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        var attempt: Int64 = 0
        while true {
            do {
                return try await dispatcher.database.transaction(body)
            } catch let failure as SQLFailure where attempt < 5 && failure.isTemporary {
                attempt += 1
                try? await clock.sleep(200 * attempt)
            } catch let failure as SQLFailure {
                dispatcher.logger.error(
                    "the result of an attempt could not be stored",
                    metadata: metadata(["what": "\(what)", "error": "\(failure)"]))
                throw failure
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
    /// Whether the same transaction can succeed a little later.
    fileprivate var isTemporary: Bool {
        switch code {
        // A result whose commit was in doubt is refused the second time, because the task is no longer running.
        case .busy, .full, .io, .timeout, .unavailable, .outcomeUnknown: true
        default: false
        }
    }
}
