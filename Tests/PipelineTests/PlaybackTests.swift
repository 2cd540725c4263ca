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
    /// What a playback has asked of the queue, which divides as the database allows.
    private final class Asked: Sendable {
        let raised = Mutex<[String]>([])
        let divided = Mutex<[(demanded: WorkItem, rest: [WorkItem])]>([])
        let demanded = Mutex<[SegmentDemand]>([])
        let withdrawn = Mutex<[WorkItem]>([])

        func queue(dividing: Bool = true) -> DemandQueue {
            DemandQueue(
                raise: { task in
                    self.raised.withLock { $0.append(task) }
                    return true
                },
                divide: { _, demanded, rest in
                    self.divided.withLock { $0.append((demanded, rest.map(\.item))) }
                    return dividing
                }, demand: { demand, _ in self.demanded.withLock { $0.append(demand) } },
                withdraw: { task, lane in
                    #expect(lane == .normal)
                    self.withdrawn.withLock { $0.append(task.item) }
                })
        }
    }

    /// A plan of many segments, whose tasks are rows in a state.
    private static func prepare(
        _ fixture: PipelineFixture, segments: Int, state: TaskState
    ) async throws -> EncodingPlan {
        var plan = PipelineFixture.plan
        plan.segmentCount = segments
        plan.video?.boundaries = (0...segments).map { Int64($0) * 64_000 }
        plan.video?.frameCounts = Array(repeating: 96, count: segments)
        plan.video?.entryPoints = (0..<segments).map { Int64($0) * 4000 }
        plan.video?.ranges = SegmentRange.split(segments, startup: 2, length: 12)
        plan.audio[0].boundaries = (0...segments).map { $0 * 188 }
        plan.audio[0].ranges = SegmentRange.split(segments, startup: 2, length: 16)
        let job = try #require(try await fixture.database.read { try JobStore.list(JobFilter(), in: $0).first?.job.id })
        try await fixture.database.transaction { [plan, video = fixture.video] connection in
            try Generations.setPlan(video: video, number: 1, plan, in: connection)
            try connection.execute("UPDATE tasks SET state = 'done', finished_at = 1")
            try JobStore.addTasks(plan.tasks(), to: job, at: 3, in: connection)
            try connection.execute("UPDATE tasks SET state = $1 WHERE state = 'queued'", [SQLValue(state)])
        }
        return plan
    }

    private static func playback(
        _ fixture: PipelineFixture, _ asked: Asked, dividing: Bool = true
    ) throws -> Playback {
        Playback(
            database: fixture.database,
            store: try LocalObjectStore(root: NSTemporaryDirectory() + "/videohost-none-\(UUID().uuidString)"),
            queue: asked.queue(dividing: dividing),
            // No object comes: the wait ends as soon as everything is asked for.
            changes: { _ in AsyncStream { $0.finish() } })
    }

    @Test(
        "A waiting task is divided: the wanted segment of the wanted rung first, and the sound beside it",
        arguments: [TaskState.queued, .retrying])
    func divides(state: TaskState) async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: state)
        let playback = try Self.playback(fixture, asked)
        #expect(
            try await playback.awaitObject(
                video: fixture.video, generation: 1, path: "v240/00043.m4s", timeout: .seconds(600)) == .pending)
        let divided = asked.divided.withLock { $0 }
        #expect(
            divided.map(\.demanded) == [
                .video(range: SegmentRange(first: 42, count: 2), rungs: ["v240"]),
                .audio(track: "aund", range: SegmentRange(first: 42, count: 4)),
            ])
        #expect(divided.first?.rest.count == 3 && divided.last?.rest.count == 2)
        #expect(asked.raised.withLock { $0 }.isEmpty)
    }

    @Test("A viewer who watches on gets more at a time, unless another one waits", arguments: [false, true])
    func follows(othersWait: Bool) async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: .queued)
        try await fixture.database.transaction { connection in
            let job = try #require(try JobStore.list(JobFilter(), in: connection).first?.job.id)
            // What comes before segment 2 is made.
            try connection.execute("UPDATE tasks SET state = 'done', finished_at = 1 WHERE spec LIKE '%\"first\":0}%'")
            guard othersWait else { return }
            let other = WorkItem.video(range: SegmentRange(first: 60, count: 2), rungs: ["v360"])
            try JobStore.addTasks([NewTask(other, lane: .urgent)], to: job, at: 3, in: connection)
        }
        let playback = try Self.playback(fixture, asked)
        _ = try await playback.awaitObject(
            video: fixture.video, generation: 1, path: "v240/00003.m4s", timeout: .seconds(600))
        let count = othersWait ? 2 : 4
        #expect(
            asked.divided.withLock { $0.first?.demanded }
                == .video(range: SegmentRange(first: 2, count: count), rungs: ["v240"]))
    }

    @Test("A worker is told what a viewer wants of its running task") func running() async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: .running)
        let playback = try Self.playback(fixture, asked)
        #expect(
            try await playback.awaitObject(
                video: fixture.video, generation: 1, path: "v360/00043.m4s", timeout: .seconds(600)) == .pending)
        #expect(
            asked.demanded.withLock { $0 } == [
                SegmentDemand(track: "v360", segment: 42), SegmentDemand(track: "aund", segment: 42),
            ])
        #expect(asked.divided.withLock { $0.isEmpty } && asked.raised.withLock { $0.isEmpty })
    }

    @Test("A short task of one rung is raised as it is; what no task makes never comes") func short() async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: .queued)
        let playback = try Self.playback(fixture, asked)
        func ask(_ path: String) async throws -> ObjectAvailability {
            try await playback.awaitObject(video: fixture.video, generation: 1, path: path, timeout: .seconds(600))
        }
        #expect(try await ask("v360/init.mp4") == .pending)
        #expect(asked.raised.withLock { $0.count } == 2 && asked.divided.withLock { $0.isEmpty })
        for path in ["v360/00101.m4s", "v999/00001.m4s", "x", "v360/index.txt"] {
            #expect(try await ask(path) == .never, "\(path)")
        }
    }

    @Test(
        "What a viewer wanted who has left is taken back, unless it makes what another one waits for",
        arguments: [false, true])
    func withdraws(isShared: Bool) async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: .queued)
        let (video, sound) = (
            WorkItem.video(range: SegmentRange(first: 42, count: 2), rungs: ["v240"]),
            WorkItem.audio(track: "aund", range: SegmentRange(first: 42, count: 4))
        )
        try await fixture.database.transaction { connection in
            let job = try #require(try JobStore.list(JobFilter(), in: connection).first?.job.id)
            try connection.execute("UPDATE tasks SET state = 'done', finished_at = 1 WHERE finished_at IS NULL")
            let tasks = [video, sound, .video(range: SegmentRange(first: 0, count: 2), rungs: ["v360"])]
            try JobStore.addTasks(tasks.map { NewTask($0, lane: .urgent) }, to: job, at: 3, in: connection)
        }
        let demands = SegmentDemands(database: fixture.database, queue: asked.queue())
        let wanted = isShared ? "v240/00044.m4s" : "v240/00045.m4s"
        for path in ["v240/00043.m4s", "v360/00001.m4s", "x"] {
            try await demands.withdraw(video: fixture.video, generation: 1, path: path) { $0 == wanted }
        }
        #expect(asked.withdrawn.withLock { $0 } == (isShared ? [sound] : [video, sound]))
        #expect(asked.raised.withLock { $0.isEmpty })
    }

    @Test("Ten thousand requests for a segment ask for it once") func many() async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: .queued)
        let (over, end) = AsyncStream.makeStream(of: Void.self)
        let playback = Playback(
            database: fixture.database,
            store: try LocalObjectStore(root: NSTemporaryDirectory() + "/videohost-none-\(UUID().uuidString)"),
            queue: asked.queue(), changes: { _ in over })
        let video = fixture.video
        try await withThrowingTaskGroup { group in
            for _ in 0..<10_000 {
                group.addTask {
                    try await playback.awaitObject(
                        video: video, generation: 1, path: "v240/00043.m4s", timeout: .seconds(600))
                }
            }
            let key = ObjectKey.object(video: video, generation: 1, "v240/00043.m4s")
            while playback.waits.waiterCount(of: key) < 10_000 || asked.divided.withLock({ $0.count }) < 2 {
                await Task.yield()
            }
            end.finish()
            for try await found in group { #expect(found == .pending) }
        }
        #expect(asked.divided.withLock { $0.count } == 2)
    }

    @Test("If another node was faster, the tasks are read again, but not for ever") func faster() async throws {
        let (fixture, asked) = (try await PipelineFixture(), Asked())
        _ = try await Self.prepare(fixture, segments: 100, state: .queued)
        let playback = try Self.playback(fixture, asked, dividing: false)
        #expect(
            try await playback.awaitObject(
                video: fixture.video, generation: 1, path: "v240/00043.m4s", timeout: .seconds(600)) == .pending)
        #expect(asked.divided.withLock { $0.count } == 6)
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
