import Testing

@testable import Ingest

@Suite("Recordings behind the first one") struct LaterPartsTests {
    private func follow(_ file: [UInt8], _ position: Int64, _ container: Container) -> Bool {
        LaterParts { offset, count in Array(file.dropFirst(Int(offset)).prefix(count)) }.follow(position, container)
    }

    private static let heads: [(Container, [UInt8])] = [
        (.flv, Array("FLV".utf8) + [1, 5, 0, 0, 0, 9]),
        (.ogg, Array("OggS".utf8) + [0, 2]),
        (.matroska, [0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1]),
        (.matroska, [0x1a, 0x45, 0xdf, 0xa3, 1, 0, 0, 0, 0, 0, 0, 31, 0x42, 0x86, 0x81, 1]),
    ]

    @Test("A head is found behind the last packet alone", arguments: heads)
    func followed(container: Container, head: [UInt8]) {
        let part = head + [UInt8](repeating: 0, count: 100)
        #expect(follow(part + part, 50, container))
        #expect(!follow(part + part, Int64(part.count) + 50, container))
        #expect(!follow(part, 50, container))
        #expect(!follow(part + head.prefix(4) + [UInt8](repeating: 0xff, count: 100), 50, container))
    }

    private func box(_ name: String, _ count: Int = 8) -> [UInt8] {
        [0, 0, 0, UInt8(8 + count)] + Array(name.utf8) + [UInt8](repeating: 0, count: count)
    }

    @Test("A movie with its file type is found behind the last packet alone") func movies() {
        let part = box("ftyp") + box("mdat", 100) + box("moov")
        #expect(follow(part + part, 30, .mp4))
        #expect(!follow(part + part, Int64(part.count) + 30, .mp4))
        #expect(!follow(part, 30, .mp4))
        #expect(!follow(part + box("free") + box("moov"), 30, .mp4))
    }
}
