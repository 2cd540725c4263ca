import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Storage

@Suite(.timeLimit(.minutes(1))) struct ScratchCacheTests {
    let folder: TemporaryFolder
    let cache: ScratchCache

    init() throws {
        folder = try TemporaryFolder()
        cache = try ScratchCache(folder: folder.path + "/s", limit: 100)
    }

    private func source(_ name: String, _ byteCount: Int64 = 40) -> ScratchSource {
        ScratchSource(key: name, version: "1", byteCount: byteCount)
    }

    private func open(_ name: String, _ byteCount: Int64 = 40, byte: UInt8 = 1) async throws -> LocalObject {
        try await cache.open(source(name, byteCount)) { file in
            try await file.write(ByteBuffer(repeating: byte, count: Int(byteCount)), at: 0)
        }
    }

    private func content(_ object: LocalObject) throws -> Data {
        try Data(contentsOf: URL(filePath: "/proc/self/fd/\(object.descriptor)"))
    }

    private func copies() -> [String] { folder.files().filter { !$0.hasSuffix(".lock") } }

    @Test("a copy is loaded once, and stays until its space is needed")
    func reuse() async throws {
        let loads = Count()
        for _ in 0..<3 {
            let object = try await cache.open(source("a")) { file in
                loads.add(1)
                try await file.write(ByteBuffer(repeating: 7, count: 40), at: 0)
            }
            #expect(try content(object) == Data(repeating: 7, count: 40))
        }
        #expect(loads.value == 1)
        #expect(cache.usedBytes == 40)
        _ = try await open("b")
        _ = try await open("c")
        #expect(cache.usedBytes == 80)
        #expect(copies().count == 2)
    }

    @Test("open copies are never removed; without space there is a retryable error")
    func full() async throws {
        let a = try await open("a", byte: 1)
        let b = try await open("b", byte: 2)
        let error = StorageError.scratchFull(needed: 40, limit: 100)
        await #expect(throws: error) { try await open("c") }
        #expect(error.isRetryable && error.code == "scratch_full")
        await #expect(throws: StorageError.scratchTooSmall(needed: 101, limit: 100)) { try await open("d", 101) }
        a.release()
        _ = try await open("c", byte: 3)
        #expect(try content(b) == Data(repeating: 2, count: 40))
    }

    @Test("a copy that is removed while it is open stays readable")
    func unlinked() async throws {
        let a = try await open("a", byte: 9)
        for name in copies() { try FileManager.default.removeItem(atPath: folder.path + "/" + name) }
        #expect(try content(a) == Data(repeating: 9, count: 40))
    }

    @Test("concurrent requests share one load")
    func shared() async throws {
        let loads = Count()
        let gate = Gate()
        let cache = cache
        let wanted = source("a")
        let asking = (0..<5).map { _ in
            Task {
                try await cache.open(wanted) { file in
                    loads.add(1)
                    await gate.wait()
                    try await file.write(ByteBuffer(repeating: 4, count: 40), at: 0)
                }
            }
        }
        // Cancelling one request does not cancel the load for the others.
        asking[0].cancel()
        await #expect(throws: CancellationError.self) { try await asking[0].value }
        gate.open()
        for task in asking.dropFirst() { #expect(try content(try await task.value) == Data(repeating: 4, count: 40)) }
        #expect((1...2).contains(loads.value))
        #expect(cache.usedBytes == 40)
    }

    @Test("a load without waiting requests is cancelled, and its space is freed")
    func abandoned() async throws {
        let cache = cache
        let wanted = source("a")
        let (started, begins) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (ended, ends) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let task = Task {
            try await cache.open(wanted) { _ in
                begins.yield()
                defer { ends.yield() }
                try await ContinuousClock().sleep(for: .seconds(600))
            }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        for await _ in ended { break }
        // The next request waits for the space if it is not freed yet.
        #expect(try content(try await open("a", byte: 6)) == Data(repeating: 6, count: 40))
    }

    @Test("a failed load fails all requests and leaves no file")
    func failed() async throws {
        await #expect(throws: StorageError.changed(key: "a")) {
            try await cache.open(source("a")) { _ in throw StorageError.changed(key: "a") }
        }
        #expect(cache.usedBytes == 0)
        #expect(copies().isEmpty)
        _ = try await open("a")
    }

    @Test("a new version of an object gets another copy")
    func versions() async throws {
        _ = try await open("a", byte: 1)
        let next = ScratchSource(key: "a", version: "2", byteCount: 40)
        let object = try await cache.open(next) { try await $0.write(ByteBuffer(repeating: 2, count: 40), at: 0) }
        #expect(try content(object) == Data(repeating: 2, count: 40))
    }

    @Test("many requests for many objects never exceed the size limit")
    func pressure() async throws {
        let cache = cache
        let most = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let name = "k\(number % 9)"
                    let wanted = ScratchSource(key: name, version: "1", byteCount: Int64(10 + number % 9 * 5))
                    do {
                        let object = try await cache.open(wanted) { file in
                            most.raise(to: Int(cache.usedBytes))
                            try await file.write(
                                ByteBuffer(repeating: UInt8(number % 9), count: Int(wanted.byteCount)), at: 0)
                        }
                        let data = try Data(contentsOf: URL(filePath: "/proc/self/fd/\(object.descriptor)"))
                        #expect(data == Data(repeating: UInt8(number % 9), count: Int(wanted.byteCount)))
                    } catch StorageError.scratchFull {}
                }
            }
            try await group.waitForAll()
        }
        #expect(most.value > 0 && most.value <= 100)
    }

    @Test("the copies of a killed process are removed, and nothing else")
    func leftovers() async throws {
        let path = folder.path + "/other"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in ["copy-1", "copy-77", "notes.txt"] {
            try Data([1]).write(to: URL(filePath: path + "/" + name))
        }
        let other = try ScratchCache(folder: path, limit: 10)
        #expect(folder.files().filter { $0.hasPrefix("other/") && !$0.hasSuffix(".lock") } == ["other/notes.txt"])
        #expect(other.usedBytes == 0)
    }

    @Test("a folder that another process uses is refused")
    func exclusive() throws {
        let error = #expect(throws: StorageError.self) { try ScratchCache(folder: folder.path + "/s", limit: 1) }
        #expect(error?.code == "scratch_in_use")
        withExtendedLifetime(cache) {}
    }
}

/// A counter that tasks share.
final class Count: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }
    func add(_ more: Int) { number.withLock { $0 += more } }
    func raise(to least: Int) { number.withLock { $0 = max($0, least) } }
}

/// A gate that waiters pass when it is open.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
