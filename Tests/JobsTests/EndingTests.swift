import Jobs
import MediaModel
import SQL
import SQLFixtures
import Testing

@Suite("How tasks and jobs end") struct EndingTests {
    private func fail(_ fixture: JobsFixture, _ claim: ClaimedTask, _ failure: TaskFailure) async throws
        -> TaskLeases.Failing
    {
        let now = fixture.time.now
        return try await fixture.transaction {
            try TaskLeases.fail(claim, failure, policy: RetryPolicy(), at: now, in: $0)
        }
    }

    @Test(
        "A failed task is retried after 5 s, then after 20 s; then the task and its job are dead with the reason",
        arguments: DatabaseEngine.allCases)
    func retries(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 2)
            let failure = TaskFailure(.childCrashed, "it fell over", exitStatus: -11, logTail: "last\0 words")
            for (attempt, wait) in [(1, 5_000), (2, 20_000)] as [(Int, Int64)] {
                let claim = try #require(await fixture.claim(try await fixture.task(job)))
                #expect(claim.attempt == attempt)
                guard case .retrying(let due) = try await fail(fixture, claim, failure) else {
                    Issue.record("it is not tried again")
                    return
                }
                let delay = due - fixture.time.now
                #expect((wait * 4 / 5...wait).contains(delay))
                let task = try await fixture.task(job)
                #expect(task.state == .retrying && task.errorCode == "child_crashed" && task.exitStatus == -11)
                #expect(task.logTail == "last words")
                #expect(try await fixture.job(job)?.state == .retrying)
                fixture.time.advance(by: delay - 1)
                #expect(try await fixture.claim(task) == nil)
                fixture.time.advance(by: 1)
            }
            let claim = try #require(await fixture.claim(try await fixture.task(job)))
            #expect(try await fail(fixture, claim, failure) == .dead)
            #expect(try await fixture.tasks(job).map(\.state) == [.dead, .cancelled])
            let dead = try await fixture.job(job)
            #expect(dead?.state == .dead && dead?.errorCode == "child_crashed" && dead?.errorDetail == "it fell over")
            #expect(dead?.finishedAt == fixture.time.now)
        }
    }

    @Test("A failure that is not retryable is final", arguments: DatabaseEngine.allCases)
    func notRetryable(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            let claim = try #require(await fixture.claim(try await fixture.task(job)))
            let failure = TaskFailure(.inconsistent, "", isRetryable: false)
            #expect(try await fail(fixture, claim, failure) == .dead)
        }
    }

    @Test(
        "Expired leases do not count as attempts, but after the sixth the task is dead",
        arguments: DatabaseEngine.allCases)
    func poison(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            for epoch in 1...6 {
                let claim = try #require(await fixture.claim(try await fixture.task(job)))
                #expect(claim.epoch == epoch && claim.attempt == 1)
                fixture.time.advance(by: 30_001)
                let now = fixture.time.now
                let failing = try await fixture.transaction {
                    try TaskLeases.expire(claim.record, at: now, in: $0)
                }
                #expect(failing == (epoch < 6 ? .retrying(at: now) : .dead))
            }
            #expect(try await fixture.job(job)?.errorCode == "lease_expired")
        }
    }

    @Test("Claims that are handed back do not count as expired leases", arguments: DatabaseEngine.allCases)
    func handedBackOften(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob()
            for _ in 1...10 {
                let claim = try #require(await fixture.claim(try await fixture.task(job)))
                let isBack = try await fixture.transaction {
                    try TaskLeases.handBack(task: claim.id, epoch: claim.epoch, in: $0)
                }
                #expect(isBack)
            }
            let claim = try #require(await fixture.claim(try await fixture.task(job)))
            fixture.time.advance(by: 30_001)
            let now = fixture.time.now
            let failing = try await fixture.transaction { try TaskLeases.expire(claim.record, at: now, in: $0) }
            #expect(failing == .retrying(at: now))
            #expect(try await fixture.task(job).losses == 1)
        }
    }

    @Test(
        "A job is done when its last task is done, and not while a task waits or was added",
        arguments: DatabaseEngine.allCases)
    func settle(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 2)
            let now = fixture.time.now
            for ordinal in 0..<2 {
                let claim = try #require(await fixture.claim(try await fixture.task(job, ordinal)))
                let isDone = try await fixture.transaction { connection in
                    #expect(try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: now, in: connection))
                    #expect(
                        try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: now, in: connection) == false)
                    #expect(try unfinishedTasks(of: job.id, in: connection) == 1 - ordinal)
                    return try JobStore.settle(job: job.id, at: now, in: connection)
                }
                #expect(isDone == (ordinal == 1))
            }
            #expect(try await fixture.job(job)?.state == .done)
            #expect(try await fixture.claim(try await fixture.task(job)) == nil)
        }
    }

    @Test("A cancelled job stops; after a retry, finished tasks stay done", arguments: DatabaseEngine.allCases)
    func cancelAndRetry(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 3)
            let now = fixture.time.now
            let done = try #require(await fixture.claim(try await fixture.task(job, 0)))
            #expect(try await fixture.transaction { try TaskLeases.complete(task: done.id, epoch: 1, at: now, in: $0) })
            let running = try #require(await fixture.claim(try await fixture.task(job, 1)))
            #expect(try await fixture.transaction { try JobStore.cancel(job: job.id, at: now, in: $0) })
            #expect(try await fixture.transaction { try JobStore.cancel(job: job.id, at: now, in: $0) } == false)
            #expect(try await fixture.tasks(job).map(\.state) == [.done, .cancelled, .cancelled])
            await #expect(throws: JobsError.leaseLost) {
                try await fixture.transaction { try TaskLeases.hold(task: running.id, epoch: 1, leaseUntil: 0, in: $0) }
            }
            #expect(try await fixture.transaction { try JobStore.retry(job: job.id, in: $0) })
            #expect(try await fixture.transaction { try JobStore.retry(job: job.id, in: $0) } == false)
            #expect(try await fixture.tasks(job).map(\.state) == [.done, .queued, .queued])
            #expect(try await fixture.job(job)?.state == .queued)
            #expect(try await fixture.claim(try await fixture.task(job, 1))?.epoch == 2)
        }
    }

    @Test("The back-off grows up to its limit") func policy() {
        var random = SystemRandomNumberGenerator()
        let exact = RetryPolicy(jitter: 0)
        #expect(
            (1...6).map { exact.delay(afterAttempts: $0, random: &random) } == [
                5_000, 20_000, 80_000, 320_000, 1_280_000, 1_800_000,
            ])
        #expect(exact.delay(afterAttempts: 1_000, random: &random) == 1_800_000)
        #expect(exact.delay(afterAttempts: 0, random: &random) == 5_000)
    }
}
