internal import HTTPTypes
internal import MediaModel

/// The stable codes of all problems that the API answers with; programs compare these.
///
/// Each code has one status and one title. A route's declaration names the codes it can end with, and `docs/api.md` lists
/// all of them.
enum ProblemCode: String, Sendable, CaseIterable {
    case malformedRequest = "malformed_request"
    case invalidTarget = "invalid_target"
    case invalidHeader = "invalid_header"
    case invalidUploadLength = "invalid_upload_length"
    case invalidUploadMetadata = "invalid_upload_metadata"
    case invalidUploadConcatenation = "invalid_upload_concat"
    case invalidUploadChecksum = "invalid_upload_checksum"
    case unsupportedChecksumAlgorithm = "unsupported_checksum_algorithm"
    case lengthFixed = "length_fixed"
    case partUnfinished = "part_unfinished"
    case partialPut = "partial_put"
    case malformedForm = "malformed_form"
    case authenticationRequired = "authentication_required"
    case invalidToken = "invalid_token"
    case badCredentials = "bad_credentials"
    case forbidden
    case quotaExceeded = "quota_exceeded"
    case originNotAllowed = "origin_not_allowed"
    case videoBlocked = "video_blocked"
    case uploadIsFinal = "upload_is_final"
    case notFound = "not_found"
    case videoNotFound = "video_not_found"
    case captionsNotFound = "captions_not_found"
    case roomNotFound = "room_not_found"
    case banNotFound = "ban_not_found"
    case webhookNotFound = "webhook_not_found"
    case deliveryNotFound = "delivery_not_found"
    case uploadNotFound = "upload_not_found"
    case partNotFound = "part_not_found"
    case methodNotAllowed = "method_not_allowed"
    case requestTooSlow = "request_too_slow"
    case uploadInterrupted = "upload_interrupted"
    case emailTaken = "email_taken"
    case usernameTaken = "username_taken"
    case videoHasSource = "video_has_source"
    case uploadInProgress = "upload_in_progress"
    case uploadOffsetMismatch = "upload_offset_mismatch"
    case tooManyCaptions = "too_many_captions"
    case videoNotPlayable = "video_not_playable"
    case tooManyRooms = "too_many_rooms"
    case tooManyWebhooks = "too_many_webhooks"
    case webhookDisabled = "webhook_disabled"
    case deliveryPending = "delivery_pending"
    case uploadGone = "upload_gone"
    case tusVersion = "tus_version"
    case bodyTooLarge = "body_too_large"
    case uploadTooLarge = "upload_too_large"
    case lengthExceeded = "length_exceeded"
    case captionsTooLarge = "captions_too_large"
    case targetTooLong = "target_too_long"
    case unsupportedMediaType = "unsupported_media_type"
    case unsupportedContentEncoding = "unsupported_content_encoding"
    case rangeNotSatisfiable = "range_not_satisfiable"
    case unknownHost = "unknown_host"
    case validationFailed = "validation_failed"
    case invalidEmail = "invalid_email"
    case invalidUsername = "invalid_username"
    case weakPassword = "weak_password"
    case invalidLanguage = "invalid_language"
    case invalidCaptions = "invalid_captions"
    case emptyUpload = "empty_upload"
    case unsupportedContainer = "unsupported_container"
    case unsupportedCodec = "unsupported_codec"
    case noMediaStream = "no_media_stream"
    case tooLong = "too_long"
    case dimensionsTooLarge = "dimensions_too_large"
    case tooManyStreams = "too_many_streams"
    case protected
    case uploadLocked = "upload_locked"
    case upgradeRequired = "upgrade_required"
    case tooManyConnections = "too_many_connections"
    case tooManyAttempts = "too_many_attempts"
    case tooManyRegistrations = "too_many_registrations"
    case rateLimited = "rate_limited"
    case headersTooLarge = "headers_too_large"
    case checksumMismatch = "checksum_mismatch"
    case internalError = "internal_error"
    case unsupportedTransferCoding = "unsupported_transfer_coding"
    case unsupportedFormat = "unsupported_format"
    case unavailable
    case segmentPending = "segment_pending"
    case storageFull = "storage_full"
    /// Something that the framework refuses and that has no code of its own; its status varies.
    case refused

