internal import NIOCore
internal import NIOHTTP1

extension S3Store {
    /// A page of objects. Names that are no keys are passed over: they are somebody else's.
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

    /// Removes all objects of a folder, a thousand a request, those too whose names are no keys.
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

    /// Whole names in the order of their bytes (ListObjectsV2).
    private func names(
        below prefix: String, after last: String?, _ limit: Int
    ) async throws -> (entries: [ObjectEntry], isTruncated: Bool) {
        var query = [("list-type", "2"), ("max-keys", "\(max(1, min(limit, Self.mostNames)))"), ("prefix", prefix)]
        // By name rather than by the service's continuation token: a cursor that holds for ever and after restarts.
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

    /// Removes many objects with one request, or with one each where the service does not have that.
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
            // 405 and 501 are said by services without this request; removing one by one says what else is wrong.
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
}
