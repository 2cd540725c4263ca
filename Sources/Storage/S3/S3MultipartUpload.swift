internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A multipart upload of one file.
struct S3MultipartUpload: Sendable {
    private let service: S3Service
    private let threads: NIOThreadPool
    private let key: String

    /// An upload to an object's whole name in the bucket; `threads` read the file.
    init(_ service: S3Service, key: String, threads: NIOThreadPool) {
        self.service = service
        self.key = key
        self.threads = threads
    }

    /// Sends a file in parts, several at a time; deletes the sent parts if the upload fails.
    /// - Returns: The object's ETag on services whose ETags are checksums.
    func send(_ file: OpenFile, _ plan: S3PartPlan) async throws -> String {
        let upload = try await begin()
        do {
            let parts = try await send(plan, of: file, upload)
            try await finish(upload, parts)
            return BodyHash.compositeETag(parts.map(\.hash))
        } catch {
            // Runs also after a cancellation: the service charges for parts until they are deleted.
            let aborting = Task { try await abort(upload) }
            _ = await aborting.result
            throw error
        }
    }

    private struct Part: Sendable {
        let number: Int
        let entityTag: String
        let hash: BodyHash
    }

    private func begin() async throws -> String {
        let request = S3Request(method: .POST, key: key, query: [("uploads", "")])
        let (_, body) = try await service.small(request, key: key)
        guard let upload = XMLNode.parse(body.readableBytesView)?["UploadId"]?.text, !upload.isEmpty else {
            throw StorageError.service(.unexpectedAnswer, "the storage service returned no upload ID")
        }
        return upload
    }

    private func send(
        _ plan: S3PartPlan, of file: OpenFile, _ upload: String
    ) async throws -> [Part] {
        try await withThrowingTaskGroup(of: Part.self) { group in
            var parts: [Part] = []
            for index in 0..<plan.count {
                if index >= service.settings.parallelism, let part = try await group.next() { parts.append(part) }
                group.addTask {
                    try await send(FileSlice(file, plan.range(of: index), threads), index + 1, upload)
                }
            }
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.number < $1.number }
        }
    }

    private func send(_ slice: FileSlice, _ number: Int, _ upload: String) async throws -> Part {
        let hash = try await slice.hash()
        let request = S3Request(
            method: .PUT, key: key, query: [("partNumber", "\(number)"), ("uploadId", upload)],
            headers: [("content-md5", S3Checksum.header(hash))], body: .file(slice, hash))
        let (answer, _) = try await service.small(request, key: key)
        guard let entityTag = answer.headers.first(name: "etag") else {
            throw StorageError.service(.unexpectedAnswer, "the storage service returned no ETag for a part")
        }
        if S3Checksum.isOther(answer.checksumTag, than: hash.md5Text) { throw S3Checksum.damaged(key) }
        return Part(number: number, entityTag: entityTag, hash: hash)
    }

    private func finish(_ upload: String, _ parts: [Part]) async throws {
        var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for part in parts {
            text +=
                "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(XMLNode.escape(part.entityTag))</ETag></Part>"
        }
        text += "</CompleteMultipartUpload>"
        let request = S3Request(
            method: .POST, key: key, query: [("uploadId", upload)], headers: [("content-type", "application/xml")],
            body: .bytes(ByteBuffer(string: text)))
        do {
            try await service.perform(request, key: key) { answer, _ in
                // The service may respond 200 before it joins the parts, and report an error in the body.
                let body = try await answer.body.collect(upTo: 1 << 20)
                if let error = XMLNode.parse(body.readableBytesView), error.name == "Error" {
                    throw S3Failure(
                        status: 500, code: error["Code"]?.text ?? "", message: error["Message"]?.text ?? "")
                }
            }
        } catch StorageError.notFound {
            // A response was lost and the first attempt succeeded. The caller compares size and checksum.
            return
        }
    }

    private func abort(_ upload: String) async throws {
        _ = try await service.small(S3Request(method: .DELETE, key: key, query: [("uploadId", upload)]), key: key)
    }
}

/// The parts of a multipart upload: at most 10,000, all but the last one of the same size.
public struct S3PartPlan: Sendable, Hashable {
    /// Size of the file in bytes.
    public let byteCount: Int64
    /// Size of every part except the last one.
    public let partSize: Int64
    /// Most parts that services accept.
    public static let mostParts: Int64 = 10_000
    /// The largest object that services accept: 5 TiB.
    public static let largest: Int64 = 5 << 40

    /// The parts of a file, of the minimum size or of as many MiB as 10,000 parts require.
    /// - Throws: ``StorageError/tooLarge(key:byteCount:)``.
    public init(byteCount: Int64, leastPart: Int64, key: String) throws(StorageError) {
        guard byteCount <= Self.largest else { throw .tooLarge(key: key, byteCount: byteCount) }
        self.byteCount = byteCount
        let needed = (byteCount + Self.mostParts - 1) / Self.mostParts
        let mebibyte: Int64 = 1 << 20
        partSize = needed <= leastPart ? max(1, leastPart) : (needed + mebibyte - 1) / mebibyte * mebibyte
    }

    /// The number of parts; 1 for an empty file.
    public var count: Int { max(1, Int((byteCount + partSize - 1) / partSize)) }

    /// The range of a part, counted from 0.
    public func range(of part: Int) -> Range<Int64> {
        let start = Int64(part) * partSize
        return start..<min(start + partSize, byteCount)
    }
}
