import Foundation
import Ground
import Logging
import Testing

@testable import Ingest

@Suite("Locks of uploads") struct UploadLocksTests {
    private func withFolder(_ body: (UploadFolder) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "videohost-locks-\(UUID().uuidString)").path
        let folder = try UploadFolder(path: path, at: 1, logger: Logger(label: "test"))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(folder)
        await folder.shutdown()
    }

    @Test("What one process holds, another on the same folder cannot have until it is given back")
    func acrossProcesses() async throws {
        try await withFolder { folder in
            // Locks of two open files exclude each other in one process just as in two (fcntl(2), OFD locks).
            let (here, there) = (try UploadLocks(folder: folder), try UploadLocks(folder: folder))
            let lock = try await here.acquire("upl_1", interruptingAfter: .zero)
            #expect(here.isHeld("upl_1") && there.isHeld("upl_1"))
            await #expect(throws: UploadError.locked) {
                _ = try await there.acquire("upl_1", interruptingAfter: .zero)
            }
            let other = try await there.acquire("upl_2", interruptingAfter: .zero)
            here.release(lock)
            #expect(!there.isHeld("upl_1"))
            there.release(try await there.acquire("upl_1", interruptingAfter: .zero))
            there.release(other)
            #expect(!here.isHeld("upl_2"))
        }
    }

    @Test(
        "A writer that does not end when it is asked to keeps nobody waiting for ever, and who gives up leaves nothing")
    func endless() async throws {
        try await withFolder { folder in
            let locks = try UploadLocks(folder: folder, interruptionTimeout: .milliseconds(50))
            let lock = try await locks.acquire("upl_1", interruptingAfter: .zero)
            for _ in 0..<3 {
                await #expect(throws: UploadError.locked) {
                    _ = try await locks.acquire("upl_1", interruptingAfter: .zero)
                }
            }
            #expect(locks.waiterCount("upl_1") == 0)
            locks.release(lock)
            locks.release(try await locks.acquire("upl_1", interruptingAfter: .zero))
        }
    }

    @Test("Who waits for a writer that ends gets the upload", .timeLimit(.minutes(1))) func ending() async throws {
        try await withFolder { folder in
            let locks = try UploadLocks(folder: folder, interruptionTimeout: .seconds(3600))
            let lock = try await locks.acquire("upl_1", interruptingAfter: .zero)
            async let next = locks.acquire("upl_1", interruptingAfter: .zero)
            for await _ in lock.interruptions { break }
            locks.release(lock)
            locks.release(try await next)
            #expect(!locks.isHeld("upl_1"))
        }
    }

    @Test("A folder keeps its identity, and two that are opened at once have the same") func identity() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "videohost-locks-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let folder = try UploadFolder(path: path, at: 1_700_000_000_000, logger: Logger(label: "test"))
                    #expect(try await folder.list().isEmpty)
                    await folder.shutdown()
                    return folder.identity
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(found.count == 1)
    }
}
