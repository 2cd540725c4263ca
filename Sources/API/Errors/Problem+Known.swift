public import Accounts
public import HTTPTypes

extension Problem {
    /// 400: the request cannot be read.
    public static func malformed(_ detail: String) -> Problem {
        Problem(.badRequest, "malformed_request", "The request cannot be read", detail: detail)
    }

    /// 400: the target is not canonical.
    static func invalidTarget(_ detail: String) -> Problem {
        Problem(.badRequest, "invalid_target", "The address is not in canonical form", detail: detail)
    }

    /// 421: asked for under a name that is not this server's.
    static var unknownHost: Problem {
        Problem(
            .misdirectedRequest, "unknown_host", "This server is not known under this name",
            detail: "Its operator can allow the name with --allowed-hosts.")
    }

    /// 403: a page of another site wants to change something on a server for this machine alone.
    static var originNotAllowed: Problem {
        Problem(
            .forbidden, "origin_not_allowed", "Pages of this origin may change nothing here",
            detail: "Its operator can allow pages of other sites with --allowed-hosts.")
    }

    /// 401: no token, or one that is unknown or too old.
    public static func unauthenticated(tokenGiven: Bool = false) -> Problem {
        let challenge = #"Bearer realm="videohost""#
        return tokenGiven
            ? Problem(.unauthorized, "invalid_token", "The token is not valid, or not any more")
                .with(.wwwAuthenticate, challenge + #", error="invalid_token""#)
            : Problem(.unauthorized, "authentication_required", "Sign in first").with(.wwwAuthenticate, challenge)
    }

    /// 403: it belongs to somebody else.
    public static func forbidden(_ detail: String? = nil) -> Problem {
        Problem(.forbidden, "forbidden", "Only the owner may do this", detail: detail)
    }

    /// 403: the account may not have more of something.
    public static func quotaExceeded(_ quota: Quota, limit: Int64) -> Problem {
        let detail =
            switch quota {
            case .bytes: "Files and open uploads may have \(limit) bytes in all. Delete some first."
            case .videos: "There may be \(limit) videos. Delete some first."
            case .drafts: "There may be \(limit) drafts without a file. Delete some first, or send their files."
            case .uploads: "\(limit) uploads may be open. Finish or delete some first."
            case .parts:
                "At most \(limit) finished parts may wait. Delete some first; those that were joined go after an hour."
            case .captions: "Captions of this account may have \(limit) bytes in all. Delete some first."
            }
        return Problem(.forbidden, "quota_exceeded", "The account has reached a limit", detail: detail)
    }

    /// 404: nothing here, or nothing that this client may see.
    public static func notFound(_ detail: String? = nil) -> Problem {
        Problem(.notFound, "not_found", "There is nothing here", detail: detail)
    }

    /// 404: no such video.
    public static var noVideo: Problem { Problem(.notFound, "video_not_found", "There is no such video") }

    /// 403: an operator has taken the video down; only its owner learns why.
    public static var videoBlocked: Problem {
        Problem(.forbidden, "video_blocked", "This video was taken down", detail: "An operator has blocked it.")
    }

    /// 405: the path has other methods.
    public static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        Problem(.methodNotAllowed, "method_not_allowed", "This method does not work here")
            .with(.allow, allowed.map(\.rawValue).joined(separator: ", "))
    }

    /// 409: it is not in a state in which this can be done.
    public static func conflict(_ code: String, _ title: String, detail: String? = nil) -> Problem {
        Problem(.conflict, code, title, detail: detail)
    }

    /// 413: more bytes than are taken.
    public static func tooLarge(limit: Int64) -> Problem {
        Problem(
            .contentTooLarge, "body_too_large", "The body is too large", detail: "At most \(limit) bytes are taken.")
    }

    /// 415: a body of another kind is wanted.
    /// - Parameter accepted: The media types that are taken.
    public static func unsupportedType(_ accepted: String...) -> Problem {
        Problem(
            .unsupportedMediaType, "unsupported_media_type", "The body is of the wrong type",
            detail: "Send \(accepted.joined(separator: " or ")).")
    }

    /// 422: it can be read, but fields are wrong.
    public static func invalid(_ errors: [Field]) -> Problem {
        Problem(
            .unprocessableContent, "validation_failed", "Some fields are not right",
            detail: errors.map { $0.pointer.isEmpty ? $0.detail : "\($0.pointer): \($0.detail)" }.joined(
                separator: " "), errors: errors)
    }

    /// 503: something that is needed does not answer.
    public static func unavailable(_ detail: String, retryAfter seconds: Int = 2) -> Problem {
        Problem(.serviceUnavailable, "unavailable", "Not possible right now", detail: detail).retryAfter(seconds)
    }

    /// 507: the disk is full.
    public static var storageFull: Problem {
        Problem(
            .init(code: 507, reasonPhrase: "Insufficient Storage"), "storage_full", "There is no space left",
            detail: "The server's disk is full. Try again when its operator has made room.")
    }

    /// 500: our fault; says nothing of what it was, the log does.
    public static var internalError: Problem {
        Problem(
            .internalServerError, "internal_error", "Something went wrong on our side",
            detail: "The log has the details under this request's id.")
    }
}

extension HTTPField.Name {
    /// `X-Request-ID`
    static let requestID = HTTPField.Name.known("X-Request-ID")
    static let forwardedFor = HTTPField.Name.known("X-Forwarded-For")
    /// `X-Content-Type-Options`
    static let contentTypeOptions = HTTPField.Name.known("X-Content-Type-Options")
    /// `Referrer-Policy`
    static let referrerPolicy = HTTPField.Name.known("Referrer-Policy")
    /// `Cross-Origin-Resource-Policy`
    static let resourcePolicy = HTTPField.Name.known("Cross-Origin-Resource-Policy")
    /// `Timing-Allow-Origin`
    static let timingAllowOrigin = HTTPField.Name.known("Timing-Allow-Origin")

    /// A field name that is written in the program, and so is known to be one.
    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return name
    }
}
