import MediaModel
import Testing

@Suite("Ladder") struct LadderTests {
    private func names(_ width: Int64, _ height: Int64, rate: Rational = Rational(30)) -> [String] {
        Ladder.standard.rungs(width: Rational(width), height: Rational(height), frameRate: rate)
            .map { "\($0.name) \($0.width)x\($0.height)" }
    }

    @Test("A source gets every row that fits, and none above it")
    func rows() {
        #expect(
            names(1920, 1080) == [
                "v240 426x240", "v360 640x360", "v480 854x480", "v720 1280x720", "v1080 1920x1080",
            ])
        #expect(names(3840, 2160).last == "v2160 3840x2160")
    }

    @Test("Portrait is measured by its shorter side") func portrait() {
        #expect(names(1080, 1920).last == "v1080 1080x1920")
        #expect(names(320, 568) == ["v240 240x426", "v320 320x568"])
    }

    @Test("A size between two rows becomes a rung, and takes the place of one that looks the same") func between() {
        #expect(names(480, 270) == ["v270 480x270"])
        #expect(names(786, 576) == ["v240 328x240", "v360 492x360", "v576 786x576"])
        #expect(names(864, 486).last == "v480 854x480")
    }

    @Test(
        "Small and odd sources are never made larger", arguments: [(161, 121), (200, 200), (2, 2), (1, 1), (37, 1001)])
    func small(width: Int64, height: Int64) {
        for rung in Ladder.standard.rungs(width: Rational(width), height: Rational(height), frameRate: Rational(30)) {
            #expect(rung.width % 2 == 0 && rung.height % 2 == 0)
            #expect(rung.width <= max(2, width) && rung.height <= max(2, height))
        }
    }

    @Test("Names are unique at every height", arguments: 2...400)
    func unique(lines: Int64) {
        let rungs = Ladder.standard.rungs(
            width: Rational(lines * 16, 9), height: Rational(lines), frameRate: Rational(25))
        #expect(!rungs.isEmpty && Set(rungs.map(\.name)).count == rungs.count)
    }

    @Test("Rungs of few lines are encoded finer, and none without loss") func finer() {
        func rungs(factor: Int) -> [Rung] {
            Ladder(rows: Ladder.standard.rows, constantRateFactor: factor, preset: "veryfast", threads: 1)
                .rungs(width: Rational(1080), height: Rational(1920), frameRate: Rational(30))
        }
        #expect(rungs(factor: 23).map(\.constantRateFactor) == [22, 23, 23, 23, 23])
        #expect(rungs(factor: 23).map(\.colorQuantizerOffset) == [-2, nil, nil, nil, nil])
        #expect(rungs(factor: 1).allSatisfy { $0.constantRateFactor == 1 })
        let small = Ladder.standard.rungs(width: Rational(161), height: Rational(121), frameRate: Rational(30))
        #expect(small.map(\.constantRateFactor) == [22])
    }

    @Test("Ceilings rise with the lines, and above 30 frames a second") func ceilings() {
        for rate in [Rational(25), Rational(60)] {
            let rungs = Ladder.standard.rungs(width: Rational(3840), height: Rational(2160), frameRate: rate)
            #expect(rungs.map(\.maximumBitrate) == rungs.map(\.maximumBitrate).sorted())
        }
        let slow = Ladder.standard.rungs(width: Rational(1280), height: Rational(720), frameRate: Rational(30))
        let fast = Ladder.standard.rungs(width: Rational(1280), height: Rational(720), frameRate: Rational(60))
        #expect(zip(slow, fast).allSatisfy { $0.maximumBitrate < $1.maximumBitrate })
    }

    @Test(
        "Levels are those of table A-1",
        arguments: [
            (1280, 720, 30, 2_800, 31), (1920, 1080, 30, 5_000, 40), (1920, 1080, 60, 7_500, 42),
            (640, 360, 30, 800, 30),
            (3840, 2160, 30, 18_000, 51), (3840, 2160, 60, 27_000, 52), (426, 240, 30, 400, 21),
        ])
    func levels(width: Int, height: Int, rate: Int64, kilobits: Int, level: Int) {
        #expect(
            AVCLevel.lowest(width: width, height: height, frameRate: Rational(rate), bitsPerSecond: kilobits * 1000)
                == level)
    }

    @Test("A level has buffers for the frames that a stream needs, 16 at most") func bufferedFrames() {
        func lowest(_ frames: Int) -> Int {
            AVCLevel.lowest(
                width: 640, height: 480, frameRate: Rational(30), bitsPerSecond: 500_000, bufferedFrames: frames)
        }
        #expect([4, 6, 7, 15, 16].map(lowest) == [30, 30, 31, 31, 32])
        #expect(AVCLevel.bufferedFrames(at: 30, width: 640, height: 480) == 6)
        #expect(AVCLevel.bufferedFrames(at: 62, width: 640, height: 480) == 16)
        #expect(AVCLevel.bufferedFrames(at: 52, width: 3840, height: 2160) == 5)
    }
}

@Suite("Segment ranges and keys") struct SegmentRangeTests {
    @Test("Ranges cover every segment once, in order", arguments: 1...70)
    func cover(segments: Int) {
        let ranges = SegmentRange.split(segments, startup: 2, length: 8)
        #expect(ranges.flatMap { Array($0.indices) } == Array(0..<segments))
        #expect(ranges.allSatisfy { $0.count > 0 })
        let further = ranges.dropFirst().map(\.count)
        #expect((further.max() ?? 0) - (further.min() ?? 0) <= 1)
        #expect(further.allSatisfy { $0 <= 12 } && (further.count == 1 || further.allSatisfy { $0 >= 6 }))
    }

    @Test(
        "With one key frame all ranges together decode little more than twice what there is",
        arguments: [1, 3, 14, 105, 1800])
    func oneKey(segments: Int) {
        let ranges = SegmentRange.split(segments, startup: 2, length: 12) { $0 }
        #expect(ranges.flatMap { Array($0.indices) } == Array(0..<segments))
        let decoded = ranges.reduce(0) { $0 + $1.first + $1.count }
        #expect(decoded <= segments * 5 / 2, "\(ranges)")
        #expect(ranges.first?.count == min(2, segments))
    }

    @Test("Ranges end at key frames that are far apart") func farKeys() {
        let ranges = SegmentRange.split(600, startup: 2, length: 12) { $0 % 150 }
        #expect(ranges.flatMap { Array($0.indices) } == Array(0..<600))
        let decoded = ranges.reduce(0) { $0 + $1.first % 150 + $1.count }
        #expect(decoded <= 600 * 5 / 2, "\(ranges)")
    }

    @Test("Key frames that are near change nothing", arguments: 1...70)
    func nearKeys(segments: Int) {
        let near = SegmentRange.split(segments, startup: 2, length: 12) { $0 % 3 }
        #expect(near == SegmentRange.split(segments, startup: 2, length: 12) || segments <= 5)
    }

    @Test("File names and indices are each other's inverse") func keys() {
        for index in [0, 1, 9, 99_998, 99_999, 1_000_000] {
            let name = ObjectKey.segment(track: "v720", index: index).split(separator: "/")[1]
            #expect(ObjectKey.segmentIndex(fileName: String(name)) == index)
        }
        for name in ["0001.m4s", "00000.m4s", "000001.m4s", "-0001.m4s", "00001.mp4", "٠٠٠٠١.m4s", ".m4s"] {
            #expect(ObjectKey.segmentIndex(fileName: name) == nil)
        }
    }
}
