/// A text subtitle track of a source that becomes captions.
public struct SubtitlePlan: Sendable, Hashable, Codable {
    /// Name and folder of the captions: `s` and the language, `seng`; unique within a plan.
    public var name: String
    /// ISO 639 code or BCP 47 tag from the container; `und` where unknown.
    public var language: String
    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Source time of output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Whether it has forced subtitles only, which all viewers need, such as signs.
    public var isForced: Bool
    /// Whether it also describes sounds and speakers.
    public var isForHearingImpaired: Bool
    /// Corrections of the packets' times; `nil` without corrections.
    public var timestampShifts: [TimestampShift]?

    /// A subtitle plan.
    public init(
        name: String, language: String, streamIndex: Int, sourceTimeBase: Rational, origin: Int64, isForced: Bool,
        isForHearingImpaired: Bool
    ) {
        self.name = name
        self.language = language
        self.streamIndex = streamIndex
        self.sourceTimeBase = sourceTimeBase
        self.origin = origin
        self.isForced = isForced
        self.isForHearingImpaired = isForHearingImpaired
        timestampShifts = nil
    }

    /// Converts a source time to output time in milliseconds; negative before the start of the presentation.
    public func outputMilliseconds(ofSource ticks: Int64) -> Int64 {
        MediaTime.rescale(
            Int64(clamping: Int128(ticks) - Int128(origin)), from: sourceTimeBase, to: Rational(1, 1000), .nearest)
    }
}
