import MediaModel
import Packager
import Testing

@Suite("Media presentation descriptions") struct PresentationDescriptionTests {
    private func text(_ plan: EncodingPlan, _ records: [TrackRecord]? = nil) throws -> String {
        try #require(Manifests(plan: plan, records: records).text(at: "manifest.mpd")).text
    }

    @Test("The description of two rungs and audio has exactly these lines") func full() throws {
        #expect(
            try text(SamplePlan.common, SamplePlan.records) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,\
                urn:mpeg:dash:profile:cmaf:2019" type="static" mediaPresentationDuration="PT10.01S" \
                maxSegmentDuration="PT5S" minBufferTime="PT5S">
                  <Period id="0" start="PT0S">
                    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" \
                startWithSAP="1" maxWidth="1280" maxHeight="720" maxFrameRate="30000/1001">
                      <SegmentTemplate timescale="30000" presentationTimeOffset="0" \
                initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%05d$.m4s" \
                startNumber="1">
                        <SegmentTimeline>
                          <S t="0" d="120120" r="1"/>
                          <S d="60060"/>
                        </SegmentTimeline>
                      </SegmentTemplate>
                      <Representation id="v360" codecs="avc1.64001e" bandwidth="800000" width="640" height="360" \
                sar="1:1" frameRate="30000/1001"/>
                      <Representation id="v720" codecs="avc1.64001f" bandwidth="2600000" width="1280" height="720" \
                sar="1:1" frameRate="30000/1001"/>
                    </AdaptationSet>
                    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" lang="und" \
                segmentAlignment="true" startWithSAP="1">
                      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
                      <SegmentTemplate timescale="48000" presentationTimeOffset="0" \
                initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%05d$.m4s" \
                startNumber="1">
                        <SegmentTimeline>
                          <S t="0" d="192512" r="1"/>
                          <S d="96256"/>
                        </SegmentTimeline>
                      </SegmentTemplate>
                      <Representation id="aund" codecs="mp4a.40.2" bandwidth="127860" audioSamplingRate="48000">
                        <AudioChannelConfiguration \
                schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
                      </Representation>
                    </AdaptationSet>
                  </Period>
                </MPD>

                """)
    }

    @Test("A run of equal segments is one timeline entry, also after other segments") func runs() throws {
        let video = SamplePlan.video(timescale: 10, boundaries: [0, 40, 80, 121, 161, 201, 241, 250])
        let lines = try text(SamplePlan.plan(video: video, audio: [])).split(separator: "\n")
            .map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("<S ") }
        #expect(lines == [#"<S t="0" d="40" r="1"/>"#, #"<S d="41"/>"#, #"<S d="40" r="2"/>"#, #"<S d="9"/>"#])
    }

    @Test(
        "Frame rates with large terms are rounded to thousandths",
        arguments: [
            (Rational(25), "25"), (Rational(30000, 1001), "30000/1001"), (Rational(24000, 1001), "24000/1001"),
            (Rational(1_234_567, 41_153), "29999/1000"), (Rational(119_880, 1000), "2997/25"),
        ])
    func frameRates(_ rate: Rational, _ expected: String) throws {
        let text = try text(SamplePlan.plan(video: SamplePlan.video(frameRate: rate), audio: []))
        #expect(text.contains("maxFrameRate=\"\(expected)\""))
    }

    @Test("Audio without video has no video adaptation set") func audioOnly() throws {
        let text = try text(SamplePlan.plan(video: nil, audio: [SamplePlan.audio()]))
        #expect(!text.contains("video/mp4"))
        #expect(text.contains("bandwidth=\"140800\""))
    }
}
