import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Storage

@Suite("Threads of stores", .timeLimit(.minutes(1))) struct StorageThreadsTests {
    /// Threads that are never released: a running pool must not be released.
    private static let threads = StorageThreads(reading: 1, writing: 1)

    @Test("Objects are read while every writing thread is blocked")
    func reads() async throws {
        let folder = try TemporaryFolder()
        let store = try LocalObjectStore(root: folder.path + "/objects", threads: Self.threads)
        try await store.put([UInt8](repeating: 7, count: 200_000), at: "a")
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        Self.threads.writing.submit { _ in gate.wait() }
        async let written: Void = store.put([1], at: "b")
        #expect(try await store.size(of: "a") == 200_000)
        #expect(try await store.readAll("a", limit: 1_000_000).readableBytes == 200_000)
        #expect(try await store.openLocally("a").byteCount == 200_000)
        #expect(try await store.size(of: "b") == nil)
        gate.signal()
        try await written
        #expect(try await store.size(of: "b") == 1)
    }
}
