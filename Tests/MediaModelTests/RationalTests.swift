import Foundation
import MediaModel
import Testing

@Suite("Rational") struct RationalTests {
    private static let samples = [
        Rational(0), Rational(1), Rational(-1), Rational(1, 3), Rational(-7, 12), Rational(30_000, 1001),
        Rational(1, 90_000), Rational(Int64.max), Rational(1, Int64.max), Rational(Int64.max, Int64.max - 1),
    ]

    @Test("Lowest terms, positive denominator") func lowestTerms() {
        #expect(Rational(6, -4) == Rational(-3, 2))
        #expect(Rational(0, 17).denominator == 1)
        #expect(Rational(-10, 5).description == "-2/1")
    }

    @Test("Addition and multiplication commute and undo") func laws() {
        for a in Self.samples.prefix(7) {
            for b in Self.samples.prefix(7) {
                #expect(a + b == b + a)
                #expect(a * b == b * a)
                #expect((a + b) - b == a)
                if b != Rational(0) { #expect((a * b) / b == a) }
            }
        }
    }

    @Test("Order agrees with subtraction, also where products overflow 64 bits") func order() {
        for a in Self.samples { for b in Self.samples { #expect((a < b) == (b > a) && (a == b) == !(a < b || b < a)) } }
        #expect(Rational(Int64.max - 1, Int64.max) < Rational(1))
        #expect(Rational(Int64.max, Int64.max - 1) > Rational(1))
    }

    @Test("JSON keeps it exact, and refuses what is none") func json() throws {
        let data = try JSONEncoder().encode([Rational(30_000, 1001)])
        #expect(String(decoding: data, as: UTF8.self) == #"["30000\/1001"]"#)
        #expect(try JSONDecoder().decode([Rational].self, from: data) == [Rational(30_000, 1001)])
        for text in [#"["1/0"]"#, #"["x"]"#, #"["1/-2"]"#, #"[""]"#] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([Rational].self, from: Data(text.utf8)) }
        }
    }
}

@Suite("Media time") struct MediaTimeTests {
    @Test("Rounding does what it says, on both sides of zero")
    func rounding() {
        func check(_ rounding: TickRounding, _ expected: [Int64]) {
            let thirds: [Int64] = [-4, -3, -2, -1, 0, 1, 2, 3, 4]
            let rounded = thirds.map { MediaTime.rescale($0, from: Rational(1, 3), to: Rational(1), rounding) }
            #expect(rounded == expected)
        }
        check(.down, [-2, -1, -1, -1, 0, 0, 0, 1, 1])
        check(.up, [-1, -1, 0, 0, 0, 1, 1, 1, 2])
        check(.nearest, [-1, -1, -1, 0, 0, 0, 1, 1, 1])
    }

    @Test("Halves go away from zero, as FFmpeg's rounding does") func halves() {
        #expect(MediaTime.rescale(1, from: Rational(1, 2), to: Rational(1), .nearest) == 1)
        #expect(MediaTime.rescale(-1, from: Rational(1, 2), to: Rational(1), .nearest) == -1)
    }

    @Test("Ten hours at 90 kHz and back lose nothing") func roundTrip() {
        for ticks in stride(from: Int64(0), to: 36_000 * 90_000, by: 7_654_321) {
            let nanoseconds = MediaTime.rescale(
                ticks, from: Rational(1, 90_000), to: Rational(1, 1_000_000_000), .nearest)
            #expect(
                MediaTime.rescale(nanoseconds, from: Rational(1, 1_000_000_000), to: Rational(1, 90_000), .nearest)
                    == ticks)
        }
    }

    @Test("Beyond 64 bits it saturates and does not trap") func saturation() {
        #expect(MediaTime.rescale(.max, from: Rational(1), to: Rational(1, 90_000), .nearest) == .max)
        #expect(MediaTime.rescale(.min, from: Rational(1), to: Rational(1, 90_000), .nearest) == .min)
    }
}
