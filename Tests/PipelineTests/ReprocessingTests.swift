import Catalog
import Jobs
import MediaModel
import SQL
import Testing

@testable import Pipeline

@Suite("Reprocessing") struct ReprocessingTests {
    @Test("A video that is ready stays so, with a bulk job for the next generation") func ready() async throws {
        let fixture = try await PipelineFixture()
        try await fixture.finishFirst()
        let begun = try await fixture.reprocess()
        #expect(begun.generation == 2)
        let video = try #require(await fixture.record())
        #expect(video.state == .ready && video.generation == 1)
        let tasks = try await fixture.database.read { try JobStore.tasks(job: begun.job, in: $0) }
        #expect(tasks.map(\.item) == [.probe] && tasks.map(\.lane) == [.bulk] && tasks[0].tenant == "usr_test")
        #expect(try await fixture.removals().isEmpty)
    }

    @Test("A video with an unfinished job, without a source, or blocked is refused") func refusals() async throws {
        let fixture = try await PipelineFixture()
        await #expect(throws: Reprocessing.Refusal.underWay) { try await fixture.reprocess() }
        try await fixture.finishFirst()
        try await fixture.reprocess()
        await #expect(throws: Reprocessing.Refusal.underWay) { try await fixture.reprocess() }
        try await fixture.database.transaction { connection in
            try Videos.insert(Video(id: "vid_empty", ownerID: "usr_test", title: "-", createdAt: 1), in: connection)
            #expect(throws: Reprocessing.Refusal.noSource) {
                try Reprocessing.begin(video: "vid_empty", only: .all, at: 1, in: connection)
            }
            #expect(throws: Reprocessing.Refusal.noVideo) {
                try Reprocessing.begin(video: "vid_none", only: .all, at: 1, in: connection)
            }
            #expect(try Videos.block("vid_test", reason: "x", at: 1, in: connection))
            #expect(throws: Reprocessing.Refusal.blocked) {
                try Reprocessing.begin(video: "vid_test", only: .all, at: 1, in: connection)
            }
        }
    }

    @Test("A new generation is not served before it is finished while there is an old one") func undisturbed()
        async throws
    {
        let fixture = try await PipelineFixture()
        try await fixture.finishFirst()
        let begun = try await fixture.reprocess()
        let (video, plan) = (fixture.video, PipelineFixture.plan)
        try await fixture.database.transaction { connection in
            try Generations.setPlan(video: video, number: 2, plan, in: connection)
            for track in ["v360", "aund"] {
                var entry = fixture.entry(track, PipelineFixture.ranges[0])
                entry.generation = 2
                try SegmentLedger.record(entry, in: connection)
            }
            let task = try #require(try JobStore.tasks(job: begun.job, in: connection).first)
            #expect(try Completion.advance(task, at: 40, in: connection) == nil)
        }
        #expect(try await fixture.generation(2) == .processing)
        let record = try #require(await fixture.record())
        #expect(record.state == .ready && record.generation == 1)
    }

    @Test("The death of the new generation leaves the old one served; it is collected with the next attempt")
    func death() async throws {
        let fixture = try await PipelineFixture()
        try await fixture.finishFirst()
        let begun = try await fixture.reprocess()
        let claim = try #require(await fixture.claim(begun.job))
        try await fixture.database.transaction { connection in
            let failing = try TaskLeases.fail(
                claim, TaskFailure(.mediaError, "no", isRetryable: false), policy: RetryPolicy(), at: 31, in: connection
            )
            #expect(failing == .dead)
            try VideoEndings().taskDied(claim.record, in: connection)
        }
        var record = try #require(await fixture.record())
        #expect(record.state == .ready && record.generation == 1)
        #expect(try await fixture.generation(2) == .failed)
        let third = try await fixture.reprocess(at: 50)
        #expect(third.generation == 3)
        #expect(try await fixture.removals() == ["videos/vid_test/g2#1": 50 + Deletion.zombieTime])
        record = try #require(await fixture.record())
        #expect(record.generation == 1)
    }

    @Test("A number is never used twice, even after its generation was collected") func numbers() async throws {
        let fixture = try await PipelineFixture()
        try await fixture.finishFirst()
        let video = fixture.video
        for expected in 2...4 {
            let begun = try await fixture.reprocess()
            #expect(begun.generation == expected)
            try await fixture.database.transaction { connection in
                let job = try #require(try JobStore.job(begun.job, in: connection))
                #expect(try JobAdministration.cancel(job, at: 60, in: connection))
                try Generations.remove(video: video, number: begun.generation, in: connection)
            }
        }
    }

    @Test("A failed or rejected video is processed as if for the first time", arguments: [true, false])
    func again(isRejected: Bool) async throws {
        let fixture = try await PipelineFixture()
        let video = fixture.video
        try await fixture.database.transaction { connection in
            if isRejected {
                try Videos.reject(video, Rejection(.truncated, "short"), at: 5, in: connection)
            } else {
                try Videos.fail(video, .mediaError, "no", at: 5, in: connection)
            }
            try connection.execute("UPDATE tasks SET state = 'dead', finished_at = 5")
            try connection.execute("UPDATE jobs SET state = 'dead', finished_at = 5")
        }
        let begun = try await fixture.reprocess()
        let record = try #require(await fixture.record())
        #expect(record.state == .processing && record.generation == nil)
        #expect(record.rejectionCode == nil && record.failureCode == nil && begun.generation == 2)
        #expect(try await fixture.removals() == ["videos/vid_test/g1#1": 20 + Deletion.zombieTime])
    }

    @Test("Cancelling the first job fails the video with a code, and a retry resumes it")
    func cancelling() async throws {
        let fixture = try await PipelineFixture()
        let (video, database) = (fixture.video, fixture.database)
        func job() async throws -> JobRecord {
            try #require(
                await database.read { try JobStore.list(JobFilter(videoID: video, limit: 1), in: $0) }.first?.job)
        }
        let first = try await job()
        #expect(try await database.transaction { try JobAdministration.cancel(first, at: 7, in: $0) })
        #expect(try await fixture.record()?.failureCode == .cancelled)
        #expect(try await fixture.state() == .failed)
        #expect(try await !database.transaction { try JobAdministration.cancel(first, at: 7, in: $0) })
        let cancelled = try await job()
        try await database.transaction { try JobAdministration.retry(cancelled, at: 8, in: $0) }
        #expect(try await fixture.state() == .processing)
        #expect(try await fixture.generation(1) == .processing)
        let queued = try await job()
        await #expect(throws: JobAdministration.Refusal.notDead) {
            try await database.transaction { try JobAdministration.retry(queued, at: 9, in: $0) }
        }
    }

    @Test("A job of a generation that has a successor cannot be retried") func superseded() async throws {
        let fixture = try await PipelineFixture()
        try await fixture.finishFirst()
        let second = try await fixture.reprocess()
        let database = fixture.database
        let job = try #require(await database.read { try JobStore.job(second.job, in: $0) })
        _ = try await database.transaction { try JobAdministration.cancel(job, at: 60, in: $0) }
        let cancelled = try #require(await database.read { try JobStore.job(second.job, in: $0) })
        #expect(try await fixture.state() == .ready)
        try await fixture.reprocess(at: 70)
        await #expect(throws: JobAdministration.Refusal.superseded) {
            try await database.transaction { try JobAdministration.retry(cancelled, at: 80, in: $0) }
        }
    }
}
