import Catalog
import Jobs
import MediaModel
import SQL

/// The task that makes an object which is not in the store yet.
enum ObjectMaker: Sendable, Hashable {
    /// No worker holds the task of this name.
    case waiting(task: String)
    /// A worker holds the task.
    case running
    /// The task that makes all images, which is never raised.
    case images

    /// Finds the task that makes an object.
    /// - Parameter path: Inside the generation: `v720/00001.m4s`.
    /// - Returns: `nil` if no unfinished task makes it. What is made beside a served generation counts as not made, because
    ///   no player needs it yet.
    static func find(
        video: String, generation: Int, path: String, in connection: any SQLConnection
    ) throws -> ObjectMaker? {
        guard let row = try Generations.find(video: video, number: generation, in: connection), let plan = row.plan,
            row.state == .processing || row.state == .playable
        else { return nil }
        let served = try Videos.servedGeneration(video, in: connection)
        guard served == nil || served == generation else { return nil }
        let tasks = try JobStore.unfinishedTasks(video: video, generation: generation, in: connection)
        let parts = path.split(separator: "/").map(String.init)
        if parts.count == 1 {
            return path.hasSuffix(".jpg") && tasks.contains { $0.item == .images } ? .images : nil
        }
        guard parts.count == 2 else { return nil }
        let segment = parts[1] == "init.mp4" ? 0 : ObjectKey.segmentIndex(fileName: parts[1])
        guard let segment, segment < plan.segmentCount else { return nil }
        let task = tasks.first { $0.item.makes(segment: segment, of: parts[0]) }
        return task.map { $0.state == .running ? .running : .waiting(task: $0.id) }
    }
}

extension WorkItem {
    /// Whether the task makes a segment of a track.
    fileprivate func makes(segment: Int, of track: String) -> Bool {
        switch self {
        case .video(let range, let rungs): rungs.contains(track) && range.indices.contains(segment)
        case .audio(let name), .passthrough(let name): name == track
        case .probe, .images, .subtitles, .reuse, .publish: false
        }
    }
}
