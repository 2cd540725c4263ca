import Jobs
import MediaModel
import SQL
import SQLFixtures
import Testing

@Suite("Claims and leases") struct ClaimTests {
    @Test("A new job's tasks wait in order, with identifiers that sort by time", arguments: DatabaseEngine.allCases)
    func created(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 3)
            fixture.time.advance(by: 1)
            let later = try await fixture.addJob()
            #expect(job.state == .queued && job.id < later.id && job.id.count == "job_".count + 26)
            let tasks = try await fixture.tasks(job)
            #expect(tasks.map(\.ordinal) == [0, 1, 2])
            #expect(tasks.map(\.item) == [.range(0), .range(1), .range(2)])
            #expect(tasks.allSatisfy { $0.state == .queued && $0.epoch == 0 && $0.attempts == 0 })
            _ = try await fixture.transaction { try JobStore.addTasks([NewTask(.publish)], to: job.id, at: 1, in: $0) }
            #expect(try await fixture.task(job, 3).item == .publish)
            await #expect(throws: SQLFailure.self) {
                try await fixture.transaction { try JobStore.addTasks([NewTask(.publish)], to: "job_x", at: 1, in: $0) }
            }
        }
    }

    @Test("Of twenty concurrent claims of a task, one succeeds", arguments: DatabaseEngine.allCases)
    func compareAndSet(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            let task = try await fixture.task(job)
            let claims = try await withThrowingTaskGroup(of: ClaimedTask?.self) { group in
                for worker in 0..<20 { group.addTask { try await fixture.claim(task, worker: "w\(worker)") } }
                return try await group.reduce(into: [ClaimedTask]()) { if let claim = $1 { $0.append(claim) } }
            }
            #expect(claims.count == 1)
            let claimed = try await fixture.task(job)
            #expect(claimed == claims.first?.record)
            #expect(claimed.state == .running && claimed.epoch == 1 && claimed.attempts == 1)
            #expect(claimed.leaseUntil == fixture.time.now + 30_000)
            #expect(try await fixture.job(job)?.state == .running)
        }
    }

    @Test("Tasks that are added concurrently get different ordinals", arguments: DatabaseEngine.allCases)
    func addedAtOnce(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await fixture.transaction { connection in
                            _ = try JobStore.addTasks(
                                [NewTask(.range(1)), NewTask(.range(2))], to: job.id, at: 1, in: connection)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fixture.tasks(job).map(\.ordinal) == Array(0...32))
        }
    }

    @Test("A job that is cancelled while tasks are added has no unfinished task", arguments: DatabaseEngine.allCases)
    func cancelledWhileAdding(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            for _ in 0..<20 {
                let job = try await fixture.addJob()
                let claim = try #require(await fixture.claim(try await fixture.task(job)))
                async let ending: Void = fixture.transaction { connection in
                    guard try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: 1, in: connection) else {
                        return
                    }
                    try JobStore.addTasks((0..<5).map { NewTask(.range($0)) }, to: job.id, at: 1, in: connection)
                    _ = try JobStore.settle(job: job.id, at: 1, in: connection)
                }
                let isCancelled = try await fixture.transaction {
                    try JobStore.cancel(job: job.id, at: 2, in: $0)
                }
                try await ending
                #expect(isCancelled)
                #expect(try await fixture.tasks(job).allSatisfy { $0.state == .cancelled || $0.state == .done })
            }
        }
    }

    @Test(
        "A task whose lease has expired can be claimed again, and every call of the first holder is refused",
        arguments: DatabaseEngine.allCases)
    func zombie(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            let task = try await fixture.task(job)
            let first = try #require(await fixture.claim(task))
            fixture.time.advance(by: 30_000)
            #expect(try await fixture.claim(task, worker: "b") == nil)
            fixture.time.advance(by: 1)
            let second = try #require(await fixture.claim(task, worker: "b"))
            #expect(second.epoch == 2 && second.attempt == 1)
            let now = fixture.time.now
            try await fixture.transaction { connection in
                #expect(
                    try TaskLeases.renew(
                        task: first.id, epoch: first.epoch, leaseUntil: now, progress: 1, in: connection) == false)
                #expect(throws: JobsError.leaseLost) {
                    try TaskLeases.hold(task: first.id, epoch: first.epoch, leaseUntil: now, in: connection)
                }
                #expect(try TaskLeases.complete(task: first.id, epoch: first.epoch, at: now, in: connection) == false)
                #expect(try TaskLeases.handBack(task: first.id, epoch: first.epoch, in: connection) == false)
                let failing = try TaskLeases.fail(
                    first, TaskFailure(.mediaError, ""), policy: RetryPolicy(), at: now, in: connection)
                #expect(failing == .lost)
                #expect(try TaskLeases.complete(task: second.id, epoch: second.epoch, at: now, in: connection))
            }
        }
    }

    @Test("A heartbeat renews the lease and stores progress", arguments: DatabaseEngine.allCases)
    func heartbeat(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            let claim = try #require(await fixture.claim(try await fixture.task(job)))
            fixture.time.advance(by: 29_000)
            let leaseUntil = fixture.time.now + 30_000
            #expect(
                try await fixture.transaction {
                    try TaskLeases.renew(
                        task: claim.id, epoch: claim.epoch, leaseUntil: leaseUntil, progress: 0.25, in: $0)
                })
            fixture.time.advance(by: 29_000)
            let now = fixture.time.now
            #expect(try await fixture.transaction { try TaskLeases.expired(at: now, limit: 10, in: $0) }.isEmpty)
            #expect(try await fixture.task(job).progress == 0.25)
            fixture.time.advance(by: 2_000)
            let later = fixture.time.now
            #expect(try await fixture.transaction { try TaskLeases.expired(at: later, limit: 10, in: $0) }.count == 1)
        }
    }

    @Test(
        "A task that is handed back is queued again with a higher epoch, and the attempt is not counted",
        arguments: DatabaseEngine.allCases)
    func handBack(on engine: DatabaseEngine)
        async throws
    {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            let claim = try #require(await fixture.claim(try await fixture.task(job)))
            #expect(try await fixture.transaction { try TaskLeases.handBack(task: claim.id, epoch: 1, in: $0) })
            let task = try await fixture.task(job)
            #expect(task.state == .queued && task.attempts == 0 && task.epoch == 1 && task.worker == nil)
            #expect(try await fixture.claim(task)?.epoch == 2)
        }
    }
}
