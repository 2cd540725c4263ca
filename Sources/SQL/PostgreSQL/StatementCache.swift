/// Which statements a connection has prepared, the least recently used of which makes room for a new one.
struct StatementCache {
    /// A statement is prepared for the types of its arguments too.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// Statements at most.
    let capacity: Int
    private var entries: [Key: (name: String, lastUse: UInt64)] = [:]
    private var clock: UInt64 = 0

    /// An empty cache for at least one statement.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many statements are prepared.
    var count: Int { entries.count }

    /// The name of a prepared statement, which counts as a use of it.
    mutating func name(of key: Key) -> String? {
        guard let name = entries[key]?.name else { return nil }
        clock += 1
        entries[key] = (name, clock)
        return name
    }

    /// Makes room for one more.
    /// - Returns: The name of the statement that went, which the server has to forget; `nil` if there was room.
    mutating func makeRoom() -> String? {
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return nil
        }
        entries[oldest.key] = nil
        return oldest.value.name
    }

    /// A name that no statement of this connection has had.
    mutating func newName() -> String {
        clock += 1
        return "s\(clock)"
    }

    /// Notes a statement that was prepared under a name.
    mutating func insert(_ key: Key, name: String) {
        clock += 1
        entries[key] = (name, clock)
    }
}