    /// The status of answers with this code.
    var status: HTTPResponse.Status { definition.status }

    /// The kind of problem in a few words, the same in every answer with this code.
    var title: String { definition.title }

    private var definition: (status: HTTPResponse.Status, title: String) {
        switch self {
        case .malformedRequest: (.badRequest, "The request cannot be read")
        case .invalidTarget: (.badRequest, "The address is not in canonical form")
        case .invalidHeader: (.badRequest, "A header cannot be read")
        case .invalidUploadLength: (.badRequest, "The upload's length is missing or contradictory")
        case .invalidUploadMetadata: (.badRequest, "Upload-Metadata cannot be read")
        case .invalidUploadConcatenation: (.badRequest, "Upload-Concat cannot be read")
        case .invalidUploadChecksum: (.badRequest, "Upload-Checksum cannot be read")
        case .unsupportedChecksumAlgorithm: (.badRequest, "This checksum algorithm is not supported")
        case .lengthFixed: (.badRequest, "The length of the upload cannot be changed to this")
        case .partUnfinished: (.badRequest, "A part still lacks bytes")
        case .partialPut: (.badRequest, "A part of a file cannot be put")
        case .malformedForm: (.badRequest, "The form cannot be read")
        case .authenticationRequired: (.unauthorized, "Sign in first")
        case .invalidToken: (.unauthorized, "The token is unknown or has expired")
        case .badCredentials: (.unauthorized, "Name and password do not belong together")
        case .forbidden: (.forbidden, "Only the owner may do this")
        case .quotaExceeded: (.forbidden, "The account has reached a limit")
        case .originNotAllowed: (.forbidden, "Pages of this origin may not change anything on this server")
        case .videoBlocked: (.forbidden, "An operator has blocked this video")
        case .uploadIsFinal: (.forbidden, "The upload takes no bytes")
        case .notFound: (.notFound, "There is nothing at this address")
        case .videoNotFound: (.notFound, "There is no such video")
        case .captionsNotFound: (.notFound, "There are no such captions")
        case .roomNotFound: (.notFound, "There is no such room")
        case .banNotFound: (.notFound, "There is no such ban")
        case .webhookNotFound: (.notFound, "There is no such webhook")
        case .deliveryNotFound: (.notFound, "There is no such delivery")
        case .uploadNotFound: (.notFound, "There is no such upload")
        case .partNotFound: (.notFound, "There is no such part")
        case .methodNotAllowed: (.methodNotAllowed, "The path does not have this method")
        case .requestTooSlow: (.requestTimeout, "The request came too slowly")
        case .uploadInterrupted: (.requestTimeout, "The body ended too early")
        case .emailTaken: (.conflict, "This e-mail address is in use")
        case .usernameTaken: (.conflict, "This name is in use")
        case .videoHasSource: (.conflict, "The video already has its file")
        case .uploadInProgress: (.conflict, "Another upload for this video is in progress")
        case .uploadOffsetMismatch: (.conflict, "The bytes do not start at the upload's offset")
        case .tooManyCaptions: (.conflict, "The video has as many captions as it may have")
        case .videoNotPlayable: (.conflict, "The video cannot be watched yet")
        case .tooManyRooms: (.conflict, "The account has as many rooms as it may have")
        case .tooManyWebhooks: (.conflict, "The account has as many webhooks as it may have")
        case .webhookDisabled: (.conflict, "The webhook is disabled")
        case .deliveryPending: (.conflict, "The delivery has not ended yet")
        case .uploadGone: (.gone, "The upload was terminated or has expired")
        case .tusVersion: (.preconditionFailed, "This version of tus is not supported")
        case .bodyTooLarge: (.contentTooLarge, "The body is too large")
        case .uploadTooLarge: (.contentTooLarge, "The file is too large")
        case .lengthExceeded: (.contentTooLarge, "There are more bytes than were announced")
        case .captionsTooLarge: (.contentTooLarge, "The captions are too large")
        case .targetTooLong: (.uriTooLong, "The address is too long")
        case .unsupportedMediaType: (.unsupportedMediaType, "The body is of the wrong type")
        case .unsupportedContentEncoding: (.unsupportedMediaType, "The body is compressed")
        case .rangeNotSatisfiable: (.rangeNotSatisfiable, "The range starts after the end")
        case .unknownHost: (.misdirectedRequest, "This server does not answer under this name")
        case .validationFailed: (.unprocessableContent, "Some fields are not valid")
        case .invalidEmail: (.unprocessableContent, "The e-mail address is not valid")
        case .invalidUsername: (.unprocessableContent, "The name is not valid")
        case .weakPassword: (.unprocessableContent, "The password is not allowed")
        case .invalidLanguage: (.unprocessableContent, "The language is not a BCP 47 tag")
        case .invalidCaptions: (.unprocessableContent, "The captions cannot be read")
        case .emptyUpload: (.unprocessableContent, "The file has no bytes")
        case .unsupportedContainer:
            (.unprocessableContent, "The file is not a video or audio file of a kind that can be read here")
        case .unsupportedCodec: (.unprocessableContent, "The file's codec cannot be read here")
        case .noMediaStream: (.unprocessableContent, "The file has nothing to play")
        case .tooLong: (.unprocessableContent, "The file is too long")
        case .dimensionsTooLarge: (.unprocessableContent, "The video has too many pixels")
        case .tooManyStreams: (.unprocessableContent, "The file has too many streams")
        case .protected: (.unprocessableContent, "The file is encrypted or copy-protected")
        case .uploadLocked: (.init(code: 423, reasonPhrase: "Locked"), "Another request is writing to the upload")
        case .upgradeRequired: (.upgradeRequired, "This is the address of a WebSocket")
        case .tooManyConnections: (.tooManyRequests, "The client's address has too many connections")
        case .tooManyAttempts: (.tooManyRequests, "Too many attempts to sign in")
        case .tooManyRegistrations: (.tooManyRequests, "Too many registrations from this address")
        case .rateLimited: (.tooManyRequests, "Too many requests of this kind")
        case .headersTooLarge: (.requestHeaderFieldsTooLarge, "The request's head is too large")
        case .checksumMismatch:
            (.init(code: 460, reasonPhrase: "Checksum Mismatch"), "The bytes do not have the announced checksum")
        case .internalError: (.internalServerError, "The server had an internal error")
        case .unsupportedTransferCoding: (.notImplemented, "This transfer coding is not supported")
        case .unsupportedFormat: (.notImplemented, "This format is not supported")
        case .unavailable: (.serviceUnavailable, "This is not possible right now")
        case .segmentPending: (.serviceUnavailable, "The segment is not encoded yet")
        case .storageFull: (.init(code: 507, reasonPhrase: "Insufficient Storage"), "There is no space left")
        case .refused: (.badRequest, "The request was refused")
        }
    }

