public import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A store in a bucket of an S3-style service.
///
/// A write returns only when the service has the same bytes: the service verifies SHA-256 (signed) and MD5, and the store
/// compares the ETag afterwards, or the size where ETags are not checksums. Transient failures are retried; see
/// ``S3RetryPolicy``. Several processes may use the same bucket.
///
/// - Note: A process that is killed during a large write leaves parts in the bucket, which cost money. Configure the bucket to
///   delete unfinished multipart uploads after some days.
public struct S3Store: ObjectStore {
    /// The bucket and the folder in it.
    public let location: S3Location
    private let service: S3Service
    private let threads: NIOThreadPool
    private let scratch: ScratchCache?

    /// A store in a bucket, which must exist.
    /// - Parameters:
    ///   - location: The bucket; see ``StorageURL``.
    ///   - credentials: The credentials for signing.
    ///   - scratch: The cache of local copies; without it ``openLocally(_:)`` fails.
    ///   - settings: Sizes, timeouts and retries.
    ///   - dependencies: Clock and random numbers.
    ///   - threads: The threads that read local files.
    public init(
        _ location: S3Location, credentials: S3Credentials, scratch: ScratchCache? = nil,
        settings: S3Settings = S3Settings(), dependencies: S3Dependencies = .system,
        threads: StorageThreads = .shared
    ) {
        self.location = location
        self.scratch = scratch
        self.threads = threads.writing
        service = S3Service(location, credentials: credentials, settings: settings, dependencies: dependencies)
    }

    /// The size of an object in bytes; `nil` if it does not exist.
    public func size(of key: String) async throws -> Int64? {
        try StorageKey.check(key)
        return try await describe(key)?.byteCount
    }

    /// Deletes an object.
    public func delete(_ key: String) async throws {
        try StorageKey.check(key)
        try await remove(location.fullKey(key))
    }

    /// Writes and deletes an object that no list contains.
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

    // MARK: Writing

    /// Writes an object in one request.
    public func put(_ bytes: ByteBuffer, at key: String) async throws {
        try StorageKey.check(key)
        try await write(bytes, as: location.fullKey(key))
    }

    /// Sends a file, in parts if it is large, verifies the object, and removes the file.
    public func adopt(file path: String, as key: String) async throws {
        try StorageKey.check(key)
        let (file, byteCount) = try await threads.runIfActive {
            let file = try OpenFile(reading: path, key: path)
            return (file, try file.byteCount(key: path))
        }
        let fullKey = location.fullKey(key)
        let expected: String
        if byteCount <= service.settings.partSize {
            let slice = FileSlice(file, 0..<byteCount, threads)
            let hash = try await slice.hash()
            expected = hash.md5Text
            try await send(.file(slice, hash), as: fullKey)
        } else {
            let plan = try S3PartPlan(byteCount: byteCount, leastPart: service.settings.partSize, key: key)
            expected = try await S3MultipartUpload(service, key: fullKey, threads: threads).send(file, plan)
        }
        // The file is the only other copy, so the object is verified before the file is removed.
        guard let written = try await describe(key), written.byteCount == byteCount,
            !S3Checksum.isOther(written.entityTag, than: expected)
        else { throw S3Checksum.damaged(key) }
        try await threads.runIfActive { try Folder.removeFile(path) }
    }

    /// Writes bytes to a full key.
    private func write(_ bytes: ByteBuffer, as fullKey: String) async throws {
        try await send(.bytes(bytes), as: fullKey)
    }

    private func send(_ body: S3Request.Body, as fullKey: String) async throws {
        let request = S3Request(
            method: .PUT, key: fullKey, headers: [("content-md5", S3Checksum.header(body.hash))], body: body)
        let (answer, _) = try await service.small(request, key: fullKey)
        if S3Checksum.isOther(answer.checksumTag, than: body.hash.md5Text) { throw S3Checksum.damaged(fullKey) }
    }

    // MARK: Reading

    /// Opens an object; bytes are received as fast as they are read.
    ///
    /// A broken connection is replaced by one that continues at the next byte if the object has not changed.
    public func read(_ key: String, range: Range<Int64>?) async throws -> ObjectBody {
        try StorageKey.check(key)
        guard range?.isEmpty != true else { return try await emptyBody(key, range) }
        let opened: (streams: S3RangeStreams, size: Int64, range: Range<Int64>)
        do {
            opened = try await open(key, range)
        } catch StorageError.service(let failure) where failure.code == .refused {
            // Services refuse a range after the object's end, and every range of an empty object.
            do { return try await emptyBody(key, range) } catch StorageError.changed {
                throw StorageError.service(failure)
            }
        }
        let streams = opened.streams
        return ObjectBody(objectSize: opened.size, range: opened.range) { try await streams.chunk(at: $0) }
    }

    /// A download of a version of an object.
    private func ranges(of key: String, _ object: Description) -> S3RangeDownload {
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
        let header = range.map { range in
            let last = range.upperBound == .max ? "" : "\(range.upperBound - 1)"
            return (name: "range", value: "bytes=\(range.lowerBound)-\(last)")
        }
        let request = S3Request(method: .GET, key: location.fullKey(key), headers: [header].compactMap(\.self))
        let start = range?.lowerBound ?? 0
        return try await service.perform(request, key: key) { answer, _ in
            let size = try S3ContentRange.objectSize(of: answer, from: start)
            let range = (range ?? 0..<size).clamped(to: 0..<size)
            let streams = S3RangeStreams(
                service, key: key, entityTag: answer.entityTag ?? "", range: range, first: S3Stream(answer.body))
            return (streams, size, range)
        }
    }

