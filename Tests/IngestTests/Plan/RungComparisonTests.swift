import Foundation
import Ingest
import MediaModel
import Testing

@Suite("Rungs that would look like lower ones", .timeLimit(.minutes(2))) struct RungComparisonTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures")

    @Test("Pictures of cameras, renderers and screens lose none") func real() throws {
        var ladders = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted() {
            let file = try #require(
                FileHandle(forReadingAtPath: Self.folder.appendingPathComponent(name).path))
            let probe = SourceProbe(limits: MediaLimits(), planner: Planner())
            guard let found = try? probe.run(descriptor: file.fileDescriptor), let rungs = found.plan.video?.rungs
            else {
                continue
            }
            if rungs.count > 1 { ladders += 1 }
            #expect(!found.facts.notes.contains("detail_below_size"), "\(name): \(rungs.map(\.name))")
        }
        #expect(ladders > 15)
    }
}
