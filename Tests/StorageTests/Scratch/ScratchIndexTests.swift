import Testing

@testable import Storage

@Suite struct ScratchIndexTests {
    private func source(_ name: String, _ byteCount: Int64) -> ScratchSource {
        ScratchSource(key: name, version: "1", byteCount: byteCount)
    }

    @Test("space is reserved before a load, and the least recently used copy is removed first")
    func eviction() {
        var ledger = ScratchIndex(limit: 100)
        let (a, b, c, d) = (source("a", 40), source("b", 40), source("c", 40), source("d", 80))
        let first = ledger.claim(a)
        #expect(first.claim == .load(removing: []))
        #expect(ledger.claim(a).claim == .wait)
        let second = ledger.claim(b)
        #expect(second.claim == .load(removing: []))
        #expect(ledger.used == 80)
        #expect(ledger.claim(c).claim == .full)
        ledger.finish(a)
        ledger.finish(b)
        #expect(ledger.claim(a).claim == .ready)
        for _ in 0..<3 { ledger.unpin(a, first.pin) }
        #expect(ledger.claim(d).claim == .full)
        ledger.unpin(b, second.pin)
        // `b` was released last, so `a` is older.
        let third = ledger.claim(c)
        #expect(third.claim == .load(removing: [a]))
        #expect(ledger.used == 80)
        ledger.finish(c)
        ledger.unpin(c, third.pin)
        #expect(ledger.claim(d).claim == .load(removing: [b, c]))
        #expect(ledger.used == 80)
        #expect(ledger.claim(source("e", 0)).claim == .load(removing: []))
    }

    @Test("releasing a pin of a failed copy does not affect the copy after it")
    func generations() {
        var ledger = ScratchIndex(limit: 100)
        let a = source("a", 60)
        let first = ledger.claim(a)
        ledger.forget(a)
        #expect(ledger.used == 0)
        let second = ledger.claim(a)
        #expect(second.claim == .load(removing: []))
        ledger.finish(a)
        ledger.unpin(a, first.pin)
        #expect(ledger.claim(source("b", 60)).claim == .full)
        ledger.unpin(a, second.pin)
        #expect(ledger.claim(source("b", 60)).claim == .load(removing: [a]))
        #expect(ledger.forgetIdle() == [])
    }
}