    // MARK: Lists

    /// A page of objects. Names that are not valid keys are skipped: other programs wrote them.
    public func list(in folder: String, after key: String?, limit: Int) async throws -> [ObjectEntry] {
        if !folder.isEmpty { try StorageKey.check(folder) }
        let top = location.prefix.isEmpty ? "" : location.prefix + "/"
        var last = key.map { top + $0 }
        var page: [ObjectEntry] = []
        while page.count < limit {
            let names = try await names(
                below: folder.isEmpty ? top : "\(top)\(folder)/", after: last, limit - page.count)
            for entry in names.entries {
                let key = String(entry.key.dropFirst(top.count))
                if StorageKey.isValid(key) { page.append(ObjectEntry(key: key, byteCount: entry.byteCount)) }
            }
            guard names.isTruncated, let end = names.entries.last?.key else { break }
            last = end
        }
        return page
    }

    /// Deletes all objects of a folder, a thousand a request, also those whose names are not valid keys.
    public func deleteAll(in folder: String) async throws {
        try StorageKey.check(folder)
        let top = location.fullKey(folder) + "/"
        var last: String?
        while true {
            let names = try await names(below: top, after: last, Self.mostNames)
            if !names.entries.isEmpty { try await removeAll(names.entries.map(\.key)) }
            guard names.isTruncated, let end = names.entries.last?.key else { return }
            last = end
        }
    }

    private static let mostNames = 1000

    /// Full keys sorted by their bytes (ListObjectsV2).
    private func names(
        below prefix: String, after last: String?, _ limit: Int
    ) async throws -> (entries: [ObjectEntry], isTruncated: Bool) {
        var query = [("list-type", "2"), ("max-keys", "\(max(1, min(limit, Self.mostNames)))"), ("prefix", prefix)]
        // By key instead of by the service's continuation token: such a cursor never expires.
        if let last { query.append(("start-after", last)) }
        let (_, body) = try await service.small(
            S3Request(method: .GET, query: query.map { (name: $0.0, value: $0.1) }), key: nil)
        guard let root = XMLNode.parse(body.readableBytesView), root.name == "ListBucketResult" else {
            throw StorageError.service(.unexpectedAnswer, "the storage service's list cannot be read")
        }
        let entries = try root.all("Contents").map { node in
            guard let key = node["Key"]?.text, let byteCount = node["Size"].flatMap({ Int64($0.text) }) else {
                throw StorageError.service(.unexpectedAnswer, "the storage service's list has an entry without a size")
            }
            return ObjectEntry(key: key, byteCount: byteCount)
        }
        return (entries, root["IsTruncated"]?.text == "true")
    }

    /// Deletes many objects with one request, or one by one if the service does not support that.
    private func removeAll(_ fullKeys: [String]) async throws {
        let text =
            "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>"
            + fullKeys.map { "<Object><Key>\(XMLNode.escape($0))</Key></Object>" }.joined() + "</Delete>"
        let body = S3Request.Body.bytes(ByteBuffer(string: text))
        let request = S3Request(
            method: .POST, query: [("delete", "")],
            headers: [("content-md5", S3Checksum.header(body.hash)), ("content-type", "application/xml")], body: body)
        do {
            let (_, answer) = try await service.small(request, key: nil)
            let errors = XMLNode.parse(answer.readableBytesView)?.all("Error") ?? []
            let left = errors.compactMap { $0["Key"]?.text }
            if !left.isEmpty { try await removeEach(left) }
        } catch StorageError.service(let failure) where failure.code == .refused || failure.code == .unavailable {
            // Services without this request respond 405 or 501; other errors occur again one by one.
            try await removeEach(fullKeys)
        }
    }

    private func removeEach(_ fullKeys: [String]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, key) in fullKeys.enumerated() {
                if index >= service.settings.parallelism { try await group.next() }
                group.addTask { try await remove(key) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Single objects

    /// The size and version of an object.
    struct Description: Sendable, Hashable {
        /// Size in bytes.
        let byteCount: Int64
        /// The ETag without quotes.
        let entityTag: String
    }

    /// Requests an object's size and ETag; `nil` if it does not exist.
    private func describe(_ key: String) async throws -> Description? {
        do {
            let request = S3Request(method: .HEAD, key: location.fullKey(key))
            let (answer, _) = try await service.small(request, key: key)
            guard let byteCount = answer.length else {
                throw StorageError.service(.unexpectedAnswer, "the storage service returned no size of \(key)")
            }
            return Description(byteCount: byteCount, entityTag: answer.entityTag ?? "")
        } catch StorageError.notFound {
            return nil
        }
    }

    /// Deletes an object by its full key.
    private func remove(_ fullKey: String) async throws {
        do {
            _ = try await service.small(S3Request(method: .DELETE, key: fullKey), key: fullKey)
        } catch StorageError.notFound {
            return
        }
    }
}
