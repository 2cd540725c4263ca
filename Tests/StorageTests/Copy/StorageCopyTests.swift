import Foundation
import NIOHTTP1
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct StorageCopyTests {
    let folder: TemporaryFolder
    let local: LocalObjectStore

    init() throws {
        folder = try TemporaryFolder()
        local = try LocalObjectStore(root: folder.path + "/local")
    }

    private var options: StorageCopy.Options {
        var options = StorageCopy.Options()
        options.scratchFolder = folder.path
        options.largestInMemory = 100_000
        options.parallelism = 3
        return options
    }

    private func fill(_ store: any ObjectStore) async throws {
        for number in 0..<12 {
            try await store.put([UInt8](repeating: UInt8(number), count: number * 20_000), at: "v/\(number)/x")
        }
    }

    @Test("a library is copied completely from a folder to a bucket and back", arguments: [StoreKind.moto, .rclone])
    func thereAndBack(kind: StoreKind) async throws {
        let remote = try await kind.make(in: folder)
        try await fill(local)
        var progress: [Int] = []
        let report = try await StorageCopy(from: local, to: remote, options: options).run { report in
            progress.append(report.copied)
        }
        #expect(report.objects == 12 && report.copied == 12 && report.differenceCount == 0)
        #expect(report.copiedBytes == (0..<12).reduce(0) { $0 + Int64($1) * 20_000 })
        #expect(progress == Array(1...12))
        let again = try await StorageCopy(from: local, to: remote, options: options).run { _ in }
        #expect(again.copied == 0 && again.unchanged == 12)
        let back = try LocalObjectStore(root: folder.path + "/back")
        _ = try await StorageCopy(from: remote, to: back, options: options).run { _ in }
        let verified = try await StorageVerification(of: local, against: back).run { _ in }
        #expect(verified.unchanged == 12 && verified.differences.isEmpty)
        #expect(folder.files().allSatisfy { ["local", "back", "scratch"].contains($0.split(separator: "/").first) })
    }

    @Test("a copy that was stopped continues, and objects with another size are written again")
    func resumed() async throws {
        let target = try LocalObjectStore(root: folder.path + "/target")
        try await fill(local)
        try await target.put([UInt8](repeating: 3, count: 60_000), at: "v/3/x")
        try await target.put([9], at: "v/5/x")
        try await target.put([1], at: "z")
        var options = options
        options.isDryRun = true
        let plan = try await StorageCopy(from: local, to: target, options: options).run { _ in }
        #expect(plan.copied == 11 && plan.unchanged == 1)
        #expect(try await target.size(of: "v/1/x") == nil)
        options.isDryRun = false
        let report = try await StorageCopy(from: local, to: target, options: options).run { _ in }
        #expect(report.copied == 11 && report.unchanged == 1 && report.objects == 13)
        #expect(report.differences.map(\.key) == ["z"] && report.differences.map(\.kind) == [.extra])
        #expect(try await target.size(of: "v/5/x") == 100_000)
        #expect(try await target.size(of: "z") == 1)
    }

    @Test("a copy can be restricted to a folder")
    func oneFolder() async throws {
        let target = try LocalObjectStore(root: folder.path + "/target")
        try await fill(local)
        var options = options
        options.folder = "v/1"
        let report = try await StorageCopy(from: local, to: target, options: options).run { _ in }
        #expect(report.objects == 1)
        #expect(try await target.list(in: "", after: nil, limit: 9).map(\.key) == ["v/1/x"])
    }

    @Test("the objects that differ between two stores are listed")
    func differences() async throws {
        let other = try LocalObjectStore(root: folder.path + "/other")
        for key in ["a", "b", "c", "d"] { try await local.put([1, 2, 3], at: key) }
        try await other.put([1, 2, 3], at: "a")
        try await other.put([1, 2, 4], at: "b")
        try await other.put([1, 2], at: "c")
        try await other.put([1], at: "e")
        let report = try await StorageVerification(of: local, against: other).run { _ in }
        let found = Dictionary(uniqueKeysWithValues: report.differences.map { ($0.key, $0.kind) })
        #expect(found == ["b": .content, "c": .size, "d": .missing, "e": .extra])
        #expect(report.unchanged == 1 && report.objects == 5 && report.differenceCount == 4)
        let alone = try await StorageVerification(of: local, against: nil).run { _ in }
        #expect(alone.unchanged == 4 && alone.differenceCount == 0)
    }

    @Test("an object that cannot be copied does not stop the copy; a store that fails does")
    func failures() async throws {
        try await fill(local)
        let server = try await FaultServer { request in
            switch (request.method, request.uri.contains("/4/")) {
            case (.GET, _): .answer(200, [], Array("<ListBucketResult/>".utf8))
            case (_, true): .error(400, "BadDigest")
            case (_, false): .answer(200, [("content-length", "0")])
            }
        }
        var options = options
        options.largestInMemory = 1 << 20
        let report = try await StorageCopy(from: local, to: server.store(), options: options).run { _ in }
        #expect(report.copied == 11 && report.differences.map(\.key) == ["v/4/x"])
        let denied = try await FaultServer { request in
            request.method == .GET ? .answer(200, [], Array("<ListBucketResult/>".utf8)) : .error(403, "AccessDenied")
        }
        let error = await #expect(throws: StorageError.self) {
            try await StorageCopy(from: local, to: denied.store(), options: options).run { _ in }
        }
        #expect(error?.code == "access_denied")
    }
}
