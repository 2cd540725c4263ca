internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Ingest

/// Where resumable uploads are created.
let tusPath = "/v1/uploads"

/// Resumable uploads: tus 1.0 under `/v1/uploads`.
///
/// Creating an upload needs a session; everything after it needs the secret in the upload's URL, so that an upload of hours
/// outlives the session that began it.
func tusRoutes(_ services: Services) -> [Route] {
    let tus = TusHandlers(uploads: services.uploads)
    let one = tusPath + "/{address}"
    let routes = [
        Route(
            .post, tusPath, "createUpload", "Create a resumable upload (tus 1.0)",
            description:
                "`Upload-Defer-Length: 1` may stand in place of `Upload-Length`. `Upload-Metadata` takes `videoId` "
                + "(a draft) or `title`, `description` and `filename`, each in base64. `Upload-Concat: partial` creates a "
                + "part, `final;` with a list of URLs joins parts and has no length. A body of type "
                + "`application/offset+octet-stream` may bring the first bytes, with `Upload-Checksum`.",
            tag: .uploads, access: .user(services),
            parameters: [.tusResumable, .uploadLength(atMost: services.uploads.configuration.maximumByteCount)],
            headers: [.uploadDeferLength, .uploadMetadata, .uploadConcat, .uploadChecksum],
            body: Body(nil, read: { ExpectContinueBody($0, $1) }),
            answers: [
                .empty(
                    201, "The upload; go on at `Location`, which needs no token.",
                    headers: [.tusResumable, .uploadOffset, .uploadExpires, .location])
            ],
            problems: TusHandlers.writeProblems + [
                .invalidUploadLength, .invalidUploadMetadata, .invalidUploadConcatenation, .partUnfinished,
                .videoNotFound, .partNotFound, .videoHasSource, .uploadInProgress, .validationFailed, .emptyUpload,
            ], handler: tus.create),
        Route(
            .head, one, "uploadStatus", "How much of an upload is stored", tag: .uploads, access: .uploadAddress,
            parameters: [.tusResumable],
            answers: [
                .empty(
                    200, "In the headers.",
                    headers: [
                        .tusResumable, .uploadOffset, .uploadExpires, .uploadLength, .uploadDeferLength,
                        .uploadMetadata, .uploadConcat,
                    ])
            ],
            problems: TusHandlers.problems, handler: tus.status),
        Route(
            .patch, one, "appendToUpload", "Send bytes", tag: .uploads, access: .uploadAddress,
            parameters: [
                .tusResumable,
                .header(
                    "Upload-Offset", .integer(atLeast: 0, atMost: 999_999_999_999_999_999),
                    "Where the bytes start; must be the upload's offset.", example: "0"),
            ],
            headers: [.uploadLength, .uploadChecksum],
            body: Body(BodyDescription([(TusProtocol.contentType, .bytes)]), read: { ExpectContinueBody($0, $1) }),
            answers: [
                .empty("The bytes are stored.", headers: [.tusResumable, .uploadOffset, .uploadExpires])
            ],
            problems: TusHandlers.writeProblems + TusHandlers.problems + ProblemCode.ofFirstBytes + [
                .lengthFixed, .uploadOffsetMismatch, .videoNotFound, .videoHasSource, .validationFailed,
                .emptyUpload,
            ], handler: tus.append),
        Route(
            .delete, one, "terminateUpload", "End the upload and delete its bytes", tag: .uploads,
            access: .uploadAddress, parameters: [.tusResumable],
            answers: [.empty("The upload is terminated.", headers: [.tusResumable])],
            problems: TusHandlers.problems, handler: tus.terminate),
    ].map(speakingTus)
    let all =
        [
            tusOptions(
                tusPath, "describeUploads", methods: "OPTIONS, POST",
                limit: services.uploads.configuration.maximumByteCount),
            tusOptions(
                one, nil, methods: "DELETE, HEAD, OPTIONS, PATCH",
                limit: services.uploads.configuration.maximumByteCount),
        ] + routes + [overrideRoute(one, routes)]
    // Clients ask once for the whole protocol, not for each of its two paths.
    return all.map { $0.crossOrigin(as: tusPath) }
}

