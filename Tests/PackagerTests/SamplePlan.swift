import MediaModel

/// Small plans with the properties that matter for playlists.
enum SamplePlan {
    static let color = ColorFacts(primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false)

    static func rung(_ width: Int, _ height: Int, level: Int, kilobits: Int) -> Rung {
        Rung(
            name: "v\(min(width, height))", width: width, height: height, constantRateFactor: 23,
            maximumBitrate: kilobits * 1000, bufferSize: kilobits * 2000, preset: "veryfast", level: level, threads: 2)
    }

    static func video(
        timescale: Int64 = 30000, boundaries: [Int64] = [0, 120_120, 240_240, 300_300],
        frameRate: Rational = Rational(30000, 1001),
        rungs: [Rung] = [
            rung(640, 360, level: 30, kilobits: 800), rung(1280, 720, level: 31, kilobits: 2800),
        ], startup: String = "v720"
    ) -> VideoPlan {
        VideoPlan(
            streamIndex: 0, sourceTimeBase: Rational(1, 90000), origin: 0, firstFrame: 0, timescale: timescale,
            boundaries: boundaries, heldSegments: [], frameCounts: [], entryPoints: [], reorderDelay: 2002, bFrames: 2,
            keyFrameSpacing: 60060, frameRate: frameRate,
            preparation: .init(
                deinterlace: false, toneMap: false, rotation: 0, mirrored: false, sourceColor: color,
                outputColor: color), rungs: rungs, startupRung: startup, ranges: [])
    }

    static func audio(
        _ name: String = "aund", language: String = "und", mode: AudioPlan.Mode = .encode(bitsPerSecond: 128_000),
        sampleRate: Int = 48000, boundaries: [Int] = [0, 189, 377, 471], stream: Int = 1, channels: Int = 2
    ) -> AudioPlan {
        AudioPlan(
            name: name, language: language, streamIndex: stream, sourceTimeBase: Rational(1, 48000), mode: mode,
            encodeReasons: [], sampleRate: sampleRate, channels: channels, frameSamples: 1024, priming: 1024, origin: 0,
            sampleCount: 480_480, boundaries: boundaries, ranges: [])
    }

    static func plan(video: VideoPlan?, audio: [AudioPlan], storyboard: Storyboard? = nil) -> EncodingPlan {
        EncodingPlan(
            targetSeconds: 4, segmentCount: 3, duration: Rational(1001, 100), video: video, audio: audio,
            images: ImagePlan(posters: .frames([0]), posterSide: 1280, storyboard: storyboard))
    }

    /// Two rungs of 29.97 frames a second and one audio rendition, in segments of 4.004, 4.004 and 2.002 seconds.
    static var common: EncodingPlan { plan(video: video(), audio: [audio()]) }

    static func record(_ name: String, _ byteCounts: [Int], keyFrames: [Int]? = nil) -> TrackRecord {
        TrackRecord(
            name: name,
            segments: byteCounts.enumerated().map { index, byteCount in
                SegmentRecord(
                    index: index, byteCount: byteCount, ticks: 0, frames: 0, keyFrameByteCount: keyFrames?[index] ?? 0)
            })
    }

    /// Measured tracks of `common`.
    static var records: [TrackRecord] {
        [
            record("v360", [400_400, 200_200, 100_100], keyFrames: [4_004, 4_004, 2_002]),
            record("v720", [1_001_000, 1_301_300, 500_500], keyFrames: [20_020, 10_010, 5_005]),
            record("aund", [64_000, 64_100, 32_000]),
        ]
    }
}
