/// Words that are shown over a stretch of the presentation.
public struct CaptionCue: Sendable, Hashable, Codable {
    /// Milliseconds at which they appear; never negative.
    public var start: Int64
    /// Milliseconds at which they are gone; after `start`.
    public var end: Int64
    /// WebVTT cue settings that were checked, such as `line:0`; often empty.
    public var settings: String
    /// WebVTT cue text: escaped, tags balanced, without an empty line.
    public var text: String

    /// About how many bytes of memory it takes.
    public var memorySize: Int { MemoryLayout<Self>.stride + settings.utf8.count + text.utf8.count }

    /// A cue. Text and settings come from one of this target's readers, which make them safe to be written out.
    init(start: Int64, end: Int64, settings: String = "", text: String) {
        self.start = start
        self.end = end
        self.settings = settings
        self.text = text
    }

    /// A cue out of the text of an event as FFmpeg's subtitle decoders give it (SubStation Alpha).
    /// - Parameter settings: WebVTT cue settings that came beside it; those that are not well-formed are left out.
    /// - Returns: `nil` if nothing of it can be seen, or more than ``CaptionLimits`` allow.
    public init?(start: Int64, end: Int64, substation event: String, settings given: String? = nil) {
        let (text, ownSettings) = SubstationText.cueText(event)
        let settings = given.map { CueSettings.valid($0) } ?? ownSettings
        guard start >= 0, end > start, end <= CaptionLimits.maximumMilliseconds, !text.isEmpty,
            text.utf8.count <= CaptionLimits.maximumTextByteCount
        else { return nil }
        self.init(start: start, end: end, settings: settings, text: text)
    }
}

/// Caps on captions, from whichever side they come.
public enum CaptionLimits {
    /// Most bytes of a file.
    public static let maximumByteCount = 2 << 20
    /// Most cues of a track.
    public static let maximumCues = 20_000
    /// Most bytes of a cue's text, written as WebVTT.
    public static let maximumTextByteCount = 4096
    /// The latest time: a hundred hours, in milliseconds.
    public static let maximumMilliseconds: Int64 = 360_000_000
}

/// Why a text is not captions.
public struct CaptionFault: Error, Sendable, Hashable {
    /// The line, counted from 1.
    public let line: Int
    /// What is wrong there, in one sentence.
    public let reason: String

    /// More bytes than are looked at.
    public static let tooLong = CaptionFault(line: 1, reason: "The text is too long.")
}
