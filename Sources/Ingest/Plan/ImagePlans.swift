import AV
import MediaModel

extension ImagePlan {
    private static let posterSide = 1280
    /// A card of a list is at most 420 pixels wide.
    private static let smallPosterWidth = 480
    /// Where poster frames are taken, in percent of the presentation; the first is the default.
    private static let posterPositions: [Int64] = [12, 35, 65]

    /// Posters and storyboard of a presentation.
    /// - Parameters:
    ///   - rung: The highest rung of the video; `nil` for audio alone.
    ///   - cover: The stream of the cover art, which is the poster of audio alone.
    init(rung: Rung?, cover: Int?, duration: Rational) {
        guard let rung else {
            self.init(
                posters: cover.map { .cover(streamIndex: $0) } ?? .waveform, posterSide: Self.posterSide,
                smallPosterWidth: Self.smallPosterWidth, storyboard: nil)
            return
        }
        let milliseconds = Int64((duration.doubleValue * 1000).rounded(.down))
        self.init(
            posters: .frames(Self.posterPositions.map { milliseconds * $0 / 100 }), posterSide: Self.posterSide,
            smallPosterWidth: Self.smallPosterWidth,
            storyboard: Storyboard(width: rung.width, height: rung.height, milliseconds: milliseconds))
    }
}

extension Storyboard {
    /// At most a hundred tiles, at least a second apart, of 160 pixels on the longer side.
    fileprivate init(width: Int, height: Int, milliseconds: Int64) {
        let interval = max(1000, (milliseconds / 100 + 999) / 1000 * 1000)
        let count = Int(max(1, (milliseconds + interval - 1) / interval))
        let longer = max(width, height)
        func side(_ pixels: Int) -> Int { max(16, (160 * pixels / longer + 1) / 2 * 2) }
        let columns = min(10, count)
        self.init(
            intervalMilliseconds: interval, tileCount: count, tileWidth: side(width), tileHeight: side(height),
            columns: columns, rows: min(10, (count + columns - 1) / columns))
    }
}

extension SubtitlePlan {
    /// The captions of a source. Of a track's own metadata only the language is used.
    static func all(of source: PlannedSource) -> [SubtitlePlan] {
        var names = TrackNames(prefix: "s")
        return source.subtitles.map { stream in
            var plan = SubtitlePlan(
                name: names.next(stream.language), language: TrackNames.language(stream.language),
                streamIndex: stream.index, sourceTimeBase: stream.timeBase,
                origin: source.origin.ticks(of: stream.timeBase, .nearest), isForced: stream.isForced,
                isForHearingImpaired: stream.isForHearingImpaired)
            plan.timestampShifts = source.shifts[stream.index]
            return plan
        }
    }
}

/// Names of renditions, which are their folders: a prefix and the language, with a number from the second track of a language
/// on.
struct TrackNames {
    private let prefix: String
    private var counts: [String: Int] = [:]

    init(prefix: String) { self.prefix = prefix }

    /// The name of the next track with a language.
    mutating func next(_ language: String?) -> String {
        // A container's text must not put slashes into a path.
        let letters = (language ?? "").lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        let folder = prefix + (letters.isEmpty ? Self.unknown : String(letters.prefix(8)))
        let count = counts[folder, default: 0] + 1
        counts[folder] = count
        return count > 1 ? "\(folder)-\(count)" : folder
    }

    /// The language in a plan: ISO 639's `und` where the container has none.
    static func language(_ language: String?) -> String { language.flatMap { $0.isEmpty ? nil : $0 } ?? unknown }

    private static let unknown = "und"
}
