internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Ingest

/// Resumable uploads: tus 1.0 under `/v1/uploads`.
///
/// Creating an upload takes a session; everything after it takes the secret in the upload's URL, so that an upload of
/// hours outlives the session that began it.
struct TusRoutes {
    /// Where uploads live.
    static let path = "/v1/uploads"

    private let services: Services
    private var uploadService: UploadService { services.uploads }

    init(_ services: Services) {
        self.services = services
    }

    /// Adds the routes.
    func add(to router: some RouterMethods<APIContext>) {
        let one = RouterPath("\(Self.path)/{address}")
        router.on(RouterPath(Self.path), method: .options) { _, _ in options(allow: "OPTIONS, POST") }
        router.on(one, method: .options) { _, _ in options(allow: "DELETE, HEAD, OPTIONS, PATCH") }
        router.post(RouterPath(Self.path)) { request, context in try await answer(request, context, create) }
        router.head(one) { request, context in try await answer(request, context, status) }
        router.patch(one) { request, context in try await answer(request, context, append) }
        router.delete(one) { request, context in try await answer(request, context, terminate) }
        // Some networks let nothing through but GET and POST.
        router.post(one) { request, context in
            switch request.headers[.methodOverride]?.uppercased() {
            case "PATCH": try await answer(request, context, append)
            case "DELETE": try await answer(request, context, terminate)
            case "HEAD": try await answer(request, context, status)
            default: throw Problem.methodNotAllowed([.head, .patch, .delete, .options])
            }
        }
    }

    // MARK: - What is the same for all

    private func answer(
        _ request: Request, _ context: APIContext, _ handler: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            guard request.headers[.tusResumable] == TusProtocol.version else {
                throw Problem(
                    .preconditionFailed, "tus_version", "This version of tus is not spoken here",
                    detail: "Send Tus-Resumable: \(TusProtocol.version)."
                ).with(.tusVersion, TusProtocol.version)
            }
            response = try await Problem.translating { try await handler(request, context) }
        } catch let problem as Problem {
            response = problem.response(requestID: context.requestID)
        }
        response.headers[.tusResumable] = TusProtocol.version
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func options(allow: String) -> Response {
        let headers: HTTPFields = [
            .allow: allow,
            .tusResumable: TusProtocol.version, .tusVersion: TusProtocol.version,
            .tusExtension: TusProtocol.extensions, .tusChecksumAlgorithm: TusProtocol.checksumAlgorithms,
            .tusMaxSize: String(uploadService.configuration.maximumByteCount),
            // Clients ask once for the whole protocol, not for each of its two paths.
            .accessControlAllowMethods: "DELETE, HEAD, OPTIONS, PATCH, POST",
        ]
        return Response(status: .noContent, headers: headers)
    }

    private func address(_ context: APIContext) throws -> UploadAddress {
        guard let address = UploadAddress(component: context.parameters.get("address") ?? "") else {
            throw UploadError.notFound
        }
        return address
    }

    private func checksum(_ request: Request) throws -> UploadChecksum? {
        try request.headers[.uploadChecksum].map { text throws(TusHeaderError) in try UploadChecksum(text) }
    }

    // MARK: - Requests

