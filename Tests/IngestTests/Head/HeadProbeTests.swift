import Foundation
import MediaModel
import Testing

@testable import Ingest

@Suite("The first bytes of a file that is still being received", .timeLimit(.minutes(2))) struct HeadProbeTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures")
    /// The names of all clips.
    private func clips() throws -> [String] {
        let rows = try String(contentsOf: Self.folder.appendingPathComponent("INDEX.tsv"), encoding: .utf8)
        return rows.split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "\t" }) }
    }

    private static let cuts = [64 << 10, 1 << 20, 4 << 20, 16 << 20]

    private func rejection(_ file: FileHandle, _ probe: (Int32) throws(Rejection) -> Void) -> RejectionCode? {
        do { try probe(file.fileDescriptor) } catch { return error.code }
        return nil
    }

    /// What the head and the whole of a file are rejected with; the head is cut at each length below the file's own.
    private func outcomes(_ name: String, _ limits: MediaLimits) throws -> (
        heads: Set<RejectionCode>, whole: RejectionCode?
    ) {
        let path = Self.folder.appendingPathComponent(name).path
        let whole = try #require(FileHandle(forReadingAtPath: path))
        let count = Int(try whole.seekToEnd())
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("head-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        var heads: Set<RejectionCode> = []
        for length in Set(Self.cuts + [count / 2, count]) where length <= count {
            try whole.seek(toOffset: 0)
            try (whole.read(upToCount: length) ?? Data()).write(to: copy)
            let head = try #require(FileHandle(forReadingAtPath: copy.path))
            let code = rejection(head) { descriptor throws(Rejection) in
                try HeadProbe(limits: limits).run(descriptor: descriptor, announced: Int64(count))
            }
            if let code { heads.insert(code) }
        }
        let code = rejection(whole) { descriptor throws(Rejection) in
            _ = try SourceProbe(limits: limits, planner: Planner()).run(descriptor: descriptor)
        }
        return (heads, code)
    }

    @Test("No head is refused of a file that is accepted") func accepted() throws {
        var accepted = 0
        for name in try clips() {
            let (heads, whole) = try outcomes(name, MediaLimits())
            guard whole == nil else { continue }
            accepted += 1
            #expect(heads.isEmpty, "\(name): \(heads)")
        }
        #expect(accepted > 25)
    }

    @Test(
        "What a head is refused for, the whole file is refused for",
        arguments: [
            (MediaLimits(maximumSide: 64), RejectionCode.dimensionsTooLarge, 9),
            (MediaLimits(maximumStreams: 2), .tooManyStreams, 9),
            // A length below zero, which all files exceed: an index may be wrong by a minute. Their product bounds the frames.
            (MediaLimits(maximumSeconds: -61, maximumFrameRate: -1_000_000), .tooLong, 4),
        ])
    func refused(limits: MediaLimits, code: RejectionCode, least: Int) throws {
        var count = 0
        for name in try clips() where name != "perf_bbb_720p25_117s_51.ts" {
            let (heads, whole) = try outcomes(name, limits)
            if heads.contains(code) { count += 1 }
            #expect(heads.isSubset(of: [whole].compactMap(\.self)), "\(name): \(heads)")
        }
        #expect(count >= least)
    }

    @Test("An upload waits for a movie box that is in front and longer than its first bytes") func movie() throws {
        func box(_ name: String, _ size: UInt32) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(size >> $0 & 0xff) } + Array(name.utf8)
        }
        let type = box("ftyp", 16) + [UInt8](repeating: 0, count: 8)
        func end(_ head: [UInt8]) throws -> Int64? {
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("boxes-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: path) }
            try Data(head + [UInt8](repeating: 0, count: 64)).write(to: path)
            let file = try #require(FileHandle(forReadingAtPath: path.path))
            return HeadProbe.end(of: SourceBytes(descriptor: file.fileDescriptor))
        }
        #expect(try end(type + box("moov", 20 << 20)) == 16 + (20 << 20))
        #expect(try end(type + box("moov", 1 << 20)) == HeadProbe.byteCount)
        #expect(try end(type + box("moov", 300 << 20)) == HeadProbe.byteCount)
        #expect(try end(type + box("mdat", 20 << 20)) == HeadProbe.byteCount)
        #expect(try end([UInt8](repeating: 0, count: 100)) == nil)
    }
}
