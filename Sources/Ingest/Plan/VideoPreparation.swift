import AV
import MediaModel

extension VideoPlan.Preparation {
    /// What a stream's decoded frames need before they are scaled.
    init(_ stream: StreamFacts) {
        let source = stream.color.completed(width: stream.width, height: stream.height)
        let toneMap = source.isHighDynamicRange
        var output =
            toneMap
            ? ColorFacts(primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false) : source
        if let matrix = source.matrix, !Self.commonMatrices.contains(matrix) { output.matrix = "bt709" }
        output.fullRange = false
        self.init(
            deinterlace: stream.interlaced, toneMap: toneMap, rotation: stream.rotation, mirrored: stream.mirrored,
            sourceColor: source, outputColor: output)
    }

    /// Matrices that every player knows. Frames with any other one are converted to BT.709.
    private static let commonMatrices: Set<String> = [
        "bt709", "smpte170m", "bt470bg", "fcc", "smpte240m", "bt2020nc",
    ]
}

extension ColorFacts {
    /// The same with missing values filled in as players do: from the primaries, or from the frame size.
    ///
    /// All rungs are tagged with the result. Without tags a player would guess for each size anew.
    func completed(width: Int, height: Int) -> ColorFacts {
        let isHighDefinition = max(width, height) > 1024 || min(width, height) > 576
        let guess = isHighDefinition ? "bt709" : "smpte170m"
        var completed = self
        // RGB has no matrix; one is chosen for the conversion to 4:2:0.
        let hasMatrix = matrix != nil && matrix != "gbr" && matrix != "reserved"
        completed.matrix = hasMatrix ? matrix : Self.matrix(ofPrimaries: primaries) ?? guess
        completed.primaries = primaries ?? (completed.matrix == "bt2020nc" ? "bt2020" : completed.matrix)
        if completed.primaries == "bt2020nc" || completed.primaries == "bt2020c" { completed.primaries = "bt2020" }
        completed.transfer = transfer ?? (completed.matrix == "smpte170m" ? "smpte170m" : "bt709")
        return completed
    }

    /// The matrix that primaries determine; `nil` if several are possible.
    private static func matrix(ofPrimaries primaries: String?) -> String? {
        switch primaries {
        case "bt709": "bt709"
        case "bt2020": "bt2020nc"
        default: nil
        }
    }
}

/// The size of a video's frames with square samples.
struct DisplaySize: Equatable {
    /// Width in samples.
    let width: Rational
    /// Height in samples.
    let height: Rational

    /// Longest side of a rung in samples: what H.264 decoders of browsers and phones accept.
    private static let longestSide = Rational(8192)

    /// The size before rotation. A sample aspect ratio beyond the plausible limit is ignored.
    init(width: Int, height: Int, sampleAspectRatio: Rational) {
        let most = StreamFacts.maximumStretch
        let isKnown = sampleAspectRatio <= most && sampleAspectRatio >= most.reciprocal
        let stretched = Rational(Int64(width)) * (isKnown ? sampleAspectRatio : Rational(1))
        let (height, longer) = (Rational(Int64(height)), max(stretched, Rational(Int64(height))))
        let isTooLong = longer > Self.longestSide
        self.width = isTooLong ? stretched * Self.longestSide / longer : stretched
        self.height = isTooLong ? height * Self.longestSide / longer : height
    }
}
