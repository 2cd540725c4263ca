import Jobs
import MediaModel
import Redis
import SQL
import SQLFixtures
import ServiceLifecycle
import Testing

@Suite("Workers", .timeLimit(.minutes(1))) struct WorkerTests {
    @Test("Two workers run every task and every follow-up task once", arguments: DatabaseEngine.allCases)
    func everyTaskOnce(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let seen = Recorder()
            let handler = ScriptedHandler { task, _ in
                seen.add(task.id)
                let isProbe = task.item == .probe
                return TaskOutcome { connection in
                    if isProbe { return FollowUp(tasks: (0..<20).map { NewTask(.range($0)) }) }
                    // The last task requests the tasks that follow all of them.
                    let isLast = try unfinishedTasks(of: task.jobID, in: connection) == 0
                    return isLast && task.item != .publish ? FollowUp(tasks: [NewTask(.publish)]) : .nothing
                }
            }
            let (video, now) = (fixture.jobs.video, fixture.jobs.time.now)
            let jobs = try await fixture.jobs.transaction { connection in
                try (0..<5).map { _ in
                    try JobStore.createJob(
                        video: video, generation: 1, tenant: "usr_1", tasks: [NewTask(.probe)], at: now, in: connection)
                }
            }
            let workers = ["a", "b"].map { fixture.worker($0, slots: 3, handler: handler) }
            try await fixture.running(workers) {
                for job in jobs { await fixture.dispatcher.wake(job: job.id) }
                for job in jobs { try await fixture.until { try await fixture.jobs.job(job)?.state == .done } }
            }
            #expect(seen.all.count == 5 * 22 && Set(seen.all).count == 5 * 22)
            for job in jobs {
                let tasks = try await fixture.jobs.tasks(job)
                #expect(tasks.allSatisfy { $0.state == .done && $0.epoch == 1 && $0.progress == 1 })
                #expect(tasks.last?.item == .publish)
            }
            #expect(try await fixture.queue.redis.send("HLEN", "vh:tasks") == .integer(0))
        }
    }

    @Test(
        "A worker that lost its lease can neither record results nor complete the task, and its handler is cancelled",
        arguments: DatabaseEngine.allCases)
    func zombie(on engine: DatabaseEngine)
        async throws
    {
        try await QueueFixture.with(engine) { fixture async throws in
            let (started, resume, refused) = (Signal(), Signal(), Signal())
            let stored = Recorder()
            let zombie = ScriptedHandler { task, context in
                try await context.record { _ in stored.add("zombie before") }
                started.set()
                await resume.wait()
                await #expect(throws: JobsError.leaseLost) {
                    try await context.record { _ in stored.add("zombie after") }
                }
                refused.set()
                return TaskOutcome { _ in
                    stored.add("zombie done")
                    return .nothing
                }
            }
            let successor = ScriptedHandler { _, context in
                try await context.record { _ in stored.add("successor") }
                return TaskOutcome { _ in
                    stored.add("successor done")
                    return .nothing
                }
            }
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.running([fixture.worker("a", handler: zombie)]) {
                await started.wait()
                // Its heartbeats stop: the clock jumps beyond the lease.
                let id = try await fixture.jobs.task(job).id
                _ = try await fixture.jobs.transaction {
                    try $0.execute("UPDATE tasks SET lease_until = 0 WHERE id = $1", [.text(id)])
                }
                try await Reconciler(dispatcher: fixture.dispatcher, handler: successor).pass()
                try await fixture.running([fixture.worker("b", handler: successor)]) {
                    try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
                }
                resume.set()
                await refused.wait()
            }
            #expect(stored.all == ["zombie before", "successor", "successor done"])
            let task = try await fixture.jobs.task(job)
            #expect(task.state == .done && task.worker == "b" && task.epoch == 2)
        }
    }

    @Test("A handler whose task is cancelled is stopped by its next heartbeat", arguments: DatabaseEngine.allCases)
    func cancelled(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let (started, stopped) = (Signal(), Signal())
            let handler = ScriptedHandler { _, _ in
                started.set()
                defer { stopped.set() }
                try await untilCancelled()
                return .done
            }
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await started.wait()
                let now = fixture.jobs.time.now
                _ = try await fixture.jobs.transaction { try JobStore.cancel(job: job.id, at: now, in: $0) }
                await fixture.jobs.time.waitForSleepers(2)
                fixture.jobs.time.advance(by: 10_000)
                await stopped.wait()
            }
            #expect(try await fixture.jobs.task(job).state == .cancelled)
        }
    }

    @Test("Progress is stored and the lease renewed while a task runs", arguments: DatabaseEngine.allCases)
    func heartbeat(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let (started, finish) = (Signal(), Signal())
            let handler = ScriptedHandler { _, context in
                context.report(progress: 0.5)
                started.set()
                await finish.wait()
                return .done
            }
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await started.wait()
                await fixture.jobs.time.waitForSleepers(2)
                fixture.jobs.time.advance(by: 1_000)
                try await fixture.until { try await fixture.jobs.task(job).progress == 0.5 }
                for _ in 0..<6 {
                    await fixture.jobs.time.waitForSleepers(2)
                    fixture.jobs.time.advance(by: 10_000)
                }
                // A heartbeat without new progress is not announced: the sleep after it shows that it was sent.
                await fixture.jobs.time.waitForSleepers(2)
                let (now, task) = (fixture.jobs.time.now, try await fixture.jobs.task(job))
                #expect(task.leaseUntil == now + 30_000 && task.epoch == 1)
                finish.set()
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
        }
    }

    @Test(
        "A failed task is retried when it is due and is dead with its reason after three attempts",
        arguments: DatabaseEngine.allCases)
    func dies(on engine: DatabaseEngine)
        async throws
    {
        try await QueueFixture.with(engine) { fixture async throws in
            let (attempts, deaths) = (Recorder(), Recorder())
            let handler = ScriptedHandler(
                attempt: { task, _ in
                    attempts.add("\(task.attempt)")
                    throw TaskFailure(.mediaError, "no good", exitStatus: 3, logTail: "because")
                }, died: { deaths.add($0.id) })
            let job = try await fixture.jobs.addJob()
            let reconciler = Reconciler(dispatcher: fixture.dispatcher, handler: handler)
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await fixture.dispatcher.wake(job: job.id)
                for attempt in 1...2 {
                    try await fixture.until {
                        let task = try await fixture.jobs.task(job)
                        return task.state == .retrying && task.attempts == attempt
                    }
                    try await reconciler.pass()
                    #expect(try await fixture.queue.depth()[.normal] == 0)
                    fixture.jobs.time.advance(by: 20_000)
                    try await reconciler.pass()
                }
                try await fixture.until { try await fixture.jobs.job(job)?.state == .dead }
            }
            let task = try await fixture.jobs.task(job)
            #expect(attempts.all == ["1", "2", "3"])
            #expect(deaths.all == [task.id])
            #expect(task.state == .dead && task.errorCode == "media_error" && task.errorDetail == "no good")
            #expect(task.exitStatus == 3 && task.logTail == "because" && task.attempts == 3)
        }
    }

    @Test(
        "An outcome that cannot be stored is a failed attempt, and none of it is stored",
        arguments: DatabaseEngine.allCases)
    func finishThrows(on engine: DatabaseEngine)
        async throws
    {
        try await QueueFixture.with(engine) { fixture async throws in
            let handler = ScriptedHandler { _, _ in
                TaskOutcome { connection in
                    try connection.execute("UPDATE videos SET title = 'half'")
                    throw TaskFailure(.inconsistent, "rows do not fit", isRetryable: false)
                }
            }
            let job = try await fixture.jobs.addJob()
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await fixture.dispatcher.wake(job: job.id)
                try await fixture.until { try await fixture.jobs.job(job)?.state == .dead }
            }
            let title = try await fixture.jobs.database.read {
                try $0.query("SELECT title FROM videos").first?.text("title")
            }
            #expect(title == "")
        }
    }

    @Test("A follow-up task may end the job early", arguments: DatabaseEngine.allCases)
    func cancelsRest(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let handler = ScriptedHandler { _, _ in TaskOutcome { _ in FollowUp(cancelsRest: true) } }
            let job = try await fixture.jobs.addJob(tasks: 3)
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await fixture.dispatcher.wake(job: job.id)
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
            #expect(try await fixture.jobs.tasks(job).map(\.state) == [.done, .cancelled, .cancelled])
        }
    }
}
