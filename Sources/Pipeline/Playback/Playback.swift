import Catalog
internal import Ground
import Jobs
import MediaModel
public import Packager
public import SQL
public import Storage

/// What is known of an object that a player asks for.
public enum ObjectAvailability: Sendable, Hashable {
    /// It is in the store.
    case available
    /// A task will make it.
    case pending
    /// No task will make it.
    case never
}

/// The manifests of a generation, and waits for segments that do not exist yet.
public final class Playback: Sendable {
    private let database: any Database
    private let store: any ObjectStore
    private let raise: @Sendable (_ task: String) async throws -> Bool
    private let changes: @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    private let waits = ObjectWaits()
    /// The manifests of ready generations, which never change. Those of a film of twelve hours take some megabytes.
    private let manifests = BoundedCache<ManifestKey, Manifests>(capacity: 64 << 20)
    /// The cues of caption tracks. Captions that replace others have another key.
    private let cues = BoundedCache<CueKey, [CaptionCue]>(capacity: 32 << 20)

    private struct ManifestKey: Hashable {
        let video: String
        let generation: Int
    }

    private struct CueKey: Hashable {
        let video: String
        let generation: Int
        let track: String
        let createdAt: Int64
    }

    /// Playback of the videos in a database and a store.
    /// - Parameters:
    ///   - raise: Moves a task that no worker holds to the urgent lane: `Dispatcher.raise(task:)`.
    ///   - changes: Signals every change of a video from the moment of the call on.
    public init(
        database: any Database, store: any ObjectStore,
        raise: @escaping @Sendable (_ task: String) async throws -> Bool,
        changes: @escaping @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    ) {
        self.database = database
        self.store = store
        self.raise = raise
        self.changes = changes
    }

    // MARK: Manifests

    /// The playlist, DASH description, storyboard track or caption segment at a path of a generation.
    /// - Returns: `nil` if the generation cannot be played yet or has no such path.
    public func manifest(video: String, generation: Int, path: String) async throws -> Manifest? {
        guard var manifests = try await manifests(video, generation) else { return nil }
        guard manifests.concernsCaptions(path: path) else { return manifests.text(at: path) }
        // Read for each request: the captions of a video can change while a generation stays the same.
        let records = try await database.read { try Captions.list(videos: [video], in: $0) }
        let offered = OfferedCaptions(records, generation: generation)
        manifests.captions = offered.tracks
        if let found = manifests.text(at: path) { return found }
        guard let track = manifests.captionTrack(at: path),
            let item = offered.items.first(where: { $0.track == track })
        else { return nil }
        return manifests.text(at: path, cues: try await cues(of: item.record))
    }

    private func manifests(_ video: String, _ generation: Int) async throws -> Manifests? {
        let key = ManifestKey(video: video, generation: generation)
        if let cached = manifests[key] { return cached }
        let found = try await database.read { connection -> (Generation, [SegmentLedgerEntry])? in
            guard let row = try Generations.find(video: video, number: generation, in: connection) else { return nil }
            switch row.state {
            case .ready: return (row, try SegmentLedger.entries(video: video, generation: generation, in: connection))
            case .playable: return (row, [])
            default: return nil
            }
        }
        guard let (row, entries) = found, let plan = row.plan else { return nil }
        let made = Manifests(plan: plan, records: Completion.records(plan, entries))
        if row.state == .ready { manifests.insert(made, for: key, cost: made.memorySize) }
        return made
    }

    private func cues(of record: CaptionRecord) async throws -> [CaptionCue] {
        let key = CueKey(
            video: record.videoID, generation: record.generation, track: record.track, createdAt: record.createdAt)
        if let cached = cues[key] { return cached }
        let found = try await database.read {
            try Captions.find(
                video: record.videoID, generation: record.generation, track: record.track, in: $0)
        }
        let read = try CaptionReader.cues((found?.webVTT ?? "WEBVTT").utf8)
        cues.insert(read, for: key, cost: read.reduce(0) { $0 + $1.memorySize })
        return read
    }

    // MARK: Missing objects

    /// Waits for an object that was not in the store just now, and moves the task that makes it to the urgent lane.
    ///
    /// What is made beside a served generation counts as not made, because no player needs it yet.
    /// - Parameters:
    ///   - path: Inside the generation: `v720/00001.m4s`.
    ///   - timeout: The longest wait.
    /// - Throws: `SQLFailure`, `StorageError`; `CancellationError`.
    public func awaitObject(
        video: String, generation: Int, path: String, timeout: Duration
    ) async throws -> ObjectAvailability {
        let found = try await database.read { connection -> TaskRecord? in
            guard let row = try Generations.find(video: video, number: generation, in: connection),
                let plan = row.plan, row.state == .processing || row.state == .playable
            else { return nil }
            let served = try Videos.servedGeneration(video, in: connection)
            guard served == nil || served == generation else { return nil }
            let tasks = try JobStore.unfinishedTasks(video: video, generation: generation, in: connection)
            return Self.maker(of: path, among: tasks, segmentCount: plan.segmentCount)
        }
        guard let task = found else { return .never }
        // A task that cannot be raised now comes in its turn. That of the images is never raised.
        if task.item != .images, task.state != .running { _ = try? await raise(task.id) }
        let key = ObjectKey.object(video: video, generation: generation, path)
        let isThere = try await waits.wait(for: key, timeout: timeout) { [changes] in
            try await changes(video)
        } look: { [store] in
            try await store.size(of: key) != nil
        }
        return isThere ? .available : .pending
    }

    /// The task that makes the object at a path: an image, an initialization segment or a media segment.
    private static func maker(of path: String, among tasks: [TaskRecord], segmentCount: Int) -> TaskRecord? {
        let parts = path.split(separator: "/").map(String.init)
        if parts.count == 1 {
            let isImage = path.hasSuffix(".jpg") || path == ImagePlan.smallPosterName
            return isImage ? tasks.first { $0.item == .images } : nil
        }
        guard parts.count == 2 else { return nil }
        let (track, file) = (parts[0], parts[1])
        let index = file == "init.mp4" ? 0 : ObjectKey.segmentIndex(fileName: file)
        guard let index, index < segmentCount else { return nil }
        return tasks.first { task in
            switch task.item {
            case .video(let range, let rungs): rungs.contains(track) && range.indices.contains(index)
            case .audio(let name), .passthrough(let name): name == track
            case .probe, .images, .subtitles, .reuse, .publish: false
            }
        }
    }
}
