internal import Ground
import Catalog
import Packager
import SQL

extension Playback {
    /// A manifest with the captions that are offered now, or the cues of one of them.
    func captioned(
        _ manifests: Manifests, video: String, generation: Int, path: String
    ) async throws -> Manifest? {
        guard manifests.concernsCaptions(path: path) else { return manifests.text(at: path) }
        // Asked each time: captions come and go while a generation stays what it is.
        let records = try await database.read { try Captions.list(videos: [video], in: $0) }
        let offered = OfferedCaptions(records, generation: generation)
        var manifests = manifests
        manifests.captions = offered.tracks
        if let found = manifests.text(at: path) { return found }
        guard let track = manifests.captionTrack(at: path),
            let item = offered.items.first(where: { $0.track == track })
        else { return nil }
        return manifests.text(at: path, cues: try await cues(item.record))
    }

    /// The cues of a track.
    private func cues(_ record: CaptionRecord) async throws -> [CaptionCue] {
        let key = CueKey(
            video: record.videoID, generation: record.generation, track: record.track, createdAt: record.createdAt)
        if let known = cues[key] { return known }
        let found = try await database.read {
            try Captions.find(
                video: record.videoID, generation: record.generation, track: record.track, in: $0)
        }
        let read = try CaptionReader.cues((found?.webVTT ?? "WEBVTT").utf8)
        cues.insert(read, for: key, cost: read.reduce(0) { $0 + $1.memorySize })
        return read
    }
}
