import Catalog
internal import Ground
import Jobs
import MediaModel
public import Packager
public import SQL
public import Storage

/// Playlists of a generation, and segments that are not made yet.
public final class Playback: Sendable {
    /// What is known of an object that somebody asked for.
    public enum Availability: Sendable, Hashable {
        /// It is in the store.
        case available
        /// It will be made.
        case pending
        /// It will never exist.
        case never
    }

    let database: any Database
    private let store: any ObjectStore
    /// Puts a task that does not run into the urgent lane, if it is not on its way there.
    private let raise: @Sendable (_ task: String) async -> Void
    /// Signals that a video has changed, from the moment of the call on.
    private let changes: @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    /// Manifests of generations that will not change any more. Those of a film of twelve hours take some megabytes.
    private let cache = BoundedCache<ManifestKey, Manifests>(capacity: 64 << 20)
    /// The cues of tracks. A track's name and time name its cues: they never change under them.
    let cues = BoundedCache<CueKey, [CaptionCue]>(capacity: 32 << 20)
    private let waits = ObjectWaits()

    /// A source of playlists.
    public init(
        database: any Database, store: any ObjectStore, raise: @escaping @Sendable (_ task: String) async -> Void,
        changes: @escaping @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    ) {
        self.database = database
        self.store = store
        self.raise = raise
        self.changes = changes
    }

    /// The playlist, presentation description, storyboard track or part of captions at a path inside a generation.
    /// - Returns: `nil` if the generation cannot be watched yet or has no such path.
    public func manifest(video: String, generation: Int, path: String) async throws -> Manifest? {
        guard let manifests = try await manifests(video, generation) else { return nil }
        return try await captioned(manifests, video: video, generation: generation, path: path)
    }

    private func manifests(_ video: String, _ generation: Int) async throws -> Manifests? {
        let key = ManifestKey(video: video, generation: generation)
        if let cached = cache[key] { return cached }
        let found = try await database.read { connection -> (Generation, [SegmentLedgerEntry])? in
            guard let found = try Generations.find(video: video, number: generation, in: connection) else { return nil }
            guard found.state == .ready || found.state == .playable else { return nil }
            let entries =
                found.state == .ready
                ? try SegmentLedger.entries(video: video, generation: generation, in: connection) : []
            return (found, entries)
        }
        guard let (row, entries) = found, let plan = row.plan else { return nil }
        let manifests = Manifests(plan: plan, records: Completion.records(plan, entries))
        if row.state == .ready { cache.insert(manifests, for: key, cost: manifests.memorySize) }
        return manifests
    }

    /// Hurries an object that was not in the store just now, and waits for it.
    /// - Parameters:
    ///   - path: Inside the generation: `v720/00001.m4s`.
    ///   - timeout: Longest wait.
    public func awaitObject(video: String, generation: Int, path: String, timeout: Duration) async throws
        -> Availability
    {
        let key = ObjectKey.object(video: video, generation: generation, path)
        guard let task = try await task(making: path, video: video, generation: generation) else { return .never }
        if let id = task.raised { await raise(id) }
        let isThere = try await waits.wait(for: key, timeout: timeout) { [changes] in
            try await changes(video)
        } look: { [store] in
            try await store.size(of: key) != nil
        }
        return isThere ? .available : .pending
    }

    /// The task that will make an object; `nil` if none will.
    private func task(making path: String, video: String, generation: Int) async throws -> (raised: String?, Void)? {
        let parts = path.split(separator: "/").map(String.init)
        return try await database.read { connection in
            guard let row = try Generations.find(video: video, number: generation, in: connection), let plan = row.plan,
                row.state == .processing || row.state == .playable
            else { return nil }
            // What is made beside a served generation is nobody's to hurry.
            let served = try Videos.servedGeneration(video, in: connection)
            guard served == nil || served == generation else { return nil }
            let tasks = try JobStore.unfinishedTasks(video: video, generation: generation, in: connection)
            if parts.count == 1 {
                return tasks.contains { $0.item == .images } && path.hasSuffix(".jpg") ? (nil, ()) : nil
            }
            guard parts.count == 2 else { return nil }
            let segment = parts[1] == "init.mp4" ? 0 : ObjectKey.segmentIndex(fileName: parts[1])
            guard let segment, segment < plan.segmentCount else { return nil }
            let maker = tasks.first { task in
                switch task.item {
                case .video(let range, let rungs): rungs.contains(parts[0]) && range.indices.contains(segment)
                case .audio(let track), .passthrough(let track): track == parts[0]
                default: false
                }
            }
            guard let maker else { return nil }
            return (maker.state == .running ? nil : maker.id, ())
        }
    }
}

/// Names the manifests of a generation.
private struct ManifestKey: Hashable {
    let video: String
    let generation: Int
}

/// Names the cues of a track.
struct CueKey: Hashable {
    let video: String
    let generation: Int
    let track: String
    let createdAt: Int64
}
