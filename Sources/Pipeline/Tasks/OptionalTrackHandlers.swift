import Catalog
import Foundation
import Jobs
import MediaModel
import Packager
import SQL
import Transcoder

/// Reads the text subtitles of the source into rows.
struct SubtitleHandler: Sendable {
    let attempt: TaskAttempt

    /// Does the attempt.
    func run() async throws -> TaskOutcome {
        let (task, plan) = (attempt.task, try await attempt.plan())
        var found: [CaptionRecord] = []
        let notes = try await attempt.runChild(.subtitles(plan), failureNote: .subtitlesFailed) {
            event, folder in
            guard case .captions(let track, let file) = event,
                let planned = plan.subtitles?.first(where: { $0.name == track })
            else { return }
            found.append(
                CaptionRecord(
                    videoID: task.videoID, generation: task.generation, planned,
                    webVTT: WebVTTWriter.text(try ExtractedCaptions.cues("\(folder)/\(file)")), createdAt: attempt.time)
            )
        }
        let records = found
        try await attempt.store { connection in
            try Captions.setExtracted(records, video: task.videoID, generation: task.generation, in: connection)
        }
        return attempt.finish(notes: notes)
    }
}

extension CaptionRecord {
    /// Captions that were read from a source.
    fileprivate init(videoID: String, generation: Int, _ plan: SubtitlePlan, webVTT: String, createdAt: Int64) {
        let track = CaptionTrack(name: plan.name, language: plan.language)
        self.init(
            videoID: videoID, generation: generation, track: plan.name, language: track.language, label: track.label,
            isForced: plan.isForced, isForHearingImpaired: plan.isForHearingImpaired, webVTT: webVTT,
            createdAt: createdAt)
    }
}

/// Captions in a file that a media child has written.
enum ExtractedCaptions {
    /// The cues of a file. The child is not trusted: its file is parsed as one that a creator sends.
    /// - Throws: `TaskFailure` if the file is too long or is not WebVTT.
    static func cues(_ file: String) throws -> [CaptionCue] {
        // The limit counts the text of the cues; their times take room as well.
        let limit = 2 * CaptionLimits.maximumByteCount
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw TaskFailure(.mediaError, "the captions of the media child cannot be read", isRetryable: true)
        }
        defer { try? handle.close() }
        let bytes = try handle.read(upToCount: limit + 1) ?? Data()
        do throws(CaptionFault) {
            guard bytes.count <= limit else { throw CaptionFault.tooLong }
            return try CaptionReader.cues(bytes)
        } catch {
            throw TaskFailure(
                .mediaError, "the captions of the media child are malformed: line \(error.line): \(error.reason)",
                isRetryable: true)
        }
    }
}

/// Creates the posters and the storyboard.
struct ThumbnailHandler: Sendable {
    let attempt: TaskAttempt

    /// Does the attempt.
    func run() async throws -> TaskOutcome {
        var files: [String] = []
        let work = ChildRequest.Work.images(try await attempt.plan())
        let notes = try await attempt.runChild(work, failureNote: .thumbnailsFailed) { event, _ in
            if case .image(let file) = event { files.append(file) }
        }
        let small = files.count { $0 == ImagePlan.smallPosterName }
        let sheets = files.count { $0.hasPrefix("storyboard-") }
        let counts = [files.count - small - sheets, small, sheets]
        let entries = zip(ReusedTracks.imageTracks, counts).compactMap { track, count in
            return count > 0
                ? attempt.entry(track: track, range: SegmentRange(first: 0, count: count), segments: []) : nil
        }
        return attempt.finish(recording: entries, notes: notes)
    }
}
