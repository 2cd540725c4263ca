import AV
import MediaModel
import Testing

@testable import Transcoder

@Suite("Thumbnails", .ownThread) struct ThumbnailPickerTests {
    @Test("Thumbnails of a source that is read from its start are at most 2.1 s early")
    func fromStart() throws {
        let fixture = try Fixture("perf_bbb_720p25_117s_51.ts")
        var plan = try #require(fixture.plan.video)
        plan.decodesFromStart = true
        var picker = try ThumbnailPicker(fixture.source, plan: plan)
        for seconds: Int64 in [2, 40, 41, 90] {
            let frame = try #require(try picker.frame(atMilliseconds: seconds * 1000))
            let time = try #require(frame.presentationTime)
            let shown = (Rational(time - plan.origin) * plan.sourceTimeBase).doubleValue
            #expect(shown <= Double(seconds) && shown > Double(seconds) - 2.1, "\(seconds): \(shown)")
        }
    }
}
