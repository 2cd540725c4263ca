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
        // A player needs the start of the default audio first. Urgent tasks are short: others yield to them.
        let renditions = audio.map(\.name)
        let main = audio.first.map { reused.contains($0.name) ? [] : Self.startingTasks(of: $0, segmentCount) } ?? []
        tasks += main.prefix(1)
        tasks += missing.filter { $0.passthrough != nil }.map { NewTask(.passthrough(rung: $0.name)) }
        tasks += main.dropFirst()
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

    /// The tasks of the default audio: its first range, then the others.
    private static func startingTasks(of audio: AudioPlan, _ segmentCount: Int) -> [NewTask] {
        guard let first = audio.ranges.first, first.count < segmentCount else {
            return [NewTask(.audio(track: audio.name), lane: .urgent)]
        }
        let others = SegmentRange(first: first.count, count: segmentCount - first.count)
        return [
            NewTask(.audio(track: audio.name, range: first), lane: .urgent),
            NewTask(.audio(track: audio.name, range: others)),
        ]
    }
}
