internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Sends requests to a bucket: signs them, limits their time and retries transient failures.
final class S3Service: Sendable {
    /// The bucket.
    let location: S3Location
    /// Timeouts, sizes and retries.
    let settings: S3Settings
    private let dependencies: S3Dependencies
    private let signer: S3Signer
    private let client: HTTPClient
    private static let maximumSmallBody = 8 << 20

    init(
        _ location: S3Location, credentials: S3Credentials, settings: S3Settings, dependencies: S3Dependencies
    ) {
        self.location = location
        self.settings = settings
        self.dependencies = dependencies
        signer = S3Signer(credentials: credentials, region: location.region)
        var configuration = HTTPClient.Configuration()
        // A redirect leads to another region, for which the signature is not valid; see `S3Failure`.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(
            connect: settings.connectTimeout, read: settings.idleTimeout, write: settings.idleTimeout)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connections
        // This type retries requests, with its own pauses.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    // The client must be shut down; this ends the connections of unfinished bodies.
    deinit { client.shutdown { _ in } }

    /// A response with a status of 2xx; its body is read on demand.
    struct Response: Sendable {
        /// The status.
        let status: Int
        /// The headers.
        let headers: HTTPHeaders
        /// The body.
        let body: HTTPClientResponse.Body

        /// The ETag without its quotes.
        var entityTag: String? {
            headers.first(name: "etag").map { tag in
                tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 1 ? String(tag.dropFirst().dropLast()) : tag
            }
        }

        /// The ETag if it is a checksum, which it is not for objects that are encrypted with a customer's or a KMS key.
        var checksumTag: String? {
            let encryption = headers.first(name: "x-amz-server-side-encryption") ?? "AES256"
            let isPlain =
                encryption == "AES256" && headers.first(name: "x-amz-server-side-encryption-customer-algorithm") == nil
            return isPlain ? entityTag : nil
        }

        /// The length of the body, also of a response to HEAD.
        var length: Int64? { headers.first(name: "content-length").flatMap { Int64($0) } }
    }

    /// Sends a request and handles the response; retries transient failures as the settings allow.
    /// - Parameter key: The object for errors.
    /// - Throws: ``StorageError``, or `CancellationError`.
    func perform<Value: Sendable>(
        _ request: S3Request, key: String?, _ handle: (Response, NIODeadline) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await once(request, handle)
            } catch let failure as S3Failure {
                guard failure.isTransient, attempt < settings.retry.attempts else {
                    throw failure.storageError(key: key, at: location)
                }
                try await pause(after: attempt, asked: failure.retryAfter)
                attempt += 1
            }
        }
    }

    /// Sends a request and reads the whole response, which must be small.
    func small(_ request: S3Request, key: String?) async throws -> (Response, ByteBuffer) {
        try await perform(request, key: key) { answer, deadline in
            (answer, try await Self.collect(answer.body, until: deadline))
        }
    }

    /// Waits between two attempts.
    func pause(after attempt: Int, asked: Duration? = nil) async throws {
        let own = settings.retry.pause(after: attempt, random: dependencies.random())
        try await dependencies.sleep(max(own, min(asked ?? .zero, settings.retry.longest)))
    }

    private func once<Value>(
        _ request: S3Request, _ handle: (Response, NIODeadline) async throws -> Value
    ) async throws -> Value {
        let deadline = NIODeadline.now() + settings.timeout(bodyBytes: request.body.byteCount)
        do {
            let signed = request.signed(signer, for: location, at: dependencies.now())
            let response = try await client.execute(signed, deadline: deadline)
            let status = Int(response.status.code)
            guard (200..<300).contains(status) else {
                // The head alone is enough if the body cannot be read.
                let body = (try? await Self.collect(response.body, until: deadline)) ?? ByteBuffer()
                throw S3Failure(status: status, headers: response.headers, body: body)
            }
            return try await handle(
                Response(status: status, headers: response.headers, body: response.body), deadline)
        } catch {
            try Task.checkCancellation()
            throw Self.failure(error)
        }
    }

    /// Converts an error of an attempt: errors of the store stay, all others are failures of the connection.
    static func failure(_ error: any Error) -> any Error {
        switch error {
        case is S3Failure, is StorageError, is CancellationError: error
        case let error as HTTPClientError where error == .cancelled: CancellationError()
        default: S3Failure.transport(error)
        }
    }

    private static func collect(_ body: HTTPClientResponse.Body, until deadline: NIODeadline) async throws -> ByteBuffer
    {
        var whole = ByteBuffer()
        for try await chunk in body {
            guard NIODeadline.now() < deadline else { throw HTTPClientError.deadlineExceeded }
            guard whole.readableBytes + chunk.readableBytes <= maximumSmallBody else {
                throw StorageError.service(.unexpectedAnswer, "the storage service's response is too long")
            }
            whole.writeImmutableBuffer(chunk)
        }
        return whole
    }
}
