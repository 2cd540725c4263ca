/// An answer of a route that is not a problem.
struct Answer: Sendable {
    /// The status.
    let status: Int
    /// What the answer means, in one sentence.
    let summary: String
    /// The media types that the body may have, each with its schema; none for an answer without a body.
    let content: [(mediaType: String, schema: Schema)]
    /// Headers that the answer may have.
    let headers: [AnswerHeader]

    /// A JSON document.
    static func json(
        _ status: Int, _ document: any DescribedDocument.Type, _ summary: String, headers: [AnswerHeader] = []
    ) -> Answer {
        Answer(status: status, summary: summary, content: [("application/json", .of(document))], headers: headers)
    }

    /// A JSON document with status 200.
    static func json(
        _ document: any DescribedDocument.Type, _ summary: String, headers: [AnswerHeader] = []
    ) -> Answer { json(200, document, summary, headers: headers) }

    /// A body of one of some media types.
    static func body(
        _ status: Int, _ mediaTypes: [String], _ schema: Schema, _ summary: String,
        headers: [AnswerHeader] = []
    ) -> Answer {
        Answer(status: status, summary: summary, content: mediaTypes.map { ($0, schema) }, headers: headers)
    }

    /// A body of one of some media types with status 200.
    static func body(
        _ mediaTypes: [String], _ schema: Schema, _ summary: String, headers: [AnswerHeader] = []
    ) -> Answer { body(200, mediaTypes, schema, summary, headers: headers) }

    /// No body.
    static func empty(_ status: Int, _ summary: String, headers: [AnswerHeader] = []) -> Answer {
        Answer(status: status, summary: summary, content: [], headers: headers)
    }

    /// 204.
    static func empty(_ summary: String, headers: [AnswerHeader] = []) -> Answer {
        empty(204, summary, headers: headers)
    }

    /// 304 to a client whose `If-None-Match` names the current answer.
    static let notModified = Answer.empty(304, "Nothing has changed since the answer that `If-None-Match` names.")
}

/// A header of an answer.
struct AnswerHeader: Sendable {
    let name: String
    let summary: String
    let schema: Schema

    init(_ name: String, _ summary: String, _ schema: Schema = .text()) {
        self.name = name
        self.summary = summary
        self.schema = schema
    }

    static let location = AnswerHeader("Location", "Path of what was created.")
    static let entityTag = AnswerHeader("ETag", "Names this answer.")
    static let retryAfter = AnswerHeader("Retry-After", "Seconds to wait.", .integer(atLeast: 1))
    static let challenge = AnswerHeader("WWW-Authenticate", "How to sign in (RFC 6750).")
    static let allow = AnswerHeader("Allow", "The methods of the path.")
    static let contentRange = AnswerHeader(
        "Content-Range", "Which part of how many bytes; `bytes */` and the size in a refusal.")
    static let upgrade = AnswerHeader("Upgrade", "`websocket`")
    static let webSocketVersion = AnswerHeader(
        "Sec-WebSocket-Version", "The version of the protocol (RFC 6455).", .choice(["13"]))
    static let tusVersion = AnswerHeader("Tus-Version", "The versions of tus that are supported.")
    static let uploadOffset = AnswerHeader("Upload-Offset", "Bytes that are stored.", .integer(atLeast: 0))
}