/// The same route, which checks the protocol's version before everything else, access included, and adds the headers that all
/// answers of tus have, problems included.
private func speakingTus(_ route: Route) -> Route {
    var route = route
    route.respond = { [respond = route.respond] request, context in
        var response: Response
        do {
            guard request.headers[.tusResumable] == TusProtocol.version else {
                throw Problem(.tusVersion, detail: "Send Tus-Resumable: \(TusProtocol.version).").with(
                    .tusVersion, TusProtocol.version)
            }
            response = try await respond(request, context)
        } catch {
            response = Problem(describing: error, context.logger).response(requestID: context.requestID)
        }
        response.headers[.tusResumable] = TusProtocol.version
        response.headers[.cacheControl] = "no-store"
        return response
    }
    return route
}

/// What of tus the server supports.
private func tusOptions(_ path: String, _ operation: String?, methods: String, limit: Int64) -> Route {
    let headers: HTTPFields = [
        .allow: methods, .tusResumable: TusProtocol.version, .tusVersion: TusProtocol.version,
        .tusExtension: TusProtocol.extensions, .tusChecksumAlgorithm: TusProtocol.checksumAlgorithms,
        .tusMaxSize: String(limit),
    ]
    return Route(
        .options, path, operation, "Which parts of tus are supported", tag: .uploads, access: .anyone,
        answers: [
            .empty(
                "In the headers.",
                headers: [.tusResumable, .tusVersion, .tusExtension, .tusMaxSize, .tusChecksumAlgorithm])
        ], needsServices: false
    ) { _ in Response(status: .noContent, headers: headers) }
}

/// `POST` with the method in `X-HTTP-Method-Override`, for networks that pass only GET and POST.
private func overrideRoute(_ path: String, _ routes: [Route]) -> Route {
    let routes = routes.filter { $0.path == path }
    return Route(
        .post, path, nil, "As the method that `X-HTTP-Method-Override` names", tag: .uploads, access: .secretOfPath,
        headers: [.methodOverride],
        answers: [
            .empty(200, "Of `HEAD`: the progress, in the headers."), .empty("Of `PATCH` and `DELETE`: it is done."),
        ], problems: routes.flatMap(\.problems)
    ) { call in
        let method = call.request.headers[.methodOverride]?.uppercased()
        guard let route = routes.first(where: { $0.method.rawValue == method }) else {
            throw Problem.methodNotAllowed([.head, .patch, .delete, .options])
        }
        return try await route.respond(call.request, call.context)
    }
}

extension Access where Caller == UploadAddress {
    /// Any client that knows the secret in the upload's address; ``UploadService`` compares it.
    fileprivate static var uploadAddress: Access {
        Access(
            .secretOfPath,
            parameters: [
                .path(
                    "address", .text(pattern: #"^upl_[0-9a-hjkmnp-tv-z]{26}\.[A-Za-z0-9_-]{43}$"#),
                    "The upload's id, a dot and its secret, as `Location` gave it. Any client that has it may continue the "
                        + "upload, so keep it out of logs.",
                    example: "upl_00000000000000000000000000." + String(repeating: "0", count: 43))
            ], problems: [.uploadNotFound]
        ) { _, context in
            guard let address = UploadAddress(component: context.parameters.get("address") ?? "") else {
                throw UploadError.notFound
            }
            return address
        }
    }
}

extension Access where Caller == Void {
    /// Any client that knows the secret in the path; the handler checks it.
    fileprivate static var secretOfPath: Access { Access(.secretOfPath) { _, _ in } }
}

extension Parameter {
    fileprivate static let tusResumable = Parameter.header(
        "Tus-Resumable", .choice([TusProtocol.version]), "The version of the protocol.",
        example: TusProtocol.version)

