import Ground
import Testing

@Suite("Times as protocols write them") struct TimestampTests {
    @Test(
        "instants as RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "0000-01-01T00:00:00.000Z"),
        ])
    func text(milliseconds: Int64, expected: String) { #expect(Timestamp(milliseconds).rfc3339 == expected) }

    @Test("every day of four centuries follows the one before")
    func calendar() {
        var previous = Timestamp(-1).rfc3339.prefix(10)
        for day in 0..<Int64(146_097) {
            let text = Timestamp(day * 86_400_000).rfc3339
            #expect(text.prefix(10) > previous)
            #expect(text.hasSuffix("T00:00:00.000Z"))
            previous = text.prefix(10)
        }
        #expect(previous == "2369-12-31")
    }

    @Test(
        "times of headers",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399_999, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_102_444_800_000, "Fri, 01 Jan 2100 00:00:00 GMT"), (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(Int64, String)])
    func headers(time: Int64, expected: String) {
        #expect(Timestamp(time).httpDate == expected)
    }

    @Test(
        "Seconds in the basic form of ISO 8601",
        arguments: [
            (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
            (4_107_542_400, "21000301T000000Z"), (-1, "19691231T235959Z"), (253_402_300_799, "99991231T235959Z"),
        ])
    func basic(seconds: Int64, text: String) {
        #expect(Timestamp(seconds * 1000).basic == text)
    }
}
