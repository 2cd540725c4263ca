import MediaModel
import SQL
import SQLFixtures
import Testing

@testable import Jobs

@Suite("The states of tasks and jobs") struct StateTests {
    /// A second copy of the tasks' transition table: for each event the state after it, by the state before it.
    private static let tasks: [TaskEvent: [TaskState: TaskState]] = [
        .dispatch: [.queued: .queued, .retrying: .retrying],
        .claim: [.queued: .running, .running: .running, .retrying: .running],
        .renew: [.running: .running],
        .complete: [.running: .done],
        .retry: [.running: .retrying],
        .die: [.running: .dead],
        .handBack: [.running: .queued],
        .cancel: [.queued: .cancelled, .running: .cancelled, .retrying: .cancelled],
        .reopen: [.dead: .queued, .cancelled: .queued],
    ]

    /// A second copy of the jobs' transition table.
    private static let jobs: [JobEvent: [JobState: JobState]] = [
        .start: [.queued: .running, .running: .running, .retrying: .running],
        .backOff: [.running: .retrying],
        .finish: [.queued: .done, .running: .done, .retrying: .done],
        .die: [.queued: .dead, .running: .dead, .retrying: .dead],
        .cancel: [.queued: .cancelled, .running: .cancelled, .retrying: .cancelled],
        .reopen: [.dead: .queued, .cancelled: .queued],
    ]

    @Test("Every pair of state and event has the target of the table, or none") func tables() {
        for event in TaskEvent.allCases {
            for state in TaskState.allCases { #expect(state.after(event) == Self.tasks[event]?[state]) }
        }
        for event in JobEvent.allCases {
            for state in JobState.allCases { #expect(state.after(event) == Self.jobs[event]?[state]) }
        }
    }

    @Test("Only reopening leaves a final state, and every other state can be cancelled") func ends() {
        for state in TaskState.allCases {
            let events = TaskEvent.allCases.filter { state.after($0) != nil }
            #expect(state.isUnfinished ? events.contains(.cancel) : events == (state == .done ? [] : [.reopen]))
        }
        for state in JobState.allCases {
            let events = JobEvent.allCases.filter { state.after($0) != nil }
            #expect(state.isUnfinished ? events.contains(.cancel) : events == (state == .done ? [] : [.reopen]))
        }
    }

    @Test("The conditions in SQL have the states of the table")
    func guards() {
        #expect(TaskEvent.complete.condition == "state IN ('running')")
        #expect(TaskEvent.complete.assignment == "state = 'done'")
        #expect(TaskEvent.reopen.condition == "state IN ('dead', 'cancelled')")
        #expect(TaskEvent.handBack.assignment == "state = 'queued'")
        #expect(TaskState.unfinished == "state IN ('queued', 'running', 'retrying')")
        #expect(JobState.ended == "state IN ('done', 'dead', 'cancelled')")
    }

    @Test(
        "In the database an event changes a task as the table says, and is refused in other states",
        arguments: DatabaseEngine.allCases)
    func taskRows(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            for event in TaskEvent.allCases {
                for state in TaskState.allCases {
                    let job = try await fixture.addJob()
                    let task = try await fixture.task(job)
                    let claim = try #require(await fixture.claim(task))
                    let now = fixture.time.now
                    let after = try await fixture.transaction { connection in
                        try connection.execute(
                            """
                            UPDATE tasks SET state = $2, not_before = 0, lease_until = 0, dispatched_at = NULL,
                                finished_at = $3 WHERE id = $1
                            """,
                            [.text(task.id), SQLValue(state), state.isUnfinished ? .null : .integer(1)])
                        try Self.apply(event, to: claim, at: now, in: connection)
                        return try JobStore.task(task.id, in: connection)?.state
                    }
                    #expect(after == state.after(event) ?? state, "\(event) of a task that is \(state)")
                }
            }
        }
    }

    private static func apply(
        _ event: TaskEvent, to claim: ClaimedTask, at now: Int64, in connection: any SQLConnection
    ) throws {
        let (id, epoch) = (claim.id, claim.epoch)
        let failure = TaskFailure(.mediaError, "bad", isRetryable: event == .retry)
        switch event {
        case .dispatch: _ = try DispatchStore.raise(task: id, at: now, in: connection)
        case .claim:
            _ = try TaskLeases.claim(task: id, worker: "b", leaseUntil: now + 1, at: now, in: connection)
        case .renew:
            _ = try TaskLeases.renew(task: id, epoch: epoch, leaseUntil: now + 1, progress: 0.5, in: connection)
        case .complete: _ = try TaskLeases.complete(task: id, epoch: epoch, at: now, in: connection)
        case .retry, .die:
            _ = try TaskLeases.fail(claim, failure, policy: RetryPolicy(), at: now, in: connection)
        case .handBack: _ = try TaskLeases.handBack(task: id, epoch: epoch, in: connection)
        case .cancel: _ = try JobStore.cancel(job: claim.jobID, at: now, in: connection)
        case .reopen: _ = try JobStore.retry(job: claim.jobID, in: connection)
        }
    }

    @Test(
        "In the database an event changes a job as the table says, and is refused in other states",
        arguments: DatabaseEngine.allCases)
    func jobRows(on engine: DatabaseEngine) async throws {
        try await JobsFixture.with(engine) { fixture async throws in
            for event in JobEvent.allCases {
                for state in JobState.allCases {
                    let job = try await fixture.addJob()
                    let task = try await fixture.task(job)
                    // The start event claims a queued task; all other events need a job whose task is claimed.
                    let claim = event == .start ? nil : try await fixture.claim(task)
                    #expect((claim == nil) == (event == .start))
                    let now = fixture.time.now
                    let after = try await fixture.transaction { connection in
                        try connection.execute(
                            "UPDATE jobs SET state = $2 WHERE id = $1", [.text(job.id), SQLValue(state)])
                        try Self.apply(event, task.id, claim, at: now, in: connection)
                        return try JobStore.job(job.id, in: connection)?.state
                    }
                    #expect(after == state.after(event) ?? state, "\(event) of a job that is \(state)")
                }
            }
        }
    }

    private static func apply(
        _ event: JobEvent, _ task: String, _ claim: ClaimedTask?, at now: Int64, in connection: any SQLConnection
    ) throws {
        guard let claim else {
            _ = try TaskLeases.claim(task: task, worker: "a", leaseUntil: now + 1, at: now, in: connection)
            return
        }
        let failure = TaskFailure(.mediaError, "bad", isRetryable: event == .backOff)
        switch event {
        case .start: break
        case .backOff, .die:
            _ = try TaskLeases.fail(claim, failure, policy: RetryPolicy(), at: now, in: connection)
        case .finish:
            _ = try TaskLeases.complete(task: claim.id, epoch: claim.epoch, at: now, in: connection)
            try JobStore.settle(job: claim.jobID, at: now, in: connection)
        case .cancel: _ = try JobStore.cancel(job: claim.jobID, at: now, in: connection)
        case .reopen: _ = try JobStore.retry(job: claim.jobID, in: connection)
        }
    }
}
