internal import AsyncHTTPClient
internal import Ground
internal import NIOCore
internal import NIOHTTP1

/// An unsigned request, which can be sent several times.
struct S3Request: Sendable {
    /// The method.
    let method: HTTPMethod
    /// The object's key in the bucket; `nil` for the bucket itself.
    let key: String?
    /// The names and values of the query, not encoded.
    let query: [(name: String, value: String)]
    /// The headers, without those of the signature.
    let headers: [(name: String, value: String)]
    /// The body.
    let body: Body

    /// A request.
    init(
        method: HTTPMethod, key: String? = nil, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: Body = .none
    ) {
        self.method = method
        self.key = key
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The body of a request with its hashes.
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer, BodyHash)
        case file(FileSlice, BodyHash)

        /// Bytes in memory.
        static func bytes(_ bytes: ByteBuffer) -> Body { .bytes(bytes, BodyHash(bytes)) }

        /// The hashes of the body.
        var hash: BodyHash {
            switch self {
            case .none: .empty
            case .bytes(_, let hash), .file(_, let hash): hash
            }
        }

        /// Size in bytes.
        var byteCount: Int64 {
            switch self {
            case .none: 0
            case .bytes(let bytes, _): Int64(bytes.readableBytes)
            case .file(let slice, _): Int64(slice.range.count)
            }
        }
    }

    /// The signed request for a point in time.
    func signed(_ signer: S3Signer, for location: S3Location, at seconds: Int64) -> HTTPClientRequest {
        let path = location.path(of: key)
        let subject = S3Signer.Subject(
            method: method.rawValue, path: path, query: query, headers: headers + [("host", location.host)],
            bodyHash: body.hash.sha256)
        let time = Timestamp(seconds * 1000)
        let text = S3Signer.queryText(query)
        var request = HTTPClientRequest(
            url: "\(location.scheme)://\(location.host)\(path)\(text.isEmpty ? "" : "?" + text)")
        request.method = method
        for header in subject.headers + signer.headers(for: subject, at: time) {
            request.headers.add(name: header.name, value: header.value)
        }
        switch body {
        case .none: break
        case .bytes(let bytes, _): request.body = .bytes(bytes)
        case .file(let slice, _): request.body = .stream(slice, length: .known(body.byteCount))
        }
        return request
    }
}
