import Catalog
import Foundation
import Jobs
import MediaModel
import SQL
import SQLFixtures
import Storage
import Synchronization
import Testing

@testable import Pipeline

@Suite("Playback of missing segments") struct PlaybackTests {
    @Test(
        "The task of a missing segment is raised unless it runs, also if it waits for another attempt",
        arguments: [
            (TaskState.queued, "normal", true), (.queued, "urgent", true), (.retrying, "normal", true),
            (.running, "normal", false),
        ])
    func raises(state: TaskState, lane: String, isRaised: Bool) async throws {
        let fixture = try await PipelineFixture()
        let (video, plan) = (fixture.video, PipelineFixture.plan)
        let job = try #require(try await fixture.database.read { try JobStore.list(JobFilter(), in: $0).first?.job.id })
        let names = try await fixture.database.transaction { connection in
            try Generations.setPlan(video: video, number: 1, plan, in: connection)
            try connection.execute("UPDATE tasks SET state = 'done', finished_at = 1")
            let names = try JobStore.addTasks(plan.tasks(), to: job, at: 3, in: connection)
            try connection.execute(
                "UPDATE tasks SET state = $1, lane = $2 WHERE kind = 'video' AND state = 'queued'",
                [SQLValue(state), .text(lane)])
            return names
        }
        let tasks = try await fixture.database.read { try JobStore.tasks(job: job, in: $0) }
        let maker = try #require(
            tasks.first { task in
                if case .video(let range, _) = task.item { range.first == 2 && names.contains(task.id) } else { false }
            })
        let folder = NSTemporaryDirectory() + "/videohost-playback-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let raised = Mutex<[String]>([])
        let playback = Playback(
            database: fixture.database, store: try LocalObjectStore(root: folder),
            raise: { task in
                raised.withLock { $0.append(task) }
                return true
            },
            changes: { _ in AsyncStream { _ in } })
        let found = try await playback.awaitObject(
            video: video, generation: 1, path: "v240/00003.m4s", timeout: .zero)
        #expect(found == .pending)
        #expect(raised.withLock { $0 } == (isRaised ? [maker.id] : []))
    }

    @Test("The end of a task costs the same for a video of a thousand tasks as for one of ten") func cost() async throws
    {
        var costs: [CountingDatabase.Counts] = []
        for count in [10, 1000] {
            let fixture = try await PipelineFixture()
            let database = CountingDatabase(fixture.database)
            let (video, plan) = (fixture.video, PipelineFixture.plan)
            let job = try #require(
                try await fixture.database.read { try JobStore.list(JobFilter(), in: $0).first?.job.id })
            let task = try await fixture.database.transaction { connection in
                try Generations.setPlan(video: video, number: 1, plan, in: connection)
                let items = (0..<count).map {
                    WorkItem.video(range: SegmentRange(first: $0, count: 1), rungs: ["v240"])
                }
                try JobStore.addTasks(items.map { NewTask($0) }, to: job, at: 3, in: connection)
                return try #require(try JobStore.tasks(job: job, in: connection).first)
            }
            _ = try await database.transaction { connection in
                try (
                    Completion.advance(task, at: 5, in: connection),
                    JobStore.isLast(task, before: "publish", in: connection)
                )
            }
            costs.append(database.take())
        }
        #expect(costs[0] == costs[1] && costs[1].rows <= 4)
    }
}
