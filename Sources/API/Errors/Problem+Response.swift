internal import HTTPTypes
public import Hummingbird
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension Problem {
    private struct Document: Encodable {
        struct Field: Encodable {
            var pointer: String
            var code: String
            var detail: String
        }

        var type: String
        var title: String
        var status: Int
        var detail: String?
        var code: String
        var requestId: String
        var errors: [Field]?
    }

    /// The body: `{type, title, status, detail?, code, requestId, errors?}`.
    func body(requestID: String) -> ByteBuffer {
        let document = Document(
            type: "urn:videohost:problem:" + code, title: title, status: status.code, detail: detail, code: code,
            requestId: requestID,
            errors: errors.isEmpty
                ? nil : errors.map { Document.Field(pointer: $0.pointer, code: $0.code, detail: $0.detail) })
        return (try? JSONOutput.encode(document)) ?? ByteBuffer(string: "{}")
    }

    /// The answer.
    func response(requestID: String) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body(requestID: requestID)))
    }
}

extension Problem: HTTPResponseError {
    /// The answer, for whoever stands outside of the edge.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        response(requestID: (context as? APIContext)?.requestID ?? "")
    }
}
