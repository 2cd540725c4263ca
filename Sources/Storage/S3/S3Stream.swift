internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// The body of a response; for one reader at a time.
actor S3Stream {
    private var iterator: HTTPClientResponse.Body.AsyncIterator?

    init(_ body: HTTPClientResponse.Body) {
        iterator = body.makeAsyncIterator()
    }

    /// The next bytes; `nil` at the end and afterwards.
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

/// Reads a range of an object by offsets and keeps connections open at the offsets where readers stopped.
///
/// A reader that continues reuses its connection. Any other reader, also after a broken connection, gets a new connection at
/// its offset if the object has not changed (`If-Match`).
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

    /// At least one byte from an offset on.
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
                    // Reads the end of the body, so that the connection can be reused.
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
        // Released outside the lock, since this closes a connection.
        let dropped = waiting.withLock { waiting in
            waiting.append((offset, stream))
            return waiting.count > Self.mostWaiting ? waiting.removeFirst().stream : nil
        }
        _ = dropped
    }

    private func open(_ offset: Int64) async throws -> S3Stream {
        var headers = [(name: "range", value: "bytes=\(offset)-\(range.upperBound - 1)")]
        if !entityTag.isEmpty { headers.append(("if-match", "\"\(entityTag)\"")) }
        let request = S3Request(method: .GET, key: service.location.fullKey(key), headers: headers)
        return try await service.perform(request, key: key) { [key, entityTag] answer, _ in
            _ = try S3ContentRange.objectSize(of: answer, from: offset)
            guard entityTag.isEmpty || answer.entityTag == entityTag else { throw StorageError.changed(key: key) }
            return S3Stream(answer.body)
        }
    }
}

/// Downloads an object to a local file, several ranges at a time.
struct S3RangeDownload: Sendable {
    /// The service.
    let service: S3Service
    /// The object's key.
    let key: String
    /// The version to download.
    let object: S3Store.Description

    /// Writes the whole object to a file.
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
                throw StorageError.service(.unexpectedAnswer, "the storage service returned more bytes than requested")
            }
            try await file.write(bytes, at: offset)
            offset += Int64(bytes.readableBytes)
        }
    }
}

/// Parses the range of a response (RFC 9110, 14.4).
enum S3ContentRange {
    /// The size of the whole object, from a response whose body starts at an offset.
    static func objectSize(of answer: S3Service.Response, from start: Int64) throws -> Int64 {
        // Some services respond 200 to a range request: the header decides.
        if let text = answer.headers.first(name: "content-range"), text.hasPrefix("bytes ") {
            let sides = text.dropFirst(6).split(separator: "/")
            let ends = sides.first?.split(separator: "-").compactMap { Int64($0) } ?? []
            if sides.count == 2, let size = Int64(sides[1]), ends.first == start, size > start { return size }
        } else if answer.status == 200, start == 0, let size = answer.length {
            return size
        }
        throw StorageError.service(.unexpectedAnswer, "the storage service returned another range than requested")
    }
}
