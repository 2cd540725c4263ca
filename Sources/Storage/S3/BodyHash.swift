internal import Crypto
internal import Ground
internal import NIOCore

/// What is known of a body before it is sent.
struct BodyHash: Sendable, Hashable {
    /// SHA-256 in hexadecimal digits: signed, and checked by the service.
    let sha256: String
    /// MD5: what most services give back as the ETag, which proves that they hold these bytes.
    let md5: [UInt8]

    /// MD5 in hexadecimal digits.
    var md5Text: String { Hexadecimal.text(md5) }

    /// The hash of no bytes.
    static let empty = BodyHash(ByteBuffer())

    /// The hash of bytes in memory.
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

    /// A hash in the making.
    struct Hasher {
        private var sha256 = SHA256()
        private var md5 = Insecure.MD5()

        /// Takes the next bytes.
        mutating func update(_ bytes: ByteBuffer) {
            unsafe bytes.withUnsafeReadableBytes { space in
                unsafe sha256.update(bufferPointer: space)
                unsafe md5.update(bufferPointer: space)
            }
        }

        /// The hash of all that was taken.
        func finish() -> BodyHash {
            BodyHash(sha256: Hexadecimal.text(sha256.finalize()), md5: Array(md5.finalize()))
        }
    }

    /// The ETag of an object that was made of parts with these hashes.
    static func compositeETag(_ parts: [BodyHash]) -> String {
        var md5 = Insecure.MD5()
        for part in parts { md5.update(data: part.md5) }
        return "\(Hexadecimal.text(md5.finalize()))-\(parts.count)"
    }
}
