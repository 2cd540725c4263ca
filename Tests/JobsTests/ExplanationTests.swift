import MediaModel
import SQL
import SQLFixtures
import Testing

@testable import Jobs

@Suite("Explanations of jobs") struct ExplanationTests {
    private func explain(_ job: JobRecord, _ fixture: JobsFixture) async throws -> (text: String, advice: String) {
        let now = fixture.time.now
        let found = try await fixture.database.read { connection in
            try JobExplanation.make(try #require(try JobStore.job(job.id, in: connection)), at: now, in: connection)
        }
        return (found.sentences.joined(separator: "\n"), found.advice.joined(separator: "\n"))
    }

    private func register(_ fixture: JobsFixture, lanes: [Lane] = Lane.allCases, busy: Int = 0) async throws {
        let now = fixture.time.now
        var worker = WorkerRecord(
            name: "a", host: "h", process: 1, version: "1", slots: 2, lanes: lanes, startedAt: now)
        worker.busy = busy
        let record = worker
        _ = try await fixture.transaction { try Pool.report(record, at: now, in: $0) }
    }

    @Test(
        "A queued job has the reason for its wait, from a missing worker to busy slots",
        arguments: DatabaseEngine.allCases)
    func queued(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 2, lane: .bulk)
            var found = try await explain(job, fixture)
            #expect(found.text.contains("2 queued") && found.text.contains("No worker is alive"))
            #expect(found.advice.contains("videohost worker"))
            try await register(fixture, lanes: [.urgent])
            #expect(
                try await explain(job, fixture).text.contains("No worker that is alive takes tasks of the bulk lane"))
            try await register(fixture, busy: 2)
            #expect(try await explain(job, fixture).text.contains("All 2 slots"))
            let now = fixture.time.now
            try await fixture.transaction { try Pool.pause([.bulk], at: now, in: $0) }
            found = try await explain(job, fixture)
            #expect(found.text.contains("bulk lane is paused") && found.advice.contains("jobs resume --lanes bulk"))
        }
    }

    @Test("A waiting job has the number of the creator's tasks before it", arguments: DatabaseEngine.allCases)
    func line(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            _ = try await fixture.addJob(tasks: 3, tenant: "usr_1")
            fixture.time.advance(by: 1)
            let job = try await fixture.addJob(tasks: 1, tenant: "usr_1")
            #expect(try await explain(job, fixture).text.contains("number 4 in its creator's line"))
        }
    }

    @Test("Running, stalled, retrying, dead and cancelled jobs are explained", arguments: DatabaseEngine.allCases)
    func life(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(maxAttempts: 2)
            var claim = try #require(await fixture.claim(try await fixture.task(job)))
            #expect(try await explain(job, fixture).text.contains("attempt 1 of 2, held by worker a"))
            fixture.time.advance(by: 31_000)
            var found = try await explain(job, fixture)
            #expect(found.text.contains("ran out 1 s ago") && found.advice.contains("jobs reconcile"))
            let failure = TaskFailure(.childCrashed, "it fell over", exitStatus: -11, logTail: "last words")
            for _ in 0..<2 {
                let (held, now) = (claim, fixture.time.now)
                _ = try await fixture.transaction {
                    try TaskLeases.fail(held, failure, policy: RetryPolicy(jitter: 0), at: now, in: $0)
                }
                guard try await fixture.job(job)?.state == .retrying else { break }
                found = try await explain(job, fixture)
                #expect(found.text.contains("failed 1 of 2 times and backs off for another 5 s"))
                fixture.time.advance(by: 5_000)
                claim = try #require(await fixture.claim(try await fixture.task(job)))
            }
            found = try await explain(job, fixture)
            #expect(found.text.contains("child_crashed: it fell over") && found.text.contains("signal 11"))
            #expect(found.text.contains("last words") && found.advice.contains("jobs retry \(job.id)"))
            let other = try await fixture.addJob()
            let now = fixture.time.now
            _ = try await fixture.transaction { try JobStore.cancel(job: other.id, at: now, in: $0) }
            #expect(try await explain(other, fixture).text.contains("It was cancelled"))
        }
    }
}

@Suite("Statistics of the pool") struct StatisticsTests {
    @Test("Statistics have counts, queue depths, and percentiles by nearest rank", arguments: DatabaseEngine.allCases)
    func numbers(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 22)
            let tasks = try await fixture.tasks(job)
            let start = fixture.time.now
            try await fixture.transaction { connection in
                // Twenty tasks that waited 1…20 s and ran 10…200 ms.
                for (index, task) in tasks.prefix(20).enumerated() {
                    let started = start + Int64(index + 1) * 1000
                    try connection.execute(
                        "UPDATE tasks SET state = 'done', started_at = $2, finished_at = $3 WHERE id = $1",
                        [.text(task.id), .integer(started), .integer(started + Int64(index + 1) * 10)])
                }
            }
            let now = start + 60_000
            let numbers = try await fixture.database.read { try JobStatistics(at: now, in: $0) }
            #expect(numbers.jobs == ["queued": 1])
            #expect(numbers.tasks == ["video": ["done": 20, "queued": 2]])
            #expect(numbers.lanes.map(\.waiting) == [0, 2, 0] && numbers.lanes[1].oldest == 60_000)
            #expect(
                numbers.durations == [
                    .init(kind: "video", done: 20, waitMedian: 10_000, wait95: 19_000, runMedian: 100, run95: 190)
                ])
            let later = try await fixture.database.read { try JobStatistics(at: now + 3_600_000, in: $0) }
            #expect(later.durations.isEmpty)
        }
    }
}
