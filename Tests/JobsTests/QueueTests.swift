import Jobs
import MediaModel
import Redis
import SQL
import SQLFixtures
import Testing

@Suite("The queue and its windows", .timeLimit(.minutes(1))) struct QueueTests {
    /// The tasks that a worker with one slot would get, in order; claims nothing.
    private func drain(_ fixture: QueueFixture) async throws -> [String] {
        let streams = Lane.allCases.map { "vh:lane:\($0.rawValue)" }
        var names: [String] = []
        for stream in streams {
            let entries = try await fixture.queue.redis.send(["XRANGE", .text(stream), "-", "+"]).array ?? []
            for entry in entries { names.append(entry.array?[1].array?[1].text ?? "?") }
        }
        return names
    }

    @Test(
        "A window of each tenant's tasks is dispatched and refilled as tasks end, so a short job overtakes a long one",
        arguments: DatabaseEngine.allCases)
    func windows(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 4) { fixture async throws in
            let long = try await fixture.jobs.addJob(tasks: 50)
            let short = try await fixture.jobs.addJob(tasks: 1)
            await fixture.dispatcher.wake(job: long.id)
            await fixture.dispatcher.wake(job: short.id)
            await fixture.dispatcher.wake(job: long.id)
            let (longTasks, shortTask) = (try await fixture.jobs.tasks(long), try await fixture.jobs.task(short))
            #expect(try await drain(fixture) == longTasks.prefix(4).map(\.id) + [shortTask.id])
            let now = fixture.jobs.time.now
            let claim = try #require(await fixture.jobs.claim(longTasks[0]))
            await fixture.dispatcher.wake(job: long.id)
            #expect(try await drain(fixture).count == 5)
            _ = try await fixture.jobs.transaction {
                try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: now, in: $0)
            }
            await fixture.dispatcher.wake(job: long.id)
            #expect(try await drain(fixture).last == longTasks[4].id)
        }
    }

    @Test(
        "Dispatching again changes nothing; raising moves a task to the urgent lane",
        arguments: DatabaseEngine.allCases)
    func raise(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 2) { fixture async throws in
            let job = try await fixture.jobs.addJob(tasks: 5)
            await fixture.dispatcher.wake(job: job.id)
            let names = try await fixture.jobs.tasks(job).map(\.id)
            try await fixture.queue.dispatch([.init(task: names[1], lane: .normal), .init(task: names[0], lane: .bulk)])
            #expect(try await drain(fixture) == [names[0], names[1]])
            // A dispatched task, and a task outside the window.
            #expect(try await fixture.dispatcher.raise(task: names[1]))
            #expect(try await fixture.dispatcher.raise(task: names[4]))
            #expect(try await fixture.dispatcher.raise(task: names[4]) == false)
            #expect(try await drain(fixture) == [names[1], names[4], names[0]])
            #expect(try await fixture.queue.depth() == [.urgent: 2, .normal: 1, .bulk: 0])
            #expect(try await fixture.queue.redis.send("HLEN", "vh:tasks") == .integer(3))
        }
    }

    @Test(
        "Raising a task ends its wait for a retry, but only once",
        arguments: DatabaseEngine.allCases)
    func raiseRetrying(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 1) { fixture async throws in
            let job = try await fixture.jobs.addJob(tasks: 2)
            let id = try await fixture.jobs.task(job, 1).id
            for isRaised in [true, false] {
                let claim = try #require(await fixture.jobs.claim(try await fixture.jobs.task(job, 1)))
                let now = fixture.jobs.time.now
                _ = try await fixture.jobs.transaction {
                    try TaskLeases.fail(claim, TaskFailure(.mediaError, "bad"), policy: RetryPolicy(), at: now, in: $0)
                }
                #expect(try await fixture.dispatcher.raise(task: id) == isRaised)
                #expect(try await fixture.jobs.task(job, 1).lane == .urgent)
                #expect(try await drain(fixture) == [id])
            }
            // The wait after the second failure stays; when it is over the task must be dispatched in the urgent lane.
            #expect(try await fixture.jobs.claim(try await fixture.jobs.task(job, 1)) == nil)
            fixture.jobs.time.advance(by: 3_600_000)
            #expect(try await fixture.dispatcher.raise(task: id))
            #expect(try await fixture.dispatcher.raise(task: id) == false)
        }
    }

    @Test("Urgent tasks are first, in any order of addition", arguments: DatabaseEngine.allCases)
    func priority(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            var expected: [String] = []
            for lane in [Lane.bulk, .normal, .urgent] {
                let job = try await fixture.jobs.addJob(tasks: 2, lane: lane)
                await fixture.dispatcher.wake(job: job.id)
                expected.insert(contentsOf: try await fixture.jobs.tasks(job).map(\.id), at: 0)
            }
            let seen = Recorder()
            let handler = ScriptedHandler { task, _ in
                seen.add(task.id)
                return .done
            }
            try await fixture.running([fixture.worker("a", urgentSlots: 0, handler: handler)]) {
                try await fixture.until { seen.all.count == 6 }
            }
            #expect(seen.all == expected)
        }
    }

    @Test(
        "An emptied Redis loses no task: the next pass dispatches the unclaimed tasks again",
        arguments: DatabaseEngine.allCases)
    func flushed(on engine: DatabaseEngine)
        async throws
    {
        try await QueueFixture.with(engine) { fixture async throws in
            let handler = ScriptedHandler { _, _ in .done }
            let reconciler = Reconciler(dispatcher: fixture.dispatcher, handler: handler)
            var jobs: [JobRecord] = []
            for _ in 0..<5 { jobs.append(try await fixture.jobs.addJob(tasks: 20)) }
            try await reconciler.pass()
            let before = try await drain(fixture)
            #expect(before.count == 40)
            try await reconciler.pass()
            #expect(try await drain(fixture) == before)
            try await fixture.queue.redis.send("FLUSHALL")
            #expect(try await drain(fixture).isEmpty)
            try await reconciler.pass()
            #expect(try await drain(fixture).sorted() == before.sorted())
            // A worker that waited meanwhile continues.
            try await fixture.running([fixture.worker("a", slots: 2, handler: handler)]) {
                try await fixture.until {
                    try await fixture.jobs.database.read { connection in
                        try JobStore.list(JobFilter(states: [.done]), in: connection).count == 5
                    }
                }
            }
        }
    }

    @Test(
        "Concurrent requests for a pass share one, which covers all tasks that existed at the requests",
        arguments: DatabaseEngine.allCases)
    func shared(on engine: DatabaseEngine)
        async throws
    {
        try await QueueFixture.with(engine) { fixture async throws in
            let reconciler = Reconciler(
                dispatcher: fixture.dispatcher, handler: ScriptedHandler { _, _ in .done })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { () async throws in
                        let job = try await fixture.jobs.addJob()
                        try await reconciler.pass()
                        #expect(try await fixture.jobs.task(job).dispatchedAt != nil)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.queue.depth()[.normal] == 50)
        }
    }

    @Test("A worker that waits while Redis is emptied gets later tasks", arguments: DatabaseEngine.allCases)
    func flushedWhileWaiting(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let handler = ScriptedHandler { _, _ in .done }
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                while try await fixture.queue.redis.send("INFO", "clients").text?.contains("blocked_clients:1") != true
                {}
                try await fixture.queue.redis.send("FLUSHALL")
                let job = try await fixture.jobs.addJob()
                await fixture.dispatcher.wake(job: job.id)
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
        }
    }

    @Test("An entry whose reader died before the claim is given to another reader", arguments: DatabaseEngine.allCases)
    func takeOver(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, claimTime: 0) { fixture async throws in
            let job = try await fixture.jobs.addJob()
            await fixture.dispatcher.wake(job: job.id)
            try await fixture.queue.redis.send("XGROUP", "CREATE", "vh:lane:normal", "workers", "0", "MKSTREAM")
            try await fixture.queue.redis.send(
                "XREADGROUP", "GROUP", "workers", "gone", "STREAMS", "vh:lane:normal", ">")
            let handler = ScriptedHandler { _, _ in .done }
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
            #expect(try await fixture.queue.depth() == [.urgent: 0, .normal: 0, .bulk: 0])
            #expect(try await fixture.queue.redis.send("HLEN", "vh:tasks") == .integer(0))
        }
    }
}
