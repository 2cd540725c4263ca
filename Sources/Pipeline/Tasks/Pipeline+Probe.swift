import Catalog
internal import Ground
import Ingest
import Jobs
import MediaModel
import SQL
import Storage
import Transcoder
import Webhooks

extension Pipeline {
    /// Looks at the source; stores its facts and plan, and the tasks that follow, or refuses it.
    func probe(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        let source = try await source(of: task)
        defer { source.release() }
        metrics.probed(byteCount: source.byteCount)
        var planner = settings.planner
        let earlier = try await database.read { try Self.carriable(task, in: $0) }
        // What is taken over was cut at other pictures if the two disagree on whether the source's own are kept.
        if let video = earlier?.plan.video { planner.keepsPictures = video.rungs.contains { $0.passthrough != nil } }
        var found: ProbeResult?
        try await media.run(
            .probe(planner), source: source.descriptor, name: scratchName(task)
        ) { reply, _ in
            switch reply {
            case .probed(let result): found = result
            case .event(.progress(let fraction)): context.report(progress: fraction)
            default: break
            }
        }
        guard let found else {
            throw TaskFailure(.mediaError, "the probe ended without a result", isRetryable: true)
        }
        return accept(task, found)
    }

    /// Refuses the video of a task, whichever task found out; the rest of its job is cancelled.
    func refuse(_ task: ClaimedTask, _ rejection: Rejection) async throws -> TaskOutcome {
        let served = try await database.read { try Videos.servedGeneration(task.videoID, in: $0) }
        guard served == nil else {
            // What is served cannot be rejected afterwards: it is an attempt that failed, for operators to see.
            throw TaskFailure(
                .mediaError, "the source is refused now: \(rejection.code.rawValue): \(rejection.detail)",
                isRetryable: false)
        }
        let time = clock.now()
        return TaskOutcome { connection in
            if try Videos.reject(task.videoID, rejection, at: time, in: connection) {
                try Outbox.announce(event: .rejected, video: task.videoID, at: time, in: connection)
            }
            try Generations.apply(.failed, to: task.generation, of: task.videoID, in: connection)
            return FollowUp(cancelsRest: true)
        } committed: { [metrics] in
            metrics.refused(rejection.code)
        }
    }

    private func accept(_ task: ClaimedTask, _ found: ProbeResult) -> TaskOutcome {
        let time = clock.now()
        return TaskOutcome { connection in
            try Sources.setFacts(video: task.videoID, found.facts, in: connection)
            try Generations.setPlan(video: task.videoID, number: task.generation, found.plan, in: connection)
            try Videos.setFindings(
                task.videoID, durationMilliseconds: found.facts.durationMilliseconds, notes: found.facts.notes,
                at: time,
                in: connection)
            let carried = try Self.carried(task, found.plan, in: connection)
            var tasks = Self.tasks(of: found.plan, without: Set(carried?.tracks ?? []))
            if let carried {
                tasks.insert(
                    NewTask(.reuse(fromGeneration: carried.generation, tracks: carried.tracks)), at: 0)
            }
            for index in tasks.indices {
                tasks[index].lane = Reprocessing.lane(tasks[index].lane, of: task.generation)
            }
            return FollowUp(tasks: tasks)
        }
    }

    /// The generation that this one may take tracks over from, with its plan; `nil` if none.
    private static func carriable(
        _ task: ClaimedTask, in connection: any SQLConnection
    ) throws -> (generation: Int, plan: EncodingPlan)? {
        let row = try Generations.find(video: task.videoID, number: task.generation, in: connection)
        guard let source = row?.carriesFrom,
            try Videos.servedGeneration(task.videoID, in: connection) == source,
            // A plan of an older form may not even be readable; then everything is made.
            let earlier = try? Generations.find(video: task.videoID, number: source, in: connection),
            earlier.state == .ready, let plan = earlier.plan
        else { return nil }
        return (source, plan)
    }

    /// What this generation takes over from the one that is served; `nil` if nothing.
    private static func carried(
        _ task: ClaimedTask, _ plan: EncodingPlan, in connection: any SQLConnection
    ) throws -> (generation: Int, tracks: [String])? {
        guard let (source, earlierPlan) = try carriable(task, in: connection) else { return nil }
        let made = try SegmentLedger.segmentCounts(video: task.videoID, generation: source, in: connection)
        let tracks = ReusedTracks.names(of: plan, in: earlierPlan, made: made)
        return tracks.isEmpty ? nil : (source, tracks)
    }

    /// All tasks of a plan, in the order in which they help a viewer most.
    /// - Parameter carried: Tracks that are taken over and not made.
    static func tasks(of plan: EncodingPlan, without carried: Set<String> = []) -> [NewTask] {
        var tasks: [NewTask] = []
        let wanted = (plan.video?.rungs ?? []).filter { !carried.contains($0.name) }
        let rungs = wanted.filter { $0.passthrough == nil }.map(\.name)
        let startup = rungs.filter { $0 == plan.video?.startupRung }
        let ranges = rungs.isEmpty ? [] : plan.video?.ranges ?? []
        if let first = ranges.first, !startup.isEmpty {
            tasks.append(NewTask(.video(range: first, rungs: startup), lane: .urgent))
        }
        // Playing can begin with the default sound; the others are made beside the pictures' later ranges.
        let sounds = plan.audio.map(\.name)
        tasks += sounds.prefix(1).filter { !carried.contains($0) }.map { NewTask(.audio(track: $0), lane: .urgent) }
        tasks += wanted.filter { $0.passthrough != nil }.map { NewTask(.passthrough(rung: $0.name), lane: .urgent) }
        if let first = ranges.first {
            let others = rungs.filter { !startup.contains($0) }
            if !others.isEmpty { tasks.append(NewTask(.video(range: first, rungs: others))) }
        }
        // Read anew for each generation: that costs little beside what is carried.
        if plan.subtitles?.isEmpty == false { tasks.append(NewTask(.subtitles)) }
        if !carried.contains(ReusedTracks.images) { tasks.append(NewTask(.images)) }
        tasks += sounds.dropFirst().filter { !carried.contains($0) }.map { NewTask(.audio(track: $0)) }
        tasks += ranges.dropFirst().map { NewTask(.video(range: $0, rungs: rungs)) }
        return tasks
    }
}
