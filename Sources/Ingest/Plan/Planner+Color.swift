import AV
import MediaModel

extension Planner {
    /// What a decoded frame needs before it is scaled.
    static func preparation(_ stream: StreamFacts) -> VideoPlan.Preparation {
        let source = assumedColor(stream.color, width: stream.width, height: stream.height)
        let toneMap = source.isHighDynamicRange
        var output = source
        if toneMap {
            output = ColorFacts(primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false)
        }
        if let matrix = source.matrix, !commonMatrices.contains(matrix) { output.matrix = "bt709" }
        output.fullRange = false
        return VideoPlan.Preparation(
            deinterlace: stream.interlaced, toneMap: toneMap, rotation: stream.rotation, mirrored: stream.mirrored,
            sourceColor: source, outputColor: output)
    }

    /// Matrices that every player knows; from any other one the picture is brought to BT.709's.
    private static let commonMatrices: Set<String> = [
        "bt709", "smpte170m", "bt470bg", "fcc", "smpte240m", "bt2020nc",
    ]

    /// Colours with the gaps filled as players fill them: by the primaries, or by the picture's size.
    ///
    /// All rungs are tagged with the outcome; left untagged, a player would guess anew for each size.
    static func assumedColor(_ color: ColorFacts, width: Int, height: Int) -> ColorFacts {
        let highDefinition = max(width, height) > 1024 || min(width, height) > 576
        let guess = highDefinition ? "bt709" : "smpte170m"
        var filled = color
        // RGB and the likes have no matrix of their own; ours is chosen when they become 4:2:0.
        let hasMatrix = color.matrix != nil && color.matrix != "gbr" && color.matrix != "reserved"
        filled.matrix = hasMatrix ? color.matrix : matrix(ofPrimaries: color.primaries) ?? guess
        filled.primaries = color.primaries ?? (filled.matrix == "bt2020nc" ? "bt2020" : filled.matrix)
        if filled.primaries == "bt2020nc" || filled.primaries == "bt2020c" { filled.primaries = "bt2020" }
        filled.transfer = color.transfer ?? (filled.matrix == "smpte170m" ? "smpte170m" : "bt709")
        return filled
    }

    /// The matrix that goes with primaries, where they leave no doubt.
    private static func matrix(ofPrimaries primaries: String?) -> String? {
        switch primaries {
        case "bt709": "bt709"
        case "bt2020": "bt2020nc"
        default: nil
        }
    }
}
