import Jobs
import MediaModel
import SQL
import SQLFixtures
import Testing

@Suite("Lists of jobs") struct ListingTests {
    @Test("Lists are sorted newest first, filtered and paged, with counts", arguments: DatabaseEngine.allCases)
    func list(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            var jobs: [JobRecord] = []
            for count in 1...5 {
                jobs.append(try await fixture.addJob(tasks: count))
                fixture.time.advance(by: 1)
            }
            let now = fixture.time.now
            let claim = try #require(await fixture.claim(try await fixture.task(jobs[3])))
            _ = try await fixture.transaction { try TaskLeases.complete(task: claim.id, epoch: 1, at: now, in: $0) }
            let names = jobs.map(\.id)
            let all = try await fixture.database.read { try JobStore.list(JobFilter(), in: $0) }
            #expect(all.map(\.job.id) == names.reversed())
            #expect(all[0].tasks == ["queued": 5])
            #expect(all[1].tasks == ["queued": 3, "done": 1] && all[1].progress == 0.25)
            let page = try await fixture.database.read {
                try JobStore.list(JobFilter(states: [.queued], before: names[4], limit: 2), in: $0)
            }
            #expect(page.map(\.job.id) == [names[2], names[1]])
            let none = try await fixture.database.read { try JobStore.list(JobFilter(videoID: "vid_2"), in: $0) }
            #expect(none.isEmpty)
        }
    }

    @Test("The progress of a stage counts ranges by their segments", arguments: DatabaseEngine.allCases)
    func stages(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let (video, now) = (fixture.video, fixture.time.now)
            let job = try await fixture.transaction { connection in
                try JobStore.createJob(
                    video: video, generation: 1, tenant: "usr_1",
                    tasks: [
                        NewTask(.probe), NewTask(.video(range: SegmentRange(first: 0, count: 1), rungs: [])),
                        NewTask(.video(range: SegmentRange(first: 1, count: 3), rungs: [])), NewTask(.images),
                    ], at: now, in: connection)
            }
            for (ordinal, isDone) in [(0, true), (1, true), (2, false)] {
                let claim = try #require(await fixture.claim(try await fixture.task(job, ordinal)))
                try await fixture.transaction { connection in
                    if isDone {
                        _ = try TaskLeases.complete(task: claim.id, epoch: 1, at: now, in: connection)
                    } else {
                        _ = try TaskLeases.renew(
                            task: claim.id, epoch: 1, leaseUntil: now, progress: 0.5, in: connection)
                    }
                }
            }
            let stages = try await fixture.database.read {
                try JobStore.progress(video: video, generation: 1, in: $0)
            }
            #expect(stages.map(\.kind) == ["probe", "video", "images"])
            #expect(stages.map(\.state) == [.done, .running, .queued])
            #expect(stages.map(\.fraction) == [1, 0.625, 0])
            #expect(stages[1].total == 2 && stages[1].done == 1)
            let unfinished = try await fixture.database.read {
                try JobStore.unfinishedTasks(video: video, generation: 1, in: $0)
            }
            #expect(unfinished.map(\.ordinal) == [2, 3])
        }
    }

    @Test(
        "Reading the progress of a job reads as many rows for a thousand tasks as for ten",
        arguments: DatabaseEngine.allCases)
    func cost(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let database = CountingDatabase(fixture.database)
            for count in [10, 1000] {
                let job = try await fixture.addJob(tasks: count)
                _ = try await fixture.claim(try await fixture.task(job))
                let task = try await fixture.task(job)
                _ = database.take()
                let stages = try await database.read { try JobStore.progress(job: job.id, in: $0) }
                #expect(stages.map(\.total) == [count])
                #expect(database.take() == .init(statements: 1, rows: 2))
                #expect(try await database.read { try JobStore.isLast(task, before: "publish", in: $0) } == false)
                #expect(database.take() == .init(statements: 1, rows: 1))
            }
        }
    }

    @Test(
        "A task is the last one when all others are done and none publishes", arguments: DatabaseEngine.allCases)
    func last(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            let job = try await fixture.addJob(tasks: 2)
            let now = fixture.time.now
            var answers: [Bool] = []
            for ordinal in 0..<2 {
                let claim = try #require(await fixture.claim(try await fixture.task(job, ordinal)))
                answers.append(
                    try await fixture.transaction { connection in
                        _ = try TaskLeases.complete(task: claim.id, epoch: 1, at: now, in: connection)
                        return try JobStore.isLast(claim.record, before: "publish", in: connection)
                    })
            }
            #expect(answers == [false, true])
            try await fixture.transaction { connection in
                _ = try JobStore.addTasks([NewTask(.publish)], to: job.id, at: now, in: connection)
                try connection.execute("UPDATE tasks SET state = 'done', finished_at = 1 WHERE kind = 'publish'")
            }
            let task = try await fixture.task(job, 1)
            #expect(try await fixture.database.read { try JobStore.isLast(task, before: "publish", in: $0) } == false)
        }
    }
}
