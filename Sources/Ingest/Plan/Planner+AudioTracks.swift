import AV
import MediaModel

/// What an audio rendition is to be.
struct AudioForm {
    /// Its name and folder.
    let name: String
    /// Whether it keeps more channels than two, as 5.1.
    let isSurround: Bool
    /// Bits a second, where it is encoded.
    let bitsPerSecond: Int
    /// Seconds after which nothing may be heard; `nil` for the rendition that the others are measured by.
    let limit: Rational?
}

extension Planner {
    /// All audio renditions of a source: the stereo of each track, the default track's first, then the 5.1 of those that
    /// have more channels.
    func planAudio(_ source: PlannedSource, grid: SegmentGrid, end: Rational) -> [AudioPlan] {
        guard let track = source.audio else { return [] }
        var names = TrackNames()
        let name = names.next(track.stream.language)
        let main = planAudio(
            track, of: source, grid: grid, end: end,
            as: AudioForm(name: name, isSurround: false, bitsPerSecond: audioBitrate, limit: nil))
        let limit = max(end, Rational(main.sampleCount, Int64(main.sampleRate)))
        let tracks = [(track, name)] + source.furtherAudio.map { ($0, names.next($0.stream.language)) }
        let stereo = tracks.dropFirst().map { track, name in
            planAudio(
                track, of: source, grid: grid, end: end,
                as: AudioForm(name: name, isSurround: false, bitsPerSecond: audioBitrate, limit: limit))
        }
        guard let surroundBitrate else { return [main] + stereo }
        let surround = tracks.filter { $0.0.stream.channels > 2 && $0.0.stream.feedsSpeakers }.map { track, name in
            planAudio(
                track, of: source, grid: grid, end: end,
                as: AudioForm(name: name + "-6ch", isSurround: true, bitsPerSecond: surroundBitrate, limit: limit))
        }
        return [main] + stereo + surround
    }
}

/// Names of audio renditions: `a` and the language, with a number from the second track of a language on.
private struct TrackNames {
    private var counts: [String: Int] = [:]

    mutating func next(_ language: String?) -> String {
        let folder = Planner.folderName(language ?? "")
        counts[folder, default: 0] += 1
        let count = counts[folder, default: 1]
        return count > 1 ? "a\(folder)-\(count)" : "a\(folder)"
    }
}