    private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let owner = try await services.requireUser(request)
        let wish = try newUpload(request.headers, owner: owner)
        let checksum = try checksum(request)
        let carriesBytes = try carriesBytes(request)
        guard !carriesBytes || wish.concatenation?.isFinal != true else { throw UploadError.finalIsReadOnly }
        if carriesBytes, let length = wish.length, let body = request.headers.bodyLength, body > length {
            throw UploadError.lengthExceeded(length: length)
        }
        let opened = try await uploadService.create(wish)
        var status = opened.status
        if carriesBytes {
            let bytes = UploadAppend(offset: 0, bodyLength: request.headers.bodyLength, checksum: checksum)
            do {
                status = try await uploadService.append(to: opened.address, bytes, ExpectContinueBody(request, context))
            } catch {
                // The client never learns the URL, so nobody could go on.
                try? await uploadService.terminate(opened.address)
                throw error
            }
        }
        var headers = progress(status)
        headers[.location] = "\(Self.path)/\(opened.address.component)"
        if !carriesBytes, status.upload.state == .open { headers[.uploadOffset] = nil }
        return Response(status: .created, headers: headers)
    }

    private func status(_ request: Request, _ context: APIContext) async throws -> Response {
        let status = try await uploadService.status(try address(context))
        let upload = status.upload
        var headers = progress(status)
        if let length = upload.length {
            headers[.uploadLength] = String(length)
        } else {
            headers[.uploadDeferLength] = "1"
        }
        if let metadata = upload.metadata, !metadata.isEmpty { headers[.uploadMetadata] = metadata }
        switch upload.kind {
        case .single: break
        case .partial: headers[.uploadConcat] = "partial"
        // The parts' secrets are not kept, so these say which they were without opening them.
        case .final:
            headers[.uploadConcat] = "final;" + upload.parts.map { "\(Self.path)/\($0)" }.joined(separator: " ")
        }
        return Response(status: .ok, headers: headers)
    }

    private func append(_ request: Request, _ context: APIContext) async throws -> Response {
        guard TusProtocol.isUploadContentType(request.headers[.contentType] ?? "") else {
            throw Problem.unsupportedType(TusProtocol.contentType)
        }
        guard let offset = try request.headers.byteCount(.uploadOffset) else {
            throw Problem(
                .badRequest, "invalid_header", "A header cannot be read", detail: "Upload-Offset is missing.")
        }
        let bytes = UploadAppend(
            offset: offset, bodyLength: request.headers.bodyLength,
            uploadLength: try request.headers.byteCount(.uploadLength), checksum: try checksum(request))
        let status = try await uploadService.append(
            to: try address(context), bytes, ExpectContinueBody(request, context))
        return Response(status: .noContent, headers: progress(status))
    }

    private func terminate(_ request: Request, _ context: APIContext) async throws -> Response {
        try await uploadService.terminate(try address(context))
        return Response(status: .noContent)
    }

    // MARK: - Headers

    private func newUpload(_ headers: HTTPFields, owner: String) throws -> NewUpload {
        let concatenation = try headers[.uploadConcat].map { text throws(TusHeaderError) in
            try UploadConcatenation(text)
        }
        let metadata = try UploadMetadata(headers[.uploadMetadata] ?? "")
        let length = try headers.byteCount(.uploadLength)
        let deferred = headers[.uploadDeferLength]
        let isRight: Bool
        if concatenation?.isFinal == true {
            isRight = length == nil && deferred == nil
        } else {
            isRight = (length != nil) != (deferred != nil) && (deferred ?? "1") == "1"
        }
        guard isRight else {
            throw Problem(
                .badRequest, "invalid_upload_length", "The upload's length is not clear",
                detail: "Send either Upload-Length or Upload-Defer-Length: 1, and neither for a final upload.")
        }
        return NewUpload(ownerID: owner, length: length, metadata: metadata, concatenation: concatenation)
    }

    /// Whether a creation brings the first bytes with it.
    private func carriesBytes(_ request: Request) throws -> Bool {
        guard request.headers.announcesBody else { return false }
        guard TusProtocol.isUploadContentType(request.headers[.contentType] ?? "") else {
            throw Problem.unsupportedType(TusProtocol.contentType)
        }
        return true
    }

    private func progress(_ status: UploadStatus) -> HTTPFields {
        var headers = HTTPFields()
        if let offset = status.offset { headers[.uploadOffset] = String(offset) }
        if status.upload.state == .open { headers[.uploadExpires] = Timestamp(status.upload.expiresAt).httpDate }
        return headers
    }
}

extension UploadConcatenation {
    fileprivate var isFinal: Bool { if case .final = self { true } else { false } }
}
