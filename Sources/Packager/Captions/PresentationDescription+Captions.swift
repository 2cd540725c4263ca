extension PresentationDescription {
    /// One set a caption track: a whole WebVTT file beside the segments (ISO/IEC 23009-1 5.3.3).
    func adaptationSet(_ track: CaptionTrack, index: Int) -> [String] {
        let role = track.isForced ? "forced-subtitle" : track.isForHearingImpaired ? "caption" : "subtitle"
        return [
            "    "
                + element(
                    "AdaptationSet",
                    [
                        // Behind whatever carries pictures and sound.
                        ("id", String(100 + index)), ("contentType", "text"), ("mimeType", "text/vtt"),
                        ("lang", track.language),
                    ]),
            "      "
                + element("Role", [("schemeIdUri", "urn:mpeg:dash:role:2011"), ("value", role)], isEmpty: true),
            "      " + element("Representation", [("id", track.name), ("bandwidth", "1000")]),
            "        <BaseURL>\(Manifests.captionsPath(track: track.name))</BaseURL>",
            "      </Representation>", "    </AdaptationSet>",
        ]
    }
}
