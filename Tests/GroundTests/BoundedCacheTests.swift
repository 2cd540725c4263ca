import Ground
import Testing

@Suite("A cache with a bound") struct BoundedCacheTests {
    @Test("What costs most in all is never more than the bound, and what was used last stays")
    func bound() {
        let cache = BoundedCache<Int, String>(capacity: 100)
        for number in 0..<10 { cache.insert("\(number)", for: number, cost: 10) }
        #expect(cache.cost == 100 && cache[0] == "0")
        cache.insert("10", for: 10, cost: 10)
        // Down to three quarters, the ones that were not used for longest first.
        #expect(cache.cost == 70)
        #expect(cache[0] == "0" && cache[10] == "10" && cache[9] == "9" && cache[1] == nil && cache[4] == nil)
    }

    @Test("A value larger than the capacity is not cached, and displaces only its own predecessor")
    func large() {
        let cache = BoundedCache<String, Int>(capacity: 100)
        cache.insert(1, for: "a", cost: 40)
        cache.insert(2, for: "b", cost: 101)
        #expect(cache["a"] == 1 && cache["b"] == nil && cache.cost == 40)
        cache.insert(3, for: "a", cost: 101)
        #expect(cache["a"] == nil && cache.cost == 0)
        cache.insert(4, for: "c", cost: 90)
        cache.insert(5, for: "d", cost: 90)
        #expect(cache["c"] == nil && cache["d"] == 5 && cache.cost == 90)
    }

    @Test("What is removed makes room")
    func removal() {
        let cache = BoundedCache<Int, Int>(capacity: 100)
        for number in 0..<10 { cache.insert(number, for: number, cost: 10) }
        cache.removeAll { key, _ in key < 6 }
        #expect(cache.cost == 40 && cache[5] == nil && cache[6] == 6)
    }

    @Test("A value in place of another counts once")
    func again() {
        let cache = BoundedCache<Int, Int>(capacity: 10)
        for value in 0..<1000 { cache.insert(value, for: 1, cost: 9) }
        #expect(cache.cost == 9 && cache[1] == 999)
    }
}
