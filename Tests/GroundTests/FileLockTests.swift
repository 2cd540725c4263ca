import Foundation
import Ground
import Testing

@Suite("Locks on files") struct FileLockTests {
    @Test("One holder at a time; the next one may have it when the first has given it back or is gone")
    func exclusive() throws {
        let path = FileManager.default.temporaryDirectory.path + "/lock-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try FileLock(path)
        #expect(throws: FileLock.Failure.taken) { try FileLock(path) }
        first.release()
        first.release()
        var second: FileLock? = try FileLock(path)
        #expect(second != nil)
        #expect(throws: FileLock.Failure.taken) { try FileLock(path) }
        second = nil
        _ = try FileLock(path)
    }

    @Test("A folder that is not there is said with its error")
    func missing() {
        #expect(throws: FileLock.Failure.unusable(ENOENT)) { try FileLock("/nonexistent/folder/lock") }
    }

    @Test("Free space is told of what exists")
    func space() throws {
        let folder = FileManager.default.temporaryDirectory.path
        #expect(try #require(DiskSpace.availableBytes(at: folder)) > 0)
        #expect(DiskSpace.availableBytes(at: "/nonexistent/folder") == nil)
    }
}
