internal import Glibc
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// A store with objects as files of a folder and keys as paths.
///
/// An object is written to a temporary file, flushed and renamed. Files have mode 0600 and folders 0700. Several processes may
/// use the same folder. Blocking calls run on ``StorageThreads``.
public struct LocalObjectStore: ObjectStore {
    /// The folder, without a trailing slash.
    public let root: String
    private let threads: StorageThreads
    private static let scratchName = ".tmp"
    private static let chunkSize = 64 * 1024

    /// A store in a folder, which is created if it is missing.
    /// - Parameters:
    ///   - root: The folder.
    ///   - threads: The threads for reading and writing files.
    /// - Throws: ``StorageError/readOnly(path:)`` and others, if the folder cannot be created.
    /// - Note: Blocks for a short time; call it once at start.
    public init(root: String, threads: StorageThreads = .shared) throws {
        var root = root
        while root.utf8.count > 1, root.hasSuffix("/") { root.removeLast() }
        self.root = root
        self.threads = threads
        try Folder.make(root + "/" + Self.scratchName)
        guard unsafe access(root + "/" + Self.scratchName, W_OK) == 0 else {
            throw StorageError.current("access", path: root)
        }
    }

    /// Writes a file under a temporary name and renames it.
    public func put(_ bytes: ByteBuffer, at key: String) async throws {
        let target = try path(key)
        let scratch = scratchPath()
        try await threads.writing.runIfActive {
            try Self.withScratch(scratch) { file in
                try file.write(bytes)
                try file.synchronize()
                _ = try Folder.move(scratch, to: target)
            }
        }
    }

    /// Renames a file to its object, or copies it to another file system.
    public func adopt(file source: String, as key: String) async throws {
        let target = try path(key)
        let scratch = scratchPath()
        try await threads.writing.runIfActive {
            let original = try OpenFile(reading: source, key: source)
            try original.synchronize()
            if case .moved = try Folder.move(source, to: target) { return }
            try Self.copyBytes(original, scratch, target)
            try Folder.removeFile(source)
        }
    }

    /// Creates a hard link, or copies the file if the file system has none.
    public func copy(_ key: String, to target: String) async throws {
        let (source, target, scratch) = (try path(key), try path(target), scratchPath())
        guard source != target else { return }
        try await threads.writing.runIfActive {
            // Objects never change, so two keys can share one file.
            if unsafe link(source, scratch) == 0 {
                // A rename to another link of the same file does nothing and leaves the scratch name.
                defer { _ = unsafe unlink(scratch) }
                _ = try Folder.move(scratch, to: target)
                return
            }
            switch errno {
            case ENOENT: throw StorageError.notFound(key: key)
            case EPERM, EMLINK, EXDEV, ENOTSUP: try Self.copyBytes(OpenFile(reading: source, key: key), scratch, target)
            default: throw StorageError.current("link", path: source)
            }
        }
    }

    /// The size of an object in bytes; `nil` if it does not exist.
    public func size(of key: String) async throws -> Int64? {
        let path = try path(key)
        return try await threads.reading.runIfActive {
            guard case .file(let byteCount) = Folder.entry(path) else { return nil }
            return byteCount
        }
    }

    /// Opens an object; each chunk is read on demand.
    public func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody {
        let path = try path(key)
        let threads = threads.reading
        return try await threads.runIfActive {
            let file = try OpenFile(reading: path, key: key)
            let size = try file.byteCount(key: key)
            let range = (range ?? 0..<size).clamped(to: 0..<size)
            let chunkSize = Self.chunkSize
            // The first chunk is read together with opening, so that most objects need one call on a thread. It is
            // released when it is read, so that a slow reader does not keep it in memory.
            let first = range.isEmpty ? nil : try file.read(at: range.lowerBound, count: min(chunkSize, range.count))
            let prefetched = Prefetched(first)
            let whole = LocalObject(descriptor: file.descriptor, byteCount: size, keeping: file)
            return ObjectBody(objectSize: size, range: range, file: whole) { offset in
                if offset == range.lowerBound, let bytes = prefetched.take(), bytes.readableBytes > 0 { return bytes }
                let count = min(chunkSize, Int(range.upperBound - offset))
                let bytes = try await threads.runIfActive { try file.read(at: offset, count: count) }
                guard bytes.readableBytes > 0 else { throw StorageError.truncated(key: key) }
                return bytes
            }
        }
    }

    /// Opens an object as a local file.
    public func openLocally(_ key: String) async throws -> LocalObject {
        let path = try path(key)
        return try await threads.reading.runIfActive {
            let file = try OpenFile(reading: path, key: key)
            return LocalObject(descriptor: file.descriptor, byteCount: try file.byteCount(key: key), keeping: file)
        }
    }

