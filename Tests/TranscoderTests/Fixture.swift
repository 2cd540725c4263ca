import Foundation
import Ingest
import MediaModel
import Synchronization
import Testing

@testable import Transcoder

/// A clip of the fixtures folder with its probe and plan, and a working folder.
final class Fixture {
    let plan: EncodingPlan
    let source: SourceAccess
    private let handle: FileHandle
    private let root: URL

    convenience init(_ name: String, _ planner: Planner = Planner(ladder: Fixture.smallLadder)) throws {
        try self.init(file: Self.file(name), planner)
    }

    /// The path of a clip of the fixtures folder.
    static func file(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("fixtures/\(name)")
    }

    /// A fixture from any file; `limits` apply to the probe only.
    init(
        file: URL, _ planner: Planner = Planner(ladder: Fixture.smallLadder), limits: MediaLimits = MediaLimits()
    ) throws {
        handle = try FileHandle(forReadingFrom: file)
        let container = try #require(SourceBytes(descriptor: handle.fileDescriptor).container)
        plan = try SourceProbe(limits: limits, planner: planner)
            .run(descriptor: handle.fileDescriptor).plan
        source = SourceAccess(
            descriptor: handle.fileDescriptor, demuxer: container.demuxer, codecs: AllowedCodecs.all,
            limits: MediaLimits(), threads: 1)
        root = FileManager.default.temporaryDirectory.appendingPathComponent("videohost-tests-\(UUID().uuidString)")
    }

    /// One small rung, so that tests are fast.
    static let smallLadder = Ladder(
        rows: [.init(lines: 96, kilobits: 200, fastKilobits: 300)], constantRateFactor: 30, preset: "ultrafast",
        threads: 1)

    deinit { try? FileManager.default.removeItem(at: root) }

    /// A new folder in the fixture's folder.
    func scratch(_ name: String) throws -> Scratch {
        let folder = root.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return Scratch(folder: folder)
    }

    /// Expects that each segment of a track that is copied has the same bytes if it is made alone.
    func expectSingleSegments(
        of track: String, as whole: Scratch,
        make: (_ range: SegmentRange, _ scratch: Scratch, _ sink: @escaping EventSink) throws -> Void
    ) throws {
        for index in 0..<plan.segmentCount {
            let (alone, events) = (try scratch("alone-\(index)"), Events())
            try make(SegmentRange(first: index, count: 1), alone, events.sink)
            #expect(events.records(track).map(\.index) == [index])
            let name = ObjectKey.segment(track: track, index: index)
            #expect(try whole.bytes(name) == alone.bytes(name))
        }
    }
}

/// Collects events from all threads.
final class Events: Sendable {
    private let all = Mutex<[TranscodeEvent]>([])

    var sink: EventSink { { [self] event in all.withLock { $0.append(event) } } }

    /// The distinct notes.
    var notes: Set<String> {
        Set(all.withLock { $0 }.compactMap { if case .note(let note) = $0 { note } else { nil } })
    }

    /// The records of a track, sorted by segment.
    func records(_ track: String) -> [SegmentRecord] {
        all.withLock { $0 }.compactMap { event in
            if case .segment(track, _, let record) = event { record } else { nil }
        }.sorted { $0.index < $1.index }
    }
}

extension Scratch {
    /// The bytes of a file.
    func bytes(_ file: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appendingPathComponent(file))) }
}
