internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Ingest

/// `PUT` of a draft's file in one request.
///
/// A form that creates the video with its file shares its path with drafts: see ``videoRoutes(_:reader:)``.
func directUploadRoute(_ services: Services, reader: VideoReader) -> Route {
    Route(
        .put, "/v1/videos/{id}/source", "putSource", "Send the file of a draft in one request",
        description:
            "The body is the file as it is, of any content type. `Content-Disposition: attachment; filename=…` "
            + "may name it.",
        tag: .uploads, access: .draftOwner(services), body: .stream(),
        answers: [
            .json(
                202, VideoDocument.self, "The whole file was received and will be processed.", headers: [.location])
        ],
        problems: [
            .partialPut, .quotaExceeded, .requestTooSlow, .uploadInterrupted, .videoHasSource, .uploadInProgress,
            .uploadTooLarge, .emptyUpload, .storageFull,
        ]
    ) { call in
        let (request, draft) = (call.request, call.caller)
        guard request.headers[.contentRange] == nil else {
            throw Problem(.partialPut, detail: "Use a resumable upload at \(tusPath).")
        }
        let disposition = request.headers[.contentDisposition].map { ParameterizedValue($0.utf8) }
        try await services.uploads.receive(
            video: draft.video, ownerID: draft.owner,
            byteCount: request.headers.announcesBody ? request.headers.bodyLength : 0,
            fileName: disposition?.parameters["filename"], call.content)
        return try await reader.accepted(draft.video)
    }
}

/// A draft, and the user who says to own it.
private struct OwnDraft: Sendable {
    let video: String
    let owner: String
}

extension Access where Caller == OwnDraft {
    /// The owner of the draft in the path; to others it does not exist. ``UploadService`` compares the owner in the
    /// transaction that opens the upload.
    fileprivate static func draftOwner(_ services: Services) -> Access {
        Access(.owner(refusal: .videoNotFound), parameters: [.videoID]) { request, context in
            let owner = try await services.requireUser(request)
            guard let id = context.parameters.get("id") else { throw Problem(.videoNotFound) }
            return OwnDraft(video: id, owner: owner)
        }
    }
}
