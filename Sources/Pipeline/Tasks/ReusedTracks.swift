import MediaModel

/// The tracks of a plan that an earlier generation already has in exactly the same form.
///
/// The ranges of tasks can differ: every segment begins with a key frame, and tracks are reused as a whole.
enum ReusedTracks {
    /// The name for the posters and the storyboard together.
    static let images = "images"
    /// The names of the posters, the small copy of the first one and the storyboard in the ledger.
    static let imageTracks = ["posters", "small-poster", "storyboard"]

    /// The names of the tracks that can be reused, in the order of the plan; ``images`` last.
    /// - Parameter counts: The number of segments of each track in the ledger of the earlier generation.
    static func names(of plan: EncodingPlan, in earlier: EncodingPlan, counts: [String: Int]) -> [String] {
        guard (1...EncodingPlan.currentFormat).contains(earlier.formatVersion),
            earlier.segmentCount == plan.segmentCount,
            earlier.targetSeconds == plan.targetSeconds, earlier.duration == plan.duration
        else { return [] }
        let isWhole = { (track: String) in counts[track] == plan.segmentCount }
        let sameVideo = earlier.video.map(withoutRungs) == plan.video.map(withoutRungs)
        var names: [String] = []
        if sameVideo, let old = earlier.video?.rungs, let new = plan.video?.rungs {
            let known = old.map(withoutThreads)
            names += new.filter { known.contains(withoutThreads($0)) && isWhole($0.name) }.map(\.name)
        }
        let oldAudio = earlier.audio.map(withoutRanges)
        names += plan.audio.filter { oldAudio.contains(withoutRanges($0)) && isWhole($0.name) }.map(\.name)
        // Images are created from the video, or from the audio if there is none.
        let sameSource = sameVideo && (plan.video != nil || oldAudio.first == plan.audio.first.map(withoutRanges))
        if sameSource, earlier.images == plan.images, imageTracks.contains(where: { counts[$0] != nil }) {
            names.append(images)
        }
        return names
    }

    /// A plan without its rungs and ranges, and without the method of encoding, which changes bytes but hardly quality.
    private static func withoutRungs(_ plan: VideoPlan) -> VideoPlan {
        var plan = plan
        plan.encoding = nil
        (plan.rungs, plan.startupRung, plan.ranges, plan.encodeReasons) = ([], "", [], nil)
        return plan
    }

    /// A rung without its number of threads, which depends on the other rungs and changes bytes but not quality.
    private static func withoutThreads(_ rung: Rung) -> Rung {
        var rung = rung
        rung.threads = 1
        return rung
    }

    /// A plan without its ranges.
    private static func withoutRanges(_ plan: AudioPlan) -> AudioPlan {
        var plan = plan
        plan.ranges = []
        return plan
    }
}
