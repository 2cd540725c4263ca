import Foundation
import MediaModel
import Testing

@Suite("Notes and stored names") struct StoredNamesTests {
    @Test("docs/api.md lists every note, and no other") func documentedNotes() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/api.md"), encoding: .utf8)
        let section = try #require(text.range(of: "\nNotes do not prevent playback"))
        let rows = text[section.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        let codes = rows.filter { $0.hasPrefix("| `") }.map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(Set(codes) == Set(VideoNote.allCases.map(\.rawValue)))
        #expect(codes.count == VideoNote.allCases.count)
    }

    @Test(
        "Work items of stored rows keep their names",
        arguments: [
            (WorkItem.passthrough(rung: "v720"), #"{"keep":{"rung":"v720"}}"#),
            (WorkItem.audio(track: "aund"), #"{"audio":{"track":"aund"}}"#),
            (
                WorkItem.audio(track: "aund", range: SegmentRange(first: 1, count: 2)),
                #"{"audio":{"range":{"count":2,"first":1},"track":"aund"}}"#
            ),
            (
                WorkItem.reuse(fromGeneration: 2, tracks: ["aund"]),
                #"{"carry":{"fromGeneration":2,"tracks":["aund"]}}"#
            ), (WorkItem.probe, #"{"probe":{}}"#),
            (
                WorkItem.video(range: SegmentRange(first: 1, count: 2), rungs: ["v240"]),
                #"{"video":{"range":{"count":2,"first":1},"rungs":["v240"]}}"#
            ),
        ])
    func workItems(item: WorkItem, text: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(item), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(WorkItem.self, from: Data(text.utf8)) == item)
    }

    /// The work of tasks before they were divided for viewers.
    enum FormerWorkItem: Codable, Hashable, Sendable {
        case probe
        case video(range: SegmentRange, rungs: [String])
        case keep(rung: String)
        case audio(track: String)
        case images
        case subtitles
        case carry(fromGeneration: Int, tracks: [String])
        case publish
    }

    @Test(
        "Tasks of versions that divided none are understood, and they read those of this one, without the ranges of copies",
        arguments: [
            (FormerWorkItem.probe, WorkItem.probe), (.images, .images), (.subtitles, .subtitles), (.publish, .publish),
            (.keep(rung: "v720"), .passthrough(rung: "v720")), (.audio(track: "aund"), .audio(track: "aund")),
            (
                .video(range: SegmentRange(first: 1, count: 2), rungs: ["v240"]),
                .video(range: SegmentRange(first: 1, count: 2), rungs: ["v240"])
            ), (.carry(fromGeneration: 2, tracks: ["aund"]), .reuse(fromGeneration: 2, tracks: ["aund"])),
        ])
    func formerWorkItems(former: FormerWorkItem, item: WorkItem) throws {
        #expect(try JSONDecoder().decode(WorkItem.self, from: JSONEncoder().encode(former)) == item)
        let range = SegmentRange(first: 3, count: 4)
        let written: WorkItem =
            switch item {
            case .passthrough(let rung, _): .passthrough(rung: rung, range: range)
            case .audio(let track, _): .audio(track: track, range: range)
            default: item
            }
        #expect(try JSONDecoder().decode(FormerWorkItem.self, from: JSONEncoder().encode(written)) == former)
    }

    @Test("A stored plan names a passthrough rung `kept`") func passthroughRung() throws {
        var rung = Rung(
            name: "v720", width: 1280, height: 720, constantRateFactor: 23, maximumBitrate: 2_800_000,
            bufferSize: 5_600_000, preset: "veryfast", level: 31, threads: 1)
        rung.passthrough = PassthroughVideo(codecString: "avc1.64001f", reorderDelay: 3003)
        let data = try JSONEncoder().encode(rung)
        #expect(String(decoding: data, as: UTF8.self).contains(#""kept":{"#))
        #expect(try JSONDecoder().decode(Rung.self, from: data) == rung)
    }
}
