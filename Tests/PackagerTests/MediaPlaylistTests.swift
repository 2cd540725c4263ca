import MediaModel
import Packager
import Testing

@Suite("Media playlists") struct MediaPlaylistTests {
    private func text(_ path: String, _ manifests: Manifests = Manifests(plan: SamplePlan.common)) throws -> String {
        try #require(manifests.text(at: path)).text
    }

    @Test("The playlist of a rung has exactly these lines") func video() throws {
        #expect(
            try text("v360/index.m3u8") == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-TARGETDURATION:5
                #EXT-X-MEDIA-SEQUENCE:1
                #EXT-X-PLAYLIST-TYPE:VOD
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-MAP:URI="init.mp4"
                #EXTINF:4.004000,
                00001.m4s
                #EXTINF:4.004000,
                00002.m4s
                #EXTINF:2.002000,
                00003.m4s
                #EXT-X-ENDLIST

                """)
        #expect(try text("v360/index.m3u8") == text("v720/index.m3u8"))
    }

    @Test("An audio playlist excludes the priming") func audio() throws {
        let lines = try text("aund/index.m3u8").split(separator: "\n").filter { $0.hasPrefix("#EXTINF") }
        // 188, 188 and 94 frames of 1024 samples at 48 kHz, each rounded from the start of the track.
        #expect(lines == ["#EXTINF:4.010667,", "#EXTINF:4.010666,", "#EXTINF:2.005334,"])
        for index in 0..<3 {
            let audio = SamplePlan.audio()
            #expect(
                Rational(TrackTimeline(audio: audio).ticks(ofSegment: index), 48000)
                    == audio.duration(ofSegment: index))
        }
    }

    @Test("Key frames are byte ranges from the start of each segment") func keyFrames() throws {
        #expect(
            try text("v720/iframes.m3u8", Manifests(plan: SamplePlan.common, records: SamplePlan.records)) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-TARGETDURATION:5
                #EXT-X-MEDIA-SEQUENCE:1
                #EXT-X-PLAYLIST-TYPE:VOD
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-I-FRAMES-ONLY
                #EXT-X-MAP:URI="init.mp4"
                #EXTINF:4.004000,
                #EXT-X-BYTERANGE:20020@0
                00001.m4s
                #EXTINF:4.004000,
                #EXT-X-BYTERANGE:10010@0
                00002.m4s
                #EXTINF:2.002000,
                #EXT-X-BYTERANGE:5005@0
                00003.m4s
                #EXT-X-ENDLIST

                """)
    }

    @Test(
        "The sum of consecutive durations is exact to a microsecond, even in twelve hours",
        arguments: [(1001, 30000), (1001, 24000), (1, 90000), (1024, 44100), (1, 12800), (1, 3)] as [(Int64, Int64)])
    func drift(_ tick: Int64, _ timescale: Int64) {
        var boundaries: [Int64] = [0]
        // Segments slightly longer than 4 s with different lengths that no decimal represents exactly.
        for index in 0..<10_800 {
            boundaries.append((boundaries.last ?? 0) + (4 * timescale / tick + Int64(index % 7)) * tick)
        }
        let video = SamplePlan.video(timescale: timescale, boundaries: boundaries)
        let timeline = TrackTimeline(video: video, rung: video.rungs[0])
        let lengths = timeline.microseconds
        #expect(lengths.count == 10_800)
        var sum: Int64 = 0
        for (index, length) in lengths.enumerated() {
            sum += length
            let truth = Rational(boundaries[index + 1], timescale)
            let error = Rational(sum, 1_000_000) - truth
            #expect(error <= Rational(1, 2_000_000) && error >= Rational(-1, 2_000_000))
        }
    }

    @Test(
        "The target duration is the longest segment rounded up, the same for all tracks",
        arguments: [
            ([0, 4000, 8000], 4), ([0, 4001, 8000], 5), ([0, 300, 600], 1), ([0, 4499, 8000], 5), ([0, 5500, 6000], 6),
        ] as [([Int64], Int64)])
    func target(_ boundaries: [Int64], _ expected: Int64) {
        let plan = SamplePlan.plan(video: SamplePlan.video(timescale: 1000, boundaries: boundaries), audio: [])
        #expect(plan.targetDuration == expected)
        // Apple 7.7: no segment is longer than the target duration plus half a second.
        let longest = zip(boundaries.dropFirst(), boundaries).map { $0 - $1 }.max() ?? 0
        #expect(longest <= expected * 1000 + 500)
    }

    @Test("Audio segments that are longer than the video's raise the target duration of both") func sharedTarget()
        throws
    {
        let video = SamplePlan.video(timescale: 1000, boundaries: [0, 4000, 8000, 10_000])
        let manifests = Manifests(plan: SamplePlan.plan(video: video, audio: [SamplePlan.audio()]))
        #expect(try text("v360/index.m3u8", manifests).contains("#EXT-X-TARGETDURATION:5\n"))
        #expect(try text("aund/index.m3u8", manifests).contains("#EXT-X-TARGETDURATION:5\n"))
    }

    @Test("The names of a hundred thousand segments are in order") func manySegments() throws {
        let boundaries = (0...100_001).map { Int64($0) }
        let video = SamplePlan.video(timescale: 1, boundaries: boundaries)
        let text = try text("v360/index.m3u8", Manifests(plan: SamplePlan.plan(video: video, audio: [])))
        #expect(text.contains("\n99999.m4s\n#EXTINF:1.000000,\n100000.m4s\n"))
    }

    @Test("A plan without segments gives an empty playlist") func empty() throws {
        let video = SamplePlan.video(timescale: 0, boundaries: [])
        let text = try text("v360/index.m3u8", Manifests(plan: SamplePlan.plan(video: video, audio: [])))
        #expect(text.hasSuffix("#EXT-X-MAP:URI=\"init.mp4\"\n#EXT-X-ENDLIST\n"))
    }
}
