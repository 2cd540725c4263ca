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
        tag: .uploads, access: .videoOwner(services, refusal: .videoNotFound), body: .stream(),
        answers: [
            .json(
                202, VideoDocument.self, "The whole file was received and will be processed.", headers: [.location])
        ],
        problems: [
            .partialPut, .quotaExceeded, .requestTooSlow, .uploadInterrupted, .videoHasSource, .uploadInProgress,
            .uploadTooLarge, .emptyUpload, .storageFull,
        ] + ProblemCode.ofFirstBytes
    ) { call in
        let (request, video) = (call.request, call.caller)
        guard request.headers[.contentRange] == nil else {
            throw Problem(.partialPut, detail: "Use a resumable upload at \(tusPath).")
        }
        // Compares the owner again in the transaction that opens the upload: the video may be deleted meanwhile.
        let disposition = request.headers[.contentDisposition].map { ParameterizedValue($0.utf8) }
        try await services.uploads.receive(
            video: video.id, ownerID: video.ownerID,
            byteCount: request.headers.announcesBody ? request.headers.bodyLength : 0,
            fileName: disposition?.parameters["filename"], call.content)
        return try await reader.accepted(video.id)
    }
}
