/// Why the object store did not do what it was asked.
public enum StorageError: Error, Sendable, Hashable {
    /// There is no object with this key.
    case notFound(key: String)
    /// The text is not a key; see ``StorageKey``.
    case invalidKey(String)
    /// The object is larger than the caller allows.
    case tooLarge(key: String, byteCount: Int64)
    /// The disk, or the quota, is full.
    case noSpace
    /// The folder cannot be written.
    case readOnly(path: String)
    /// The object became shorter while it was read: somebody outside the program touched it.
    case truncated(key: String)
    /// The object was replaced while it was read: somebody outside the program touched it.
    case changed(key: String)
    /// The scratch folder has no room for a local copy now; it will have when other work ends.
    case scratchFull(needed: Int64, limit: Int64)
    /// The object is larger than the whole scratch folder may become.
    case scratchTooSmall(needed: Int64, limit: Int64)
    /// A storage service refused or failed.
    case service(StorageServiceFailure)
    /// Any other failure of the system.
    /// - Parameters:
    ///   - errno: The number that the system gave.
    ///   - call: The call that failed.
    case io(errno: Int32, call: String)
}

extension StorageError {
    /// A failure of a storage service.
    static func service(_ code: StorageServiceFailure.Code, _ detail: String) -> StorageError {
        .service(StorageServiceFailure(code, detail))
    }

    /// A short name for programs; stable.
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

    /// Whether the same call may succeed later without anybody changing the configuration.
    public var isRetryable: Bool {
        switch self {
        case .noSpace, .truncated, .changed, .scratchFull, .io: true
        case .notFound, .invalidKey, .tooLarge, .readOnly, .scratchTooSmall: false
        case .service(let failure): failure.isRetryable
        }
    }
}

extension StorageError: CustomStringConvertible {
    /// One sentence for a log.
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
            "no room in the scratch folder for \(needed) bytes now: all of its \(limit) bytes are in use"
        case .scratchTooSmall(let needed, let limit):
            "an object of \(needed) bytes does not fit into a scratch folder of \(limit) bytes: raise its limit"
        case .service(let failure): failure.detail
        case .io(let errno, let call): "\(call) failed: errno \(errno)"
        }
    }
}
