/// The prepared statements of a connection; a new one replaces the least recently used one.
struct StatementCache {
    /// A statement and the types of its arguments, for which it is prepared.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// Maximum number of statements.
    let capacity: Int
    private var entries: [Key: (name: String, lastUse: UInt64)] = [:]
    private var clock: UInt64 = 0

    /// An empty cache for at least one statement.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// The number of prepared statements.
    var count: Int { entries.count }

    /// The name of a prepared statement; marks it as used now.
    mutating func name(of key: Key) -> String? {
        guard let name = entries[key]?.name else { return nil }
        clock += 1
        entries[key] = (name, clock)
        return name
    }

    /// Frees a place for one more statement.
    /// - Returns: The name of the removed statement, which must be deallocated on the server; `nil` if a place was free.
    mutating func makeRoom() -> String? {
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return nil
        }
        entries[oldest.key] = nil
        return oldest.value.name
    }

    /// A new name that no statement of this connection has had.
    mutating func newName() -> String {
        clock += 1
        return "s\(clock)"
    }

    /// Stores a statement that was prepared under a name.
    mutating func insert(_ key: Key, name: String) {
        clock += 1
        entries[key] = (name, clock)
    }
}
