internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Requests to one bucket: signed, bounded in time, tried again where that can help.
final class S3Service: Sendable {
    let location: S3Location
    let settings: S3Settings
    let surroundings: S3Dependencies
    private let signer: S3Signer
    private let client: HTTPClient
    private static let smallAnswer = 8 << 20

    init(
        _ location: S3Location, credentials: S3Credentials, settings: S3Settings, surroundings: S3Dependencies
    ) {
        self.location = location
        self.settings = settings
        self.surroundings = surroundings
        signer = S3Signer(credentials: credentials, region: location.region)
        var configuration = HTTPClient.Configuration()
        // A redirect is another region, which a signature for this one cannot follow; see `S3Failure`.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(
            connect: settings.connectTimeout, read: settings.idleTimeout, write: settings.idleTimeout)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connections
        // Trying again is this type's work, with its own pauses.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    // The client asks to be told; the connections of bodies that are still read end with it.
    deinit { client.shutdown { _ in } }

    /// The head of an answer whose status is 2xx, with a body that comes when it is asked for.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: HTTPClientResponse.Body

        /// The ETag without its quotes.
        var entityTag: String? {
            headers.first(name: "etag").map { tag in
                tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 1 ? String(tag.dropFirst().dropLast()) : tag
            }
        }

        /// Bytes that the body will have, or would have for a HEAD.
        var length: Int64? { headers.first(name: "content-length").flatMap { Int64($0) } }
    }

    /// Sends a request, as often as the settings allow, until `handle` has made something of an answer.
    /// - Parameter key: The object that an error is about.
    /// - Throws: ``StorageError``, or `CancellationError`.
    func perform<Value: Sendable>(
        _ request: S3Request, key: String?, _ handle: (Answer, NIODeadline) async throws -> Value
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

    /// Sends a request whose answer is small, and gives its head and body.
    func small(_ request: S3Request, key: String?) async throws -> (Answer, ByteBuffer) {
        try await perform(request, key: key) { answer, deadline in
            (answer, try await Self.collect(answer.body, until: deadline))
        }
    }

    /// Waits between two tries.
    func pause(after attempt: Int, asked: Duration? = nil) async throws {
        let own = settings.retry.pause(after: attempt, random: surroundings.random())
        try await surroundings.sleep(max(own, min(asked ?? .zero, settings.retry.longest)))
    }

    private func once<Value>(
        _ request: S3Request, _ handle: (Answer, NIODeadline) async throws -> Value
    ) async throws -> Value {
        let deadline = NIODeadline.now() + settings.timeout(bodyBytes: request.body.byteCount)
        do {
            let signed = request.signed(signer, for: location, at: surroundings.now())
            let response = try await client.execute(signed, deadline: deadline)
            let status = Int(response.status.code)
            guard (200..<300).contains(status) else {
                // The head alone says enough if the rest does not come.
                let body = (try? await Self.collect(response.body, until: deadline)) ?? ByteBuffer()
                throw S3Failure(status: status, headers: response.headers, body: body)
            }
            return try await handle(
                Answer(status: status, headers: response.headers, body: response.body), deadline)
        } catch {
            try Task.checkCancellation()
            throw Self.failure(error)
        }
    }

    /// What an error of one try is: those of the store itself stay, all others are the connection's.
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
            guard whole.readableBytes + chunk.readableBytes <= smallAnswer else {
                throw StorageError.service(.unexpectedAnswer, "the storage service's answer is too long")
            }
            whole.writeImmutableBuffer(chunk)
        }
        return whole
    }
}
