internal import Catalog
internal import Jobs

/// The progress of processing a video: a fraction for each stage, and one for all.
///
/// The total only rises as long as no work is lost: a stage that turns out not to apply is taken out before it has begun.
struct ProcessingProgress: Sendable, Hashable {
    /// Each stage that applies, by its name in the API.
    private(set) var stages: [String: Double]
    /// All of them after the upload, weighted by the time that they usually take.
    private(set) var total: Double

    private static let weights: KeyValuePairs = [
        "probe": 0.03, "encode": 0.75, "audio": 0.12, "images": 0.07, "publish": 0.03,
    ]

    /// - Parameters:
    ///   - video: The video.
    ///   - hasVideo: Whether video is produced; `true` while it is not known.
    ///   - hasAudio: Whether audio is produced; `true` while it is not known.
    ///   - tasks: How far its tasks are.
    ///   - received: Bytes of its upload that are there, and how many there will be.
    init(_ video: Video, hasVideo: Bool, hasAudio: Bool, tasks: [StageProgress], received: (Int64, Int64?)?) {
        let isReady = video.making == .ready
        var stages = ["upload": Self.upload(video, received)]
        var done = 0.0
        var all = 0.0
        for (name, weight) in Self.weights where name == "encode" ? hasVideo : name == "audio" ? hasAudio : true {
            // Tasks say `video`; people say what is done with it.
            let kind = name == "encode" ? "video" : name
            let fraction = isReady ? 1 : min(1, max(0, tasks.first { $0.kind == kind }?.fraction ?? 0))
            stages[name] = Self.rounded(fraction)
            done += weight * fraction
            all += weight
        }
        self.stages = stages
        total = isReady ? 1 : Self.rounded(min(0.999, done / all))
    }

    private static func upload(_ video: Video, _ received: (Int64, Int64?)?) -> Double {
        switch video.making {
        case .draft: return 0
        case .uploading:
            guard let (bytes, length) = received, let length, length > 0 else { return 0 }
            return rounded(min(1, Double(bytes) / Double(length)))
        default: return 1
        }
    }

    /// A thousandth is all that a progress bar shows; rounded down, so that 1 means done.
    private static func rounded(_ fraction: Double) -> Double { (fraction * 1000).rounded(.down) / 1000 }
}
