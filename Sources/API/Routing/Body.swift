internal import HTTPTypes
internal import Hummingbird

/// A request's body as a route declares it: what is accepted, with which limits, and how the handler gets it.
struct Body<Content: Sendable>: Sendable {
    /// What descriptions say of the body; `nil` for a route without one.
    let description: BodyDescription?
    /// The codes with which `read` refuses bodies.
    let problems: [ProblemCode]
    /// Reads the body, or prepares its reading where the handler takes it piece by piece.
    /// - Throws: ``Problem``.
    let read: @Sendable (Request, APIContext) async throws -> Content

    init(
        _ description: BodyDescription?, problems: [ProblemCode] = [],
        read: @escaping @Sendable (Request, APIContext) async throws -> Content
    ) {
        self.description = description
        self.problems = problems
        self.read = read
    }
}

/// What descriptions say of a body.
struct BodyDescription: Sendable {
    /// The media types that are accepted, each with its schema.
    let content: [(mediaType: String, schema: Schema)]
    /// Most bytes; `nil` where the account's quota and the server's largest upload are the limit.
    let byteLimit: Int?
    /// A document that a client may send.
    let example: JSONNode?

    init(_ content: [(mediaType: String, schema: Schema)], byteLimit: Int? = nil, example: JSONNode? = nil) {
        self.content = content
        self.byteLimit = byteLimit
        self.example = example
    }
}

/// A JSON document that clients send.
protocol RequestDocument: DescribedDocument, Sendable {
    /// Takes the document's fields out of a body; fields that are not valid are noted there.
    init(_ fields: inout JSONObjectBody)
}

extension Body where Content == Void {
    /// No body; whatever is sent is not read.
    static var none: Body { Body(nil) { _, _ in } }
}

extension Body where Content: RequestDocument {
    /// A JSON document.
    /// - Parameter mergePatch: Whether `application/merge-patch+json` is named as a type too (RFC 7396).
    static func json(_ type: Content.Type, mergePatch: Bool = false) -> Body {
        json(type, mergePatch: mergePatch) { Content(&$0) }
    }
}

extension Body where Content: DescribedDocument {
    /// A JSON document that is read with the help of something that its type does not know.
    static func json(
        _ type: Content.Type, mergePatch: Bool = false,
        read: @escaping @Sendable (inout JSONObjectBody) -> Content
    ) -> Body {
        let types = ["application/json"] + (mergePatch ? ["application/merge-patch+json"] : [])
        let description = BodyDescription(
            types.map { ($0, .of(type)) }, byteLimit: JSONObjectBody.limit, example: type.example)
        return Body(description, problems: [.bodyTooLarge, .unsupportedMediaType, .validationFailed]) {
            request, context in
            var fields = try await JSONObjectBody(request, context)
            let document = read(&fields)
            try fields.finish()
            return document
        }
    }
}

extension Body where Content == ExpectContinueBody {
    /// Bytes that the handler takes as they come, not compressed.
    /// - Parameter mediaType: The type for descriptions; the route does not look at it.
    static func stream(_ mediaType: String = "application/octet-stream") -> Body {
        Body(
            BodyDescription([(mediaType, Schema.bytes.with(["minLength": 1]))]), problems: [.unsupportedContentEncoding]
        ) { request, context in
            try request.requireIdentity()
            return ExpectContinueBody(request, context)
        }
    }
}

extension Body where Content == DeferredBody {
    /// Bytes that the handler asks for when it has looked at everything else, not compressed.
    /// - Parameters:
    ///   - limit: Most bytes.
    ///   - tooLarge: The code beyond `limit`.
    ///   - patience: Longest time for all of them, as a multiple of the time for a JSON body.
    static func bytes(limit: Int, tooLarge: ProblemCode, patience: Int) -> Body {
        Body(
            BodyDescription([("application/octet-stream", Schema.bytes.with(["minLength": 1]))], byteLimit: limit),
            problems: [.unsupportedContentEncoding, tooLarge]
        ) { request, context in
            try request.requireIdentity()
            return DeferredBody(
                request: request, context: context, limit: limit, tooLarge: tooLarge, patience: patience)
        }
    }
}

/// A body that is read into memory when its handler asks for it.
struct DeferredBody: Sendable {
    fileprivate let request: Request
    fileprivate let context: APIContext
    fileprivate let limit: Int
    fileprivate let tooLarge: ProblemCode
    fileprivate let patience: Int

    /// The length that the client announces; `nil` if it does not.
    var announcedLength: Int64? { request.headers.bodyLength }

    /// Reads the body.
    /// - Throws: ``Problem``.
    func collect() async throws -> ByteBuffer {
        try await request.collect(
            context, limit: limit, within: context.bodyPatience * patience,
            tooLarge: .tooLarge(tooLarge, limit: Int64(limit)))
    }
}

extension Request {
    /// Makes sure that the body is not compressed.
    /// - Throws: ``Problem`` with 415.
    fileprivate func requireIdentity() throws {
        guard (headers[.contentEncoding] ?? "identity").lowercased() == "identity" else {
            throw Problem(.unsupportedContentEncoding, detail: "Send it as it is, without Content-Encoding.")
        }
    }
}
