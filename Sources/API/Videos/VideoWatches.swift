internal import Ground
internal import Synchronization

/// Tells whether a video has changed since the watch began.
final class VideoWatch: Sendable {
    private let hasChanged = Atomic(false)

    /// Whether no change was announced. Changes that were made before the watch began are not noticed.
    var isCurrent: Bool { !hasChanged.load(ordering: .acquiring) }

    fileprivate func end() { hasChanged.store(true, ordering: .releasing) }
}

/// Watches videos that are asked for often, so that what was read of them can be sent until they change.
///
/// A watch listens to the video's notices. It ends with the first one, or after a minute. A video that is asked for only once
/// in a while is not watched.
final class VideoWatches: Sendable {
    private struct State {
        var watches: [String: VideoWatch] = [:]
        /// Videos whose watch has begun and does not listen yet.
        var beginning: Set<String> = []
    }

    /// Most videos that are watched at the same time.
    private static let limit = 2000
    private static let lifetime = Duration.seconds(60)

    private let state = Mutex(State())
    private let asked = BoundedCache<String, Int64>(capacity: 10_000)
    private let changes: any VideoChanges
    private let clock: WallClock

    init(_ changes: any VideoChanges, clock: WallClock) {
        self.changes = changes
        self.clock = clock
    }

    /// The watch of a video; read the video after it is returned. Begins one if the video was asked for lately.
    /// - Returns: `nil` if the video is not watched.
    func watch(_ video: String) async -> VideoWatch? {
        if let known = state.withLock({ $0.watches[video] }) { return known }
        let (now, last) = (clock.now(), asked[video])
        asked.insert(now, for: video)
        guard let last, (0..<PlaybackGate.lifetime).contains(now - last), begin(video) else { return nil }
        guard let signals = try? await changes.changes(of: video) else {
            _ = state.withLock { $0.beginning.remove(video) }
            return nil
        }
        let watch = VideoWatch()
        state.withLock { state in
            state.beginning.remove(video)
            state.watches[video] = watch
        }
        Task {
            await withTaskGroup { group in
                group.addTask { for await _ in signals { break } }
                group.addTask { _ = try? await Task.sleep(for: Self.lifetime) }
                await group.next()
                group.cancelAll()
                end(video, watch)
            }
        }
        return watch
    }

    /// Ends the watch of a video that this node has just changed.
    func changed(_ video: String) {
        if let watch = state.withLock({ $0.watches[video] }) { end(video, watch) }
    }

    private func begin(_ video: String) -> Bool {
        state.withLock { state in
            guard state.watches.count + state.beginning.count < Self.limit else { return false }
            return state.beginning.insert(video).inserted
        }
    }

    private func end(_ video: String, _ watch: VideoWatch) {
        watch.end()
        state.withLock { state in
            if state.watches[video] === watch { state.watches[video] = nil }
        }
    }
}
