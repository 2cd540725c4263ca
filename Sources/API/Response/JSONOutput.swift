internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// JSON answers: keys in order of name, slashes as they are.
enum JSONOutput {
    /// A value as JSON.
    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONText.encode(value))
    }

    /// An answer with a value as its body. Not to be stored by caches: it is about this moment, and often about this user.
    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: try encode(value)))
    }
}