    /// Headers of responses with this code.
    var headers: [AnswerHeader] {
        switch self {
        case .authenticationRequired, .invalidToken, .badCredentials: [.challenge]
        case .methodNotAllowed: [.allow]
        case .uploadOffsetMismatch: [.uploadOffset]
        case .tusVersion: [.tusVersion]
        case .rangeNotSatisfiable: [.contentRange]
        case .upgradeRequired: [.upgrade, .webSocketVersion]
        case .uploadLocked, .uploadInProgress, .tooManyConnections, .tooManyAttempts, .tooManyRegistrations,
            .rateLimited,
            .unavailable, .segmentPending:
            [.retryAfter]
        default: []
        }
    }

    /// Codes that any request may be answered with; ``Route`` does not repeat them.
    static let ofEveryRoute: [ProblemCode] = [
        .malformedRequest, .invalidTarget, .methodNotAllowed, .requestTooSlow, .targetTooLong, .unknownHost,
        .originNotAllowed, .tooManyConnections, .headersTooLarge, .internalError, .unsupportedTransferCoding,
    ]

    /// Rejections that the first bytes of a file can show; the codes are those of ``RejectionCode``.
    static let ofFirstBytes: [ProblemCode] = [
        .unsupportedContainer, .unsupportedCodec, .noMediaStream, .tooLong, .dimensionsTooLarge, .tooManyStreams,
        .protected,
    ]

    /// The code of a rejection that the first bytes show.
    init(_ rejection: RejectionCode) { self = Self(rawValue: rejection.rawValue) ?? .unsupportedContainer }
}
