import API
import Accounts
import Packager
import Synchronization

/// Sessions in memory.
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

    func failures(key: String) async throws -> (count: Int, secondsLeft: Int) {
        (state.withLock { $0.failures[key] ?? 0 }, 60)
    }

    func countFailure(key: String, seconds: Int) async throws { state.withLock { $0.failures[key, default: 0] += 1 } }

    func forgetFailures(key: String) async throws { state.withLock { $0.failures[key] = nil } }
}

/// Playlists that are given, and objects that come when a test says so.
final class FakePlayback: PlaybackSource {
    private let manifests = Mutex<[String: Manifest]>([:])
    private let answers = Mutex<[String: ObjectAvailability]>([:])

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
        answers.withLock { $0[path] } ?? .never
    }
}

/// Changes that a test announces.
final class FakeChanges: VideoChanges {
    private let listeners = Mutex<[String: [AsyncStream<Void>.Continuation]]>([:])

    func changes(of video: String) async throws -> any AsyncSequence<Void, Never> & Sendable {
        let (stream, send) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listeners.withLock { $0[video, default: []].append(send) }
        return stream
    }

    func announce(video: String) async {
        for listener in listeners.withLock({ $0[video] ?? [] }) { listener.yield() }
    }
}
