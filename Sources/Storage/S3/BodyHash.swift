internal import Crypto
internal import Ground
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The hashes of a request body, computed before it is sent.
struct BodyHash: Sendable, Hashable {
    /// SHA-256 in hexadecimal digits, which is signed and which the service verifies.
    let sha256: String
    /// MD5, which most services return as the ETag of the stored bytes.
    let md5: [UInt8]

    /// MD5 in hexadecimal digits.
    var md5Text: String { Hexadecimal.text(md5) }

    /// The hashes of an empty body.
    static let empty = BodyHash(ByteBuffer())

    /// The hashes of bytes in memory.
    init(_ bytes: ByteBuffer) {
        var hasher = Hasher()
        hasher.update(bytes)
        self = hasher.finish()
    }

    private init(sha256: String, md5: [UInt8]) {
        self.sha256 = sha256
        self.md5 = md5
    }

    /// SHA-256 of bytes in hexadecimal digits.
    static func sha256(_ bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: bytes)) }

    /// Computes the hashes incrementally.
    struct Hasher {
        private var sha256 = SHA256()
        private var md5 = Insecure.MD5()

        /// Adds bytes.
        mutating func update(_ bytes: ByteBuffer) {
            unsafe bytes.withUnsafeReadableBytes { space in
                unsafe sha256.update(bufferPointer: space)
                unsafe md5.update(bufferPointer: space)
            }
        }

        /// The hashes of all added bytes.
        func finish() -> BodyHash {
            BodyHash(sha256: Hexadecimal.text(sha256.finalize()), md5: Array(md5.finalize()))
        }
    }

    /// The ETag of a multipart object with parts of these hashes.
    static func compositeETag(_ parts: [BodyHash]) -> String {
        var md5 = Insecure.MD5()
        for part in parts { md5.update(data: part.md5) }
        return "\(Hexadecimal.text(md5.finalize()))-\(parts.count)"
    }
}

/// Compares the checksums of services with those of sent bodies.
enum S3Checksum {
    /// Whether an ETag has the form of the expected checksum and differs from it.
    ///
    /// An ETag of 32 digits is the MD5 of the bytes; with `-N` appended it is the MD5 of the MD5s of N parts. Other ETags, and
    /// those of encrypted objects, are not checksums.
    static func isOther(_ entityTag: String?, than expected: String) -> Bool {
        guard let entityTag, entityTag.count == expected.count else { return false }
        let digits = { (text: String) in text.allSatisfy { $0.isHexDigit || $0 == "-" } }
        return digits(entityTag) && entityTag.lowercased() != expected
    }

    /// The value of the header `Content-MD5`.
    static func header(_ hash: BodyHash) -> String { Data(hash.md5).base64EncodedString() }

    /// The error for an object whose stored bytes differ.
    static func damaged(_ key: String) -> StorageError {
        .service(.damaged, "the storage service holds other bytes of \(key) than were sent")
    }
}
