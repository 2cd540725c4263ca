import Foundation

@testable import Ingest
@testable import Jobs
@testable import MediaModel
@testable import Packager
@testable import Pipeline
@testable import Transcoder

extension FuzzedParser {
    /// What a media child says that was taken over by its file: this side goes on computing with it, now and for ever.
    static let childReplies: [FuzzedParser] = [
        FuzzedParser(
            "child-reply", examples: replies.compactMap { try? [UInt8](JSONEncoder().encode($0)) },
            words: [
                "\"", "{", "}", "[", "]", ",", ":", "0/1", "1/0", "null", "-1", "v144", "aund", "\\u0000", "..\\/",
                "true",
            ]
        ) { bytes, _ in
            guard let heard = try? JSONDecoder().decode(ChildEvent.self, from: Data(bytes)) else { throw Refused() }
            let works: [ChildRequest.Work] = [
                .video(video, range: SegmentRange(first: 0, count: 2), rungs: ["v144"]), .images(plan),
            ]
            let replies = works.compactMap { work in
                var words = ChildEventValidator(for: work)
                return try? words.check(heard)
            }
            guard let reply = replies.first else { throw Refused() }
            switch reply {
            case .probed(let result): try compute(result.plan)
            case .event(.segment(_, _, let record)):
                let many = TrackRecord(name: "v144", segments: [record, record])
                _ = Manifests(plan: plan, records: [many]).text(at: Manifests.multivariantPath)
            default: break
            }
        }
    ]

    /// Everything that is done with a plan outside of the child.
    private static func compute(_ plan: EncodingPlan) throws {
        let decoded = try JSONDecoder().decode(EncodingPlan.self, from: JSONEncoder().encode(plan))
        try require(decoded == plan, "a plan is read again as it was stored")
        for task in plan.tasks() {
            switch task.item {
            case .video(let range, let rungs):
                guard let video = plan.video else { continue }
                _ = ChildRequest.Work.video(video, range: range, rungs: rungs).mediaSeconds
                for index in range.indices { _ = video.duration(ofSegment: index) }
            case .audio(let name, _):
                guard let audio = plan.audio.first(where: { $0.name == name }) else { continue }
                _ = ChildRequest.Work.audio(audio, range: plan.allSegments).mediaSeconds
                for range in audio.ranges { for index in range.indices { _ = audio.duration(ofSegment: index) } }
            default: continue
            }
        }
        _ = ChildRequest.Work.images(plan).mediaSeconds
        _ = plan.images.storyboard?.sheetCount
        let records = plan.timelines.map { timeline in
            TrackRecord(
                name: timeline.name,
                segments: (0..<timeline.segmentCount).map { index in
                    SegmentRecord(
                        index: index, byteCount: 1 << 40, ticks: 1 << 53, frames: 1 << 32, keyFrameByteCount: 1 << 40)
                })
        }
        for manifests in [Manifests(plan: plan), Manifests(plan: plan, records: records)] {
            for path in manifests.paths {
                guard let text = manifests.text(at: path)?.text else { throw Violation(description: "no \(path)") }
                try require(!text.contains("\0"), "a text without a zero byte")
            }
        }
        _ = ReusedTracks.names(of: plan, in: plan, counts: [:])
    }

    private static let color = ColorFacts(primaries: "bt709", transfer: nil, matrix: "bt709", fullRange: false)

    private static let video = VideoPlan(
        streamIndex: 0, sourceTimeBase: Rational(1, 90_000), origin: 0, firstFrame: 0, timescale: 90_000,
        boundaries: [0, 360_360, 720_720], heldSegments: [1], frameCounts: [120, 120], entryPoints: [0, 360_360],
        reorderDelay: 6006, bFrames: 3, keyFrameSpacing: 180_000, frameRate: Rational(30_000, 1001),
        preparation: .init(
            deinterlace: false, toneMap: false, rotation: 90, mirrored: false, sourceColor: color, outputColor: color),
        rungs: [
            Rung(
                name: "v144", width: 256, height: 144, constantRateFactor: 23, maximumBitrate: 100_000,
                bufferSize: 200_000, preset: "veryfast", level: 11, threads: 1)
        ], startupRung: "v144", ranges: [SegmentRange(first: 0, count: 1), SegmentRange(first: 1, count: 1)])

    private static let audio = AudioPlan(
        name: "aund", language: "und", streamIndex: 1, sourceTimeBase: Rational(1, 48_000),
        mode: .encode(bitsPerSecond: 128_000), encodeReasons: ["audio_codec"], sampleRate: 48_000, channels: 2,
        frameSamples: 1024, priming: 1024, origin: 0, sampleCount: 384_384, boundaries: [0, 189, 377],
        ranges: [SegmentRange(first: 0, count: 2)])

    private static let plan = EncodingPlan(
        targetSeconds: 4, segmentCount: 2, duration: Rational(1001, 125), video: video, audio: [audio],
        images: ImagePlan(
            posters: .frames([960, 2800]), posterSide: 1280, smallPosterWidth: 480,
            storyboard: Storyboard(
                intervalMilliseconds: 1000, tileCount: 9, tileWidth: 160, tileHeight: 90, columns: 9, rows: 1)))

    private static let facts = SourceFacts(
        container: "mp4", byteCount: 1000, durationMilliseconds: 8008, video: nil, audio: nil, coverStream: nil,
        notes: ["hdr_tone_mapped"])

    private static let record = SegmentRecord(
        index: 0, byteCount: 900, ticks: 360_360, frames: 120, keyFrameByteCount: 300)

    private static let replies: [ChildEvent] = [
        .probed(ProbeResult(facts: facts, plan: plan)), .probed(ProbeResult(facts: facts, plan: plan)),
        .rejected(Rejection(.tooLong, "The file is 9 s long.")), .failed("not one frame"), .done(frames: 3),
        .event(.segment(track: "v144", file: "v144/00001.m4s", record: record)), .event(.note("damaged_frames")),
        .event(.initialization(track: "v144", file: "v144/init.mp4", codec: "avc1.64000b")), .event(.progress(0.5)),
        .event(.image(file: "poster-1.jpg")), .event(.image(file: "poster-small.webp")),
    ]
}
