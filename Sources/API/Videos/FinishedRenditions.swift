internal import Synchronization

/// What is known of videos that are ready, so that lists need not read plans and ledgers again: none of it changes.
final class FinishedRenditions: Sendable {
    struct Entry: Sendable {
        let renditions: [VideoDocument.Rendition]
        let hasPoster: Bool
        let hasStoryboard: Bool
    }

    private struct Key: Hashable {
        let video: String
        let generation: Int
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var order: [Key] = []
    }

    private let state = Mutex(State())
    private static let capacity = 2048

    subscript(video: String, generation: Int) -> Entry? {
        state.withLock { $0.entries[Key(video: video, generation: generation)] }
    }

    func insert(
        _ renditions: [VideoDocument.Rendition], hasPoster: Bool, hasStoryboard: Bool, _ video: String,
        _ generation: Int
    ) {
        let key = Key(video: video, generation: generation)
        state.withLock { state in
            let entry = Entry(renditions: renditions, hasPoster: hasPoster, hasStoryboard: hasStoryboard)
            if state.entries.updateValue(entry, forKey: key) == nil { state.order.append(key) }
            // Halved at once rather than one by one: removing at the front moves all the rest.
            if state.order.count > Self.capacity {
                for old in state.order.prefix(Self.capacity / 2) { state.entries[old] = nil }
                state.order.removeFirst(Self.capacity / 2)
            }
        }
    }
}