    fileprivate static func uploadLength(atMost limit: Int64) -> Parameter {
        .header(
            "Upload-Length", .integer(atLeast: 0, atMost: limit), "Bytes of the whole file.", example: "1000000")
    }
}

extension AnswerHeader {
    fileprivate static let tusResumable = AnswerHeader(
        "Tus-Resumable", "The version of the protocol.", .choice([TusProtocol.version]))
    fileprivate static let tusExtension = AnswerHeader("Tus-Extension", "The extensions that are supported.")
    fileprivate static let tusMaxSize = AnswerHeader("Tus-Max-Size", "Bytes of the largest upload.", .integer())
    fileprivate static let tusChecksumAlgorithm = AnswerHeader(
        "Tus-Checksum-Algorithm", "The digests that are supported.")
    fileprivate static let uploadExpires = AnswerHeader(
        "Upload-Expires", "When the upload expires if nothing more comes; an HTTP date.")
    fileprivate static let uploadLength = AnswerHeader("Upload-Length", "Bytes of the whole file.", .integer())
    fileprivate static let uploadDeferLength = AnswerHeader(
        "Upload-Defer-Length", "`1` while the length is not known.")
    fileprivate static let uploadMetadata = AnswerHeader("Upload-Metadata", "What the creation sent.")
    fileprivate static let uploadConcat = AnswerHeader("Upload-Concat", "`partial`, or `final;` and the parts.")
}

/// The handlers of tus.
private struct TusHandlers: Sendable {
    let uploads: UploadService

    /// Codes of all requests for an upload.
    static let problems: [ProblemCode] = [.uploadNotFound, .uploadGone, .uploadLocked, .tusVersion]
    /// Codes of requests that may bring bytes.
    static let writeProblems: [ProblemCode] = [
        .invalidHeader, .invalidUploadChecksum, .unsupportedChecksumAlgorithm, .uploadIsFinal, .quotaExceeded,
        .requestTooSlow, .uploadInterrupted, .tusVersion, .uploadTooLarge, .lengthExceeded, .unsupportedMediaType,
        .checksumMismatch, .storageFull,
    ]

    private func checksum(_ request: Request) throws -> UploadChecksum? {
        try request.headers[.uploadChecksum].map { text throws(TusHeaderError) in try UploadChecksum(text) }
    }

    /// Creates an upload, with its first bytes if the request brings some.
    @Sendable func create(_ call: Call<String, ExpectContinueBody>) async throws -> Response {
        let request = call.request
        let new = try newUpload(request.headers, owner: call.caller)
        let checksum = try checksum(request)
        let carriesBytes = try carriesBytes(request)
        guard !carriesBytes || new.concatenation?.isFinal != true else { throw UploadError.finalIsReadOnly }
        if carriesBytes, let length = new.length, let body = request.headers.bodyLength, body > length {
            throw UploadError.lengthExceeded(length: length)
        }
        let opened = try await uploads.create(new)
        var status = opened.status
        if carriesBytes {
            let bytes = UploadAppend(offset: 0, bodyLength: request.headers.bodyLength, checksum: checksum)
            do {
                status = try await uploads.append(to: opened.address, bytes, call.content)
            } catch {
                // The client does not get the URL, so nobody could resume the upload.
                try? await uploads.terminate(opened.address)
                throw error
            }
        }
        var headers = progress(status)
        headers[.location] = "\(tusPath)/\(opened.address.component)"
        if !carriesBytes, status.upload.state == .open { headers[.uploadOffset] = nil }
        return Response(status: .created, headers: headers)
    }

    /// Tells how much of an upload is stored.
    @Sendable func status(_ call: Call<UploadAddress, Void>) async throws -> Response {
        let status = try await uploads.status(call.caller)
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
        // The secrets of the parts are not stored, so these URLs name the parts but give no access to them.
        case .final:
            headers[.uploadConcat] = "final;" + upload.parts.map { "\(tusPath)/\($0)" }.joined(separator: " ")
        }
        return Response(status: .ok, headers: headers)
    }

    /// Stores bytes.
    @Sendable func append(_ call: Call<UploadAddress, ExpectContinueBody>) async throws -> Response {
        let request = call.request
        guard TusProtocol.isUploadContentType(request.headers[.contentType] ?? "") else {
            throw Problem.unsupportedType(TusProtocol.contentType)
        }
        guard let offset = try request.headers.byteCount(.uploadOffset) else {
            throw Problem(.invalidHeader, detail: "Upload-Offset is missing.")
        }
        let bytes = UploadAppend(
            offset: offset, bodyLength: request.headers.bodyLength,
            uploadLength: try request.headers.byteCount(.uploadLength), checksum: try checksum(request))
        let status = try await uploads.append(to: call.caller, bytes, call.content)
        return Response(status: .noContent, headers: progress(status))
    }

    /// Terminates an upload.
    @Sendable func terminate(_ call: Call<UploadAddress, Void>) async throws -> Response {
        try await uploads.terminate(call.caller)
        return Response(status: .noContent)
    }

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
                .invalidUploadLength,
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
