import AV
import MediaModel

extension Planner {
    /// The subtitle part of a plan; of a track's words about itself only the language is kept.
    func planSubtitles(_ source: PlannedSource) -> [SubtitlePlan] {
        var taken: [String: Int] = [:]
        return source.subtitles.map { stream in
            let language = stream.language.flatMap { $0.isEmpty ? nil : $0 } ?? "und"
            let folder = "s\(Self.folderName(language))"
            let number = taken[folder, default: 0] + 1
            taken[folder] = number
            var plan = SubtitlePlan(
                name: number == 1 ? folder : "\(folder)-\(number)", language: language, streamIndex: stream.index,
                sourceTimeBase: stream.timeBase,
                origin: MediaTime.rescale(
                    source.origin.numerator, from: Rational(1, source.origin.denominator), to: stream.timeBase,
                    .nearest), isForced: stream.isForced, isForHearingImpaired: stream.isForHearingImpaired)
            plan.timestampShifts = source.shifts[stream.index]
            return plan
        }
    }
}
