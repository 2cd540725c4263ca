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

    @Test("what was put is read back, whole and in parts")
    func roundTrip() async throws {
        let bytes = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try await store.put(bytes, at: "videos/v/g1/v720/00001.m4s")
        #expect(try await store.size(of: "videos/v/g1/v720/00001.m4s") == 700_001)
        for range: Range<Int64>? in [
            nil, 0..<1, 0..<700_001, 699_999..<700_001, 100_000..<400_000, 5..<5, 700_000..<900_000,
        ] {
            let body = try await store.read("videos/v/g1/v720/00001.m4s", range: range)
            #expect(body.objectSize == 700_001)
            var got: [UInt8] = []
            for try await chunk in body { got += chunk.readableBytesView }
            let wanted = (range ?? 0..<700_001).clamped(to: 0..<700_001)
            #expect(got == Array(bytes[Int(wanted.lowerBound)..<Int(wanted.upperBound)]))
        }
    }

    @Test("an empty object is an object")
    func empty() async throws {
        try await store.put([UInt8](), at: "a/b")
        #expect(try await store.size(of: "a/b") == 0)
        #expect(try await store.readAll("a/b", limit: 0).readableBytes == 0)
    }

    @Test("a body can be read twice, and by two readers at once")
    func twice() async throws {
        let bytes = [UInt8](repeating: 7, count: 300_000)
        try await store.put(bytes, at: "x")
        let body = try await store.read("x")
        async let one = total(body)
        async let two = total(body)
        #expect(try await one == 300_000)
        #expect(try await two == 300_000)
        #expect(try await total(body) == 300_000)
    }

    private func total(_ body: ObjectBody) async throws -> Int {
        var total = 0
        for try await chunk in body { total += chunk.readableBytes }
        return total
    }

    @Test("putting again replaces the whole object, and a reader of the old one keeps it")
    func replace() async throws {
        try await store.put([UInt8](repeating: 1, count: 400_000), at: "x")
        let old = try await store.read("x")
        try await store.put([2], at: "x")
        for try await chunk in old { #expect(chunk.readableBytesView.allSatisfy { $0 == 1 }) }
        #expect(try await store.size(of: "x") == 1)
    }

    @Test("a missing object has no size and cannot be opened")
    func missing() async throws {
        #expect(try await store.size(of: "nothing/here") == nil)
        await #expect(throws: StorageError.notFound(key: "nothing/here")) { try await store.read("nothing/here") }
        await #expect(throws: StorageError.notFound(key: "nothing/here")) {
            try await store.openLocally("nothing/here")
        }
        try await store.delete("nothing/here")
        try await store.deleteAll(in: "nothing")
    }

    @Test("a folder is no object, and an object is no folder")
    func kinds() async throws {
        try await store.put([1], at: "a/b")
        #expect(try await store.size(of: "a") == nil)
        await #expect(throws: StorageError.notFound(key: "a")) { try await store.read("a") }
        await #expect(throws: StorageError.notFound(key: "a/b/c")) { try await store.read("a/b/c") }
        try await store.deleteAll(in: "a/b")
        #expect(try await store.size(of: "a/b") == 1)
    }

    @Test("keys that are none are refused by every call", arguments: ["../x", "/etc/passwd", "a/.tmp", ""])
    func invalidKeys(key: String) async throws {
        let refused = StorageError.invalidKey(key)
        await #expect(throws: refused) { try await store.put([1], at: key) }
        await #expect(throws: refused) { try await store.read(key) }
        await #expect(throws: refused) { try await store.size(of: key) }
        await #expect(throws: refused) { try await store.delete(key) }
        await #expect(throws: refused) { try await store.deleteAll(in: key) }
        await #expect(throws: refused) { try await store.openLocally(key) }
        await #expect(throws: refused) { try await store.adopt(file: "/tmp/nothing", as: key) }
    }

    @Test("a link in the folder is not followed")
    func links() async throws {
        try await store.put([1], at: "a/real")
        try FileManager.default.createSymbolicLink(atPath: store.root + "/a/link", withDestinationPath: "/etc/passwd")
        await #expect(throws: StorageError.notFound(key: "a/link")) { try await store.read("a/link") }
        #expect(try await store.size(of: "a/link") == nil)
    }

    @Test("a file that is adopted moves, and a failed adoption leaves it")
    func adopt() async throws {
        let file = folder.path + "/upload"
        try Data([1, 2, 3]).write(to: URL(filePath: file))
        await #expect(throws: StorageError.invalidKey("..")) { try await store.adopt(file: file, as: "..") }
        #expect(FileManager.default.fileExists(atPath: file))
        try await store.adopt(file: file, as: "sources/v/original")
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(Array(try await store.readAll("sources/v/original", limit: 10).readableBytesView) == [1, 2, 3])
        await #expect(throws: StorageError.notFound(key: file)) { try await store.adopt(file: file, as: "x") }
    }

    @Test(
        "a file of another file system is copied", .enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm")))
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

    @Test("a list comes in pages, in the order of the keys' bytes", arguments: [1, 2, 3, 100])
    func list(limit: Int) async throws {
        // `-` and `.` sort before the slash, `0` after it: folders must not be sorted by their bare names.
        let keys = ["a-b", "a.b/c", "a/b", "a/b.c", "a/b/c", "a/c", "a0", "b/c/d/e"].sorted()
        for key in keys where key != "a/b" { try await store.put([1, 2], at: key) }
        let expected = keys.filter { $0 != "a/b" }
        var all: [String] = []
        var cursor: String?
        while true {
            let page = try await store.list(in: "", after: cursor, limit: limit)
            #expect(page.count <= limit)
            #expect(page.allSatisfy { $0.byteCount == 2 })
            if page.isEmpty { break }
            all += page.map(\.key)
            cursor = page.last?.key
        }
        #expect(all == expected)
        #expect(try await store.list(in: "a", after: nil, limit: 9).map(\.key) == ["a/b.c", "a/b/c", "a/c"])
        #expect(try await store.list(in: "a/b", after: nil, limit: 9).map(\.key) == ["a/b/c"])
        #expect(try await store.list(in: "none", after: nil, limit: 9).isEmpty)
    }

    @Test("many writers and a remover of the same folder do not disturb each other")
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

    @Test("leftovers of a killed program are removed and never listed")
    func leftovers() async throws {
        try Data([1]).write(to: URL(filePath: store.root + "/.tmp/abc"))
        try await store.put([1], at: "x")
        #expect(try await store.list(in: "", after: nil, limit: 9).map(\.key) == ["x"])
        try await store.removeLeftovers()
        #expect(folder.files() == ["objects/x"])
        try await store.checkWritable()
        #expect(folder.files() == ["objects/x"])
    }

    @Test("files and folders belong to their owner alone")
    func modes() async throws {
        try await store.put([1], at: "a/b")
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(store.root + "/a/b") == 0o600)
        #expect(try mode(store.root + "/a") == 0o700)
    }

    @Test("reading into memory has a limit")
    func limit() async throws {
        try await store.put([1, 2, 3], at: "x")
        await #expect(throws: StorageError.tooLarge(key: "x", byteCount: 3)) { try await store.readAll("x", limit: 2) }
        #expect(try await store.readAll("x", limit: 3).readableBytes == 3)
    }

    @Test("an open object stays readable after it was deleted, until it is released")
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
