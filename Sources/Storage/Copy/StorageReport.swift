/// What a copy or a check of a store came to.
public struct StorageReport: Sendable, Hashable, Codable {
    /// Objects that were looked at, on either side.
    public internal(set) var objects = 0
    /// Objects that were copied, or would be.
    public internal(set) var copied = 0
    /// Bytes of those.
    public internal(set) var copiedBytes: Int64 = 0
    /// Objects that were there already, or were found to be right.
    public internal(set) var unchanged = 0
    /// Differences in all.
    public internal(set) var differenceCount = 0
    /// The first thousand differences, in no order.
    public internal(set) var differences: [StorageDifference] = []

    static let mostDifferences = 1000

    mutating func note(_ difference: StorageDifference) {
        differenceCount += 1
        if differences.count < Self.mostDifferences { differences.append(difference) }
    }
}

/// An object in which two stores differ, or that is not what its store says.
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
        /// It could not be read or written.
        case failed
    }

    /// The object.
    public let key: String
    /// What is different.
    public let kind: Kind
    /// More about it, for people.
    public let detail: String

    init(_ key: String, _ kind: Kind, _ detail: String) {
        self.key = key
        self.kind = kind
        self.detail = detail
    }
}

extension StorageError {
    /// Whether an error is about one object, so that the others are worth a try.
    var isAboutOneObject: Bool {
        switch self {
        case .notFound, .invalidKey, .tooLarge, .truncated, .changed: true
        case .service(let failure): failure.code == .damaged
        case .noSpace, .readOnly, .scratchFull, .scratchTooSmall, .io: false
        }
    }
}
