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
    private let demands: SegmentDemands
    private let changes: @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    let waits = ObjectWaits()
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
    ///   - queue: Where tasks are made urgent.
    ///   - changes: Signals every change of a video from the moment of the call on.
    public init(
        database: any Database, store: any ObjectStore, queue: DemandQueue,
        changes: @escaping @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    ) {
        self.database = database
        self.store = store
        demands = SegmentDemands(database: database, queue: queue)
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

    /// Waits for an object that was not in the store just now, and has it made before everything for which no viewer waits.
    ///
    /// All that wait for an object in this process are one request. When the last of them is cancelled, the object is made in
    /// its turn again. What is made beside a served generation counts as not
    /// made, because no player needs it yet.
    /// - Parameters:
    ///   - path: Inside the generation: `v720/00001.m4s`.
    ///   - timeout: The longest wait.
    /// - Throws: `SQLFailure`, `StorageError`; `CancellationError`.
    public func awaitObject(
        video: String, generation: Int, path: String, timeout: Duration
    ) async throws -> ObjectAvailability {
        let key = ObjectKey.object(video: video, generation: generation, path)
        return try await waits.wait(for: key, timeout: timeout) { [changes, demands] in
            let signals = try await changes(video)
            return try await demands.request(video: video, generation: generation, path: path) ? signals : nil
        } again: { [demands] in
            _ = try? await demands.request(video: video, generation: generation, path: path)
        } look: { [store] in
            try await store.size(of: key) != nil
        } abandoned: { [demands, waits] in
            let isWanted = { @Sendable (path: String) in
                waits.waiterCount(of: ObjectKey.object(video: video, generation: generation, path)) > 0
            }
            // Where it fails, what nobody waits for is made first all the same.
            try? await demands.withdraw(video: video, generation: generation, path: path, isWanted: isWanted)
        }
    }
}
