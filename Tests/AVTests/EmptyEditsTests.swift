import Foundation
import Testing

@testable import AV

@Suite("Empty edits") struct EmptyEditsTests {
    private static func number(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.bigEndian) { Data($0) }
    }

    private static func box(_ kind: String, _ body: Data) -> Data {
        number(UInt32(body.count + 8)) + Data(kind.utf8) + body
    }

    /// A `moov` with one edit list; each edit is a duration, a media time and a rate.
    private static func index(_ times: [Int32]) -> Data {
        var list = number(UInt32(0)) + number(UInt32(times.count))
        for time in times { list += number(UInt32(1000)) + number(time) + number(UInt32(0x10000)) }
        return box("moov", box("trak", box("edts", box("elst", list))))
    }

    private static func changes(_ data: Data) throws -> [(offset: Int64, bytes: [UInt8])] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("edits-\(UUID().uuidString)")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forReadingFrom: file)
        return EmptyEdits(descriptor: handle.fileDescriptor).changes
    }

    @Test("An empty edit between other edits is replaced; an empty edit before them is not") func between() throws {
        let changes = try Self.changes(Self.index([-1, 0, -1, 5000]))
        // The media time of the third edit, after four box headers, the header of the list, and two edits of twelve bytes.
        let expected: Int64 = 68
        #expect(changes.map(\.offset) == [expected])
        #expect(changes.first?.bytes == [0x7f, 0xff, 0xff, 0xf0])
    }

    @Test("The number of reads is bounded for a file that consists of edits only") func bounded() throws {
        let changes = try Self.changes(Self.index([0] + Array(repeating: -1, count: 100_000)))
        #expect(changes.count > 10_000 && changes.count < 20_000)
        #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.offset < $1.offset })
        let track = Self.box("trak", Self.box("edts", Data()))
        let boxes = Self.box("moov", Data(Array(repeating: track, count: 30_000).joined()))
        #expect(try Self.changes(boxes).isEmpty)
    }
}