    /// Deletes an object and the folders that become empty.
    public func delete(_ key: String) async throws {
        let path = try path(key)
        let root = root
        try await threads.writing.runIfActive {
            try Folder.removeFile(path)
            Folder.removeEmpty(Folder.parent(of: path), upTo: root)
        }
    }

    /// Deletes a folder; all of its objects disappear atomically.
    public func deleteAll(in folder: String) async throws {
        let path = try path(folder)
        let scratch = scratchPath()
        let root = root
        try await threads.writing.runIfActive {
            guard case .folder = Folder.entry(path) else { return }
            // A rename first makes the deletion atomic.
            guard unsafe rename(path, scratch) == 0 else {
                if errno == ENOENT { return }
                throw StorageError.current("rename", path: path)
            }
            Folder.removeEmpty(Folder.parent(of: path), upTo: root)
            try Folder.removeTree(scratch)
        }
    }

    /// A page of objects. Memory is proportional to the page and to the entries of the visited folders.
    public func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry] {
        let top = folder.isEmpty ? "" : folder + "/"
        if !folder.isEmpty { try StorageKey.check(folder) }
        let root = root
        return try await threads.writing.runIfActive {
            var page: [ObjectEntry] = []
            try Self.walk(root + "/", top, after: key, limit: limit, into: &page)
            return page
        }
    }

    /// Creates and removes a temporary file.
    public func checkWritable() async throws {
        let scratch = scratchPath()
        try await threads.writing.runIfActive { try Self.withScratch(scratch) { _ in } }
    }

    /// Removes unfinished files of a killed process. Call it before anything writes.
    public func removeLeftovers() async throws {
        let scratch = root + "/" + Self.scratchName
        try await threads.writing.runIfActive {
            for name in try Folder.names(in: scratch) { try Folder.removeTree(scratch + "/" + name) }
        }
    }

    private func path(_ key: String) throws(StorageError) -> String {
        try StorageKey.check(key)
        return root + "/" + key
    }

    private func scratchPath() -> String {
        var random = SystemRandomNumberGenerator()
        return "\(root)/\(Self.scratchName)/\(String(random.next(), radix: 36))\(String(random.next(), radix: 36))"
    }

    /// Creates a temporary file for `body` and removes it afterwards if it was not renamed.
    private static func withScratch(_ path: String, _ body: (OpenFile) throws -> Void) throws {
        let file = try OpenFile(creating: path)
        defer { _ = unsafe unlink(path) }
        try body(file)
    }

    private static func walk(
        _ root: String, _ prefix: String, after key: String?, limit: Int, into page: inout [ObjectEntry]
    ) throws(StorageError) {
        // Folders are sorted with a trailing slash, like the keys in them.
        var entries: [(name: String, byteCount: Int64?)] = []
        for name in try Folder.names(in: root + prefix) where StorageKey.isValid(name) {
            switch Folder.entry(root + prefix + name) {
            case .file(let byteCount): entries.append((prefix + name, byteCount))
            case .folder: entries.append((prefix + name + "/", nil))
            case .other: continue
            }
        }
        entries.sort { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        for entry in entries {
            guard page.count < limit else { return }
            if let byteCount = entry.byteCount {
                if let key, !Array(key.utf8).lexicographicallyPrecedes(Array(entry.name.utf8)) { continue }
                page.append(ObjectEntry(key: entry.name, byteCount: byteCount))
            } else {
                // A folder before the cursor has only earlier keys, unless it contains the cursor.
                if let key, !key.hasPrefix(entry.name),
                    Array(entry.name.utf8).lexicographicallyPrecedes(Array(key.utf8))
                {
                    continue
                }
                try walk(root, entry.name, after: key, limit: limit, into: &page)
            }
        }
    }

    /// Copies a file to a new file and renames that to its target.
    private static func copyBytes(_ original: OpenFile, _ scratch: String, _ target: String) throws {
        try withScratch(scratch) { copy in
            var offset: Int64 = 0
            while true {
                let chunk = try original.read(at: offset, count: 1 << 20)
                if chunk.readableBytes == 0 { break }
                try copy.write(chunk)
                offset += Int64(chunk.readableBytes)
            }
            try copy.synchronize()
            _ = try Folder.move(scratch, to: target)
        }
    }
}

/// A chunk that can be taken once.
private final class Prefetched: Sendable {
    private let bytes: Mutex<ByteBuffer?>

    init(_ bytes: consuming ByteBuffer?) {
        self.bytes = Mutex(bytes)
    }

    func take() -> ByteBuffer? {
        bytes.withLock { $0.take() }
    }
}
