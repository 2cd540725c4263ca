internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Ingest

/// Uploads in one request: a body for a draft, or a form that makes the video too.
struct DirectUploadRoutes {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    /// Adds `PUT /v1/videos/{id}/source`.
    func add(to router: some RouterMethods<APIContext>) {
        router.put("/v1/videos/{id}/source") { request, context in try await put(request, context) }
    }

    /// Takes the body of a `PUT` as the source of a draft: 202 with the video.
    func put(_ request: Request, _ context: APIContext) async throws -> Response {
        let owner = try await services.requireUser(request)
        guard let id = context.parameters.get("id") else { throw Problem.noVideo }
        guard request.headers[.contentRange] == nil else {
            throw Problem(
                .badRequest, "partial_put", "A part of a file cannot be put",
                detail: "Use a resumable upload at \(TusRoutes.path).")
        }
        guard (request.headers[.contentEncoding] ?? "identity").lowercased() == "identity" else {
            throw Problem(
                .unsupportedMediaType, "unsupported_content_encoding", "The body is compressed",
                detail: "Send the file as it is.")
        }
        let disposition = request.headers[.contentDisposition].map { ParameterizedValue($0.utf8) }
        try await Problem.translating {
            try await services.uploads.receive(
                video: id, ownerID: owner,
                byteCount: request.headers.announcesBody ? request.headers.bodyLength : 0,
                fileName: disposition?.parameters["filename"], ExpectContinueBody(request, context))
        }
        return try await accepted(id)
    }

    /// Takes a form with `title`, `description` and `file`: 202 with the new video.
    func form(_ request: Request, _ context: APIContext) async throws -> Response {
        let owner = try await services.requireUser(request)
        guard let boundary = FormBoundary.parse(contentType: request.headers[.contentType] ?? "") else {
            throw Problem(
                .badRequest, "malformed_form", "The form cannot be read", detail: "Its type names no usable boundary.")
        }
        let video = try await Problem.translating {
            try await services.uploads.receiveForm(
                ownerID: owner, boundary: boundary, bodyLength: request.headers.bodyLength,
                ExpectContinueBody(request, context))
        }
        return try await accepted(video.id)
    }
}

extension DirectUploadRoutes {
    /// 202 with the video as it is now.
    private func accepted(_ id: String) async throws -> Response {
        guard let document = try await VideoReader(services).document(id) else { throw Problem.noVideo }
        return try JSONOutput.response(document, status: .accepted, headers: [.location: "/v1/videos/\(id)"])
    }
}
