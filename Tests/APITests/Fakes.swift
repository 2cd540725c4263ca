import API
import Accounts
import Packager
import Pipeline
import Rooms
import Synchronization

/// Sessions in memory; of attempts only those that counted.
final class MemorySessions: SessionStore {
    private struct State {
        var sessions: [String: Session] = [:]
        var failures: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func save(_ session: Session, digest: String, seconds: Int) async throws {
        state.withLock { $0.sessions[digest] = session }
    }

    func find(digest: String) async throws -> Session? { state.withLock { $0.sessions[digest] } }

    func remove(digest: String) async throws { state.withLock { $0.sessions[digest] = nil } }

    func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission {
        state.withLock { state in
            limits.contains { (state.failures[$0.key] ?? 0) >= $0.limit } ? .refused(retryAfter: 60) : .admitted
        }
    }

    func end(_ attempts: [(limit: AttemptLimit, outcome: AttemptOutcome)]) async throws {
        state.withLock { state in
            for (limit, outcome) in attempts {
                if outcome == .counted { state.failures[limit.key, default: 0] += 1 }
                if outcome == .forgiven { state.failures[limit.key] = nil }
            }
        }
    }

    func setKnown(key: String, seconds: Int) async throws {}

    func isKnown(key: String) async throws -> Bool { false }
}

/// Playlists that are given, and objects that come when a test says so.
final class FakePlayback: PlaybackSource {
    private let manifests = Mutex<[String: Manifest]>([:])
    private let answers = Mutex<[String: ObjectAvailability]>([:])
    /// The paths for which a request waits until it is cancelled.
    let waiting = Mutex<Set<String>>([])

    func set(_ text: String, at path: String, isFinal: Bool = true) {
        let manifest = Manifest(
            path: path, text: text, contentType: ContentType.ofFile(named: path), isFinal: isFinal)
        manifests.withLock { $0[path] = manifest }
    }

    func set(_ availability: ObjectAvailability, at path: String) { answers.withLock { $0[path] = availability } }

    func manifest(video: String, generation: Int, path: String) async throws -> Manifest? {
        generation == 1 ? manifests.withLock { $0[path] } : nil
    }

    func awaitObject(
        video: String, generation: Int, path: String, timeout: Duration
    ) async throws -> ObjectAvailability {
        if let answer = answers.withLock({ $0[path] }) { return answer }
        guard path.hasPrefix("slow/") else { return .never }
        waiting.withLock { _ = $0.insert(path) }
        defer { waiting.withLock { _ = $0.remove(path) } }
        // Longer than a test may take.
        try await Task.sleep(for: .seconds(600))
        return .pending
    }
}

/// Changes that a test announces.
final class FakeChanges: VideoChanges {
    private let listeners = Mutex<[String: [AsyncStream<Void>.Continuation]]>([:])
    private let told = Mutex<[String]>([])

    func changes(of video: String) async throws -> any AsyncSequence<Void, Never> & Sendable {
        let (stream, send) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listeners.withLock { $0[video, default: []].append(send) }
        return stream
    }

    func announce(video: String) async {
        for listener in listeners.withLock({ $0[video] ?? [] }) { listener.yield() }
    }

    /// How many listen for changes of a video.
    func listenerCount(of video: String) -> Int { listeners.withLock { $0[video]?.count ?? 0 } }

    func forget(_ video: String) { listeners.withLock { $0[video] = nil } }

    /// Videos that nodes were told of.
    var withdrawn: [String] { told.withLock { $0 } }

    func withdraw(video: String) async { told.withLock { $0.append(video) } }

    func withdrawals() async throws -> any AsyncSequence<String?, Never> & Sendable {
        AsyncStream { $0.finish() }
    }
}

/// Rooms of which nobody has been in any; keeps what was announced.
final class FakeRooms: RoomStore {
    private let announced = Mutex<[String]>([])
    private let known = Mutex<[String: RoomSummary]>([:])
    private let stored = Mutex<[String: StoredRoom]>([:])

    var announcements: [String] { announced.withLock { $0 } }

    func set(_ summary: RoomSummary, of room: String) { known.withLock { $0[room] = summary } }

    func put(_ room: StoredRoom) { stored.withLock { $0[room.state.id] = room } }

    func load(_ room: String) async throws -> StoredRoom? { stored.withLock { $0[room] } }
    func commit(_ change: RoomChange) async throws -> CommitOutcome {
        stored.withLock { $0[change.state.id] == nil ? .missing : .written }
    }
    func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool { false }
    func renew(_ room: String) async throws {}
    func remove(_ room: String) async throws {}
    func broadcast(_ frame: [UInt8], room: String) async throws {}
    func announceChange(of room: String) async throws { announced.withLock { $0.append(room) } }
    func notices(of room: String) async throws -> any AsyncSequence<RoomNotice, Never> & Sendable {
        AsyncStream { $0.finish() }
    }
    func summaries(of rooms: [String]) async throws -> [RoomSummary?] {
        known.withLock { known in rooms.map { known[$0] } }
    }
    func announce(node: String, lifetime: Int64) async throws {}
    func lostNodes(of nodes: Set<String>) async throws -> Set<String> { [] }
    func time() async throws -> Int64 { 0 }
}
