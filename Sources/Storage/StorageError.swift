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
    /// Any other failure of the system.
    /// - Parameters:
    ///   - errno: The number that the system gave.
    ///   - call: The call that failed.
    case io(errno: Int32, call: String)
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
        case .io(let errno, let call): "\(call) failed: errno \(errno)"
        }
    }
}
