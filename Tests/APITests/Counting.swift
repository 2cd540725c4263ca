import NIOCore
import SQL
import Storage
import Synchronization

/// What was asked of a database and a store.
final class Counting: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// How often something was asked since the last ``reset()``: `query`, `size`, `read`.
    subscript(name: String) -> Int { counts.withLock { $0[name] ?? 0 } }

    func note(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }

    func reset() { counts.withLock { $0 = [:] } }
}

/// A database that counts statements.
struct CountingDatabase: Database {
    private struct Connection: SQLConnection {
        let base: any SQLConnection
        let counting: Counting

        var dialect: SQLDialect { base.dialect }

        func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
            counting.note("query")
            return try base.query(sql, arguments)
        }

        func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
            counting.note("query")
            return try base.execute(sql, arguments)
        }
    }

    private let base: any Database
    private let counting: Counting

    init(_ base: any Database, _ counting: Counting) { (self.base, self.counting) = (base, counting) }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.read { [counting] in try body(Connection(base: $0, counting: counting)) }
    }

    func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await base.transaction { [counting] in try body(Connection(base: $0, counting: counting)) }
    }

    func close() async { await base.close() }
}

/// A store that counts requests for sizes and bytes.
struct CountingStore: ObjectStore {
    private let base: any ObjectStore
    private let counting: Counting

    init(_ base: any ObjectStore, _ counting: Counting) { (self.base, self.counting) = (base, counting) }

    func size(of key: String) async throws -> Int64? {
        counting.note("size")
        return try await base.size(of: key)
    }

    func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody {
        counting.note("read")
        return try await base.read(key, range: range)
    }

    func put(_ bytes: ByteBuffer, at key: String) async throws { try await base.put(bytes, at: key) }
    func adopt(file path: String, as key: String) async throws { try await base.adopt(file: path, as: key) }
    func copy(_ key: String, to target: String) async throws { try await base.copy(key, to: target) }
    func openLocally(_ key: String) async throws -> LocalObject { try await base.openLocally(key) }
    func delete(_ key: String) async throws { try await base.delete(key) }
    func deleteAll(in folder: String) async throws { try await base.deleteAll(in: folder) }
    func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry] {
        try await base.list(in: folder, after: key, limit: limit)
    }
    func checkWritable() async throws { try await base.checkWritable() }
}
