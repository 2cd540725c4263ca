import Foundation
import Ingest
import MediaModel
import Packager
import Testing

@testable import Transcoder

@Suite("Text subtitles", .ownThread) struct SubtitleTests {
    private func cues(_ fixture: Fixture, _ track: String) throws -> [CaptionCue] {
        let scratch = try fixture.scratch("subtitles")
        let events = Events()
        try SubtitleTask(plan: fixture.plan, decoders: AllowedCodecs.subtitles)
            .run(fixture.source, scratch: scratch, sink: events.sink)
        return try CaptionReader.cues(scratch.bytes("\(track)/captions.vtt"))
    }

    @Test("SubRip in Matroska becomes captions") func subRip() throws {
        let fixture = try Fixture("mkv_h264_ac3_srt.mkv")
        #expect(fixture.plan.subtitles?.count == 1)
        let track = try #require(fixture.plan.subtitles?.first)
        let found = try cues(fixture, track.name)
        #expect(!found.isEmpty)
        let end = Int64((fixture.plan.duration.doubleValue * 1000).rounded(.up))
        #expect(found.allSatisfy { $0.start >= 0 && $0.end <= end && $0.start < $0.end })
    }

    @Test("3GPP timed text in MP4 becomes captions with a distinct name for each track") func timedText() throws {
        let fixture = try Fixture("multitrack_2v2a_subs_nasa.mp4")
        let names = (fixture.plan.subtitles ?? []).map(\.name)
        #expect(names.count == 2 && Set(names).count == 2)
        for name in names { #expect(try !cues(fixture, name).isEmpty) }
    }

    @Test("Bitmap subtitles are not captions") func bitmaps() throws {
        #expect(try Fixture("avchd_1080i50_ac3_pgs.mts").plan.subtitles == [])
    }

    @Test("A subtitle decoder that is not allowed is not opened: there are no captions, and a note") func refused()
        throws
    {
        let fixture = try Fixture("mkv_h264_ac3_srt.mkv")
        let events = Events()
        try SubtitleTask(plan: fixture.plan, decoders: [])
            .run(fixture.source, scratch: fixture.scratch("refused"), sink: events.sink)
        #expect(events.notes == [VideoNote.subtitlesIncomplete.rawValue])
    }
}
