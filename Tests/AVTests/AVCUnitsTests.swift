import Testing

@testable import AV

@Suite("Units of H.264") struct AVCUnitsTests {
    private static let sequence: [UInt8] = [0x67, 0x64, 0x00, 0x1f, 0xac]
    private static let picture: [UInt8] = [0x68, 0xee, 0x3c, 0x80]
    /// ISO/IEC 14496-15 5.3.3.1: version, profile, constraints, level, length size less one, then the sets.
    private static let record: [UInt8] =
        [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 5] + sequence + [1, 0, 4] + picture
    private static let startCodes: [UInt8] = [0, 0, 0, 1] + sequence + [0, 0, 1] + picture

    private func packet(_ bytes: [UInt8]) throws -> Packet { try Packet(bytes, like: Packet()) }

    @Test("Both forms of a header give the same sets", arguments: [record, startCodes])
    func headers(header: [UInt8]) throws {
        let units = try #require(AVCUnits(header: header))
        #expect(units.parameterSets == [Self.sequence, Self.picture])
        #expect(units.profile.indication == 0x64 && units.profile.constraints == 0 && units.profile.level == 0x1f)
        #expect(units.startCodeHeader == [0, 0, 0, 1] + Self.sequence + [0, 0, 0, 1] + Self.picture)
    }

    @Test("A header that is cut off anywhere is none") func cutHeaders() {
        for count in 0..<Self.record.count { #expect(AVCUnits(header: Array(Self.record.prefix(count))) == nil) }
        #expect(AVCUnits(header: []) == nil)
        #expect(AVCUnits(header: [0, 0, 1]) == nil)
    }

    @Test("Slices are kept, and what a source says of itself is not") func slices() throws {
        let units = try #require(AVCUnits(header: Self.record))
        let note: [UInt8] = [0x06, 5, 3, 0x47, 0x50, 0x53]
        let slice: [UInt8] = [0x65, 1, 2, 3]
        let bytes: [UInt8] = [0, 0, 0, 6] + note + [0, 0, 0, 5] + Self.sequence + [0, 0, 0, 4] + slice
        let picture = try #require(units.picture(packet(bytes)))
        #expect(picture.isIDR && !picture.bringsOtherSets)
        #expect(units.slices(try packet(bytes)) == [0, 0, 0, 1] + slice)
        let divided = try #require(AVCUnits(header: Self.startCodes))
        #expect(
            divided.slices(try packet([0, 0, 1] + note + [0, 0, 0, 1] + slice + [0, 0])) == [0, 0, 0, 1] + slice)
    }

    @Test(
        "A recovery point says after how many pictures all is right",
        arguments: [(0, [0xc0]), (1, [0x50]), (59, [0x07, 0x90])])
    func recovery(count: Int, payload: [UInt8]) throws {
        let units = try #require(AVCUnits(header: Self.record))
        let other: [UInt8] = [1, 2, 0x10, 0x80]
        let unit: [UInt8] = [0x06] + other + [6, UInt8(payload.count)] + payload + [0x80]
        let bytes = [0, 0, 0, UInt8(unit.count)] + unit + [0, 0, 0, 2, 0x41, 1]
        let picture = try #require(units.picture(packet(bytes)))
        #expect(picture.recovery == count && !picture.isIDR && picture.isReference && !picture.bringsSets)
        #expect(try units.picture(packet([0, 0, 0, 2, 0x01, 1]))?.isReference == false)
    }

    @Test("Sets that the header lacks are told") func otherSets() throws {
        let units = try #require(AVCUnits(header: Self.record))
        let bytes: [UInt8] = [0, 0, 0, 2, 0x68, 0xef, 0, 0, 0, 2, 0x41, 1]
        let picture = try #require(units.picture(packet(bytes)))
        #expect(!picture.isIDR && picture.bringsOtherSets)
    }

    @Test(
        "Lengths that lie, and packets without a slice, are no pictures",
        arguments: [
            [0, 0, 0, 9, 0x65], [0xff, 0xff, 0xff, 0xff, 0x65], [0, 0], [], [0, 0, 0, 2, 0x06, 1],
            [0, 0, 0, 1, 0x65, 0, 0, 0, 1, 0x41],  // an IDR slice and another in one picture
        ] as [[UInt8]])
    func lies(bytes: [UInt8]) throws {
        let units = try #require(AVCUnits(header: Self.record))
        #expect(units.picture(try packet(bytes)) == nil)
    }
}
