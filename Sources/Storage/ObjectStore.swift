public import NIOCore

/// Bytes under names. Objects are written whole and never changed: a reader sees all of one or nothing.
///
/// Every call throws ``StorageError``. Calls may be made from any task and do not block it.
public protocol ObjectStore: Sendable {
    /// Writes an object. Safe against a loss of power when this returns.
    func put(_ bytes: ByteBuffer, at key: String) async throws

    /// Takes over a local file as an object; the file is gone afterwards, and still there after an error.
    /// - Note: Moves the file where the store is on the same file system, else copies it.
    func adopt(file path: String, as key: String) async throws

    /// Makes an object with the bytes of another one; safe against a loss of power when this returns.
    /// - Note: Stores that can do it without moving the bytes do.
    /// - Throws: ``StorageError/notFound(key:)``.
    func copy(_ key: String, to target: String) async throws

    /// Bytes of an object, or `nil` if there is none.
    func size(of key: String) async throws -> Int64?

    /// Opens an object for reading.
    /// - Parameter range: Which bytes; cut to what the object has. `nil` is all of it.
    /// - Throws: ``StorageError/notFound(key:)``.
    func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody

    /// Opens an object as a file of this machine, for a program that reads a descriptor.
    /// - Throws: ``StorageError/notFound(key:)``.
    func openLocally(_ key: String) async throws -> LocalObject

    /// Removes an object; one that does not exist is no error.
    func delete(_ key: String) async throws

    /// Removes every object whose key begins with `folder` and a slash.
    func deleteAll(in folder: String) async throws

    /// A page of the objects whose keys begin with `folder` and a slash, in the order of their bytes.
    /// - Parameters:
    ///   - folder: The folder; empty for all objects.
    ///   - key: The last key of the page before; `nil` for the first page.
    ///   - limit: Objects a page.
    func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry]

    /// Makes sure that the store can be written; for a readiness check.
    func checkWritable() async throws
}

/// An object in a list.
public struct ObjectEntry: Sendable, Hashable {
    /// Its name.
    public let key: String
    /// Its bytes.
    public let byteCount: Int64

    /// An object in a list.
    public init(key: String, byteCount: Int64) {
        self.key = key
        self.byteCount = byteCount
    }
}

extension ObjectStore {
    /// Writes an object.
    public func put(_ bytes: some Sequence<UInt8>, at key: String) async throws {
        try await put(ByteBuffer(bytes: bytes), at: key)
    }

    /// Writes a text as an object, in UTF-8.
    public func put(text: String, at key: String) async throws {
        try await put(ByteBuffer(string: text), at: key)
    }

    /// Opens a whole object for reading.
    public func read(_ key: String) async throws -> ObjectBody {
        try await read(key, range: nil)
    }

    /// Reads an object into memory.
    /// - Parameter limit: Most bytes that are taken.
    /// - Throws: ``StorageError/notFound(key:)``, ``StorageError/tooLarge(key:byteCount:)``.
    public func readAll(_ key: String, limit: Int) async throws -> ByteBuffer {
        let body = try await read(key, range: nil)
        guard body.objectSize <= Int64(limit) else { throw StorageError.tooLarge(key: key, byteCount: body.objectSize) }
        var whole = ByteBuffer()
        for try await chunk in body {
            if whole.readableBytes == 0 { whole = chunk } else { whole.writeImmutableBuffer(chunk) }
        }
        return whole
    }
}
