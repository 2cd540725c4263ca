internal import NIOCore
internal import NIOHTTP1

extension S3Store {
    /// Sends a file in parts, some at a time; what was sent is discarded if it cannot be finished.
    /// - Returns: The ETag that the object has on services whose ETags are checksums.
    func sendParts(_ plan: S3PartPlan, of file: OpenFile, as key: String) async throws -> String {
        let upload = try await begin(key)
        do {
            let parts = try await send(plan, of: file, as: key, upload)
            try await finish(key, upload, plan, parts)
            return BodyHash.compositeETag(parts.map(\.hash))
        } catch {
            // Also when this task was cancelled: parts that nobody finishes are paid for until somebody removes them.
            let aborting = Task { try await abort(key, upload) }
            _ = await aborting.result
            throw error
        }
    }

    private struct Part: Sendable {
        let number: Int
        let entityTag: String
        let hash: BodyHash
    }

    private func begin(_ key: String) async throws -> String {
        let request = S3Request(method: .POST, key: key, query: [("uploads", "")])
        let (_, body) = try await service.small(request, key: key)
        guard let upload = XMLNode.parse(body.readableBytesView)?["UploadId"]?.text, !upload.isEmpty else {
            throw StorageError.service(.unexpectedAnswer, "the storage service gave no id for a multipart upload")
        }
        return upload
    }

    private func send(
        _ plan: S3PartPlan, of file: OpenFile, as key: String, _ upload: String
    ) async throws -> [Part] {
        try await withThrowingTaskGroup(of: Part.self) { group in
            var parts: [Part] = []
            for index in 0..<plan.count {
                if index >= service.settings.parallelism, let part = try await group.next() { parts.append(part) }
                group.addTask {
                    try await send(FileSlice(file, plan.range(of: index), threads), index + 1, key, upload)
                }
            }
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.number < $1.number }
        }
    }

    private func send(_ slice: FileSlice, _ number: Int, _ key: String, _ upload: String) async throws -> Part {
        let hash = try await slice.hash()
        let request = S3Request(
            method: .PUT, key: key, query: [("partNumber", "\(number)"), ("uploadId", upload)],
            headers: [("content-md5", S3Checksum.header(hash))], body: .file(slice, hash))
        let (answer, _) = try await service.small(request, key: key)
        guard let entityTag = answer.headers.first(name: "etag") else {
            throw StorageError.service(.unexpectedAnswer, "the storage service gave no ETag for a part")
        }
        if S3Checksum.isOther(answer.checksumTag, than: hash.md5Text) { throw S3Checksum.damaged(key) }
        return Part(number: number, entityTag: entityTag, hash: hash)
    }

    private func finish(_ key: String, _ upload: String, _ plan: S3PartPlan, _ parts: [Part]) async throws {
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
                // The service answers 200 before it has joined the parts, and may fail afterwards, in the body.
                let body = try await answer.body.collect(upTo: 1 << 20)
                if let error = XMLNode.parse(body.readableBytesView), error.name == "Error" {
                    throw S3Failure(
                        status: 500, code: error["Code"]?.text ?? "", message: error["Message"]?.text ?? "")
                }
            }
        } catch StorageError.notFound {
            // An answer that was lost on the way: the first try did it. The caller compares size and checksum.
            return
        }
    }

    private func abort(_ key: String, _ upload: String) async throws {
        _ = try await service.small(S3Request(method: .DELETE, key: key, query: [("uploadId", upload)]), key: key)
    }
}
