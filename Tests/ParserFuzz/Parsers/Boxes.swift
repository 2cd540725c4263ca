import Foundation

@testable import Ingest
@testable import Packager

extension FuzzedParser {
    private static func box(_ type: String, _ body: [UInt8]) -> [UInt8] {
        word(UInt32(body.count + 8)) + Array(type.utf8) + body
    }

    private static func word(_ values: UInt32...) -> [UInt8] {
        values.flatMap { value in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) } }
    }

    private static func segment(header: [UInt8], run: [UInt8], wide: Bool = false) -> [UInt8] {
        let time = wide ? word(0x0100_0000, 0, 90_000) : word(0, 90_000)
        let track = box("traf", box("tfhd", header) + box("tfdt", time) + box("trun", run))
        return box("styp", Array("msdhmsdhcmfc".utf8)) + box("moof", box("mfhd", word(0, 1)) + track)
            + box("mdat", .init(repeating: 0, count: 64))
    }

    /// Segments whose samples say everything themselves, nothing, or half of it.
    private static let segments = [
        segment(header: word(0x02_0000, 1), run: word(0xF01, 2, 120) + word(512, 20, 0, 0, 512, 30, 0x1_0000, 512)),
        segment(header: word(0x02_0038, 1, 1024, 16, 0x1_0000), run: word(0x005, 3, 128, 0), wide: true),
        segment(header: word(0x02_0000, 1), run: word(0x0100_0A01, 1, 108) + word(64, 0xFFFF_FF00)),
    ]

    private static func fixture(_ name: String) -> [UInt8] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8]((try? Data(contentsOf: root.appendingPathComponent("fixtures/\(name)"))) ?? Data())
    }

    private static let boxNames = [
        "moof", "traf", "trun", "tfhd", "tfdt", "mdat", "moov", "trak", "mdia", "stbl", "stsd", "avcC", "esds", "elst",
    ]

    /// ISO boxes, and the first bytes of containers.
    static let boxes: [FuzzedParser] = [
        FuzzedParser("fragment", examples: segments, words: boxNames) { bytes, _ in
            guard let found = try? FragmentReader.read(bytes) else { throw Refused() }
            let samples = found.fragments.flatMap(\.samples)
            try require(!samples.isEmpty && samples.count <= FragmentReader.sampleLimit, "some samples, not too many")
            try require(
                samples.allSatisfy { $0.bytes.lowerBound >= 0 && $0.bytes.upperBound <= bytes.count && $0.ticks >= 0 },
                "samples lie in the segment")
            try require(found.byteCount == bytes.count && found.ticks >= 0, "lengths that are not negative")
            try require((found.keyFrameByteCount ?? 0) <= bytes.count, "a key frame inside the segment")
            _ = found.record(index: 0, isVideo: true)
        },
        FuzzedParser(
            "initialization",
            examples: [fixture("rot270_iphone_3frames.mov"), fixture("audio_only_mono.m4a")].filter { !$0.isEmpty },
            words: boxNames
        ) { bytes, _ in
            guard let found = try? InitializationReader.read(bytes) else { throw Refused() }
            try require(!found.tracks.isEmpty && found.tracks.allSatisfy { $0.timescale > 0 }, "tracks with a clock")
            try require(found.tracks.allSatisfy { $0.edits.count <= bytes.count / 12 }, "no more edits than bytes")
            try require(
                found.tracks.allSatisfy { $0.codecString.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } },
                "a codec's name in ASCII")
        },
        FuzzedParser("box-list", examples: segments, words: boxNames) { bytes, chance in
            let start = chance.below(bytes.count + 9) - 4
            let range = start..<(start + chance.below(bytes.count + 9))
            guard let found = try? Box.list(bytes, in: range) else { throw Refused() }
            var next = range.clamped(to: bytes.indices).lowerBound
            for box in found {
                try require(box.range.lowerBound == next && box.body.upperBound == box.range.upperBound, "no gap")
                next = box.range.upperBound
                _ = try? box.children(of: bytes, skipping: chance.below(16) - 2)
            }
            try require(found.isEmpty || next == range.clamped(to: bytes.indices).upperBound, "boxes fill their range")
        },
        FuzzedParser(
            "elementary-stream",
            examples: [
                [0, 0, 0, 0, 3, 25, 0, 1, 0, 4, 17, 0x40, 0x15] + [UInt8](repeating: 0, count: 11) + [5, 2, 0x11, 0x90]
            ]
        ) {
            bytes, _ in
            let name = CodecString.mpeg4Audio(elementaryStream: bytes) ?? CodecString.avc(configuration: bytes)
            try require(name.map { $0.utf8.count <= 32 } ?? true, "a short name")
        },
        FuzzedParser(
            "container",
            examples: [
                Array("\0\0\0\u{18}ftypisom".utf8), Array("RIFF____AVI LIST".utf8), Array("OggS".utf8),
                [0xFF, 0xFB, 0x90, 0],
                (0..<1128).map { $0 % 188 == 0 ? 0x47 : 0 }, (0..<1152).map { $0 % 192 == 4 ? 0x47 : 0 },
            ], words: ["ftyp", "RIFF", "WAVE", "fLaC", "ID3", "OggS", "#EXTM3U"]
        ) { bytes, _ in
            let found = Container(head: bytes)
            try require(found == nil || bytes.count >= 3, "a container has a head")
            try require(!bytes.starts(with: Array("#EXTM3U".utf8)) || found == nil, "a playlist is no container")
        },
    ]
}
