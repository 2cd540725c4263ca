internal import Ground
import Catalog
import Foundation
import Jobs
import MediaModel
import Packager
import SQL
import Storage
import Transcoder

extension Pipeline {
    /// Reads the source's text subtitles into rows. They are worth a note, never a failed video.
    func readSubtitles(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        let plan = try await plan(of: task)
        let source = try await source(of: task)
        defer { source.release() }
        var found: [CaptionRecord] = []
        var notes: Set<String> = []
        do {
            try await media.run(.subtitles(plan), source: source.descriptor, name: scratchName(task)) { reply, folder in
                guard case .event(let event) = reply else { return }
                switch event {
                case .captions(let track, let file):
                    guard let planned = plan.subtitles?.first(where: { $0.name == track }) else { break }
                    found.append(
                        CaptionRecord(
                            videoID: task.videoID, generation: task.generation, planned,
                            webVTT: WebVTTWriter.text(try ExtractedCaptions.cues("\(folder)/\(file)")),
                            createdAt: clock.now()))
                case .progress(let fraction): context.report(progress: fraction)
                case .note(let note): notes.insert(note)
                case .initialization, .segment, .image: break
                }
            }
        } catch let failure as TaskFailure where Self.isLastWord(failure, on: task) {
            notes.insert(VideoNote.subtitlesFailed.rawValue)
        } catch is Rejection {
            notes.insert(VideoNote.subtitlesFailed.rawValue)
        }
        let records = found
        try await context.publishing { connection in
            try Captions.setExtracted(
                records, video: task.videoID, generation: task.generation, in: connection)
        }
        return finishing(task, recording: [], notes: notes)
    }

    /// Writes the cues of a generation's captions into the store, so that its playlists there are complete.
    func publish(_ captions: OfferedCaptions, of task: ClaimedTask, as manifests: Manifests) async throws {
        for item in captions.items {
            let record = try await database.read {
                try Captions.find(
                    video: task.videoID, generation: task.generation, track: item.record.track, in: $0)
            }
            let cues = try CaptionReader.cues((record?.webVTT ?? "").utf8)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, path) in manifests.cuePaths(track: item.track).enumerated() {
                    guard let text = manifests.text(at: path, cues: cues)?.text else { continue }
                    if index >= 8 { try await group.next() }
                    group.addTask { [store] in
                        try await store.put(
                            text: text,
                            at: ObjectKey.object(video: task.videoID, generation: task.generation, path))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

extension CaptionRecord {
    /// Captions that were read from a source.
    init(videoID: String, generation: Int, _ plan: SubtitlePlan, webVTT: String, createdAt: Int64) {
        let track = CaptionTrack(name: plan.name, language: plan.language)
        self.init(
            videoID: videoID, generation: generation, track: plan.name, language: track.language, label: track.label,
            isForced: plan.isForced, isForHearingImpaired: plan.isForHearingImpaired, webVTT: webVTT,
            createdAt: createdAt)
    }
}

/// What a media child has written of a subtitle track.
enum ExtractedCaptions {
    /// The cues of a file, read anew: the child is not trusted to have written them well.
    /// - Throws: `TaskFailure` if they are too many or no captions.
    static func cues(_ file: String) throws -> [CaptionCue] {
        // Times make a file longer than the text that was counted.
        let limit = 2 * CaptionLimits.maximumByteCount
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw TaskFailure(.mediaError, "the media child's captions are gone", isRetryable: true)
        }
        defer { try? handle.close() }
        let bytes = try handle.read(upToCount: limit + 1) ?? Data()
        do throws(CaptionFault) {
            guard bytes.count <= limit else { throw CaptionFault.tooLong }
            return try CaptionReader.cues(bytes)
        } catch {
            throw TaskFailure(
                .mediaError, "the media child's captions make no sense: line \(error.line): \(error.reason)",
                isRetryable: true)
        }
    }
}
