/// Writes cues as WebVTT (section 4).
public enum WebVTTWriter {
    /// Says that time 0 of the cues is time 0 of the media, whose edit lists put the first picture and the first sample
    /// there (RFC 8216bis 3.1.4; Apple 5.3).
    static let timestampMap = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"

    /// A whole file: what a `<track>` element or a DASH player takes.
    public static func text(_ cues: some Sequence<CaptionCue>) -> String { text(cues, head: "WEBVTT\n") }

    /// A segment of an HLS rendition. It holds every cue that is seen in it, at the cue's own times.
    static func segment(_ cues: some Sequence<CaptionCue>) -> String { text(cues, head: "WEBVTT\n\(timestampMap)\n") }

    private static func text(_ cues: some Sequence<CaptionCue>, head: String) -> String {
        var text = head + "\n"
        for cue in cues {
            let settings = cue.settings.isEmpty ? "" : " " + cue.settings
            text += "\(CaptionTime.text(cue.start)) --> \(CaptionTime.text(cue.end))\(settings)\n\(cue.text)\n\n"
        }
        return text
    }
}
