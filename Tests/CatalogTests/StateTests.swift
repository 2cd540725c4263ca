import Catalog
import SQL
import Testing

@Suite("States of videos and generations")
struct StateTests {
    /// The states in which each event is accepted, and the resulting states; every other pair is refused.
    private static let videos: [VideoState.Event: [VideoState: VideoState]] = [
        .uploadBegan: [.draft: .uploading, .uploading: .uploading],
        .uploadAbandoned: [.uploading: .draft],
        .sourceStored: [.draft: .processing, .uploading: .processing],
        .rejected: [.draft: .rejected, .uploading: .rejected, .processing: .rejected],
        .failed: [.draft: .failed, .uploading: .failed, .processing: .failed, .playable: .failed],
        .retried: [.failed: .processing],
        .retriedPlayable: [.failed: .playable],
        .segmentsAvailable: [.processing: .playable],
        .published: [.processing: .ready, .playable: .ready, .ready: .ready],
        .restarted: [.failed: .processing, .rejected: .processing, .processing: .processing],
    ]

    @Test(
        "A video follows its transition table, for every pair of state and event", arguments: VideoState.Event.allCases)
    func video(event: VideoState.Event) throws {
        let expected = try #require(Self.videos[event])
        for state in VideoState.allCases { #expect(state.after(event) == expected[state], "\(state) \(event)") }
        #expect(Set(VideoState.accepting(event)) == Set(expected.keys))
        #expect(Set(VideoState.targets(of: event)) == Set(expected.values))
    }

    @Test("No event changes a blocked row or leads to one")
    func blocked() {
        for event in VideoState.Event.allCases {
            #expect(VideoState.blocked.after(event) == nil)
            #expect(!VideoState.targets(of: event).contains(.blocked))
        }
    }

    @Test("A generation follows its transition table, for every pair of state and event")
    func generation() {
        for state in GenerationState.allCases {
            #expect(state.after(.segmentsAvailable) == (state == .processing ? .playable : nil))
            #expect(state.after(.finished) == .ready)
            #expect(state.after(.failed) == .failed)
            #expect(state.after(.retried) == .processing)
            #expect(state.after(.retriedServed) == .playable)
        }
        #expect(GenerationState.Event.allCases.count == 5)
    }
}
