internal import Logging
internal import NIOCore
internal import Synchronization

/// Sends the state of a video to any number of watchers, and reads it once for all of them.
///
/// A feed of a video begins with its first watcher. It ends with its last one, or when the video has reached a final state.
/// Signals in quick succession are merged, and so are states that a watcher is too slow to take.
final class VideoFeed: Sendable {
    /// The result of reading a video.
    struct Look: Sendable {
        /// The event that is sent.
        let event: ByteBuffer
        /// Whether the state is final unless somebody changes the video.
        let isLast: Bool
    }

    /// A watcher of a video.
    struct Watch: Sendable {
        /// States that were not taken yet, at most the newest one. The first is read after the watch begins.
        let looks: AsyncStream<Look>
        /// Ends the watch; call it exactly once.
        let leave: @Sendable () -> Void
        /// Ends `looks`.
        let end: @Sendable () -> Void
    }

    private struct Feed {
        let number: UInt64
        let task: Task<Void, Never>
        let wake: AsyncStream<Void>.Continuation
        var watchers: [UInt64: AsyncStream<Look>.Continuation]
    }

    private struct State {
        var feeds: [String: Feed] = [:]
        var lastNumber: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state = Mutex(State())
    private let look: @Sendable (_ video: String) async throws -> Look?
    private let changes: @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable
    private let spacing: Duration
    private let heartbeat: Duration
    private let logger: Logger

    /// A feed for each video that is watched.
    /// - Parameters:
    ///   - spacing: Shortest time between two reads of a video.
    ///   - heartbeat: Time after which a video is read without a signal.
    ///   - changes: Signals of a video's changes, from the moment of the call on. Without them the heartbeat alone keeps
    ///     watchers informed.
    ///   - look: Reads a video; `nil` if it does not exist any more.
    init(
        spacing: Duration, heartbeat: Duration, logger: Logger,
        changes: @escaping @Sendable (_ video: String) async throws -> any AsyncSequence<Void, Never> & Sendable,
        look: @escaping @Sendable (_ video: String) async throws -> Look?
    ) {
        self.spacing = spacing
        self.heartbeat = heartbeat
        self.logger = logger
        self.changes = changes
        self.look = look
    }

    /// Videos that are watched.
    var count: Int { state.withLock { $0.feeds.count } }

    /// Begins to watch a video.
    func watch(_ video: String) -> Watch {
        let (looks, send) = AsyncStream.makeStream(of: Look.self, bufferingPolicy: .bufferingNewest(1))
        let (watcher, wake) = state.withLock { state in
            let watcher = state.nextNumber()
            if state.feeds[video] == nil {
                let number = state.nextNumber()
                let (signals, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                let task = Task { await self.run(video, number, signals, wake) }
                state.feeds[video] = Feed(number: number, task: task, wake: wake, watchers: [:])
            }
            state.feeds[video]?.watchers[watcher] = send
            return (watcher, state.feeds[video]?.wake)
        }
        wake?.yield()
        return Watch(looks: looks) {
            self.leave(video, watcher)
        } end: {
            send.finish()
        }
    }

    private func leave(_ video: String, _ watcher: UInt64) {
        let task = state.withLock { state -> Task<Void, Never>? in
            guard state.feeds[video]?.watchers.removeValue(forKey: watcher) != nil,
                state.feeds[video]?.watchers.isEmpty == true
            else { return nil }
            return state.feeds.removeValue(forKey: video)?.task
        }
        task?.cancel()
    }

    private func run(
        _ video: String, _ number: UInt64, _ signals: AsyncStream<Void>, _ wake: AsyncStream<Void>.Continuation
    ) async {
        // Listening begins before the first look, so that no change falls between them.
        let changes = try? await changes(video)
        await withTaskGroup { group in
            group.addTask {
                if let changes { for await _ in changes { wake.yield() } }
            }
            group.addTask { [heartbeat] in
                while (try? await Task.sleep(for: heartbeat)) != nil { wake.yield() }
            }
            for await _ in signals {
                do {
                    let look = try await look(video)
                    if !tell(video, number, look) { break }
                } catch {
                    // The next signal or heartbeat reads it again.
                    logger.warning(
                        "a video's watchers were not told", metadata: ["video.id": "\(video)", "error": "\(error)"])
                }
                if (try? await Task.sleep(for: spacing)) == nil { break }
            }
            group.cancelAll()
        }
    }

    /// Sends a state to all watchers.
    /// - Returns: Whether the feed goes on.
    private func tell(_ video: String, _ number: UInt64, _ look: Look?) -> Bool {
        let isLast = look?.isLast ?? true
        let watchers = state.withLock { state -> [AsyncStream<Look>.Continuation] in
            guard let feed = state.feeds[video], feed.number == number else { return [] }
            // The next watcher begins a new feed.
            if isLast { state.feeds[video] = nil }
            return Array(feed.watchers.values)
        }
        for watcher in watchers {
            if let look { watcher.yield(look) }
            if isLast { watcher.finish() }
        }
        return !isLast
    }
}
