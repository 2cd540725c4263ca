public import NIOCore
internal import NIOPosix

/// A store of named byte sequences. Objects are written atomically and never changed.
///
/// Every call throws ``StorageError`` and may be made from any task, which it does not block.
public protocol ObjectStore: Sendable {
    /// Writes an object. It is durable when this returns.
    func put(_ bytes: ByteBuffer, at key: String) async throws

    /// Moves a local file into the store. After an error the file still exists.
    /// - Note: Renames the file if the store is on the same file system, otherwise copies it.
    func adopt(file path: String, as key: String) async throws

    /// Copies an object; the copy is durable when this returns.
    /// - Note: Does not transfer the bytes if the store has a copy operation.
    /// - Throws: ``StorageError/notFound(key:)``.
    func copy(_ key: String, to target: String) async throws

    /// The size of an object in bytes; `nil` if it does not exist.
    func size(of key: String) async throws -> Int64?

    /// Opens an object for reading.
    /// - Parameter range: The range of bytes, clamped to the object; `nil` for the whole object.
    /// - Throws: ``StorageError/notFound(key:)``.
    func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody

    /// Opens an object as a local file, for programs that read a descriptor.
    /// - Throws: ``StorageError/notFound(key:)``.
    func openLocally(_ key: String) async throws -> LocalObject

    /// Deletes an object; does nothing if it does not exist.
    func delete(_ key: String) async throws

    /// Deletes every object whose key starts with `folder` and a slash.
    func deleteAll(in folder: String) async throws

    /// A page of the objects whose keys start with `folder` and a slash, sorted by the bytes of their keys.
    /// - Parameters:
    ///   - folder: The folder; empty for all objects.
    ///   - key: The last key of the previous page; `nil` for the first page.
    ///   - limit: Most objects of the page.
    func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry]

    /// Checks that the store is writable; for readiness checks.
    func checkWritable() async throws
}

/// An object in a list.
public struct ObjectEntry: Sendable, Hashable {
    /// The key.
    public let key: String
    /// Size in bytes.
    public let byteCount: Int64

    /// An object in a list.
    public init(key: String, byteCount: Int64) {
        self.key = key
        self.byteCount = byteCount
    }
}

extension ObjectStore {
    /// Copies an object through memory; the default for stores without a copy operation.
    public func copy(_ key: String, to target: String) async throws {
        try await put(try await readAll(key, limit: .max), at: target)
    }

    /// Writes an object.
    public func put(_ bytes: some Sequence<UInt8>, at key: String) async throws {
        try await put(ByteBuffer(bytes: bytes), at: key)
    }

    /// Writes a text in UTF-8 as an object.
    public func put(text: String, at key: String) async throws {
        try await put(ByteBuffer(string: text), at: key)
    }

    /// Opens a whole object for reading.
    public func read(_ key: String) async throws -> ObjectBody {
        try await read(key, range: nil)
    }

    /// Reads an object into memory.
    /// - Parameter limit: Most bytes of the object.
    /// - Throws: ``StorageError/notFound(key:)``, ``StorageError/tooLarge(key:byteCount:)``.
    public func readAll(_ key: String, limit: Int) async throws -> ByteBuffer {
        let body = try await read(key, range: nil)
        guard body.objectSize <= Int64(limit) else { throw StorageError.tooLarge(key: key, byteCount: body.objectSize) }
        return try await body.collect()
    }
}

/// Threads for blocking calls on files, separate for reading and writing.
///
/// A viewer waits for each read, and a write may take seconds (flushing, copying, removing a tree). Separate threads keep
/// writes from delaying reads. Nothing else runs on these threads.
public struct StorageThreads: Sendable {
    /// Opens and reads objects.
    let reading: NIOThreadPool
    /// Writes, copies, deletes and lists objects.
    let writing: NIOThreadPool

    /// The threads of all stores of the process, until it ends.
    public static let shared = StorageThreads(reading: 8, writing: 8)

    /// Starts threads, which run until the process ends: a running pool must not be released.
    init(reading: Int, writing: Int) {
        self.reading = NIOThreadPool(numberOfThreads: reading)
        self.writing = NIOThreadPool(numberOfThreads: writing)
        self.reading.start()
        self.writing.start()
    }
}
