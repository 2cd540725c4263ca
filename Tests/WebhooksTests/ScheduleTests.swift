import Testing

@testable import Webhooks

@Suite("Outcomes of attempts") struct ScheduleTests {
    private let schedule = RetrySchedule()

    @Test("A 2xx is a success, a 410 disables the endpoint, everything else is retried", arguments: 1...8)
    func verdicts(attempts: Int) {
        for status in [200, 201, 204, 299] {
            #expect(schedule.verdict(.answered(status), attempts: attempts, random: 0.5) == .delivered)
        }
        #expect(schedule.verdict(.answered(410), attempts: attempts, random: 0.5) == .gone)
        for attempt in [Attempt.answered(199), .answered(301), .answered(404), .answered(500), .failed("x")] {
            let verdict = schedule.verdict(attempt, attempts: attempts, random: 0.5)
            let waits: [Int64] = [10, 60, 300, 1_800, 7_200, 21_600, 43_200]
            #expect(verdict == (attempts == 8 ? .dead : .again(after: waits[attempts - 1] * 1000)))
        }
    }

    @Test("Waits have a jitter of a fifth in both directions") func jitter() {
        #expect(schedule.verdict(.failed("x"), attempts: 1, random: 0) == .again(after: 8_000))
        #expect(schedule.verdict(.failed("x"), attempts: 1, random: 1) == .again(after: 12_000))
    }

    @Test("A signature equals that of Python's hmac") func signature() {
        // Computed by Python: hmac.new(b"whsec_x", b'1700000000.{"a":1}', "sha256").hexdigest()
        #expect(
            Signature.header(body: #"{"a":1}"#, secret: "whsec_x", seconds: 1_700_000_000)
                == "t=1700000000,v1=b3438763ab46d9634b9844c8722818eaf523f803db1327484c6067462a5fd6d1")
    }

    @Test("Secrets have 256 bits and differ") func secrets() {
        let secrets = Set((0..<100).map { _ in Signature.makeSecret() })
        #expect(secrets.count == 100 && secrets.allSatisfy { $0.utf8.count == 6 + 64 && $0.hasPrefix("whsec_") })
    }
}
