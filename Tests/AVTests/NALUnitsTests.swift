import Testing

@testable import AV

@Suite("NAL units of H.264") struct NALUnitsTests {
    private static let sequence: [UInt8] = [0x67, 0x64, 0x00, 0x1f, 0xac]
    private static let picture: [UInt8] = [0x68, 0xee, 0x3c, 0x80]
    /// ISO/IEC 14496-15 5.3.3.1: version, profile, constraints, level, length size minus one, then the parameter sets.
    private static let record: [UInt8] =
        [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 5] + sequence + [1, 0, 4] + picture
    private static let startCodes: [UInt8] = [0, 0, 0, 1] + sequence + [0, 0, 1] + picture

    private func packet(_ bytes: [UInt8]) throws -> Packet { try Packet(bytes, like: Packet()) }

    @Test("Both forms of a header give the same parameter sets", arguments: [record, startCodes])
    func headers(header: [UInt8]) throws {
        let units = try #require(NALUnits(header: header))
        #expect(units.parameterSets == [Self.sequence, Self.picture])
        #expect(units.profile.indication == 0x64 && units.profile.constraints == 0 && units.profile.level == 0x1f)
        #expect(units.startCodeHeader == [0, 0, 0, 1] + Self.sequence + [0, 0, 0, 1] + Self.picture)
    }

    @Test("Changing the level changes the sequence parameter set and nothing else") func level() throws {
        let units = try #require(NALUnits(header: Self.record)).with(level: 62)
        #expect(units.parameterSets == [[0x67, 0x64, 0x00, 62, 0xac], Self.picture])
        #expect(units.profile.level == 62 && units.lengthSize == 4)
        // Level 1b of the lower profiles is 1.1 with a flag, which must be cleared for other levels.
        let low = try #require(NALUnits(header: [0, 0, 1, 0x67, 66, 0xd0, 11, 0xac] + [0, 0, 1] + Self.picture))
        #expect(low.with(level: 30).parameterSets[0] == [0x67, 66, 0xc0, 30, 0xac])
        #expect(low.with(level: 11).parameterSets[0] == [0x67, 66, 0xd0, 11, 0xac])
    }

    @Test("The number of reference frames is read, or unknown") func references() {
        // Written by x264: 640×480 with four reference frames.
        let unit: [UInt8] = [
            0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x3d, 0xb0, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01,
        ]
        #expect(SequenceParameters(unit)?.referenceFrames == 4)
        for count in 0..<7 { #expect(SequenceParameters(Array(unit.prefix(count))) == nil) }
        #expect(SequenceParameters([UInt8](repeating: 0, count: 64)) == nil)
    }

    @Test("A header that is truncated at any byte is refused") func cutHeaders() {
        for count in 0..<Self.record.count { #expect(NALUnits(header: Array(Self.record.prefix(count))) == nil) }
        #expect(NALUnits(header: []) == nil)
        #expect(NALUnits(header: [0, 0, 1]) == nil)
    }

    @Test("Only slices of the source are copied") func slices() throws {
        let units = try #require(NALUnits(header: Self.record))
        let note: [UInt8] = [0x06, 5, 3, 0x47, 0x50, 0x53]
        let slice: [UInt8] = [0x65, 1, 2, 3]
        let bytes: [UInt8] = [0, 0, 0, 6] + note + [0, 0, 0, 5] + Self.sequence + [0, 0, 0, 4] + slice
        let picture = try #require(units.picture(packet(bytes)))
        #expect(picture.isIDR && !picture.hasOtherSets)
        #expect(units.slices(try packet(bytes)) == [0, 0, 0, 1] + slice)
        let divided = try #require(NALUnits(header: Self.startCodes))
        #expect(
            divided.slices(try packet([0, 0, 1] + note + [0, 0, 0, 1] + slice + [0, 0])) == [0, 0, 0, 1] + slice)
    }

    @Test(
        "A recovery point has the number of frames until decoding is correct",
        arguments: [(0, [0xc0]), (1, [0x50]), (59, [0x07, 0x90])])
    func recovery(count: Int, payload: [UInt8]) throws {
        let units = try #require(NALUnits(header: Self.record))
        let other: [UInt8] = [1, 2, 0x10, 0x80]
        let unit: [UInt8] = [0x06] + other + [6, UInt8(payload.count)] + payload + [0x80]
        let bytes = [0, 0, 0, UInt8(unit.count)] + unit + [0, 0, 0, 2, 0x41, 1]
        let picture = try #require(units.picture(packet(bytes)))
        #expect(picture.recovery == count && !picture.isIDR && picture.isReference && !picture.hasSets)
        #expect(try units.picture(packet([0, 0, 0, 2, 0x01, 1]))?.isReference == false)
    }

    @Test("Parameter sets that differ from those of the header are reported") func otherSets() throws {
        let units = try #require(NALUnits(header: Self.record))
        let bytes: [UInt8] = [0, 0, 0, 2, 0x68, 0xef, 0, 0, 0, 2, 0x41, 1]
        let picture = try #require(units.picture(packet(bytes)))
        #expect(!picture.isIDR && picture.hasOtherSets)
    }

    @Test(
        "Packets with wrong lengths or without a slice are not coded pictures",
        arguments: [
            [0, 0, 0, 9, 0x65], [0xff, 0xff, 0xff, 0xff, 0x65], [0, 0], [], [0, 0, 0, 2, 0x06, 1],
            [0, 0, 0, 1, 0x65, 0, 0, 0, 1, 0x41],  // an IDR slice and another slice in one picture
        ] as [[UInt8]])
    func lies(bytes: [UInt8]) throws {
        let units = try #require(NALUnits(header: Self.record))
        #expect(units.picture(try packet(bytes)) == nil)
    }
}
