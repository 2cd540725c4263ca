internal import Accounts
internal import HTTPTypes
internal import Hummingbird
internal import Ingest
internal import Logging
internal import MediaModel
internal import NIOHTTP1
internal import Rooms
internal import SQL
internal import Storage

extension Problem {
    /// The answer to an error: the only place where errors of other modules get a status and a code.
    /// - Parameter logger: Gets the errors that are the server's fault; clients see none of their details.
    init(describing error: any Error, _ logger: Logger) {
        switch error {
        case let problem as Problem: self = problem
        case let error as AccountsError: self = Self.of(error)
        case let error as UploadError: self = Self.of(error, logger)
        case let error as TusHeaderError: self = Self.of(error)
        case let fault as RoomFault: self = Self.of(fault)
        case let failure as SQLFailure: self = Self.of(failure, logger)
        case let error as StorageError: self = Self.of(error, logger)
        case let error as any HTTPResponseError: self = Self.of(error.status)
        case is HTTPParserError:
            self = Problem.malformed("The request ended early or its body is not valid HTTP.").with(
                .connection, "close")
        case is CancellationError:
            self = Problem.unavailable("The server is stopping.").with(.connection, "close")
        default:
            logger.error("request failed", metadata: ["error": "\(error)"])
            self = Self.internalError
        }
    }

    /// 500: tells the client nothing of the error; the log has it.
    private static var internalError: Problem {
        Problem(.internalError, detail: "The server's log has the details under this request's id.")
    }

    /// An error of the framework, of which only the status is known.
    static func of(_ status: HTTPResponse.Status) -> Problem {
        switch status {
        case .notFound: .notFound()
        case .badRequest: .malformed("The request is not valid.")
        case .contentTooLarge: .tooLarge(limit: Int64(JSONObjectBody.limit))
        case .unsupportedMediaType: .unsupportedType("application/json")
        case _ where status.code >= 500: internalError
        default: Problem(.refused, status: status, detail: status.reasonPhrase)
        }
    }

    private static func of(_ error: AccountsError) -> Problem {
        switch error {
        case .invalidEmail: account(.invalidEmail, .invalidEmail, "/email", "Must be an e-mail address.")
        case .invalidUsername:
            account(
                .invalidUsername, .invalidUsername, "/username",
                "Must be 3 to 32 letters, digits, '_', '-' or '.', and begin with a letter or digit.")
        case .weakPassword:
            account(
                .weakPassword, .weakPassword, "/password",
                "Must have 8 to 128 characters and be neither the address nor the name.")
        case .emailTaken: Problem(.emailTaken)
        case .usernameTaken: Problem(.usernameTaken)
        case .badCredentials: Problem(.badCredentials).with(.wwwAuthenticate, challenge)
        case .throttled(let seconds):
            Problem(.tooManyAttempts, detail: "Too many passwords were wrong. Try again in \(seconds) seconds.")
                .retryAfter(seconds)
        case .registrationThrottled(let seconds):
            Problem(.tooManyRegistrations, detail: "Try again in \(seconds) seconds.").retryAfter(seconds)
        case .attemptsUnderWay:
            Problem(
                .tooManyAttempts,
                detail: "Others for this account, or from this address, are in progress. Try again in a second."
            ).retryAfter(1)
        case .registrationsUnderWay:
            Problem(.tooManyRegistrations, detail: "Others are in progress. Try again in a second.").retryAfter(1)
        case .busy: .unavailable("Too many people are signing in at once.", retryAfter: 2)
        case .quotaExceeded(let quota, let limit): quotaExceeded(quota, limit: limit)
        case .sessionStoreUnavailable: .unavailable("Sessions cannot be looked up.", retryAfter: 5)
        }
    }

    /// A field that accounts refuse; the code of the field has the name of the problem's.
    private static func account(
        _ code: ProblemCode, _ fieldCode: FieldCode, _ pointer: String, _ detail: String
    ) -> Problem {
        Problem(code, detail: detail, errors: [.init(pointer: pointer, code: fieldCode, detail: detail)])
    }

    private static func quotaExceeded(_ quota: Quota, limit: Int64) -> Problem {
        let detail =
            switch quota {
            case .bytes: "Files and open uploads may have \(limit) bytes in all. Delete some first."
            case .videos: "There may be \(limit) videos. Delete some first."
            case .drafts: "There may be \(limit) drafts without a file. Delete some first, or send their files."
            case .uploads: "\(limit) uploads may be open. Finish or delete some first."
            case .parts:
                "At most \(limit) finished parts may wait. Delete some first; joined parts are removed after an hour."
            case .captions: "Captions of this account may have \(limit) bytes in all. Delete some first."
            }
        return Problem(.quotaExceeded, detail: detail)
    }

