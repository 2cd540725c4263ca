internal import Crypto
internal import NIOCore

/// Reads every object of a store and compares its SHA-256 with that of another store.
public struct StorageVerification: Sendable {
    private let store: any ObjectStore
    private let other: (any ObjectStore)?
    private let folder: String
    private let parallelism: Int

    /// A verification of a store.
    /// - Parameters:
    ///   - store: The store to verify.
    ///   - other: The store to compare with; `nil` to check only that all objects can be read completely.
    ///   - folder: The folder to verify; empty for all objects.
    ///   - parallelism: Objects at a time.
    public init(of store: any ObjectStore, against other: (any ObjectStore)?, folder: String = "", parallelism: Int = 4)
    {
        self.store = store
        self.other = other
        self.folder = folder
        self.parallelism = parallelism
    }

    /// Runs the verification.
    /// - Parameter progress: Receives the counts after each object.
    /// - Returns: The counts and the differences.
    /// - Throws: ``StorageError`` that concerns a store and not a single object.
    public func run(progress: (StorageReport) -> Void) async throws -> StorageReport {
        var report = StorageReport()
        var pairs = StoragePairs(store, other, folder: folder)
        try await withThrowingTaskGroup(of: StorageDifference?.self) { group in
            var running = 0
            while let pair = try await pairs.next() {
                report.objects += 1
                if let difference = difference(pair) {
                    report.note(difference)
                    progress(report)
                    continue
                }
                if running >= max(1, parallelism), let outcome = try await group.next() {
                    running -= 1
                    report.count(outcome)
                    progress(report)
                }
                running += 1
                group.addTask { try await check(pair.key, pair.first ?? 0) }
            }
            for try await outcome in group {
                report.count(outcome)
                progress(report)
            }
        }
        return report
    }

    /// The difference that follows from the lists alone.
    private func difference(_ pair: (key: String, first: Int64?, second: Int64?)) -> StorageDifference? {
        switch (pair.first, pair.second) {
        case (_, nil) where other == nil: nil
        case (_, nil): StorageDifference(pair.key, .missing, "only the first store has it")
        case (nil, _): StorageDifference(pair.key, .extra, "only the second store has it")
        case (let first?, let second?) where first != second:
            StorageDifference(pair.key, .size, "\(first) bytes and \(second) bytes")
        default: nil
        }
    }

    private func check(_ key: String, _ byteCount: Int64) async throws -> StorageDifference? {
        do {
            async let mine = Self.digest(of: key, in: store)
            guard let other else {
                let read = try await mine.byteCount
                return read == byteCount ? nil : StorageDifference(key, .size, "\(byteCount) listed, \(read) read")
            }
            async let theirs = Self.digest(of: key, in: other)
            return try await mine == theirs ? nil : StorageDifference(key, .content, "SHA-256 differs")
        } catch let error as StorageError where error.isAboutOneObject {
            return StorageDifference(key, .failed, "\(error)")
        }
    }

    private struct Digest: Sendable, Hashable {
        let sha256: [UInt8]
        let byteCount: Int64
    }

    private static func digest(of key: String, in store: any ObjectStore) async throws -> Digest {
        var hasher = SHA256()
        var byteCount: Int64 = 0
        for try await chunk in try await store.read(key) {
            unsafe chunk.withUnsafeReadableBytes { unsafe hasher.update(bufferPointer: $0) }
            byteCount += Int64(chunk.readableBytes)
        }
        return Digest(sha256: Array(hasher.finalize()), byteCount: byteCount)
    }
}

extension StorageReport {
    fileprivate mutating func count(_ difference: StorageDifference?) {
        if let difference { note(difference) } else { unchanged += 1 }
    }
}
