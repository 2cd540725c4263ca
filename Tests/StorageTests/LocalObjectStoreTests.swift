import NIOCore
import Storage
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite(.timeLimit(.minutes(1))) struct LocalObjectStoreTests {
    let folder: TemporaryFolder
    let store: LocalObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = try LocalObjectStore(root: folder.path + "/objects")
    }

    @Test("writing again replaces the object, and a reader of the old object can read it to its end")
    func replace() async throws {
        try await store.put([UInt8](repeating: 1, count: 400_000), at: "x")
        let old = try await store.read("x")
        try await store.put([2], at: "x")
        for try await chunk in old { #expect(chunk.readableBytesView.allSatisfy { $0 == 1 }) }
        #expect(try await store.size(of: "x") == 1)
    }

    @Test("a folder cannot be read as an object, nor an object as a folder")
    func kinds() async throws {
        try await store.put([1], at: "a/b")
        #expect(try await store.size(of: "a") == nil)
        await #expect(throws: StorageError.notFound(key: "a")) { try await store.read("a") }
        await #expect(throws: StorageError.notFound(key: "a/b/c")) { try await store.read("a/b/c") }
        try await store.deleteAll(in: "a/b")
        #expect(try await store.size(of: "a/b") == 1)
    }

    @Test("a symbolic link in the folder is not followed")
    func links() async throws {
        try await store.put([1], at: "a/real")
        try FileManager.default.createSymbolicLink(atPath: store.root + "/a/link", withDestinationPath: "/etc/passwd")
        await #expect(throws: StorageError.notFound(key: "a/link")) { try await store.read("a/link") }
        #expect(try await store.size(of: "a/link") == nil)
    }

    @Test(
        "a file on another file system is copied", .enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm")))
    func adoptAcross() async throws {
        let file = "/dev/shm/storage-tests-\(UUID().uuidString)"
        let bytes = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0) })
        try bytes.write(to: URL(filePath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await store.adopt(file: file, as: "big")
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(Data(try await store.readAll("big", limit: 3_000_000).readableBytesView) == bytes)
        #expect(folder.files() == ["objects/big"])
    }

    @Test("deleting removes objects and the folders that become empty")
    func delete() async throws {
        try await store.put([1], at: "videos/v/g1/a/1")
        try await store.put([1], at: "videos/v/g1/b/1")
        try await store.put([1], at: "videos/w/g1/b/1")
        try await store.delete("videos/v/g1/a/1")
        #expect(!FileManager.default.fileExists(atPath: store.root + "/videos/v/g1/a"))
        try await store.deleteAll(in: "videos/v")
        #expect(folder.files() == ["objects/videos/w/g1/b/1"])
        try await store.delete("videos/w/g1/b/1")
        #expect(!FileManager.default.fileExists(atPath: store.root + "/videos"))
        #expect(FileManager.default.fileExists(atPath: store.root))
    }

    @Test("concurrent writes and deletions in a folder do not fail")
    func race() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    for _ in 0..<5 {
                        try await store.put([UInt8(number)], at: "shared/folder/\(number)")
                        try await store.delete("shared/folder/\(number)")
                    }
                    try await store.put([UInt8(number)], at: "shared/folder/\(number)")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.list(in: "shared", after: nil, limit: 100).count == 40)
    }

    @Test("unfinished files of a killed process are removed and never listed")
    func leftovers() async throws {
        try Data([1]).write(to: URL(filePath: store.root + "/.tmp/abc"))
        try await store.put([1], at: "x")
        #expect(try await store.list(in: "", after: nil, limit: 9).map(\.key) == ["x"])
        try await store.removeLeftovers()
        #expect(folder.files() == ["objects/x"])
        try await store.checkWritable()
        #expect(folder.files() == ["objects/x"])
    }

    @Test("only the owner can read files and folders")
    func modes() async throws {
        try await store.put([1], at: "a/b")
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(store.root + "/a/b") == 0o600)
        #expect(try mode(store.root + "/a") == 0o700)
    }

    @Test("reading into memory has a size limit")
    func limit() async throws {
        try await store.put([1, 2, 3], at: "x")
        await #expect(throws: StorageError.tooLarge(key: "x", byteCount: 3)) { try await store.readAll("x", limit: 2) }
        #expect(try await store.readAll("x", limit: 3).readableBytes == 3)
    }

    @Test("an open object stays readable after its deletion, until it is released")
    func local() async throws {
        try await store.put([1, 2, 3], at: "x")
        let object = try await store.openLocally("x")
        try await store.delete("x")
        #expect(object.byteCount == 3)
        let handle = "/proc/self/fd/\(object.descriptor)"
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: handle).hasSuffix("(deleted)"))
        object.release()
    }
}
