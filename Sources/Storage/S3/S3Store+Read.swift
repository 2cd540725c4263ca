internal import NIOCore
internal import NIOHTTP1

extension S3Store {
    /// Opens an object; bytes come as fast as they are taken.
    ///
    /// A connection that breaks is replaced by one that goes on at the byte, as long as the object is the same.
    public func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody {
        try StorageKey.check(key)
        guard range?.isEmpty != true else { return try await emptyBody(key, range) }
        let opened: (streams: S3RangeStreams, size: Int64, range: Range<Int64>)
        do {
            opened = try await open(key, range)
        } catch StorageError.service(let failure) where failure.code == .refused {
            // A range behind the object's end cannot be asked for; there is none of an empty object either.
            do { return try await emptyBody(key, range) } catch StorageError.changed {
                throw StorageError.service(failure)
            }
        }
        let streams = opened.streams
        return ObjectBody(objectSize: opened.size, range: opened.range) { try await streams.chunk(at: $0) }
    }

    /// The ranges of an object that was described before.
    func ranges(of key: String, _ object: Description) -> S3RangeDownload {
        S3RangeDownload(service: service, key: key, object: object)
    }

    private func emptyBody(_ key: String, _ range: Range<Int64>?) async throws -> ObjectBody {
        guard let object = try await describe(key) else { throw StorageError.notFound(key: key) }
        let cut = (range ?? 0..<0).clamped(to: 0..<object.byteCount)
        guard cut.isEmpty else { throw StorageError.changed(key: key) }
        return ObjectBody(objectSize: object.byteCount, range: cut) { _ in throw StorageError.truncated(key: key) }
    }

    private func open(
        _ key: String, _ range: Range<Int64>?
    ) async throws -> (streams: S3RangeStreams, size: Int64, range: Range<Int64>) {
        var request = S3Request(method: .GET, key: location.fullKey(key))
        if let range {
            let last = range.upperBound == .max ? "" : "\(range.upperBound - 1)"
            request.headers.append(("range", "bytes=\(range.lowerBound)-\(last)"))
        }
        let start = range?.lowerBound ?? 0
        return try await service.perform(request, key: key) { answer, _ in
            let size = try S3ContentRange.objectSize(of: answer, from: start)
            let range = (range ?? 0..<size).clamped(to: 0..<size)
            let streams = S3RangeStreams(
                service, key: key, entityTag: answer.entityTag ?? "", range: range, first: S3Stream(answer.body))
            return (streams, size, range)
        }
    }
}

/// What an answer says of the bytes it holds (RFC 9110, 14.4).
enum S3ContentRange {
    /// Bytes of the whole object, of an answer whose body begins at an offset.
    static func objectSize(of answer: S3Service.Answer, from start: Int64) throws -> Int64 {
        // Some services say 200 for a part; the range itself counts.
        if let text = answer.headers.first(name: "content-range"), text.hasPrefix("bytes ") {
            let sides = text.dropFirst(6).split(separator: "/")
            let ends = sides.first?.split(separator: "-").compactMap { Int64($0) } ?? []
            if sides.count == 2, let size = Int64(sides[1]), ends.first == start, size > start { return size }
        } else if answer.status == 200, start == 0, let size = answer.length {
            return size
        }
        throw StorageError.service(.unexpectedAnswer, "the storage service gave another range than was asked for")
    }
}
