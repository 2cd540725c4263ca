/// A text subtitle track of a source that becomes captions.
public struct SubtitlePlan: Sendable, Hashable, Codable {
    /// The captions' name and folder: `s` and the language, `seng`; no two of a plan are the same.
    public var name: String
    /// ISO 639 code or BCP 47 tag as the container gives it; `und` where unknown.
    public var language: String
    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Source time that becomes output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Whether it holds only what everybody has to read, such as signs.
    public var isForced: Bool
    /// Whether it also tells of sounds and of who speaks.
    public var isForHearingImpaired: Bool
    /// Corrections of the packets' times; `nil` where they are right as they are.
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

    /// A source time as output time in milliseconds; below zero for what comes before the presentation.
    public func outputMilliseconds(ofSource ticks: Int64) -> Int64 {
        MediaTime.rescale(
            Int64(clamping: Int128(ticks) - Int128(origin)), from: sourceTimeBase, to: Rational(1, 1000), .nearest)
    }
}
