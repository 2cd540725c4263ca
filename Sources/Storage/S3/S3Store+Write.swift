public import NIOCore
internal import NIOHTTP1
internal import NIOPosix

extension S3Store {
    /// Writes an object in one request.
    public func put(_ bytes: ByteBuffer, at key: String) async throws {
        try StorageKey.check(key)
        try await write(bytes, as: location.fullKey(key))
    }

    /// Sends a file, in parts if it is large, compares what arrived, and removes the file.
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
            expected = try await sendParts(plan, of: file, as: fullKey)
        }
        // The only other copy is about to go, so the service is asked once more, with fresh eyes.
        guard let written = try await describe(key), written.byteCount == byteCount,
            !S3Checksum.isOther(written.entityTag, than: expected)
        else { throw S3Checksum.damaged(key) }
        try await threads.runIfActive { try Folder.removeFile(path) }
    }

    /// Writes bytes under a whole name.
    func write(_ bytes: ByteBuffer, as fullKey: String) async throws {
        try await send(.bytes(bytes), as: fullKey)
    }

    private func send(_ body: S3Request.Body, as fullKey: String) async throws {
        let request = S3Request(
            method: .PUT, key: fullKey, headers: [("content-md5", S3Checksum.header(body.hash))], body: body)
        let (answer, _) = try await service.small(request, key: fullKey)
        if S3Checksum.isOther(answer.checksumTag, than: body.hash.md5Text) { throw S3Checksum.damaged(fullKey) }
    }
}

/// What an ETag proves.
enum S3Checksum {
    /// Whether an ETag is a checksum of the same kind as the one that is expected, and differs from it.
    ///
    /// An ETag of 32 digits is the MD5 of the bytes, and with `-N` behind it the MD5 of the MD5s of N parts. Others,
    /// and those of objects that the service encrypts with a key of its own, say nothing.
    static func isOther(_ entityTag: String?, than expected: String) -> Bool {
        guard let entityTag, entityTag.count == expected.count else { return false }
        let digits = { (text: String) in text.allSatisfy { $0.isHexDigit || $0 == "-" } }
        return digits(entityTag) && entityTag.lowercased() != expected
    }

    /// The MD5 as the header `Content-MD5` has it.
    static func header(_ hash: BodyHash) -> String { Base64.text(hash.md5) }

    static func damaged(_ key: String) -> StorageError {
        .service(.damaged, "the storage service holds other bytes of \(key) than were sent")
    }
}

extension S3Service.Answer {
    /// The ETag where it is a checksum: not of what is encrypted with a customer's or a service's key.
    var checksumTag: String? {
        let encryption = headers.first(name: "x-amz-server-side-encryption") ?? "AES256"
        let isPlain =
            encryption == "AES256" && headers.first(name: "x-amz-server-side-encryption-customer-algorithm") == nil
        return isPlain ? entityTag : nil
    }
}

/// Bytes as text of 64 letters (RFC 4648, 4).
enum Base64 {
    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? letters[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let padding = UInt8(ascii: "=")
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
