import Ground
import Logging
import NIOCore
import Synchronization
import Testing

@testable import API

@Suite("What watchers of a video share", .timeLimit(.minutes(1))) struct VideoFeedTests {
    struct Failure: Error {}

    /// A feed whose looks are counted, of videos that a test changes.
    private final class Scene: Sendable {
        let changes = FakeChanges()
        let looks = Mutex(0)
        /// What a look finds; `nil` once the video is gone.
        let state = Mutex<String?>("one")
        let fails = Mutex(false)

        func feed() -> VideoFeed {
            var quiet = Logger(label: "test")
            quiet.logLevel = .critical
            return VideoFeed(
                spacing: .milliseconds(1), heartbeat: .seconds(3600), logger: quiet,
                changes: { [changes] in try await changes.changes(of: $0) },
                look: { [self] _ in
                    looks.withLock { $0 += 1 }
                    if fails.withLock({ $0 }) { throw Failure() }
                    return state.withLock { $0 }.map { text in
                        VideoFeed.Look(event: ByteBuffer(string: text), isLast: text == "last")
                    }
                })
        }

        func change(to text: String?) async {
            state.withLock { $0 = text }
            await changes.announce(video: "v")
        }
    }

    @Test("A change is looked at once, however many watch") func once() async throws {
        let scene = Scene()
        let feed = scene.feed()
        let watches = (0..<200).map { _ in feed.watch("v") }
        for watch in watches { #expect(try await next(watch, "one")) }
        // A signal of those that came last may still be on its way.
        let before = scene.looks.withLock { $0 }
        await scene.change(to: "two")
        for watch in watches { #expect(try await next(watch, "two")) }
        #expect(scene.looks.withLock { $0 } <= before + 2)
        #expect(before < watches.count)
        #expect(feed.count == 1)
        for watch in watches { watch.leave() }
        #expect(feed.count == 0)
    }

    /// Whether a look with this text comes, perhaps after others.
    private func next(_ watch: VideoFeed.Watch, _ text: String) async throws -> Bool {
        for await look in watch.looks where String(buffer: look.event) == text { return true }
        return false
    }

    @Test("A later watcher gets the current state") func late() async throws {
        let scene = Scene()
        let feed = scene.feed()
        let first = feed.watch("v")
        #expect(try await next(first, "one"))
        // Changed without a word.
        scene.state.withLock { $0 = "two" }
        let second = feed.watch("v")
        #expect(try await next(second, "two"))
        first.leave()
        #expect(feed.count == 1)
        second.leave()
        #expect(feed.count == 0)
    }

    @Test("The last look ends all streams, and so does a video that is gone", arguments: ["last", nil])
    func ends(state: String?) async throws {
        let scene = Scene()
        let feed = scene.feed()
        let watches = (0..<3).map { _ in feed.watch("v") }
        for watch in watches { #expect(try await next(watch, "one")) }
        await scene.change(to: state)
        for watch in watches {
            var seen: [String] = []
            for await look in watch.looks { seen.append(String(buffer: look.event)) }
            #expect(seen.last == state)
            watch.leave()
        }
        #expect(feed.count == 0)
    }

    @Test("A look that fails ends nothing") func failure() async throws {
        let scene = Scene()
        scene.fails.withLock { $0 = true }
        let feed = scene.feed()
        let watch = feed.watch("v")
        while scene.looks.withLock({ $0 }) == 0 { await Task.yield() }
        scene.fails.withLock { $0 = false }
        // Whoever comes next wakes it as a signal would.
        let other = feed.watch("v")
        #expect(try await next(watch, "one"))
        watch.leave()
        other.leave()
    }

    @Test("What is the same again is written as a comment, and that seldom") func pen() {
        let start = ContinuousClock.now
        var pen = ServerSentEventEncoder(heartbeat: .seconds(10))
        let (one, two) = (
            ServerSentEventEncoder.event(ByteBuffer(string: "1")), ServerSentEventEncoder.event(ByteBuffer(string: "2"))
        )
        func text(_ event: ByteBuffer, _ seconds: Int) -> String? {
            pen.text(event, at: start + .seconds(seconds)).map { String(buffer: $0) }
        }
        #expect(text(one, 0) == "retry: 3000\nevent: state\ndata: 1\n\n")
        #expect(text(one, 1) == nil)
        #expect(text(two, 1) == "event: state\ndata: 2\n\n")
        #expect(text(two, 10) == ":\n\n")
        #expect(text(two, 11) == nil)
    }
}
