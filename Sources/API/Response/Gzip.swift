internal import CZlib
internal import HTTPTypes
internal import NIOCore
internal import Synchronization

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

/// Compressed texts that were asked for lately, by the tags of the texts; so a text is compressed once and not for each
/// client.
final class CompressedTexts: Sendable {
    private struct State {
        var recent: [String: ByteBuffer] = [:]
        /// Bytes of `recent`.
        var size = 0
        /// What was recent before: dropped next, unless it is asked for again.
        var older: [String: ByteBuffer] = [:]
    }

    private let limit: Int
    private let compress: @Sendable (ByteBuffer) -> ByteBuffer?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: Bytes that are kept, about.
    ///   - compress: Compresses a text.
    init(limit: Int = 16 << 20, compress: @escaping @Sendable (ByteBuffer) -> ByteBuffer? = { Gzip.compress($0) }) {
        self.limit = limit
        self.compress = compress
    }

    /// The compressed form of a text.
    /// - Parameter tag: Names the bytes (``EntityTag/of(_:)``).
    func gzip(_ bytes: ByteBuffer, tag: String) -> ByteBuffer? {
        let known = state.withLock { $0.recent[tag] ?? $0.older[tag] }
        guard let compressed = known ?? compress(bytes) else { return nil }
        state.withLock { state in
            guard state.recent[tag] == nil, compressed.readableBytes <= limit / 2 else { return }
            if state.size + compressed.readableBytes > limit / 2 {
                (state.older, state.recent, state.size) = (state.recent, [:], 0)
            }
            state.recent[tag] = compressed
            state.size += compressed.readableBytes
        }
        return compressed
    }
}

/// The `Accept-Encoding` header (RFC 9110 section 12.5.3).
enum AcceptEncoding {
    /// Bytes of the longest header that is read.
    static let limit = 1024

    /// Whether a client takes gzip; the whole is always an answer, so one whose header is too long gets that.
    static func allowsGzip(_ headers: HTTPFields) -> Bool {
        let text = headers[values: .acceptEncoding].joined(separator: ",")
        guard text.utf8.count <= limit else { return false }
        var wildcard = false
        for element in text.split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let name = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if name == "gzip" || name == "x-gzip" { return weight > 0 }
            if name == "*" { wildcard = weight > 0 }
        }
        return wildcard
    }
}
