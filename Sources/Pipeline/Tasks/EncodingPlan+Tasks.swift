import Jobs
import MediaModel

extension EncodingPlan {
    /// The tasks that execute the plan; those that a player needs first come first.
    /// - Parameter reused: Tracks that are reused from an earlier generation, for which no task is needed.
    func tasks(reusing reused: Set<String> = []) -> [NewTask] {
        var tasks: [NewTask] = []
        let missing = (video?.rungs ?? []).filter { !reused.contains($0.name) }
        let rungs = missing.filter { $0.passthrough == nil }.map(\.name)
        let startup = rungs.filter { $0 == video?.startupRung }
        let ranges = rungs.isEmpty ? [] : video?.ranges ?? []
        if let first = ranges.first, !startup.isEmpty {
            tasks.append(NewTask(.video(range: first, rungs: startup), lane: .urgent))
        }
        // A player needs the default audio first; the other renditions come after the first video ranges.
        let renditions = audio.map(\.name)
        tasks += renditions.prefix(1).filter { !reused.contains($0) }.map { NewTask(.audio(track: $0), lane: .urgent) }
        tasks += missing.filter { $0.passthrough != nil }.map { NewTask(.passthrough(rung: $0.name), lane: .urgent) }
        if let first = ranges.first {
            let others = rungs.filter { !startup.contains($0) }
            if !others.isEmpty { tasks.append(NewTask(.video(range: first, rungs: others))) }
        }
        // Read again for each generation, because that costs little.
        if subtitles?.isEmpty == false { tasks.append(NewTask(.subtitles)) }
        if !reused.contains(ReusedTracks.images) { tasks.append(NewTask(.images)) }
        tasks += renditions.dropFirst().filter { !reused.contains($0) }.map { NewTask(.audio(track: $0)) }
        tasks += ranges.dropFirst().map { NewTask(.video(range: $0, rungs: rungs)) }
        return tasks
    }
}
