internal import HTTPTypes
internal import Ingest
internal import Storage

extension Problem {
    /// What a client is told when its bytes were not taken in.
    init(_ error: UploadError) {
        self =
            switch error {
            case .notFound:
                Problem(.notFound, "upload_not_found", "There is no such upload")
            case .gone:
                Problem(.gone, "upload_gone", "The upload is over", detail: "It was terminated or has expired.")
            case .locked:
                Problem(
                    .init(code: 423, reasonPhrase: "Locked"), "upload_locked", "The upload is being written to"
                ).retryAfter(1)
            case .offsetMismatch(let current):
                Problem(
                    .conflict, "upload_offset_mismatch", "The bytes do not start where the upload stands",
                    detail: "The upload stands at \(current).")
            case .tooLarge(let limit):
                Problem(
                    .contentTooLarge, "upload_too_large", "The file is too large",
                    detail: "At most \(limit) bytes are taken.")
            case .lengthExceeded(let length):
                Problem(
                    .contentTooLarge, "length_exceeded", "There are more bytes than were announced",
                    detail: "The upload was announced with \(length) bytes.")
            case .lengthFixed(let length):
                Problem(
                    .badRequest, "length_fixed", "The length of the upload cannot be this",
                    detail: "\(length) bytes are there or were announced.")
            case .quotaExceeded(let quota, let limit): .quotaExceeded(quota, limit: limit)
            case .noSpace: .storageFull
            case .checksumMismatch:
                Problem(
                    .init(code: 460, reasonPhrase: "Checksum Mismatch"), "checksum_mismatch",
                    "The bytes do not have the announced checksum", detail: "None of them was kept.")
            case .interrupted(let received):
                Problem(
                    .requestTimeout, "upload_interrupted", "The body ended too early",
                    detail: "\(received) bytes had come.")
            case .empty:
                Problem(.unprocessableContent, "empty_upload", "The file has no bytes")
            case .videoNotFound: .noVideo
            case .videoHasSource:
                Problem(.conflict, "video_has_source", "The video has its file already")
            case .uploadInProgress:
                Problem(.conflict, "upload_in_progress", "Another upload for this video is under way").retryAfter(60)
            case .titleMissing: .invalid([.init(pointer: "/title", code: "required", detail: "Is missing.")])
            case .titleInvalid:
                .invalid([
                    .init(
                        pointer: "/title", code: "invalid_title",
                        detail: "Must have 1 to \(VideoTitle.maximumLength) characters and no control characters.")
                ])
            case .descriptionInvalid:
                .invalid([
                    .init(
                        pointer: "/description", code: "invalid_text",
                        detail: "Must have at most \(VideoDescription.maximumLength) characters and no controls.")
                ])
            case .fileMissing:
                .invalid([.init(pointer: "/file", code: "required", detail: "The form has no file.")])
            case .form(let error):
                Problem(.badRequest, "malformed_form", "The form cannot be read", detail: Self.detail(of: error))
            case .finalIsReadOnly:
                Problem(
                    .forbidden, "upload_is_final", "The upload takes no bytes",
                    detail: "It is made of other uploads.")
            case .partNotFound(let index):
                Problem(
                    .notFound, "part_not_found", "There is no such part",
                    detail: "Part \(index + 1) of the list is no partial upload of yours.")
            case .partUnfinished(let index):
                Problem(
                    .badRequest, "part_unfinished", "A part still lacks bytes",
                    detail: "Part \(index + 1) of the list is not complete.")
            case .system: .internalError
            }
    }

    /// What a client is told when a header of the tus protocol cannot be read.
    init(_ error: TusHeaderError) {
        self =
            switch error {
            case .metadata:
                Problem(
                    .badRequest, "invalid_upload_metadata", "Upload-Metadata cannot be read",
                    detail: "It must be a list of keys with values in base64, at most 16 KiB.")
            case .concatenation:
                Problem(
                    .badRequest, "invalid_upload_concat", "Upload-Concat cannot be read",
                    detail: "It must be `partial` or `final;` with at most 1000 URLs.")
            case .checksum:
                Problem(
                    .badRequest, "invalid_upload_checksum", "Upload-Checksum cannot be read",
                    detail: "It must be an algorithm and a digest in base64.")
            case .checksumAlgorithm:
                Problem(
                    .badRequest, "unsupported_checksum_algorithm", "This checksum is not known",
                    detail: "Use one of \(TusProtocol.checksumAlgorithms).")
            }
    }

    /// Runs `body` and turns the errors of uploads into answers.
    static func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as UploadError {
            guard case .offsetMismatch(let current) = error else {
                if case .system = error { throw error }
                throw Problem(error)
            }
            throw Problem(error).with(.uploadOffset, String(current))
        } catch let error as TusHeaderError {
            throw Problem(error)
        } catch StorageError.noSpace {
            throw Problem.storageFull
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
}
