import NIOCore
import Storage
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("Copies of objects", .timeLimit(.minutes(1))) struct CopyTests {
    let folder: TemporaryFolder
    let store: LocalObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = try LocalObjectStore(root: folder.path + "/objects")
    }

    private func inode(_ key: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/objects/" + key)
        return try #require(attributes[.systemFileNumber] as? Int)
    }

    @Test("A local copy shares the file, outlives the original, and leaves no temporary file")
    func local() async throws {
        try await store.put(text: "bytes", at: "videos/v/g1/x")
        try await store.copy("videos/v/g1/x", to: "videos/v/g2/x")
        #expect(try inode("videos/v/g1/x") == inode("videos/v/g2/x"))
        try await store.deleteAll(in: "videos/v/g1")
        let copy = try await store.readAll("videos/v/g2/x", limit: 100)
        #expect(String(buffer: copy) == "bytes")
        #expect(folder.files() == ["objects/videos/v/g2/x"])
    }

    @Test("Copying again changes nothing and leaves no temporary file") func again() async throws {
        try await store.put(text: "bytes", at: "a")
        for _ in 0..<3 { try await store.copy("a", to: "b") }
        try await store.copy("a", to: "a")
        #expect(folder.files() == ["objects/a", "objects/b"])
    }

    @Test("Another object of the same key is replaced") func replacing() async throws {
        try await store.put(text: "new", at: "a")
        try await store.put(text: "old and longer", at: "b")
        try await store.copy("a", to: "b")
        #expect(String(buffer: try await store.readAll("b", limit: 100)) == "new")
    }

    @Test("A missing object cannot be copied") func missing() async throws {
        await #expect(throws: StorageError.notFound(key: "a/b")) { try await store.copy("a/b", to: "c") }
        await #expect(throws: StorageError.invalidKey("../c")) { try await store.copy("a", to: "../c") }
        #expect(folder.files().isEmpty)
    }

    @Test("A store without a copy operation reads and writes the bytes") func plain() async throws {
        let bytes = (0..<200_003).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let plain = PlainStore(store: store)
        try await store.put(bytes, at: "a")
        try await plain.copy("a", to: "b")
        #expect(try await Array(store.readAll("b", limit: .max).readableBytesView) == bytes)
        #expect(try inode("a") != inode("b"))
        await #expect(throws: StorageError.notFound(key: "x")) { try await plain.copy("x", to: "y") }
    }
}

/// A store without a copy operation.
private struct PlainStore: ObjectStore {
    let store: LocalObjectStore

    func put(_ bytes: ByteBuffer, at key: String) async throws { try await store.put(bytes, at: key) }
    func adopt(file path: String, as key: String) async throws { try await store.adopt(file: path, as: key) }
    func size(of key: String) async throws -> Int64? { try await store.size(of: key) }
    func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody {
        try await store.read(key, range: range)
    }
    func openLocally(_ key: String) async throws -> LocalObject { try await store.openLocally(key) }
    func delete(_ key: String) async throws { try await store.delete(key) }
    func deleteAll(in folder: String) async throws { try await store.deleteAll(in: folder) }
    func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry] {
        try await store.list(in: folder, after: key, limit: limit)
    }
    func checkWritable() async throws { try await store.checkWritable() }
}
