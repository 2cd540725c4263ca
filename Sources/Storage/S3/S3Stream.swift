internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// A body that is being received; one reader at a time.
actor S3Stream {
    private var iterator: HTTPClientResponse.Body.AsyncIterator?

    init(_ body: HTTPClientResponse.Body) {
        iterator = body.makeAsyncIterator()
    }

    /// The next bytes; `nil` at the end, and ever after it.
    func next() async throws -> ByteBuffer? {
        guard var iterator else { return nil }
        self.iterator = nil
        while let bytes = try await iterator.next(isolation: self) {
            guard bytes.readableBytes > 0 else { continue }
            self.iterator = iterator
            return bytes
        }
        return nil
    }
}

/// The bytes of a range of an object by their offsets, from connections that wait where a reader last was.
///
/// A reader that goes on where it was finds its connection; another one, and one whose connection broke, gets a new
/// one that begins at its byte and only as long as the object is the same (`If-Match`).
final class S3RangeStreams: Sendable {
    private let service: S3Service
    private let key: String
    private let entityTag: String
    private let range: Range<Int64>
    private let waiting: Mutex<[(offset: Int64, stream: S3Stream)]>
    private static let mostWaiting = 4

    init(_ service: S3Service, key: String, entityTag: String, range: Range<Int64>, first: S3Stream? = nil) {
        self.service = service
        self.key = key
        self.entityTag = entityTag
        self.range = range
        waiting = Mutex(first.map { [(range.lowerBound, $0)] } ?? [])
    }

    /// Some bytes from an offset on, at least one.
    func chunk(at offset: Int64) async throws -> ByteBuffer {
        var attempt = 1
        while true {
            do {
                let stream = if let stream = take(offset) { stream } else { try await open(offset) }
                guard let bytes = try await stream.next() else {
                    throw S3Failure(message: "the connection ended in the middle of the body")
                }
                let reached = offset + Int64(bytes.readableBytes)
                if reached < range.upperBound {
                    park(stream, at: reached)
                } else {
                    // Takes note of the end, so that the connection can serve other requests.
                    _ = try? await stream.next()
                }
                return bytes
            } catch {
                try Task.checkCancellation()
                guard let failure = S3Service.failure(error) as? S3Failure else { throw error }
                guard failure.isTransient, attempt < service.settings.retry.attempts else {
                    throw failure.storageError(key: key, at: service.location)
                }
                try await service.pause(after: attempt)
                attempt += 1
            }
        }
    }

    private func take(_ offset: Int64) -> S3Stream? {
        waiting.withLock { waiting in
            waiting.firstIndex { $0.offset == offset }.map { waiting.remove(at: $0).stream }
        }
    }

    private func park(_ stream: S3Stream, at offset: Int64) {
        // Dropped outside of the lock: it closes a connection.
        let dropped = waiting.withLock { waiting in
            waiting.append((offset, stream))
            return waiting.count > Self.mostWaiting ? waiting.removeFirst().stream : nil
        }
        _ = dropped
    }

    private func open(_ offset: Int64) async throws -> S3Stream {
        var request = S3Request(method: .GET, key: service.location.fullKey(key))
        request.headers.append(("range", "bytes=\(offset)-\(range.upperBound - 1)"))
        if !entityTag.isEmpty { request.headers.append(("if-match", "\"\(entityTag)\"")) }
        return try await service.perform(request, key: key) { [key, entityTag] answer, _ in
            _ = try S3ContentRange.objectSize(of: answer, from: offset)
            guard entityTag.isEmpty || answer.entityTag == entityTag else { throw StorageError.changed(key: key) }
            return S3Stream(answer.body)
        }
    }
}

/// A whole object on its way into a local file, several ranges at a time.
struct S3RangeDownload: Sendable {
    let service: S3Service
    let key: String
    let object: S3Store.Description

    /// Writes every byte of the object to its place.
    func write(to file: ScratchFile) async throws {
        guard object.byteCount > 0 else { return }
        let plan = try S3PartPlan(byteCount: object.byteCount, leastPart: service.settings.partSize, key: key)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<plan.count {
                if part >= service.settings.parallelism { try await group.next() }
                group.addTask { try await write(plan.range(of: part), to: file) }
            }
            try await group.waitForAll()
        }
    }

    private func write(_ range: Range<Int64>, to file: ScratchFile) async throws {
        let streams = S3RangeStreams(service, key: key, entityTag: object.entityTag, range: range)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let bytes = try await streams.chunk(at: offset)
            guard offset + Int64(bytes.readableBytes) <= range.upperBound else {
                throw StorageError.service(.unexpectedAnswer, "the storage service gave more bytes than were asked for")
            }
            try await file.write(bytes, at: offset)
            offset += Int64(bytes.readableBytes)
        }
    }
}
