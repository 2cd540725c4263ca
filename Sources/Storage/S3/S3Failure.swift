internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Why an attempt of a request failed.
struct S3Failure: Error, Sendable, Hashable {
    /// The response's status; `nil` without a response.
    let status: Int?
    /// The service's error code, such as `NoSuchBucket`.
    let code: String
    /// The service's explanation, or the error of the connection.
    let message: String
    /// The bucket's region according to the service.
    let region: String?
    /// The `Date` header of the response.
    let date: String?
    /// The pause that the service asks for.
    let retryAfter: Duration?
    /// Whether there was no response in time.
    let isTimeout: Bool

    /// A failure of the connection.
    static func transport(_ error: any Error) -> S3Failure {
        let timeouts: [HTTPClientError] = [
            .readTimeout, .writeTimeout, .connectTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout,
            .tlsHandshakeTimeout,
        ]
        let isTimeout = (error as? HTTPClientError).map { timeouts.contains($0) } ?? false
        return S3Failure(message: "\(error)", isTimeout: isTimeout)
    }

    /// A failure from a response with a status of 300 or above.
    init(status: Int, headers: HTTPHeaders, body: ByteBuffer) {
        self.status = status
        let error = XMLNode.parse(body.readableBytesView).flatMap { $0.name == "Error" ? $0 : nil }
        code = error?["Code"]?.text ?? ""
        message = String((error?["Message"]?.text ?? "").prefix(300))
        region = headers.first(name: "x-amz-bucket-region") ?? error?["Region"]?.text
        date = headers.first(name: "date")
        retryAfter = headers.first(name: "retry-after").flatMap { Int64($0) }.map { .seconds($0) }
        isTimeout = false
    }

    /// A failure with these values.
    init(status: Int? = nil, code: String = "", message: String = "", isTimeout: Bool = false) {
        self.status = status
        self.code = code
        self.message = message
        self.isTimeout = isTimeout
        region = nil
        date = nil
        retryAfter = nil
    }

    /// Whether the request should be retried.
    var isTransient: Bool {
        guard let status else { return true }
        return [429, 500, 502, 503, 504].contains(status) || Self.transientCodes.contains(code)
    }

    private static let transientCodes: Set<String> = [
        "SlowDown", "InternalError", "ServiceUnavailable", "TooManyRequests", "Throttling", "ThrottlingException",
        "RequestLimitExceeded",
    ]

    /// The failure as an error of the store.
    /// - Parameters:
    ///   - key: The object of the request, or `nil`.
    ///   - location: The bucket.
    func storageError(key: String?, at location: S3Location) -> StorageError {
        let service = "\(location.scheme)://\(location.host)"
        guard let status else {
            return isTimeout
                ? .service(.timedOut, "the storage service \(service) did not respond in time (\(message))")
                : .service(.unavailable, "the storage service \(service) cannot be reached (\(message))")
        }
        let said = code.isEmpty ? "status \(status)" : "\(code), status \(status)"
        switch (status, code) {
        case (_, "NoSuchBucket"):
            return .service(.missingBucket, "there is no bucket \(location.bucket) at \(service)")
        case (_, "RequestTimeTooSkewed"), (_, "RequestExpired"):
            return .service(
                .clockSkew,
                "this machine's clock differs too much from the storage service's (\(date ?? "unknown")): set it right")
        case (_, "InvalidAccessKeyId"), (_, "SignatureDoesNotMatch"), (_, "ExpiredToken"), (_, "InvalidToken"):
            return .service(.badCredentials, "the storage service does not accept the credentials (\(said))")
        case (301, _), (307, _), (_, "PermanentRedirect"), (_, "AuthorizationHeaderMalformed"):
            let wanted = region.map { ", it is in \($0)" } ?? ""
            return .service(
                .wrongRegion,
                "the bucket \(location.bucket) is not in the region \(location.region)\(wanted): "
                    + "set region= in the storage URL")
        case (507, _), (_, "QuotaExceeded"), (_, "XMinioStorageFull"), (_, "InsufficientStorage"): return .noSpace
        case (401, _), (403, _):
            return .service(
                .accessDenied, "the credentials may not do this in the bucket \(location.bucket) (\(said))")
        case (404, _): return .notFound(key: key ?? location.bucket)
        case (412, _): return .changed(key: key ?? "")
        case (_, "BadDigest"), (_, "XAmzContentSHA256Mismatch"), (_, "InvalidDigest"):
            return .service(.damaged, "bytes were damaged on the way to the storage service (\(said))")
        case (429, _), (_, "SlowDown"), (_, "Throttling"), (_, "TooManyRequests"):
            return .service(.slowDown, "the storage service asks for fewer requests (\(said))")
        case (500..., _): return .service(.unavailable, "the storage service failed (\(said)) \(message)")
        default: return .service(.refused, "the storage service refused (\(said)) \(message)")
        }
    }
}
