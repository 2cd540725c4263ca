/// Why an operation of an object store failed.
public enum StorageError: Error, Sendable, Hashable {
    /// No object has this key.
    case notFound(key: String)
    /// The text is not a key; see ``StorageKey``.
    case invalidKey(String)
    /// The object is larger than the caller allows.
    case tooLarge(key: String, byteCount: Int64)
    /// The disk or the quota is full.
    case noSpace
    /// The folder cannot be written.
    case readOnly(path: String)
    /// The object became shorter while it was read, by a change from outside this program.
    case truncated(key: String)
    /// The object was replaced while it was read, by a change from outside this program.
    case changed(key: String)
    /// The scratch folder has no space for a local copy until other work ends.
    case scratchFull(needed: Int64, limit: Int64)
    /// The object is larger than the limit of the scratch folder.
    case scratchTooSmall(needed: Int64, limit: Int64)
    /// A storage service refused the request or failed.
    case service(StorageServiceFailure)
    /// Any other error of a system call.
    /// - Parameters:
    ///   - errno: The error number.
    ///   - call: The name of the call.
    case io(errno: Int32, call: String)
}

extension StorageError {
    /// A failure of a storage service.
    static func service(_ code: StorageServiceFailure.Code, _ detail: String) -> StorageError {
        .service(StorageServiceFailure(code, detail))
    }

    /// A stable code for programs.
    public var code: String {
        switch self {
        case .notFound: "not_found"
        case .invalidKey: "invalid_key"
        case .tooLarge: "too_large"
        case .noSpace: "no_space"
        case .readOnly: "read_only"
        case .truncated: "truncated"
        case .changed: "changed"
        case .scratchFull: "scratch_full"
        case .scratchTooSmall: "scratch_too_small"
        case .service(let failure): failure.code.rawValue
        case .io: "io_error"
        }
    }

    /// Whether the same call may succeed later without a change of the configuration.
    public var isRetryable: Bool {
        switch self {
        case .noSpace, .truncated, .changed, .scratchFull, .io: true
        case .notFound, .invalidKey, .tooLarge, .readOnly, .scratchTooSmall: false
        case .service(let failure): failure.isRetryable
        }
    }
}

extension StorageError: CustomStringConvertible {
    /// One sentence for logs.
    public var description: String {
        switch self {
        case .notFound(let key): "no object \(key)"
        case .invalidKey: "not a valid object key"
        case .tooLarge(let key, let byteCount): "object \(key) has \(byteCount) bytes, more than allowed here"
        case .noSpace: "no space left for objects"
        case .readOnly(let path): "cannot write to \(path)"
        case .truncated(let key): "object \(key) became shorter while it was read"
        case .changed(let key): "object \(key) was replaced while it was read"
        case .scratchFull(let needed, let limit):
            "no space in the scratch folder for \(needed) bytes now: all of its \(limit) bytes are in use"
        case .scratchTooSmall(let needed, let limit):
            "an object of \(needed) bytes does not fit into a scratch folder of \(limit) bytes: raise its limit"
        case .service(let failure): failure.detail
        case .io(let errno, let call): "\(call) failed: errno \(errno)"
        }
    }
}

/// Why a request to a storage service failed, with a description for the operator.
public struct StorageServiceFailure: Error, Sendable, Hashable {
    /// The kinds of failure; the raw values are stable.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The bucket does not exist.
        case missingBucket = "missing_bucket"
        /// The credentials are valid but have no permission.
        case accessDenied = "access_denied"
        /// The credentials are unknown, expired, or their secret is wrong.
        case badCredentials = "bad_credentials"
        /// The bucket is in another region than the configured one.
        case wrongRegion = "wrong_region"
        /// The clocks of this machine and the service differ too much.
        case clockSkew = "clock_skew"
        /// The service asked for fewer requests, also after retries.
        case slowDown = "slow_down"
        /// The service is unreachable or reports that it is unavailable.
        case unavailable = "unavailable"
        /// The service did not respond in time.
        case timedOut = "timed_out"
        /// Bytes were damaged in transit: checksums differ.
        case damaged = "damaged"
        /// The service refused for a reason that is not listed here.
        case refused = "refused"
        /// The service's response does not follow the protocol.
        case unexpectedAnswer = "unexpected_answer"
        /// A local copy is required, but there is no scratch folder.
        case noScratchFolder = "no_scratch_folder"
        /// Another process uses the scratch folder.
        case scratchInUse = "scratch_in_use"
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence, without secrets.
    public let detail: String

    /// A failure.
    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Whether the same call may succeed later without a change of the configuration.
    public var isRetryable: Bool {
        switch code {
        case .slowDown, .unavailable, .timedOut, .damaged, .unexpectedAnswer: true
        case .missingBucket, .accessDenied, .badCredentials, .wrongRegion, .clockSkew, .refused, .noScratchFolder,
            .scratchInUse:
            false
        }
    }
}
