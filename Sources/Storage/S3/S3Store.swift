internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Objects in a bucket of an S3-style service.
///
/// A write is answered only when the service holds the same bytes: it checks their SHA-256 (signed) and MD5 while they
/// come, and its ETag, or its size where ETags are no checksums, is compared afterwards. Requests that fail for a
/// moment are made again; see ``S3RetryPolicy``. Several programs may use the same bucket.
///
/// - Note: A program that is killed in the middle of a large write leaves its parts behind, unseen but paid for. Let
///   the bucket remove unfinished multipart uploads after some days.
public struct S3Store: ObjectStore {
    /// The bucket, and the folder of it.
    public let location: S3Location
    let service: S3Service
    let threads: NIOThreadPool
    let scratch: ScratchCache?

    /// A store in a bucket, which must exist.
    /// - Parameters:
    ///   - location: The bucket; see ``StorageURL``.
    ///   - credentials: Who signs.
    ///   - scratch: Where local copies go for those who read a descriptor; without it ``openLocally(_:)`` fails.
    ///   - settings: Sizes and patience.
    ///   - surroundings: Time and chance.
    ///   - threads: Where local files are read.
    public init(
        _ location: S3Location, credentials: S3Credentials, scratch: ScratchCache? = nil,
        settings: S3Settings = S3Settings(), surroundings: S3Dependencies = .system,
        threads: StorageThreads = .shared
    ) {
        self.location = location
        self.scratch = scratch
        self.threads = threads.writing
        service = S3Service(location, credentials: credentials, settings: settings, surroundings: surroundings)
    }

    /// Bytes of an object, or `nil` if there is none.
    public func size(of key: String) async throws -> Int64? {
        try StorageKey.check(key)
        return try await describe(key)?.byteCount
    }

    /// Removes an object.
    public func delete(_ key: String) async throws {
        try StorageKey.check(key)
        try await remove(location.fullKey(key))
    }

    /// Writes and removes an object that no list shows.
    public func checkWritable() async throws {
        var random = SystemRandomNumberGenerator()
        let key = location.fullKey(".tmp/check-\(String(random.next(), radix: 36))")
        try await write(ByteBuffer(string: "writable"), as: key)
        try await remove(key)
    }

    /// Opens a local copy of an object; see ``ScratchCache``.
    /// - Throws: ``StorageError/scratchFull(needed:limit:)`` and others.
    public func openLocally(_ key: String) async throws -> LocalObject {
        try StorageKey.check(key)
        guard let scratch else {
            throw StorageError.service(.noScratchFolder, "there is no scratch folder for local copies of objects")
        }
        guard let object = try await describe(key) else { throw StorageError.notFound(key: key) }
        return try await scratch.open(ScratchSource(key: key, version: object.entityTag, byteCount: object.byteCount)) {
            try await ranges(of: key, object).write(to: $0)
        }
    }

    /// What a service says of an object.
    struct Description: Sendable, Hashable {
        let byteCount: Int64
        let entityTag: String
    }

    /// Asks for an object's size and ETag; `nil` if there is none.
    func describe(_ key: String) async throws -> Description? {
        do {
            let request = S3Request(method: .HEAD, key: location.fullKey(key))
            let (answer, _) = try await service.small(request, key: key)
            guard let byteCount = answer.length else {
                throw StorageError.service(.unexpectedAnswer, "the storage service gave no size of \(key)")
            }
            return Description(byteCount: byteCount, entityTag: answer.entityTag ?? "")
        } catch StorageError.notFound {
            return nil
        }
    }

    /// Removes an object by its whole name.
    func remove(_ fullKey: String) async throws {
        do {
            _ = try await service.small(S3Request(method: .DELETE, key: fullKey), key: fullKey)
        } catch StorageError.notFound {
            return
        }
    }
}

extension S3Dependencies {
    /// The system's clock and the system's random numbers.
    public static let system = S3Dependencies(
        now: { Int64(Date().timeIntervalSince1970) }, sleep: { try await ContinuousClock().sleep(for: $0) },
        random: { Double.random(in: 0..<1) })
}
