import Testing

@testable import MediaModel

@Suite("Plans that cannot be") struct PlanFaultTests {
    private static let plan: EncodingPlan = {
        let color = ColorFacts(primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false)
        let ranges = [SegmentRange(first: 0, count: 1), SegmentRange(first: 1, count: 1)]
        let video = VideoPlan(
            streamIndex: 0, sourceTimeBase: Rational(1, 90_000), origin: 0, firstFrame: 0, timescale: 90_000,
            boundaries: [0, 360_000, 720_000], heldSegments: [1], frameCounts: [100, 100], entryPoints: [0, 360_000],
            reorderDelay: 7200, bFrames: 3, keyFrameSpacing: 180_000, frameRate: Rational(25),
            preparation: .init(
                deinterlace: false, toneMap: false, rotation: 90, mirrored: false, sourceColor: color,
                outputColor: color),
            rungs: Ladder.standard.rungs(width: Rational(640), height: Rational(360), frameRate: Rational(25)),
            startupRung: "v360", ranges: ranges)
        let audio = AudioPlan(
            name: "aund", language: "und", streamIndex: 1, sourceTimeBase: Rational(1, 48_000),
            mode: .encode(bitsPerSecond: 128_000), encodeReasons: [], sampleRate: 48_000, channels: 2,
            frameSamples: 1024, priming: 1024, origin: 0, sampleCount: 384_000, boundaries: [0, 189, 376],
            ranges: ranges)
        return EncodingPlan(
            targetSeconds: 4, segmentCount: 2, duration: Rational(8), video: video, audio: [audio],
            images: ImagePlan(
                posters: .frames([960]), posterSide: 1280,
                storyboard: Storyboard(
                    intervalMilliseconds: 1000, tileCount: 8, tileWidth: 160, tileHeight: 90, columns: 8, rows: 1)))
    }()

    @Test("A new plan has no fault") func sound() {
        #expect(Self.plan.fault == nil)
        var silent = Self.plan
        silent.audio = []
        #expect(silent.fault == nil)
    }

    @Test(
        "Every number that something is computed with is looked at",
        arguments: [
            { $0.segmentCount = -1 }, { $0.segmentCount = 3 }, { $0.segmentCount = 1 << 40 }, { $0.targetSeconds = 0 },
            { $0.duration = Rational(-1) }, { $0.formatVersion = 99 },
            {
                $0.video = nil
                $0.audio = []
            },
            { $0.video?.timescale = 0 }, { $0.video?.sourceTimeBase = Rational(0) },
            { $0.video?.frameRate = Rational(0) }, { $0.video?.boundaries = [0, 720_000] },
            { $0.video?.boundaries = [0, 720_000, 360_000] }, { $0.video?.boundaries[0] = 1 },
            { $0.video?.boundaries[2] = .max }, { $0.video?.origin = .min }, { $0.video?.entryPoints = [] },
            { $0.video?.frameCounts[0] = .max }, { $0.video?.heldSegments = [2] },
            { $0.video?.ranges = [SegmentRange(first: 0, count: .max)] },
            { $0.video?.ranges = [SegmentRange(first: 1, count: 1)] }, { $0.video?.ranges = [] },
            { $0.video?.rungs = [] }, { $0.video?.rungs[0].name = "../v240" }, { $0.video?.rungs[0].name = "v360" },
            { $0.video?.rungs[0].width = 0 }, { $0.video?.rungs[0].colorQuantizerOffset = 13 },
            { $0.video?.startupRung = "v9" },
            { $0.audio[0].sampleRate = 0 }, { $0.audio[0].boundaries = [0, 376, 189] },
            { $0.audio[0].frameSamples = .max }, { $0.audio[0].priming = -1 }, { $0.audio[0].name = "a\nb" },
            { $0.audio[0].ranges = [SegmentRange(first: 0, count: 0)] },
            { $0.audio[0].mode = .encode(bitsPerSecond: 0) },
            { $0.images.storyboard?.columns = 0 }, { $0.images.storyboard?.tileCount = .max },
            { $0.images.storyboard?.intervalMilliseconds = .max }, { $0.images.posterSide = 0 },
            { $0.images.smallPosterWidth = 0 },
            { $0.images.posters = .frames([.min]) },
            { $0.video?.timestampShifts = [TimestampShift(packet: -1, ticks: 0)] },
            { $0.video?.timestampShifts = [TimestampShift(packet: 2, ticks: 1), TimestampShift(packet: 2, ticks: 0)] },
            { $0.audio[0].timestampShifts = [TimestampShift(packet: 0, ticks: .max)] },
        ] as [@Sendable (inout EncodingPlan) -> Void])
    func faults(change: @Sendable (inout EncodingPlan) -> Void) {
        var plan = Self.plan
        change(&plan)
        #expect(plan.fault != nil)
    }

    @Test("Records of segments that cannot be") func records() {
        let record = SegmentRecord(index: 0, byteCount: 900, ticks: 360_000, frames: 100, keyFrameByteCount: 300)
        #expect(record.isPlausible)
        for change in [
            { $0.index = -1 }, { $0.byteCount = 0 }, { $0.byteCount = .max }, { $0.ticks = -1 }, { $0.ticks = .max },
            { $0.frames = .max }, { $0.keyFrameByteCount = 901 }, { $0.keyFrameByteCount = -1 },
        ] as [(inout SegmentRecord) -> Void] {
            var changed = record
            change(&changed)
            #expect(!changed.isPlausible, "\(changed)")
        }
    }
}
