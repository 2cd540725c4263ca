import Jobs
import MediaModel
import Transcoder

/// Makes the posters and the storyboard.
struct ThumbnailHandler: Sendable {
    let attempt: TaskAttempt

    /// Does the attempt.
    func run() async throws -> TaskOutcome {
        var files: [String] = []
        let work = ChildRequest.Work.images(try await attempt.plan())
        let notes = try await attempt.runOptionalChild(work, failureNote: .thumbnailsFailed) { event, _ in
            if case .image(let file) = event { files.append(file) }
        }
        let entries = [("posters", "poster"), ("storyboard", "storyboard")].compactMap { track, prefix in
            let count = files.count { $0.hasPrefix(prefix) }
            return count > 0
                ? attempt.entry(track: track, range: SegmentRange(first: 0, count: count), segments: []) : nil
        }
        return attempt.finish(recording: entries, notes: notes)
    }
}
