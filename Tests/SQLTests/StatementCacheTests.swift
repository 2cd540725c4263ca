import Testing

@testable import SQL

@Suite("Prepared statements")
struct StatementCacheTests {
    @Test("The least recently used statement is removed, and no name is used twice")
    func eviction() {
        var cache = StatementCache(capacity: 2)
        var names: [String] = []
        func key(_ sql: String, _ types: [UInt32] = []) -> StatementCache.Key { .init(sql: sql, types: types) }
        func add(_ sql: String) -> String? {
            let gone = cache.makeRoom()
            names.append(cache.newName())
            cache.insert(key(sql), name: names[names.count - 1])
            return gone
        }
        #expect(add("a") == nil)
        #expect(add("b") == nil)
        #expect(cache.name(of: key("a")) == names[0])
        #expect(add("c") == names[1])
        #expect(cache.name(of: key("b")) == nil)
        #expect(cache.name(of: key("a")) == names[0])
        #expect(cache.name(of: key("a", [20])) == nil)
        #expect(cache.count == 2)
        #expect(Set(names).count == 3)
    }
}
