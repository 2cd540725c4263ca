internal import Accounts
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOHTTP1
internal import SQL
internal import Storage

extension Problem {
    /// The answer to any error: the one place where errors of the rooms below meet HTTP.
    /// - Parameter logger: Learns of errors that are our fault; the client does not.
    init(describing error: any Error, _ logger: Logger) {
        switch error {
        case let problem as Problem: self = problem
        case let error as AccountsError: self = Problem(error)
        case let failure as SQLFailure: self = Problem(failure, logger)
        case let error as StorageError: self = Problem(error, logger)
        case let error as any HTTPResponseError: self = Problem(status: error.status)
        case is HTTPParserError:
            self = Problem.malformed("The request ended early or its body is not valid HTTP.").with(
                .connection, "close")
        case is CancellationError:
            self = Problem.unavailable("The server is stopping.").with(.connection, "close")
        default:
            logger.error("request failed", metadata: ["error": "\(error)"])
            self = .internalError
        }
    }

    private init(_ failure: SQLFailure, _ logger: Logger) {
        switch failure.code {
        case .busy: self = .unavailable("The database is busy.", retryAfter: 1)
        case .full: self = .storageFull
        case .closed: self = .unavailable("The server is stopping.")
        case .readOnly, .corrupt, .io, .notFound, .timeout, .unavailable, .outcomeUnknown, .accessDenied:
            logger.error("database failed", metadata: ["error": "\(failure)"])
            self = .unavailable("The database cannot be used.", retryAfter: 10)
        default:
            logger.error(
                "database refused a statement", metadata: ["error": "\(failure)", "sql": "\(failure.sql ?? "")"])
            self = .internalError
        }
    }

    private init(_ error: StorageError, _ logger: Logger) {
        switch error {
        case .notFound, .invalidKey: self = .notFound()
        case .noSpace: self = .storageFull
        case .readOnly, .io:
            logger.error("storage failed", metadata: ["error": "\(error)"])
            self = .unavailable("Stored files cannot be reached.", retryAfter: 10)
        case .service, .scratchFull, .scratchTooSmall, .changed:
            logger.error("storage failed", metadata: ["code": "\(error.code)", "error": "\(error)"])
            self = .unavailable("Stored files cannot be reached.", retryAfter: 10)
        case .tooLarge, .truncated:
            logger.error("storage failed", metadata: ["error": "\(error)"])
            self = .internalError
        }
    }

    /// An error of the framework, known by its status alone.
    init(status: HTTPResponse.Status) {
        switch status {
        case .notFound: self = .notFound()
        case .badRequest: self = .malformed("The request is not valid.")
        case .contentTooLarge: self = .tooLarge(limit: Int64(JSONObjectBody.limit))
        case .unsupportedMediaType: self = .unsupportedType("application/json")
        case _ where status.code >= 500: self = .internalError
        default: self = Problem(status, "refused", status.reasonPhrase)
        }
    }
}
