internal import AsyncHTTPClient
internal import Ground
internal import NIOCore
internal import NIOHTTP1

/// A request to a service, before it is signed; it can be sent any number of times.
struct S3Request: Sendable {
    /// The method.
    var method: HTTPMethod
    /// The object's whole name in the bucket; `nil` for the bucket itself.
    var key: String?
    /// Names and values, not encoded.
    var query: [(name: String, value: String)] = []
    /// Headers beside those of the signature.
    var headers: [(name: String, value: String)] = []
    /// What is sent.
    var body = Body.none

    /// The bytes of a request.
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer, BodyHash)
        case file(FileSlice, BodyHash)

        /// Bytes in memory.
        static func bytes(_ bytes: ByteBuffer) -> Body { .bytes(bytes, BodyHash(bytes)) }

        var hash: BodyHash {
            switch self {
            case .none: .empty
            case .bytes(_, let hash), .file(_, let hash): hash
            }
        }

        var byteCount: Int64 {
            switch self {
            case .none: 0
            case .bytes(let bytes, _): Int64(bytes.readableBytes)
            case .file(let slice, _): Int64(slice.range.count)
            }
        }
    }

    /// The request as it goes out, signed for a moment.
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
