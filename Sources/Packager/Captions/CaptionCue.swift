/// A text with its time in the presentation.
public struct CaptionCue: Sendable, Hashable, Codable {
    /// Start in milliseconds; not negative.
    public var start: Int64
    /// End in milliseconds; after `start`.
    public var end: Int64
    /// Validated WebVTT cue settings, such as `line:0`; often empty.
    public var settings: String
    /// WebVTT cue text: escaped, with balanced tags, without empty lines.
    public var text: String

    /// Approximate memory in bytes.
    public var memorySize: Int { MemoryLayout<Self>.stride + settings.utf8.count + text.utf8.count }

    /// A cue with a text and settings from one of this module's readers, which validate them.
    init(start: Int64, end: Int64, settings: String = "", text: String) {
        self.start = start
        self.end = end
        self.settings = settings
        self.text = text
    }

    /// A cue from the text of a SubStation Alpha event, as FFmpeg's subtitle decoders return it.
    /// - Parameter settings: WebVTT cue settings of the event; invalid ones are dropped.
    /// - Returns: `nil` if the cue is invisible or exceeds ``CaptionLimits``.
    public init?(start: Int64, end: Int64, substation event: String, settings given: String? = nil) {
        let (text, ownSettings) = SubstationText.cueText(event)
        let settings = given.map { CueSettings.valid($0) } ?? ownSettings
        guard start >= 0, end > start, end <= CaptionLimits.maximumMilliseconds, !text.isEmpty,
            text.utf8.count <= CaptionLimits.maximumTextByteCount
        else { return nil }
        self.init(start: start, end: end, settings: settings, text: text)
    }
}

/// Limits of captions of a source and of uploaded captions.
public enum CaptionLimits {
    /// Most bytes of a file.
    public static let maximumByteCount = 2 << 20
    /// Most cues of a track.
    public static let maximumCues = 20_000
    /// Most bytes of a cue's text as WebVTT.
    public static let maximumTextByteCount = 4096
    /// The latest time in milliseconds: a hundred hours.
    public static let maximumMilliseconds: Int64 = 360_000_000
}

/// Why a caption file is invalid.
public struct CaptionFault: Error, Sendable, Hashable {
    /// The line, from 1.
    public let line: Int
    /// The reason in one sentence.
    public let reason: String

    /// The file is longer than the limit.
    public static let tooLong = CaptionFault(line: 1, reason: "The text is too long.")
}
