import Foundation
import NIOCore
import Storage
import Testing

/// The contract of every kind of store.
@Suite(.timeLimit(.minutes(2))) struct ObjectStoreContractTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } }

    @Test("a written object is read back, in full and by ranges", arguments: StoreKind.allCases)
    func roundTrip(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        let bytes = pattern(700_001)
        try await store.put(bytes, at: "videos/v/g1/v720/00001.m4s")
        #expect(try await store.size(of: "videos/v/g1/v720/00001.m4s") == 700_001)
        for range: Range<Int64>? in [
            5..<Int64.max, 700_000..<Int64.max, 700_001..<Int64.max,
            nil, 0..<1, 0..<700_001, 699_999..<700_001, 100_000..<400_000, 5..<5, 700_000..<900_000,
            800_000..<900_000,
        ] {
            let body = try await store.read("videos/v/g1/v720/00001.m4s", range: range)
            #expect(body.objectSize == 700_001)
            var got: [UInt8] = []
            for try await chunk in body { got += Array(buffer: chunk) }
            let wanted = (range ?? 0..<700_001).clamped(to: 0..<700_001)
            #expect(got == Array(bytes[Int(wanted.lowerBound)..<Int(wanted.upperBound)]))
        }
    }

    @Test("an empty object can be written and read", arguments: StoreKind.allCases)
    func empty(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        try await store.put([UInt8](), at: "a/b")
        #expect(try await store.size(of: "a/b") == 0)
        #expect(try await store.readAll("a/b", limit: 0).readableBytes == 0)
        #expect(try await store.read("a/b", range: 0..<10).objectSize == 0)
        #expect(try await store.openLocally("a/b").byteCount == 0)
    }

    @Test("a body can be read twice, also concurrently", arguments: StoreKind.allCases)
    func twice(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        let bytes = pattern(300_000)
        try await store.put(bytes, at: "x")
        let body = try await store.read("x")
        async let one = content(body)
        async let two = content(body)
        #expect(try await one == bytes)
        #expect(try await two == bytes)
        #expect(try await content(body) == bytes)
    }

    private func content(_ body: ObjectBody) async throws -> [UInt8] {
        var content: [UInt8] = []
        for try await chunk in body { content += Array(buffer: chunk) }
        return content
    }

    @Test("a missing object has no size and cannot be opened", arguments: StoreKind.allCases)
    func missing(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        let missing = StorageError.notFound(key: "nothing/here")
        #expect(try await store.size(of: "nothing/here") == nil)
        await #expect(throws: missing) { try await store.read("nothing/here") }
        await #expect(throws: missing) { try await store.read("nothing/here", range: 3..<9) }
        await #expect(throws: missing) { try await store.read("nothing/here", range: 3..<3) }
        await #expect(throws: missing) { try await store.openLocally("nothing/here") }
        try await store.delete("nothing/here")
        try await store.deleteAll(in: "nothing")
    }

    @Test(
        "invalid keys are refused by every call", arguments: StoreKind.allCases,
        ["../x", "/etc/passwd", "a/.tmp", ""])
    func invalidKeys(kind: StoreKind, key: String) async throws {
        let store = try await kind.make(in: folder)
        let refused = StorageError.invalidKey(key)
        await #expect(throws: refused) { try await store.put([1], at: key) }
        await #expect(throws: refused) { try await store.read(key) }
        await #expect(throws: refused) { try await store.size(of: key) }
        await #expect(throws: refused) { try await store.delete(key) }
        await #expect(throws: refused) { try await store.deleteAll(in: key) }
        await #expect(throws: refused) { try await store.openLocally(key) }
        await #expect(throws: refused) { try await store.adopt(file: "/tmp/nothing", as: key) }
    }

    @Test(
        "a file that is moved into the store is gone afterwards, and still exists after an error",
        arguments: StoreKind.allCases)
    func adopt(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        let file = folder.path + "/upload"
        try Data([1, 2, 3]).write(to: URL(filePath: file))
        await #expect(throws: StorageError.invalidKey("..")) { try await store.adopt(file: file, as: "..") }
        #expect(FileManager.default.fileExists(atPath: file))
        try await store.adopt(file: file, as: "sources/v/original")
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(Array(try await store.readAll("sources/v/original", limit: 10).readableBytesView) == [1, 2, 3])
        await #expect(throws: StorageError.notFound(key: file)) { try await store.adopt(file: file, as: "x") }
    }

    @Test("a large file is moved into the store with all of its bytes", arguments: StoreKind.allCases)
    func adoptLarge(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        let file = folder.path + "/upload"
        let bytes = Data(pattern(13_000_007))
        try bytes.write(to: URL(filePath: file))
        try await store.adopt(file: file, as: "sources/v/original")
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(Data(Array(buffer: try await store.readAll("sources/v/original", limit: 13_000_007))) == bytes)
        let local = try await store.openLocally("sources/v/original")
        #expect(try Data(contentsOf: URL(filePath: "/proc/self/fd/\(local.descriptor)")) == bytes)
    }

    @Test("writing again replaces the object", arguments: StoreKind.allCases)
    func replace(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        try await store.put([1, 1, 1], at: "x")
        try await store.put([2], at: "x")
        #expect(Array(try await store.readAll("x", limit: 9).readableBytesView) == [2])
    }

    @Test("deleting a folder deletes its objects and no others", arguments: StoreKind.allCases)
    func delete(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        for key in ["v/g1/a", "v/g1/b/c", "v/g10/a", "v/g1-a", "w"] { try await store.put([1], at: key) }
        try await store.delete("w")
        try await store.deleteAll(in: "v/g1")
        #expect(try await store.list(in: "", after: nil, limit: 9).map(\.key) == ["v/g1-a", "v/g10/a"])
    }

    @Test(
        "a list is paged and sorted by the bytes of the keys", arguments: StoreKind.allCases, [1, 2, 3, 100])
    func list(kind: StoreKind, limit: Int) async throws {
        let store = try await kind.make(in: folder)
        // `-` and `.` sort before the slash, `0` after it: folders must not be sorted by their bare names.
        let expected = ["a-b", "a.b/c", "a/b.c", "a/b/c", "a/c", "a0", "b/c/d/e"].sorted()
        for key in expected { try await store.put([1, 2], at: key) }
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

    @Test("a check for write access leaves no object", arguments: StoreKind.allCases)
    func writable(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        try await store.checkWritable()
        #expect(try await store.list(in: "", after: nil, limit: 9).isEmpty)
    }

    @Test("an open object stays readable after its deletion", arguments: StoreKind.allCases)
    func local(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        try await store.put([1, 2, 3], at: "x")
        let object = try await store.openLocally("x")
        try await store.delete("x")
        #expect(object.byteCount == 3)
        #expect(try Data(contentsOf: URL(filePath: "/proc/self/fd/\(object.descriptor)")) == Data([1, 2, 3]))
        object.release()
    }

    @Test("many concurrent writes all succeed", arguments: StoreKind.allCases)
    func race(kind: StoreKind) async throws {
        let store = try await kind.make(in: folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask { try await store.put([UInt8(number)], at: "shared/folder/\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try await store.list(in: "shared", after: nil, limit: 100).count == 24)
    }
}
