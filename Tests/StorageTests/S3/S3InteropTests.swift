import Crypto
import Foundation
import NIOCore
import Storage
import Testing

/// Other programs read objects of the store, and the store reads objects of other programs.
@Suite(.timeLimit(.minutes(2))) struct S3InteropTests {
    private func sha256(_ bytes: some DataProtocol) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("boto3 reads small objects and multipart objects", arguments: [StoreKind.moto, .rclone])
    func written(kind: StoreKind) async throws {
        let server = try await S3TestServer.running(kind)
        let prefix = "interop-\(UUID().uuidString)"
        let store = server.store(prefix: prefix)
        let folder = try TemporaryFolder()
        let large = Data((0..<11_000_003).map { UInt8(truncatingIfNeeded: $0 >> 5) })
        try large.write(to: URL(filePath: folder.path + "/f"))
        try await store.put([1, 2, 3], at: "small")
        try await store.adopt(file: folder.path + "/f", as: "large")
        let small = try await server.boto3(["op": "get", "key": prefix + "/small"])
        #expect(small.size == 3 && small.sha256 == sha256([1, 2, 3]))
        let read = try await server.boto3(["op": "get", "key": prefix + "/large"])
        #expect(read.size == large.count && read.sha256 == sha256(large))
        if kind == .moto { #expect(read.etag?.hasSuffix("-3\"") == true) }
    }

    @Test("the store reads objects that boto3 wrote", arguments: [StoreKind.moto, .rclone])
    func read(kind: StoreKind) async throws {
        let server = try await S3TestServer.running(kind)
        let prefix = "interop-\(UUID().uuidString)"
        let reply = try await server.boto3(["op": "put", "key": prefix + "/a/b", "hex": "00ff10"])
        #expect(reply.error == nil)
        let store = server.store(prefix: prefix)
        #expect(Array(try await store.readAll("a/b", limit: 9).readableBytesView) == [0, 255, 16])
        #expect(try await store.list(in: "", after: nil, limit: 9) == [ObjectEntry(key: "a/b", byteCount: 3)])
    }

    @Test("a server that checks signatures refuses a wrong secret and an unknown key")
    func signatures() async throws {
        let server = try await S3TestServer.running(.rclone)
        let good = server.store()
        try await good.put([1], at: "k")
        for credentials in [
            S3Credentials(accessKeyID: "test-key", secretAccessKey: "wrong"),
            S3Credentials(accessKeyID: "nobody", secretAccessKey: "test-secret"),
        ] {
            let store = S3Store(good.location, credentials: credentials)
            let error = await #expect(throws: StorageError.self) { try await store.put([1], at: "k") }
            #expect(["bad_credentials", "access_denied"].contains(error?.code))
        }
    }

    @Test("the error for a missing bucket names it", arguments: [StoreKind.moto, .rclone])
    func missingBucket(kind: StoreKind) async throws {
        let server = try await S3TestServer.running(kind)
        let location = S3Location(
            bucket: "nowhere", scheme: "http", authority: "127.0.0.1:\(server.port)", region: "us-east-1", style: .path)
        let store = S3Store(location, credentials: S3TestServer.credentials)
        let error = await #expect(throws: StorageError.self) { try await store.checkWritable() }
        #expect(error?.code == "missing_bucket")
    }

    @Test("more than a thousand objects are listed and deleted, with one page in memory")
    func manyObjects() async throws {
        let server = try await S3TestServer.running(.moto)
        let store = server.store()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1050 {
                if number >= 16 { try await group.next() }
                group.addTask { try await store.put([1], at: "v/\(10_000 + number)") }
            }
            try await group.waitForAll()
        }
        let all = try await store.list(in: "v", after: nil, limit: 2000)
        #expect(all.map(\.key) == (0..<1050).map { "v/\(10_000 + $0)" })
        try await store.deleteAll(in: "v")
        #expect(try await store.list(in: "", after: nil, limit: 1).isEmpty)
    }

    @Test("200 MB are sent and received with a few MB of memory")
    func flatMemory() async throws {
        let server = try await S3TestServer.running(.rclone)
        let folder = try TemporaryFolder()
        let scratch = try ScratchCache(folder: folder.path + "/scratch", limit: 300 << 20)
        let store = server.store(scratch: scratch) { $0.partSize = 8 << 20 }
        try await store.put([1], at: "warm")
        _ = try await store.openLocally("warm")
        let path = folder.path + "/large"
        let byteCount = 200 << 20
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        let block = Data((0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 >> 3) })
        for _ in 0..<200 { try handle.write(contentsOf: block) }
        try handle.close()
        // Reset, since the peak of earlier tests would hide that of this one.
        try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        let before = try Self.peak()
        try await store.adopt(file: path, as: "large")
        var read = 0
        for try await chunk in try await store.read("large") { read += chunk.readableBytes }
        #expect(read == byteCount)
        #expect(try await store.openLocally("large").byteCount == Int64(byteCount))
        let grown = try Self.peak() - before
        #expect(grown < 64 << 10, "the peak grew by \(grown) KiB")
    }

    /// The peak memory use of this process, in KiB.
    private static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
    }
}
