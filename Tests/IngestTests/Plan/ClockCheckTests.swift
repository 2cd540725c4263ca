import MediaModel
import Testing

@testable import Ingest

@Suite("Clocks of a source") struct ClockCheckTests {
    private func check(_ clocks: [Int64], seconds: Double) throws {
        try ClockCheck(clocks: clocks, seconds: seconds).run()
    }

    @Test("Clocks that files have are counted for years")
    func usual() throws {
        let years = 100.0 * 365 * 86_400
        try check([90_000, 90_000, 44_100, 48_000], seconds: years)
        try check([1_000_000_000, 90_000, 44_100], seconds: 86_400)
        try check([1000, 16_000, 1000, 48_000], seconds: years)
    }

    @Test("Clocks without a common one, or times without end, are refused with a code")
    func wild() {
        let cases: [([Int64], Double)] = [
            ([2_147_483_647, 90_000, 2_147_483_629], 10), ([90_000, 44_100], 1e18), ([1], .infinity),
        ]
        for (clocks, seconds) in cases {
            #expect(throws: Rejection.self) { try check(clocks, seconds: seconds) }
        }
    }
}
