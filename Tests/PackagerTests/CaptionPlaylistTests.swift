import MediaModel
import Testing

@testable import Packager

@Suite("Captions in playlists") struct CaptionPlaylistTests {
    private let tracks = CaptionTrack.withDistinctLabels([
        CaptionTrack(name: "seng", language: "eng"), CaptionTrack(name: "seng-2", language: "eng", isForced: true),
        CaptionTrack(name: "spt-br", language: "pt-BR", label: "Bra\"sil", isForHearingImpaired: true),
        CaptionTrack(name: "sund", language: "und"),
    ])

    @Test("The multivariant playlist has each caption track, off by default, in every variant") func multivariant()
        throws
    {
        let manifests = Manifests(plan: SamplePlan.common, records: SamplePlan.records, captions: tracks)
        let lines = try #require(manifests.text(at: "main.m3u8")).text.split(separator: "\n")
        let head = #"#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs","#
        let common = "DEFAULT=NO,AUTOSELECT=YES"
        #expect(
            lines.filter { $0.contains("SUBTITLES,") } == [
                "\(head)NAME=\"English\",LANGUAGE=\"en\",\(common),FORCED=NO,URI=\"seng/index.m3u8\"",
                "\(head)NAME=\"English 2\",LANGUAGE=\"en\",\(common),FORCED=YES,URI=\"seng-2/index.m3u8\"",
                "\(head)NAME=\"Brasil\",LANGUAGE=\"pt-br\",\(common),FORCED=NO,CHARACTERISTICS=\"public.accessibility"
                    + ".transcribes-spoken-dialog,public.accessibility.describes-music-and-sound\","
                    + "URI=\"spt-br/index.m3u8\"",
                "\(head)NAME=\"Subtitles\",LANGUAGE=\"und\",\(common),FORCED=NO,URI=\"sund/index.m3u8\"",
            ])
        let variants = lines.filter { $0.hasPrefix("#EXT-X-STREAM-INF") }
        #expect(variants.count == 2 && variants.allSatisfy { $0.contains(#",SUBTITLES="subs""#) })
        #expect(!lines.contains { $0.hasPrefix("#EXT-X-I-FRAME") && $0.contains("SUBTITLES") })
    }

    @Test("Audio without video has captions too; without captions no playlist mentions them") func others() throws {
        let plan = SamplePlan.plan(video: nil, audio: [SamplePlan.audio()])
        let sound = try #require(Manifests(plan: plan, captions: tracks).text(at: "main.m3u8")).text
        #expect(sound.contains(#",SUBTITLES="subs""#))
        #expect(Manifests(plan: plan, captions: tracks).text(at: "seng/index.m3u8") != nil)
        let none = try #require(Manifests(plan: SamplePlan.common).text(at: "main.m3u8")).text
        #expect(!none.contains("SUBTITLES"))
        #expect(Manifests(plan: SamplePlan.common).text(at: "seng/index.m3u8") == nil)
    }

    @Test("A DASH adaptation set has the complete file of each caption track") func presentation() throws {
        let manifests = Manifests(plan: SamplePlan.common, captions: tracks)
        let text = try #require(manifests.text(at: "manifest.mpd")).text
        #expect(text.contains("<BaseURL>seng/captions.vtt</BaseURL>"))
        #expect(text.contains(#"<AdaptationSet id="102" contentType="text" mimeType="text/vtt" lang="pt-br">"#))
        #expect(text.contains(#"value="forced-subtitle"/>"#) && text.contains(#"value="caption"/>"#))
    }

    @Test("A caption playlist has all segments of the video and no initialization segment")
    func media() throws {
        let manifests = Manifests(plan: SamplePlan.common, captions: tracks)
        let text = try #require(manifests.text(at: "seng/index.m3u8")).text
        #expect(
            text == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-TARGETDURATION:\(SamplePlan.common.targetDuration)
                #EXT-X-MEDIA-SEQUENCE:1
                #EXT-X-PLAYLIST-TYPE:VOD
                #EXTINF:4.004000,
                00001.vtt
                #EXTINF:4.004000,
                00002.vtt
                #EXTINF:2.002000,
                00003.vtt
                #EXT-X-ENDLIST

                """)
        #expect(manifests.paths.contains("seng/index.m3u8"))
        #expect(
            manifests.cuePaths(track: tracks[0]) == [
                "seng/captions.vtt", "seng/00001.vtt", "seng/00002.vtt", "seng/00003.vtt",
            ])
    }

    @Test("A cue is in every segment in which it is visible, with its own times; empty segments are complete files")
    func segments() throws {
        // Segments of 4.004, 4.004 and 2.002 s.
        let cues = [
            CaptionCue(start: 0, end: 4004, text: "first"), CaptionCue(start: 4003, end: 4004, text: "edge"),
            CaptionCue(start: 4004, end: 8008, text: "second"), CaptionCue(start: 4000, end: 9000, text: "long"),
            CaptionCue(start: 20_000, end: 21_000, text: "after the end"),
        ]
        let manifests = Manifests(plan: SamplePlan.common, captions: tracks)
        let texts = try (1...3).map { try #require(manifests.text(at: "seng/0000\($0).vtt", cues: cues)).text }
        let words = texts.map { text in cues.map(\.text).filter { text.contains($0) } }
        #expect(words == [["first", "edge", "long"], ["second", "long"], ["long"]])
        #expect(texts[2].contains("00:00:04.000 --> 00:00:09.000\nlong\n"))
        for text in texts {
            #expect(text.hasPrefix("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"))
        }
        let empty = try #require(manifests.text(at: "seng/00001.vtt", cues: []))
        #expect(empty.text == "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n")
        #expect(empty.contentType == "text/vtt")
        let whole = try #require(manifests.text(at: "seng/captions.vtt", cues: cues)).text
        #expect(whole.contains("after the end") && !whole.contains("X-TIMESTAMP-MAP"))
    }

    @Test(
        "Other paths have no captions",
        arguments: ["seng/00000.vtt", "seng/00004.vtt", "seng/1.vtt", "seng/+0001.vtt", "seng/x", "sde/00001.vtt"])
    func unknown(path: String) {
        #expect(Manifests(plan: SamplePlan.common, captions: tracks).text(at: path, cues: []) == nil)
    }
}
