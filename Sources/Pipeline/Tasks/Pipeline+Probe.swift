import Catalog
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
        var found: ProbeResult?
        do {
            try await media.run(
                .probe(settings.planner), source: source.descriptor, name: scratchName(task)
            ) { reply, _ in
                switch reply {
                case .probed(let result): found = result
                case .event(.progress(let fraction)): context.report(progress: fraction)
                default: break
                }
            }
        } catch let rejection as Rejection {
            return refuse(task, rejection)
        }
        guard let found else {
            throw TaskFailure(.mediaError, "the probe ended without a result", isRetryable: true)
        }
        return accept(task, found)
    }

    private func refuse(_ task: ClaimedTask, _ rejection: Rejection) -> TaskOutcome {
        let time = clock.now()
        return TaskOutcome { connection in
            if try Videos.reject(task.videoID, rejection, at: time, in: connection) {
                try Outbox.announce(event: .rejected, video: task.videoID, at: time, in: connection)
            }
            try Generations.setState(video: task.videoID, number: task.generation, to: .failed, in: connection)
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
            return FollowUp(tasks: Self.tasks(of: found.plan))
        }
    }

    /// All tasks of a plan, in the order in which they help a viewer most.
    static func tasks(of plan: EncodingPlan) -> [NewTask] {
        var tasks: [NewTask] = []
        if let video = plan.video, let first = video.ranges.first {
            tasks.append(NewTask(.video(range: first, rungs: [video.startupRung]), lane: .urgent))
        }
        tasks += plan.audio.map { NewTask(.audio(track: $0.name), lane: .urgent) }
        if let video = plan.video, let first = video.ranges.first {
            let others = video.rungs.map(\.name).filter { $0 != video.startupRung }
            if !others.isEmpty { tasks.append(NewTask(.video(range: first, rungs: others))) }
        }
        tasks.append(NewTask(.images))
        if let video = plan.video {
            tasks += video.ranges.dropFirst().map { NewTask(.video(range: $0, rungs: video.rungs.map(\.name))) }
        }
        return tasks
    }
}
