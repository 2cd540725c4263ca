import Ground
import Jobs
import MediaModel
import Redis
import SQL
import SQLFixtures
import Testing

@testable import Jobs

@Suite("Viewers who wait for a part of a task", .timeLimit(.minutes(1))) struct DemandTests {
    private static let whole = WorkItem.video(range: SegmentRange(first: 2, count: 12), rungs: ["v240", "v360"])
    private static let demanded = WorkItem.video(range: SegmentRange(first: 5, count: 2), rungs: ["v360"])
    private static let rest = [
        NewTask(.video(range: SegmentRange(first: 2, count: 3), rungs: ["v240", "v360"])),
        NewTask(.video(range: SegmentRange(first: 5, count: 2), rungs: ["v240"])),
        NewTask(.video(range: SegmentRange(first: 7, count: 7), rungs: ["v240", "v360"])),
    ]

    /// A job with the whole range as its only task.
    private static func addJob(_ fixture: QueueFixture, more: Int = 0) async throws -> JobRecord {
        let (video, now) = (fixture.jobs.video, fixture.jobs.time.now)
        return try await fixture.jobs.transaction { connection in
            try JobStore.createJob(
                video: video, generation: 1, tenant: "usr_1",
                tasks: [NewTask(whole)] + (0..<more).map { NewTask(.range($0)) }, at: now, in: connection)
        }
    }

    @Test(
        "Of many divisions at once one finds the work whole; the task keeps the wanted part, urgent and beside the window",
        arguments: DatabaseEngine.allCases)
    func once(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 1) { fixture async throws in
            let job = try await Self.addJob(fixture)
            let task = try await fixture.jobs.task(job)
            let divided = try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await fixture.dispatcher.divide(task, into: Self.demanded, and: Self.rest)
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(divided == 1)
            let tasks = try await fixture.jobs.tasks(job)
            #expect(tasks.map(\.item) == [Self.demanded] + Self.rest.map(\.item))
            #expect(tasks.map(\.lane) == [.urgent, .normal, .normal, .normal])
            #expect(tasks[0].id == task.id && tasks[0].dispatchedAt != nil && tasks[1].dispatchedAt == nil)
            #expect(try await fixture.queue.depth() == [.urgent: 1, .normal: 0, .bulk: 0])
        }
    }

    @Test("A task that a worker holds, or that has ended, is not divided", arguments: DatabaseEngine.allCases)
    func held(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let job = try await Self.addJob(fixture)
            let task = try await fixture.jobs.task(job)
            let claim = try #require(try await fixture.jobs.claim(task))
            #expect(try await fixture.dispatcher.divide(task, into: Self.demanded, and: Self.rest) == false)
            let now = fixture.jobs.time.now
            _ = try await fixture.jobs.transaction {
                try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: now, in: $0)
            }
            #expect(try await fixture.dispatcher.divide(task, into: Self.demanded, and: Self.rest) == false)
            #expect(try await fixture.jobs.tasks(job).map(\.item) == [Self.whole])
        }
    }

    @Test(
        "A worker whose slots are busy takes an urgent task at once, and does no other task beside them",
        arguments: DatabaseEngine.allCases)
    func lent(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let (busy, urgent, over) = (Signal(), Signal(), Signal())
            let seen = Recorder()
            let handler = ScriptedHandler { task, _ in
                seen.add("\(task.record.lane)")
                if task.record.lane == .urgent {
                    urgent.set()
                } else {
                    busy.set()
                    await over.wait()
                }
                return .done
            }
            let background = try await fixture.jobs.addJob(tasks: 3)
            let wanted = try await fixture.jobs.addJob(lane: .urgent)
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await fixture.dispatcher.wake(job: background.id)
                await busy.wait()
                await fixture.dispatcher.wake(job: wanted.id)
                await urgent.wait()
                try await fixture.until { try await fixture.jobs.job(wanted)?.state == .done }
                #expect(seen.all == ["normal", "urgent"])
                over.set()
                try await fixture.until { try await fixture.jobs.job(background)?.state == .done }
            }
        }
    }

    @Test(
        "A running task hears what a viewer wants; what it leaves for him is handed out beside a full window",
        arguments: DatabaseEngine.allCases)
    func divides(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine, window: 1) { fixture async throws in
            let (started, over) = (Signal(), Signal())
            let seen = Recorder()
            let handler = ScriptedHandler { task, context in
                guard task.item == Self.whole else {
                    seen.add("\(task.item)")
                    if task.item == Self.demanded { over.set() }
                    await over.wait()
                    return .done
                }
                started.set()
                for await demand in context.demands {
                    #expect(demand == SegmentDemand(track: "v360", segment: 5))
                    break
                }
                return TaskOutcome { _ in
                    var followUp = FollowUp(tasks: Self.rest)
                    followUp.demanded = [NewTask(Self.demanded, lane: .urgent)]
                    followUp.weight = 3
                    return followUp
                }
            }
            let job = try await Self.addJob(fixture, more: 2)
            let task = try await fixture.jobs.task(job)
            try await fixture.running([fixture.worker("a", handler: handler)]) {
                await fixture.dispatcher.wake(job: job.id)
                await started.wait()
                let demand = SegmentDemand(track: "v360", segment: 5)
                // A message that comes before the worker listens is lost; players repeat their requests.
                while try await fixture.jobs.task(job).state == .running {
                    await fixture.dispatcher.demand(demand, of: task.id)
                }
                await over.wait()
                try await fixture.until { try await fixture.jobs.job(job)?.state == .done }
            }
            let tasks = try await fixture.jobs.tasks(job)
            #expect(tasks.count == 7 && tasks.allSatisfy { $0.state == .done })
            let weight = try await fixture.jobs.database.read {
                try $0.query("SELECT weight FROM tasks WHERE id = $1", [.text(task.id)]).first?.int("weight")
            }
            #expect(weight == 3)
        }
    }

    @Test(
        "A task that no viewer waits for any more leaves the urgent lane, and comes in its turn",
        arguments: DatabaseEngine.allCases)
    func withdrawn(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            let job = try await Self.addJob(fixture)
            let task = try await fixture.jobs.task(job)
            #expect(try await fixture.dispatcher.divide(task, into: Self.demanded, and: Self.rest))
            let urgent = try await fixture.jobs.task(job)
            try await fixture.dispatcher.withdraw(urgent, to: .normal)
            let tasks = try await fixture.jobs.tasks(job)
            #expect(tasks.map(\.item) == [Self.demanded] + Self.rest.map(\.item))
            #expect(tasks.allSatisfy { $0.lane == .normal && $0.dispatchedAt != nil })
            #expect(try await fixture.queue.depth() == [.urgent: 0, .normal: 4, .bulk: 0])
            // It can become urgent again.
            #expect(try await fixture.dispatcher.raise(task: task.id))
            #expect(try await fixture.queue.depth() == [.urgent: 1, .normal: 3, .bulk: 0])
        }
    }

    @Test(
        "A task that runs or waits for another attempt stays urgent, whoever leaves", arguments: DatabaseEngine.allCases
    )
    func staysUrgent(on engine: DatabaseEngine) async throws {
        try await QueueFixture.with(engine) { fixture async throws in
            for state in [TaskState.running, .retrying] {
                let job = try await fixture.jobs.addJob(lane: .urgent)
                let task = try await fixture.jobs.task(job)
                try await fixture.jobs.database.transaction { connection in
                    try connection.execute(
                        "UPDATE tasks SET state = $2, not_before = 5 WHERE id = $1", [.text(task.id), SQLValue(state)])
                }
                // Also where the caller has read it while it was queued.
                try await fixture.dispatcher.withdraw(task, to: .normal)
                try await fixture.dispatcher.withdraw(try await fixture.jobs.task(job), to: .normal)
                let after = try await fixture.jobs.task(job)
                #expect(after.lane == .urgent && after.state == state)
            }
        }
    }
}
