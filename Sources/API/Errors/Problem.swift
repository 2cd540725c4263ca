internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// An error as clients see it: an answer of type `application/problem+json` (RFC 9457).
///
/// `code` is stable and is what programs compare; `title` and `detail` are texts for people and may change.
struct Problem: Error, Sendable {
    /// A field of the request that is not valid.
    struct Field: Sendable, Hashable, Encodable {
        /// Where it is: a JSON pointer into the body (`/title`), or `?limit` for a query parameter.
        let pointer: String
        /// What is wrong with it.
        let code: FieldCode
        /// What is wrong, in one sentence.
        let detail: String
    }

    /// What kind of problem it is.
    let code: ProblemCode
    /// The status of the answer.
    let status: HTTPResponse.Status
    /// What is wrong with this request, in one or two sentences.
    let detail: String?
    /// Fields that are not valid, where the problem is about fields.
    let errors: [Field]
    /// Headers of the answer: `Retry-After`, `Allow`, …
    private(set) var headers: HTTPFields

    /// A problem with the status of its code.
    /// - Parameter status: Given only for a code whose status varies.
    init(
        _ code: ProblemCode, status: HTTPResponse.Status? = nil, detail: String? = nil, errors: [Field] = [],
        headers: HTTPFields = [:]
    ) {
        self.code = code
        self.status = status ?? code.status
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The same problem with one more header.
    func with(_ name: HTTPField.Name, _ value: String) -> Problem {
        var copy = self
        copy.headers[name] = value
        return copy
    }

    /// The same problem with the number of seconds after which a client may try again.
    func retryAfter(_ seconds: Int) -> Problem { with(.retryAfter, String(max(1, seconds))) }

    private struct Document: Encodable {
        let type: String
        let title: String
        let status: Int
        let detail: String?
        let code: String
        let requestId: String
        let errors: [Field]?
    }

    /// The body: `{type, title, status, detail?, code, requestId, errors?}`.
    func body(requestID: String) -> ByteBuffer {
        let document = Document(
            type: "urn:videohost:problem:" + code.rawValue, title: code.title, status: status.code, detail: detail,
            code: code.rawValue, requestId: requestID, errors: errors.isEmpty ? nil : errors)
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
    /// The answer, where the framework and not ``EdgeResponder`` turns errors into answers.
    func response(from request: Request, context: some RequestContext) throws -> Response {
        response(requestID: (context as? APIContext)?.requestID ?? "")
    }
}

// Problems whose texts or headers are the same wherever they are found.
extension Problem {
    /// 400: the request cannot be read.
    static func malformed(_ detail: String) -> Problem { Problem(.malformedRequest, detail: detail) }

    /// 400: the target is not canonical.
    static func invalidTarget(_ detail: String) -> Problem { Problem(.invalidTarget, detail: detail) }

    /// 421: the request names a host that is not one of this server's names.
    static var unknownHost: Problem {
        Problem(.unknownHost, detail: "Its operator can allow the name with --allowed-hosts.")
    }

    /// 403: a page of another site wants to change something on a server that answers its own machine only.
    static var originNotAllowed: Problem {
        Problem(.originNotAllowed, detail: "Its operator can allow pages of other sites with --allowed-hosts.")
    }

    /// 401: there is no token, or it is unknown or has expired.
    static func unauthenticated(tokenGiven: Bool = false) -> Problem {
        tokenGiven
            ? Problem(.invalidToken).with(.wwwAuthenticate, challenge + #", error="invalid_token""#)
            : Problem(.authenticationRequired).with(.wwwAuthenticate, challenge)
    }

    /// The value of `WWW-Authenticate` (RFC 6750 section 3).
    static let challenge = #"Bearer realm="videohost""#

    /// 404: there is nothing at this address, or nothing that this client may see.
    static func notFound(_ detail: String? = nil) -> Problem { Problem(.notFound, detail: detail) }

    /// 405: the path has other methods.
    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        Problem(.methodNotAllowed).with(.allow, allowed.map(\.rawValue).joined(separator: ", "))
    }

    /// 413: the body has more bytes than the route accepts.
    static func tooLarge(_ code: ProblemCode = .bodyTooLarge, limit: Int64) -> Problem {
        Problem(code, detail: "At most \(limit) bytes are accepted.")
    }

    /// 415: the route accepts bodies of other types.
    /// - Parameter accepted: The media types that are accepted.
    static func unsupportedType(_ accepted: String...) -> Problem {
        Problem(.unsupportedMediaType, detail: "Send \(accepted.joined(separator: " or ")).")
    }

    /// 422: the request can be read, but fields are not valid.
    static func invalid(_ errors: [Field]) -> Problem {
        Problem(
            .validationFailed,
            detail: errors.map { $0.pointer.isEmpty ? $0.detail : "\($0.pointer): \($0.detail)" }.joined(
                separator: " "), errors: errors)
    }

    /// 422: one field is not valid.
    static func invalid(_ pointer: String, _ code: FieldCode, _ detail: String) -> Problem {
        invalid([Field(pointer: pointer, code: code, detail: detail)])
    }

    /// 503: something that the route needs does not answer.
    static func unavailable(_ detail: String, retryAfter seconds: Int = 2) -> Problem {
        Problem(.unavailable, detail: detail).retryAfter(seconds)
    }

    /// 507: the disk is full.
    static var storageFull: Problem {
        Problem(.storageFull, detail: "The server's disk is full. Try again when its operator has freed space.")
    }
}
