internal import NIOCore

extension ObjectStore {
    /// Reads the object and writes it again, for stores that have no better way. Holds the object in memory.
    public func copy(_ key: String, to target: String) async throws {
        try await put(try await readAll(key, limit: .max), at: target)
    }
}
