import MediaModel
import Packager
import Testing

@Suite("Malicious boxes") struct HostileBoxTests {
    private static func box(_ type: String, _ body: [UInt8], size: UInt32? = nil) -> [UInt8] {
        bytes(size ?? UInt32(body.count + 8)) + Array(type.utf8) + body
    }

    private static func bytes(_ values: UInt32...) -> [UInt8] {
        values.flatMap { value in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) } }
    }

    private static func segment(header: [UInt8], time: [UInt8], run: [UInt8], data: Int = 16) -> [UInt8] {
        let track = box("traf", box("tfhd", header) + box("tfdt", time) + box("trun", run))
        return box("moof", box("mfhd", bytes(0, 1)) + track) + box("mdat", .init(repeating: 0, count: data))
    }

    @Test("A segment truncated at any byte is refused or has fewer samples, and never traps")
    func truncation() throws {
        for whole in [MuxedSample.videoSegment, MuxedSample.audioSegment] {
            for length in 0..<whole.count {
                #expect(throws: BoxFailure.self) { try FragmentReader.read(Array(whole.prefix(length))) }
            }
        }
        for whole in [MuxedSample.videoInitialization, MuxedSample.audioInitialization] {
            for length in 0..<whole.count {
                #expect(throws: BoxFailure.self) { try InitializationReader.read(Array(whole.prefix(length))) }
            }
        }
    }

    @Test("A segment with any byte set to any edge value is parsed or refused") func edgeValues() {
        for whole in [MuxedSample.videoSegment, MuxedSample.audioSegment] {
            mutate(whole) { bytes in
                if let segment = try? FragmentReader.read(bytes) { check(segment, within: bytes.count) }
            }
        }
        for whole in [MuxedSample.videoInitialization, MuxedSample.audioInitialization] {
            mutate(whole) { bytes in _ = try? InitializationReader.read(bytes) }
        }
    }

    @Test("A randomly damaged segment is parsed or refused") func randomDamage() {
        var random = XorShift(state: 0x9E37_79B9_7F4A_7C15)
        for round in 0..<20_000 {
            let isSegment = round % 2 == 0
            var bytes = isSegment ? MuxedSample.Cache.videoSegment : MuxedSample.Cache.videoInitialization
            for _ in 0..<(1 + random.next(6)) { bytes[random.next(bytes.count)] = UInt8(random.next(256)) }
            if isSegment {
                if let segment = try? FragmentReader.read(bytes) { check(segment, within: bytes.count) }
            } else {
                _ = try? InitializationReader.read(bytes)
            }
        }
    }

    @Test("A sample count without bytes for the samples is bounded") func freeSamples() {
        // No per-sample fields: four thousand million samples in eight bytes.
        let bytes = Self.segment(
            header: Self.bytes(0x02_0000, 1), time: Self.bytes(0, 0), run: Self.bytes(0, 0xFFFF_FFFF))
        #expect(throws: BoxFailure.tooManySamples) { try FragmentReader.read(bytes) }
        let many = Self.segment(
            header: Self.bytes(0x02_0000, 1), time: Self.bytes(0, 0), run: Self.bytes(1, 60_000, 92))
        #expect(throws: Never.self) { try FragmentReader.read(many) }
        #expect(throws: BoxFailure.tooManySamples) { try FragmentReader.read(many + many) }
    }

    @Test("Samples outside the media data are refused") func outside() {
        for offset: UInt32 in [0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 100] {
            let bytes = Self.segment(
                header: Self.bytes(0x02_0010, 1, 17), time: Self.bytes(0, 0), run: Self.bytes(1, 1, offset))
            #expect(throws: BoxFailure.sampleOutside(index: 0)) { try FragmentReader.read(bytes) }
        }
        let far = Self.segment(
            header: Self.bytes(0x01, 1, 0xFFFF_FFFF, 0xFFFF_FFFF), time: Self.bytes(0, 0), run: Self.bytes(0, 1))
        #expect(throws: BoxFailure.malformed("tfhd", at: 32)) { try FragmentReader.read(far) }
    }

    @Test("A decoding time near the maximum is refused") func lateTime() {
        let bytes = Self.segment(
            header: Self.bytes(0x02_0000, 1), time: Self.bytes(0x0100_0000, 0xFFFF_FFFF, 0xFFFF_FFFF),
            run: Self.bytes(0, 1))
        #expect(throws: BoxFailure.self) { try FragmentReader.read(bytes) }
    }

    @Test("Box sizes may be open-ended or have 64 bits; too small and too large ones are refused") func sizes() throws {
        #expect(try Box.list(Self.box("free", [1, 2, 3], size: 0)).map(\.body.count) == [3])
        let wide = Self.bytes(1) + Array("free".utf8) + Self.bytes(0, 18) + [9, 9]
        #expect(try Box.list(wide).map(\.body) == [16..<18])
        #expect(throws: BoxFailure.malformed("free", at: 0)) { try Box.list(Self.box("free", [], size: 7)) }
        #expect(throws: BoxFailure.truncated(at: 8)) { try Box.list(Self.box("free", [], size: 9)) }
        let endless = Self.bytes(1) + Array("free".utf8) + Self.bytes(0xFFFF_FFFF, 0xFFFF_FFFF)
        #expect(throws: BoxFailure.truncated(at: 16)) { try Box.list(endless) }
        #expect(throws: BoxFailure.truncated(at: 7)) { try Box.list([0, 0, 0, 8, 1, 2, 3]) }
        #expect(try Box.list([]).isEmpty)
        #expect(try Box.list([1, 2, 3], in: -5 ..< -1).isEmpty)
    }

    @Test("A hundred thousand boxes are parsed in linear time", .timeLimit(.minutes(1))) func manyBoxes() {
        let data = [[UInt8]](repeating: Self.box("mdat", []), count: 100_000).flatMap { $0 }
        let segment = Self.segment(
            header: Self.bytes(0x02_0000, 1), time: Self.bytes(0, 0), run: Self.bytes(1, 60_000, 92))
        #expect(throws: Never.self) { try FragmentReader.read(segment + data) }
    }

    private func mutate(_ whole: [UInt8], _ body: ([UInt8]) -> Void) {
        for index in whole.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF, whole[index] &+ 1, whole[index] &- 1] {
                var bytes = whole
                bytes[index] = value
                body(bytes)
            }
        }
    }

    private func check(_ segment: MediaSegment, within length: Int) {
        for sample in segment.fragments.flatMap(\.samples) {
            #expect(sample.bytes.lowerBound >= 0 && sample.bytes.upperBound <= length && sample.ticks >= 0)
        }
        #expect((segment.keyFrameByteCount ?? 0) <= length && segment.ticks >= 0)
    }
}

/// A small random number generator with a fixed sequence.
private struct XorShift {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}

extension MuxedSample {
    /// Decoded once, since the loops above use it often.
    fileprivate enum Cache {
        static let videoSegment = MuxedSample.videoSegment
        static let videoInitialization = MuxedSample.videoInitialization
    }
}
