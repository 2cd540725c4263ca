import Packager
import Synchronization

/// The cues of the tracks that were asked for last. A track's name and time name its cues: they never change under them.
final class CueCache: Sendable {
    struct Key: Hashable {
        let video: String
        let generation: Int
        let track: String
        let createdAt: Int64
    }

    private struct State {
        var values: [Key: [CaptionCue]] = [:]
        var order: [Key] = []
    }

    /// At most some two megabytes each.
    private static let capacity = 32
    private let state = Mutex(State())

    subscript(key: Key) -> [CaptionCue]? { state.withLock { $0.values[key] } }

    func insert(_ cues: [CaptionCue], for key: Key) {
        state.withLock { state in
            if state.values.updateValue(cues, forKey: key) == nil { state.order.append(key) }
            if state.order.count > Self.capacity { state.values[state.order.removeFirst()] = nil }
        }
    }
}
