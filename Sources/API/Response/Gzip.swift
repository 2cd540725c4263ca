internal import CZlib
internal import HTTPTypes
internal import NIOCore

/// Compression of whole texts (RFC 1952).
enum Gzip {
    /// Compresses; `nil` if it fails. Fast rather than small: playlists shrink to a tenth at any level.
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

/// The `Accept-Encoding` header (RFC 9110 section 12.5.3).
enum AcceptEncoding {
    /// Whether a client takes gzip.
    static func allowsGzip(_ headers: HTTPFields) -> Bool {
        var wildcard = false
        for element in headers[values: .acceptEncoding].joined(separator: ",").split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let name = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if name == "gzip" || name == "x-gzip" { return weight > 0 }
            if name == "*" { wildcard = weight > 0 }
        }
        return wildcard
    }
}
