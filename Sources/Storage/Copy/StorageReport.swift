/// The result of a copy or a verification.
public struct StorageReport: Sendable, Hashable, Codable {
    /// Objects of either store.
    public internal(set) var objects = 0
    /// Objects that were copied, or would be in a dry run.
    public internal(set) var copied = 0
    /// Bytes of the copied objects.
    public internal(set) var copiedBytes: Int64 = 0
    /// Objects that the target already had, or that were verified.
    public internal(set) var unchanged = 0
    /// The number of differences.
    public internal(set) var differenceCount = 0
    /// The first thousand differences, in no particular order.
    public internal(set) var differences: [StorageDifference] = []

    static let mostDifferences = 1000

    mutating func note(_ difference: StorageDifference) {
        differenceCount += 1
        if differences.count < Self.mostDifferences { differences.append(difference) }
    }
}

/// An object that differs between two stores, or from its store's list.
public struct StorageDifference: Sendable, Hashable, Codable {
    /// The kinds of difference; the raw values are stable.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Only the first store has it.
        case missing
        /// Only the second store has it.
        case extra
        /// The sizes differ.
        case size
        /// The sizes are the same and the bytes are not.
        case content
        /// The object could not be read or written.
        case failed
    }

    /// The object's key.
    public let key: String
    /// The kind of difference.
    public let kind: Kind
    /// A description for people.
    public let detail: String

    init(_ key: String, _ kind: Kind, _ detail: String) {
        self.key = key
        self.kind = kind
        self.detail = detail
    }
}

extension StorageError {
    /// Whether an error concerns a single object, so that the others can still be processed.
    var isAboutOneObject: Bool {
        switch self {
        case .notFound, .invalidKey, .tooLarge, .truncated, .changed: true
        case .service(let failure): failure.code == .damaged
        case .noSpace, .readOnly, .scratchFull, .scratchTooSmall, .io: false
        }
    }
}
