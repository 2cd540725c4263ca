import MediaModel
import Packager
import Testing

@Suite("Multivariant playlists") struct MultivariantPlaylistTests {
    private func text(_ plan: EncodingPlan, _ records: [TrackRecord]? = nil) throws -> String {
        try #require(Manifests(plan: plan, records: records).text(at: "main.m3u8")).text
    }

    @Test("While segments are processed, bit rates are upper bounds and there are no I-frame playlists")
    func estimated()
        throws
    {
        #expect(
            try text(SamplePlan.common) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,\
                CHANNELS="2",URI="aund/index.m3u8"
                #EXT-X-STREAM-INF:BANDWIDTH=3220800,AVERAGE-BANDWIDTH=2928000,CODECS="avc1.64001f,mp4a.40.2",\
                RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
                v720/index.m3u8
                #EXT-X-STREAM-INF:BANDWIDTH=1020800,AVERAGE-BANDWIDTH=928000,CODECS="avc1.64001e,mp4a.40.2",\
                RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
                v360/index.m3u8

                """)
    }

    @Test("The bandwidths of finished tracks are measured") func measured() throws {
        // v360: peak 400400 B in 4.004 s, average 700700 B in 10.01 s; v720: peak 1301300 B in 4.004 s.
        // aund: 64100 B in 4.010666 s, 160100 B in 10.026667 s.
        #expect(
            try text(SamplePlan.common, SamplePlan.records) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,\
                CHANNELS="2",URI="aund/index.m3u8"
                #EXT-X-STREAM-INF:BANDWIDTH=2727860,AVERAGE-BANDWIDTH=2367740,CODECS="avc1.64001f,mp4a.40.2",\
                RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
                v720/index.m3u8
                #EXT-X-STREAM-INF:BANDWIDTH=927860,AVERAGE-BANDWIDTH=687740,CODECS="avc1.64001e,mp4a.40.2",\
                RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
                v360/index.m3u8
                #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=8000,AVERAGE-BANDWIDTH=8000,CODECS="avc1.64001e",\
                RESOLUTION=640x360,URI="v360/iframes.m3u8"
                #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=40000,AVERAGE-BANDWIDTH=28000,CODECS="avc1.64001f",\
                RESOLUTION=1280x720,URI="v720/iframes.m3u8"

                """)
    }

    @Test("Video without audio has no audio group") func videoOnly() throws {
        let text = try text(SamplePlan.plan(video: SamplePlan.video(), audio: []))
        #expect(!text.contains("AUDIO"))
        #expect(text.contains("CODECS=\"avc1.64001f\",RESOLUTION=1280x720,FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE\n"))
    }

    @Test("Audio without video is a variant") func audioOnly() throws {
        #expect(
            try text(SamplePlan.plan(video: nil, audio: [SamplePlan.audio()])) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-STREAM-INF:BANDWIDTH=140800,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",CLOSED-CAPTIONS=NONE
                aund/index.m3u8

                """)
    }

    @Test("Languages have their short tag and a name; names in a group differ") func languages() throws {
        let audio = [
            SamplePlan.audio("aeng", language: "eng"), SamplePlan.audio("ager", language: "ger"),
            SamplePlan.audio("aen2", language: "EN"), SamplePlan.audio("atlh", language: "tlh"),
            SamplePlan.audio("abad", language: "x\"\n"),
        ]
        let lines = try text(SamplePlan.plan(video: SamplePlan.video(), audio: audio)).split(separator: "\n")
            .filter { $0.hasPrefix("#EXT-X-MEDIA") }
            .map { $0.split(separator: ",")[2...4].joined(separator: " ") }
        #expect(
            lines == [
                #"NAME="English" LANGUAGE="en" DEFAULT=YES"#, #"NAME="German" LANGUAGE="de" DEFAULT=NO"#,
                #"NAME="English 2" LANGUAGE="en" DEFAULT=NO"#, #"NAME="tlh" LANGUAGE="tlh" DEFAULT=NO"#,
                #"NAME="Audio" LANGUAGE="und" DEFAULT=NO"#,
            ])
    }

    @Test("An incomplete record changes nothing") func incomplete() throws {
        var record = SamplePlan.records[0]
        record.segments.removeLast()
        #expect(try text(SamplePlan.common, [record]) == text(SamplePlan.common))
        record = SamplePlan.records[0]
        record.segments.swapAt(0, 1)
        #expect(try text(SamplePlan.common, [record, SamplePlan.record("v9000", [1])]) == text(SamplePlan.common))
    }
}
