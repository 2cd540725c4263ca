internal import CZlib
internal import Ground
internal import HTTPTypes
internal import NIOCore

/// Compresses texts with gzip (RFC 1952).
enum Gzip {
    /// Compresses a text; `nil` on failure. The level is low, because playlists shrink to a tenth at any level.
    static func compress(_ bytes: ByteBuffer, level: Int32 = 4) -> ByteBuffer? {
        let capacity = videohost_gzip_bound(bytes.readableBytes)
        var result = ByteBufferAllocator().buffer(capacity: capacity)
        var written = 0
        _ = unsafe bytes.withUnsafeReadableBytes { source in
            unsafe result.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { target in
                written = unsafe videohost_gzip(
                    source.bindMemory(to: UInt8.self).baseAddress, source.count,
                    target.bindMemory(to: UInt8.self).baseAddress, target.count, level)
                return written
            }
        }
        return written > 0 ? result : nil
    }
}

/// The compressed forms of texts that were requested recently, so that a text is compressed once and not for each client.
final class CompressedTexts: Sendable {
    /// By the entity tag of the text; the cost is the number of compressed bytes.
    private let texts: BoundedCache<String, ByteBuffer>
    private let limit: Int
    private let compress: @Sendable (ByteBuffer) -> ByteBuffer?

    /// - Parameters:
    ///   - limit: The largest number of cached bytes, of all texts together.
    ///   - compress: Compresses a text; `nil` if that fails.
    init(limit: Int = 16 << 20, compress: @escaping @Sendable (ByteBuffer) -> ByteBuffer? = { Gzip.compress($0) }) {
        self.limit = limit
        self.compress = compress
        texts = BoundedCache(capacity: limit)
    }

    /// Returns the compressed form of a text; `nil` if it cannot be compressed.
    /// - Parameter tag: Identifies the bytes (``EntityTag/of(_:)``).
    func gzip(_ bytes: ByteBuffer, tag: String) -> ByteBuffer? {
        if let known = texts[tag] { return known }
        guard let compressed = compress(bytes) else { return nil }
        // One large text does not displace all others.
        if compressed.readableBytes <= limit / 2 {
            texts.insert(compressed, for: tag, cost: compressed.readableBytes)
        }
        return compressed
    }
}

/// The `Accept-Encoding` header (RFC 9110 section 12.5.3).
enum AcceptEncoding {
    /// Bytes of the longest header that is read.
    static let limit = 1024

    /// Whether a client accepts gzip; `false` if the header is longer than ``limit``.
    static func allowsGzip(_ headers: HTTPFields) -> Bool { allowsGzip(headers[values: .acceptEncoding]) }

    /// The same for the values of the header.
    static func allowsGzip(_ values: [String]) -> Bool {
        !values.isEmpty && allows(["gzip", "x-gzip"], values)
    }

    /// Whether a client accepts brotli (RFC 7932); `false` if the header is longer than ``limit``.
    static func allowsBrotli(_ headers: HTTPFields) -> Bool { allows(["br"], headers[values: .acceptEncoding]) }

    private static func allows(_ names: [String], _ values: [String]) -> Bool {
        let text = values.joined(separator: ",")
        guard text.utf8.count <= limit else { return false }
        var wildcard = false
        for element in text.split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let name = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if names.contains(name) { return weight > 0 }
            if name == "*" { wildcard = weight > 0 }
        }
        return wildcard
    }
}
