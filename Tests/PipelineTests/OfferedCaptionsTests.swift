import Catalog
import Packager
import Pipeline
import Testing

@Suite("Offered captions") struct OfferedCaptionsTests {
    private func record(_ language: String, _ generation: Int, isForced: Bool = false, label: String = "English")
        -> CaptionRecord
    {
        CaptionRecord(
            videoID: "vid_1", generation: generation, track: "s\(language)\(isForced ? "-2" : "")", language: language,
            label: label, isForced: isForced, webVTT: "", createdAt: 1)
    }

    @Test("Those of the generation that is watched, and those that were sent") func generations() {
        let records = [record("de", 1), record("en", 1), record("en", 2), record("fr", 0)]
        #expect(OfferedCaptions(records, generation: 2).items.map(\.record) == [records[2], records[3]])
        #expect(OfferedCaptions(records, generation: nil).items.map(\.record) == [records[3]])
    }

    @Test("Captions that were sent replace all captions of the file in their language, however the file names it")
    func replacing() {
        let records = [record("eng", 1), record("eng", 1, isForced: true), record("de", 1), record("en", 0)]
        #expect(OfferedCaptions(records, generation: 1).items.map(\.record) == [records[2], records[3]])
    }

    @Test("A language's captions are those that have everything; no two have the same label") func choosing() {
        let forced = record("en", 1, isForced: true)
        let offered = OfferedCaptions([forced, record("en", 1)], generation: 1)
        #expect(offered.item(language: "eng")?.record.isForced == false)
        #expect(offered.item(language: "EN")?.track.label == "English 2")
        #expect(offered.item(language: "de") == nil)
        #expect(OfferedCaptions([forced], generation: 1).item(language: "en")?.record == forced)
    }
}
