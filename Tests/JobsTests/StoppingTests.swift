import Glibc
import Ground
import Jobs
import MediaModel
import Redis
import SQL
import SQLFixtures
import Testing

@Suite("Stops and crashes", .timeLimit(.minutes(1))) struct StoppingTests {
    @Test(
        "A graceful shutdown hands running tasks back without counting an attempt, and the next worker takes them",
        arguments: DatabaseEngine.allCases)
    func handsBack(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let started = Signal()
            let endless = ScriptedHandler { _, _ in
                started.set()
                try await untilCancelled()
                return .done
            }
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.running([fixture.worker("a", slots: 2, handler: endless)]) { await started.wait() }
            let task = try await fixture.jobs.task(job)
            #expect(task.state == .queued && task.attempts == 0 && task.epoch == 1)
            #expect(try await fixture.queue.depth()[.normal] == 1)
            // Its readers are gone from the server's list.
            let consumers = try await fixture.queue.redis.send("XINFO", "CONSUMERS", "vh:lane:normal", "workers")
            #expect(consumers == .array([]))
            try await fixture.running([fixture.worker("b", handler: ScriptedHandler { _, _ in .done })]) {
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
        }
    }

    @Test("A task that finishes during the shutdown is done", arguments: DatabaseEngine.allCases)
    func finishesWhileStopping(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let started = Signal()
            let stubborn = ScriptedHandler { _, _ in
                started.set()
                try? await untilCancelled()
                return .done
            }
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.running([fixture.worker("a", handler: stubborn)]) { await started.wait() }
            #expect(try await fixture.jobs.job(job)?.state == .done)
        }
    }

    @Test("With enough time to drain, running tasks finish before the stop", arguments: DatabaseEngine.allCases)
    func drains(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let (started, finish) = (Signal(), Signal())
            let handler = ScriptedHandler { _, _ in
                started.set()
                await finish.wait()
                try Task.checkCancellation()
                return .done
            }
            var configuration = Worker.Configuration(name: "a", slots: 1)
            configuration.drain = 60_000
            let worker = Worker(configuration, dispatcher: fixture.dispatcher, handler: handler)
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.running([worker]) {
                await started.wait()
                // The task may finish when the stop has started: then the drain timer sleeps as well as both heartbeats.
                Task {
                    await fixture.jobs.time.waitForSleepers(3)
                    finish.set()
                }
            }
            #expect(try await fixture.jobs.job(job)?.state == .done)
        }
    }

    @Test("An idle worker stops at once", arguments: DatabaseEngine.allCases)
    func idle(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let handler = ScriptedHandler { _, _ in .done }
            let reconciler = Reconciler(dispatcher: fixture.dispatcher, handler: handler)
            let stopped = try await fixture.running([fixture.worker("a", slots: 3, handler: handler), reconciler]) {
                // Three slots, and six for urgent tasks.
                while try await fixture.queue.redis.send("INFO", "clients").text?.contains("blocked_clients:9") != true
                {}
                return ContinuousClock.now
            }
            // Its blocking reads would last five seconds.
            #expect(stopped.duration(to: .now) < .seconds(4))
        }
    }

    @Test(
        "After a crash a worker of the same name reclaims its tasks at once",
        arguments: DatabaseEngine.allCases)
    func reclaimsOwn(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let job = try await fixture.jobs.addJob()
            _ = try #require(await fixture.jobs.claim(try await fixture.jobs.task(job), worker: "a"))
            var configuration = Worker.Configuration(name: "a", slots: 1)
            configuration.reclaimsOwnTasks = true
            let worker = Worker(
                configuration, dispatcher: fixture.dispatcher, handler: ScriptedHandler { _, _ in .done })
            try await fixture.running([worker]) {
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
            #expect(try await fixture.jobs.task(job).epoch == 2)
        }
    }

    @Test("Every task is done once although Redis is killed during the work", arguments: DatabaseEngine.allCases)
    func redisKilled(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let done = Recorder()
            let handler = ScriptedHandler { task, _ in
                done.add(task.id)
                if done.all.count == 20, let pid = fixture.server.pid { kill(pid, SIGKILL) }
                return .done
            }
            var jobs: [JobRecord] = []
            for _ in 0..<4 { jobs.append(try await fixture.jobs.addJob(tasks: 15)) }
            let reconciler = Reconciler(dispatcher: fixture.dispatcher, handler: handler)
            let workers = ["a", "b"].map { fixture.worker($0, slots: 2, handler: handler) }
            for job in jobs { await fixture.dispatcher.wake(job: job.id) }
            try await fixture.running(workers + [reconciler]) {
                // Time is advanced quickly here, for the pauses after errors and between passes.
                let ticking = Task {
                    while !Task.isCancelled {
                        fixture.jobs.time.advance(by: 100)
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                defer { ticking.cancel() }
                for job in jobs { try await fixture.until { try await fixture.jobs.job(job)?.state == .done } }
            }
            #expect(done.all.count == 60 && Set(done.all).count == 60)
        }
    }

    @Test(
        "A task whose end cannot be stored does not prevent reclaiming others",
        arguments: DatabaseEngine.allCases)
    func unendable(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            var jobs: [JobRecord] = []
            for _ in 0..<3 { jobs.append(try await fixture.jobs.addJob(maxAttempts: 1)) }
            for job in jobs {
                _ = try await fixture.jobs.transaction { try $0.execute("UPDATE tasks SET losses = 1") }
                _ = try #require(await fixture.jobs.claim(try await fixture.jobs.task(job)))
            }
            let waiting = try await fixture.jobs.addJob()
            fixture.jobs.time.advance(by: 30_001)
            let reconciler = Reconciler(dispatcher: fixture.dispatcher, handler: UnendableJob(job: jobs[0].id))
            #expect(try await reconciler.pass().reclaimed == 2)
            var states: [JobState?] = []
            for job in jobs { states.append(try await fixture.jobs.job(job)?.state) }
            #expect(states == [.running, .dead, .dead])
            #expect(try await fixture.jobs.task(waiting).dispatchedAt != nil)
        }
    }
}

/// Fails when a task of one job dies.
private struct UnendableJob: TaskEnding {
    struct Failure: Error {}
    let job: String

    func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws {
        if task.jobID == job { throw Failure() }
    }
}
