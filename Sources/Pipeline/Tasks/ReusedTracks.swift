import MediaModel

/// Which tracks of a plan an earlier generation has made in exactly the same way.
///
/// The runs of segments may differ: every segment begins with a key frame and is taken over with its whole track.
enum ReusedTracks {
    /// The name under which posters and storyboard are carried.
    static let images = "images"
    /// What posters and storyboard are called in the ledger.
    static let imageTracks = ["posters", "storyboard"]

    /// Names of tracks, in the plan's order; ``images`` last.
    /// - Parameters:
    ///   - made: Segments of each track that the earlier generation's ledger holds.
    static func names(of plan: EncodingPlan, in earlier: EncodingPlan, made: [String: Int]) -> [String] {
        guard earlier.formatVersion == EncodingPlan.currentFormat, earlier.segmentCount == plan.segmentCount,
            earlier.targetSeconds == plan.targetSeconds, earlier.duration == plan.duration
        else { return [] }
        let isWhole = { (track: String) in made[track] == plan.segmentCount }
        let samePicture = earlier.video.map(frame) == plan.video.map(frame)
        var names: [String] = []
        if samePicture, let old = earlier.video?.rungs, let new = plan.video?.rungs {
            let known = old.map(withoutThreads)
            names += new.filter { known.contains(withoutThreads($0)) && isWhole($0.name) }.map(\.name)
        }
        let oldSound = earlier.audio.map(withoutRuns)
        names += plan.audio.filter { oldSound.contains(withoutRuns($0)) && isWhole($0.name) }.map(\.name)
        // Stills come from the pictures, or from the sound where there are none.
        let sameSource = samePicture && (plan.video != nil || oldSound.first == plan.audio.first.map(withoutRuns))
        if sameSource, earlier.images == plan.images, imageTracks.contains(where: { made[$0] != nil }) {
            names.append(images)
        }
        return names
    }

    /// What all rungs have in common.
    private static func frame(_ plan: VideoPlan) -> VideoPlan {
        var plan = plan
        (plan.rungs, plan.startupRung, plan.ranges, plan.encodeReasons) = ([], "", [], nil)
        return plan
    }

    /// The highest rung has more threads than it had as a lower one. That changes bytes, but not what is asked of them.
    private static func withoutThreads(_ rung: Rung) -> Rung {
        var rung = rung
        rung.threads = 1
        return rung
    }

    private static func withoutRuns(_ plan: AudioPlan) -> AudioPlan {
        var plan = plan
        plan.ranges = []
        return plan
    }
}
