import HTTPTypes
import Hummingbird
import Ingest
import Logging
import Testing

@testable import API

@Suite("Answers about uploads")
struct UploadAnswersTests {
    /// Drops what it is given; the answers do not depend on it.
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(
        "every refusal has its status and code",
        arguments: [
            (.notFound, 404, "upload_not_found"), (.gone, 410, "upload_gone"), (.locked, 423, "upload_locked"),
            (.offsetMismatch(current: 7), 409, "upload_offset_mismatch"),
            (.tooLarge(limit: 1), 413, "upload_too_large"),
            (.lengthExceeded(length: 1), 413, "length_exceeded"), (.lengthFixed(length: 1), 400, "length_fixed"),
            (.noSpace, 507, "storage_full"), (.checksumMismatch, 460, "checksum_mismatch"),
            (.interrupted(received: 1), 408, "upload_interrupted"), (.empty, 422, "empty_upload"),
            (.videoNotFound, 404, "video_not_found"), (.videoHasSource, 409, "video_has_source"),
            (.uploadInProgress, 409, "upload_in_progress"), (.titleMissing, 422, "validation_failed"),
            (.titleInvalid, 422, "validation_failed"), (.descriptionInvalid, 422, "validation_failed"),
            (.fileMissing, 422, "validation_failed"), (.form(.unfinished), 400, "malformed_form"),
            (.finalIsReadOnly, 403, "upload_is_final"), (.partNotFound(index: 0), 404, "part_not_found"),
            (.partUnfinished(index: 0), 400, "part_unfinished"),
            (.system(call: "open", code: 5), 500, "internal_error"),
        ] as [(UploadError, Int, String)])
    func refusals(error: UploadError, status: Int, code: String) {
        let problem = Problem(describing: error, logger)
        #expect(problem.status.code == status)
        #expect(problem.code.rawValue == code)
    }

    @Test("a wrong offset is answered with the right one")
    func offset() {
        let problem = Problem(describing: UploadError.offsetMismatch(current: 42), logger)
        #expect(problem.headers[.uploadOffset] == "42")
    }

    @Test("a body is announced by a length above 0 or by an encoding")
    func body() throws {
        #expect(!HTTPFields().announcesBody)
        #expect(!([.contentLength: "0"] as HTTPFields).announcesBody)
        #expect(([.contentLength: "1"] as HTTPFields).announcesBody)
        #expect(([.transferEncoding: "chunked"] as HTTPFields).announcesBody)
        #expect(try ([.uploadOffset: "12"] as HTTPFields).byteCount(.uploadOffset) == 12)
        #expect(try HTTPFields().byteCount(.uploadOffset) == nil)
        #expect(throws: Problem.self) { try ([.uploadOffset: "-1"] as HTTPFields).byteCount(.uploadOffset) }
    }
}