    private static func of(_ error: UploadError, _ logger: Logger) -> Problem {
        switch error {
        case .notFound: Problem(.uploadNotFound)
        case .gone: Problem(.uploadGone)
        case .locked: Problem(.uploadLocked).retryAfter(1)
        case .offsetMismatch(let current):
            Problem(.uploadOffsetMismatch, detail: "The upload's offset is \(current).").with(
                .uploadOffset, String(current))
        case .tooLarge(let limit): .tooLarge(.uploadTooLarge, limit: limit)
        case .lengthExceeded(let length):
            Problem(.lengthExceeded, detail: "The upload was announced with \(length) bytes.")
        case .lengthFixed(let length):
            Problem(.lengthFixed, detail: "\(length) bytes are stored or were announced.")
        case .quotaExceeded(let quota, let limit): quotaExceeded(quota, limit: limit)
        case .noSpace: .storageFull
        case .checksumMismatch: Problem(.checksumMismatch, detail: "None of the bytes was stored.")
        case .interrupted(let received): Problem(.uploadInterrupted, detail: "\(received) bytes were received.")
        case .empty: Problem(.emptyUpload)
        case .rejected(let rejection):
            Problem(ProblemCode(rejection.code), detail: "\(rejection.detail) The rest is not received.")
        case .videoNotFound: Problem(.videoNotFound)
        case .videoHasSource: Problem(.videoHasSource)
        case .uploadInProgress: Problem(.uploadInProgress).retryAfter(60)
        case .titleMissing: .invalid("/title", .required, "Is missing.")
        case .titleInvalid:
            .invalid(
                "/title", .invalidTitle,
                "Must have 1 to \(VideoTitle.maximumLength) characters and no control characters.")
        case .descriptionInvalid:
            .invalid(
                "/description", .invalidText,
                "Must have at most \(VideoDescription.maximumLength) characters and no control characters.")
        case .fileMissing: .invalid("/file", .required, "The form has no file.")
        case .form(let error): Problem(.malformedForm, detail: detail(of: error))
        case .finalIsReadOnly: Problem(.uploadIsFinal, detail: "It is a concatenation of other uploads.")
        case .partNotFound(let index):
            Problem(.partNotFound, detail: "Part \(index + 1) of the list is no partial upload of yours.")
        case .partUnfinished(let index):
            Problem(.partUnfinished, detail: "Part \(index + 1) of the list is not complete.")
        case .system: failed("upload failed", error, logger, internalError)
        }
    }

    private static func detail(of error: MultipartError) -> String {
        switch error {
        case .malformed(let detail): "It has \(detail)."
        case .headersTooLong: "The headers of a part are too long."
        case .tooManyParts: "It has too many parts."
        case .unfinished: "It ends before its last boundary."
        }
    }

    private static func of(_ error: TusHeaderError) -> Problem {
        switch error {
        case .metadata:
            Problem(
                .invalidUploadMetadata, detail: "It must be a list of keys with values in base64, at most 16 KiB.")
        case .concatenation:
            Problem(.invalidUploadConcatenation, detail: "It must be `partial` or `final;` with at most 1000 URLs.")
        case .checksum:
            Problem(.invalidUploadChecksum, detail: "It must be an algorithm and a digest in base64.")
        case .checksumAlgorithm:
            Problem(.unsupportedChecksumAlgorithm, detail: "Use one of \(TusProtocol.checksumAlgorithms).")
        }
    }

    private static func of(_ fault: RoomFault) -> Problem {
        switch fault {
        case .banNotFound: Problem(.banNotFound)
        case .notAllowed: Problem(.forbidden)
        default: .unavailable("Other requests keep changing the room. Try again.")
        }
    }

    private static func of(_ failure: SQLFailure, _ logger: Logger) -> Problem {
        switch failure.code {
        case .busy: .unavailable("The database is busy.", retryAfter: 1)
        case .full: .storageFull
        case .closed: .unavailable("The server is stopping.")
        case .readOnly, .corrupt, .io, .notFound, .timeout, .unavailable, .outcomeUnknown, .accessDenied:
            failed(
                "database failed", failure, logger,
                .unavailable("The database does not answer, or fails.", retryAfter: 10))
        default:
            failed("database refused a statement", failure, logger, internalError, ["sql": "\(failure.sql ?? "")"])
        }
    }

    private static func of(_ error: StorageError, _ logger: Logger) -> Problem {
        switch error {
        case .notFound, .invalidKey: .notFound()
        case .noSpace: .storageFull
        case .readOnly, .io, .service, .scratchFull, .scratchTooSmall, .changed:
            failed(
                "storage failed", error, logger, .unavailable("Stored files cannot be reached.", retryAfter: 10),
                ["code": "\(error.code)"])
        case .tooLarge, .truncated: failed("storage failed", error, logger, internalError)
        }
    }

    /// Logs an error that is the server's fault.
    private static func failed(
        _ message: Logger.Message, _ error: any Error, _ logger: Logger, _ problem: Problem,
        _ metadata: Logger.Metadata = [:]
    ) -> Problem {
        logger.error(message, metadata: metadata.merging(["error": "\(error)"]) { $1 })
        return problem
    }
}
