import Catalog
import Ingest
import Jobs
import MediaModel
import SQL
import Storage

/// Probes the source: stores its facts and the plan, and adds the tasks that execute the plan.
struct ProbeHandler: Sendable {
    let attempt: TaskAttempt

    /// An earlier generation whose tracks the new one can reuse.
    private struct Earlier: Sendable {
        let generation: Int
        let plan: EncodingPlan
    }

    /// Does the attempt.
    /// - Throws: `Rejection` if the source is not accepted.
    func run() async throws -> TaskOutcome {
        let source = try await attempt.openSource()
        defer { source.release() }
        attempt.metrics.probed(byteCount: source.byteCount)
        var planner = attempt.settings.planner
        let earlier = try await attempt.database.read { [task = attempt.task] in
            try Self.earlier(than: task, in: $0)
        }
        // Tracks fit together only if both generations cut at the same frames: those of passthrough, or not.
        if let video = earlier?.plan.video {
            planner.allowsPassthrough = video.rungs.contains { $0.passthrough != nil }
        }
        let found = try await attempt.probe(source, planner: planner)
        let time = attempt.time
        return TaskOutcome { [task = attempt.task] connection in
            try Sources.setFacts(video: task.videoID, found.facts, in: connection)
            try Generations.setPlan(video: task.videoID, number: task.generation, found.plan, in: connection)
            try Videos.setFindings(
                task.videoID, durationMilliseconds: found.facts.durationMilliseconds, notes: found.facts.notes,
                at: time, in: connection)
            return FollowUp(tasks: try Self.tasks(of: found.plan, for: task, in: connection))
        }
    }

    /// The tasks of a plan, with tracks of the served generation reused where that was asked for.
    private static func tasks(
        of plan: EncodingPlan, for task: ClaimedTask, in connection: any SQLConnection
    ) throws -> [NewTask] {
        var reuse: [NewTask] = []
        var reused: [String] = []
        if let earlier = try earlier(than: task, in: connection) {
            let counts = try SegmentLedger.segmentCounts(
                video: task.videoID, generation: earlier.generation, in: connection)
            reused = ReusedTracks.names(of: plan, in: earlier.plan, counts: counts)
            if !reused.isEmpty {
                reuse = [NewTask(.reuse(fromGeneration: earlier.generation, tracks: reused))]
            }
        }
        return (reuse + plan.tasks(reusing: Set(reused))).map { item in
            var item = item
            item.lane = Reprocessing.lane(item.lane, of: task.generation)
            return item
        }
    }

    /// The generation whose tracks a task's generation can reuse; `nil` if none.
    private static func earlier(than task: ClaimedTask, in connection: any SQLConnection) throws -> Earlier? {
        let row = try Generations.find(video: task.videoID, number: task.generation, in: connection)
        guard let number = row?.carriesFrom, try Videos.servedGeneration(task.videoID, in: connection) == number,
            // If this version of the program cannot read the plan of the earlier generation, nothing is reused.
            let earlier = try? Generations.find(video: task.videoID, number: number, in: connection),
            earlier.state == .ready, let plan = earlier.plan
        else { return nil }
        return Earlier(generation: number, plan: plan)
    }
}
