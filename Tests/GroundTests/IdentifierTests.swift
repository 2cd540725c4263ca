import Ground
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    /// Gives the same bits for ever.
    private struct Constant: RandomNumberGenerator {
        var bits: UInt64
        mutating func next() -> UInt64 { bits }
    }

    @Test("Time and random bits are written in Crockford's base 32")
    func form() {
        var zero = Constant(bits: 0)
        var ones = Constant(bits: .max)
        // The time of the ULID specification's own example, 01ARYZ6S41….
        #expect(
            Identifier.make(prefix: "vid_", at: 1_469_918_176_385, random: &zero) == "vid_01aryz6s410000000000000000")
        #expect(Identifier.make(prefix: "job_", at: 0, random: &ones) == "job_0000000000zzzzzzzzzzzzzzzz")
        #expect(Identifier.make(prefix: "tsk_", at: -5, random: &zero) == "tsk_00000000000000000000000000")
    }

    @Test("Later ones sort after earlier ones")
    func order() {
        let times: [Int64] = [0, 1, 31, 32, 1_000_000, 1_700_000_000_000, 1_700_000_000_001, 281_474_976_710_655]
        let identifiers = times.map { Identifier.make(prefix: "upl_", at: $0) }
        #expect(identifiers == identifiers.sorted())
    }

    @Test("Identifiers of the same millisecond differ")
    func uniqueness() {
        let made = Set((0..<10_000).map { _ in Identifier.make(prefix: "usr_", at: 7) })
        #expect(made.count == 10_000)
        #expect(made.allSatisfy { Identifier.isValid($0, prefix: "usr_") })
    }

    @Test(
        "Anything else is told from an identifier",
        arguments: [
            "", "vid_", "vid_01aryz6s41000000000000000", "vid_01aryz6s4100000000000000000",
            "usr_01aryz6s410000000000000000", "vid_01ARYZ6S410000000000000000", "vid_01aryz6s41000000000000000u",
            "vid_01aryz6s41000000000000000/", "vid_01aryz6s4100000000000000é", "../../../../../../../etc/passwd",
        ])
    func invalid(text: String) {
        #expect(!Identifier.isValid(text, prefix: "vid_"))
    }
}
