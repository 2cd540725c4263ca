import Crypto
public import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The `Upload-Checksum` of a request: what the digest of its body must be.
public struct UploadChecksum: Sendable, Hashable {
    /// A digest that a client may use.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// SHA-1, which every tus server has to know.
        case sha1
        /// SHA-256.
        case sha256

        /// Bytes of a digest.
        public var byteCount: Int { self == .sha1 ? 20 : 32 }
    }

    /// The hash algorithm.
    public let algorithm: Algorithm
    /// The digest.
    public let digest: [UInt8]

    /// Reads the header: an algorithm, a space and the digest in base64.
    /// - Throws: ``TusHeaderError/checksum`` and ``TusHeaderError/checksumAlgorithm``.
    public init(_ text: String) throws(TusHeaderError) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2 else { throw .checksum }
        guard let algorithm = Algorithm(rawValue: words[0].lowercased()) else { throw .checksumAlgorithm }
        guard let digest = Data(base64Encoded: String(words[1])), digest.count == algorithm.byteCount else {
            throw .checksum
        }
        self.algorithm = algorithm
        self.digest = [UInt8](digest)
    }
}

/// An incremental digest.
public struct ChecksumHasher: Sendable {
    private enum State: Sendable {
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    private var state: State

    /// A digest of nothing yet.
    public init(_ algorithm: UploadChecksum.Algorithm) {
        switch algorithm {
        case .sha1: state = .sha1(Insecure.SHA1())
        case .sha256: state = .sha256(SHA256())
        }
    }

    /// Takes in the readable bytes of `buffer`.
    public mutating func update(_ buffer: ByteBuffer) {
        switch state {
        case .sha1(var hash):
            unsafe buffer.withUnsafeReadableBytes { unsafe hash.update(bufferPointer: $0) }
            state = .sha1(hash)
        case .sha256(var hash):
            unsafe buffer.withUnsafeReadableBytes { unsafe hash.update(bufferPointer: $0) }
            state = .sha256(hash)
        }
    }

    /// The digest of everything that was taken in.
    public func finalize() -> [UInt8] {
        switch state {
        case .sha1(let hash): Array(hash.finalize())
        case .sha256(let hash): Array(hash.finalize())
        }
    }
}
