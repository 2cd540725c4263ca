import MediaModel
import Packager
import Testing

@Suite("Groups of audio renditions") struct AudioGroupTests {
    private let audio = [
        SamplePlan.audio("aeng", language: "eng"), SamplePlan.audio("ager", language: "ger", stream: 2),
        SamplePlan.audio("aeng-2", language: "eng", stream: 3),
        SamplePlan.audio(
            "aeng-6ch", language: "eng", mode: .encode(bitsPerSecond: 384_000), channels: 6),
        SamplePlan.audio(
            "aeng-2-6ch", language: "eng", mode: .encode(bitsPerSecond: 256_000), stream: 3, channels: 6),
    ]

    private func lines(_ plan: EncodingPlan) throws -> [Substring] {
        try #require(Manifests(plan: plan).text(at: "main.m3u8")).text.split(separator: "\n")
    }

    @Test("A second group has 5.1 in place of stereo and the same members") func members() throws {
        let media = try lines(SamplePlan.plan(video: SamplePlan.video(), audio: audio))
            .filter { $0.hasPrefix("#EXT-X-MEDIA") }
        #expect(
            media.map { $0.dropFirst("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=".count) } == [
                #""audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="aeng/index.m3u8""#,
                #""audio",NAME="German",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="ager/index.m3u8""#,
                #""audio",NAME="English 2",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="aeng-2/index.m3u8""#,
                #""surround",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="6",URI="aeng-6ch/index.m3u8""#,
                #""surround",NAME="German",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="ager/index.m3u8""#,
                #""surround",NAME="English 2",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="6",URI="aeng-2-6ch/index.m3u8""#,
            ])
    }

    @Test(
        "There is a variant for every rung and group, the start-up rung with stereo first, with the group's peak bandwidth"
    )
    func variants() throws {
        let lines = try lines(SamplePlan.plan(video: SamplePlan.video(), audio: audio))
        let variants = lines.indices.filter { lines[$0].hasPrefix("#EXT-X-STREAM-INF") }.map { index in
            let attributes = lines[index].split(separator: ",")
            let group = attributes.first { $0.hasPrefix("AUDIO=") } ?? ""
            return "\(lines[index + 1]) \(group) \(attributes[0].drop { $0 != "B" })"
        }
        #expect(
            variants == [
                #"v720/index.m3u8 AUDIO="audio" BANDWIDTH=3220800"#,
                #"v360/index.m3u8 AUDIO="audio" BANDWIDTH=1020800"#,
                #"v720/index.m3u8 AUDIO="surround" BANDWIDTH=3502400"#,
                #"v360/index.m3u8 AUDIO="surround" BANDWIDTH=1302400"#,
            ])
    }

    @Test("Audio without video has one variant for each group, with the URI of its default rendition") func audioOnly()
        throws
    {
        let lines = try lines(SamplePlan.plan(video: nil, audio: [audio[0], audio[3]])).suffix(4)
        #expect(
            lines == [
                #"#EXT-X-STREAM-INF:BANDWIDTH=140800,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",AUDIO="audio","#
                    + "CLOSED-CAPTIONS=NONE", "aeng/index.m3u8",
                #"#EXT-X-STREAM-INF:BANDWIDTH=422400,AVERAGE-BANDWIDTH=384000,CODECS="mp4a.40.2",AUDIO="surround","#
                    + "CLOSED-CAPTIONS=NONE", "aeng-6ch/index.m3u8",
            ])
    }

    @Test("DASH has an adaptation set for each rendition; those of the default track are main audio") func sets() throws
    {
        let plan = SamplePlan.plan(video: nil, audio: audio)
        let lines = try #require(Manifests(plan: plan).text(at: "manifest.mpd")).text.split(separator: "\n")
        func values(_ element: String) -> [Substring] {
            lines.filter { $0.contains(element) }.compactMap { $0.split(separator: "\"").dropLast().last }
        }
        #expect(values("<Role ") == ["main", "alternate", "alternate", "main", "alternate"])
        #expect(values("<AudioChannelConfiguration ") == ["2", "2", "2", "6", "6"])
    }
}
