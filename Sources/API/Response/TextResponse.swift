internal import CZlib
internal import Crypto
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A response with a text in memory: with an ETag, compressed for clients that accept gzip, 304 for those that have it.
struct TextResponse: Sendable {
    /// The bytes, uncompressed.
    let bytes: ByteBuffer
    /// Its type.
    let contentType: String
    /// The `Cache-Control` header.
    let cacheControl: String
    /// More headers.
    let headers: HTTPFields
    /// Whether compression may gain something.
    let isCompressible: Bool
    /// Whether a client may ask for a part; some players ask for parts of playlists.
    let hasRanges: Bool
    /// Names the bytes; the compressed form has a weak one.
    let tag: String

    init(
        bytes: ByteBuffer, contentType: String, cacheControl: String, headers: HTTPFields = [:],
        isCompressible: Bool = true,
        hasRanges: Bool = false
    ) {
        self.bytes = bytes
        self.contentType = contentType
        self.cacheControl = cacheControl
        self.headers = headers
        // However short: Apple asks for every playlist in gzip's form (10.1 of its authoring specification).
        self.isCompressible = isCompressible && bytes.readableBytes > 0
        self.hasRanges = hasRanges
        tag = EntityTag.of(bytes)
    }

    /// The answer to a GET or HEAD.
    /// - Parameter texts: Keeps the compressed form for the next.
    func response(to request: Request, compressing texts: CompressedTexts) throws -> Response {
        try response(to: request) { texts.gzip(bytes, tag: tag) }
    }

    /// The body of a response that has the whole text, as it is or compressed.
    func body(of response: Response, compressing texts: CompressedTexts) -> ByteBuffer {
        guard response.headers[.contentEncoding] != nil else { return bytes }
        return texts.gzip(bytes, tag: tag) ?? bytes
    }

    /// The answer to a GET or HEAD.
    /// - Parameter compressed: The bytes in gzip's form.
    func response(to request: Request, compressed: () -> ByteBuffer?) throws -> Response {
        var headers = headers
        headers[.contentType] = contentType
        headers[.cacheControl] = cacheControl
        headers[.vary] = "Accept-Encoding"
        let gzip = isCompressible && AcceptEncoding.allowsGzip(request.headers)
        headers[.eTag] = gzip ? "W/" + tag : tag
        if EntityTag.matches(request.headers[values: .ifNoneMatch], tag) {
            return Response(status: .notModified, headers: headers)
        }
        if gzip, let compressed = compressed() {
            headers[.contentEncoding] = "gzip"
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed))
        }
        guard hasRanges else { return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes)) }
        return try RangeResponse(size: Int64(bytes.readableBytes), tag: tag, headers: headers).response(to: request) {
            range in
            let slice = bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count)
            return ResponseBody(byteBuffer: slice ?? ByteBuffer())
        }
    }
}

/// A text that never changes while the program runs, compressed once.
struct FixedText: Sendable {
    /// The text.
    let plain: TextResponse
    private let compressed: ByteBuffer?

    /// Compresses a text as far as it goes: it is done once.
    init(_ plain: TextResponse) {
        self.plain = plain
        compressed = plain.isCompressible ? Gzip.compress(plain.bytes, level: 9) : nil
    }

    /// The answer to a GET or HEAD.
    func response(to request: Request) throws -> Response { try plain.response(to: request) { compressed } }
}

/// JSON responses: keys sorted by name, slashes not escaped.
enum JSONOutput {
    /// A value as JSON.
    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONText.encode(value))
    }

    /// A response with a value as its body. Caches do not store it: it holds only now, and often only for this user.
    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: try encode(value)))
    }
}
