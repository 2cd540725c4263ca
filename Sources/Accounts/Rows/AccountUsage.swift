public import SQL

/// Something of which an account may have a limited amount.
public enum Quota: String, Sendable, Hashable, CaseIterable {
    /// Bytes of source files, and bytes that open uploads reserve.
    case bytes
    /// Videos in every state.
    case videos
    /// Videos that have no file yet.
    case drafts
    /// Open uploads, except those that are being joined from parts.
    case uploads
    /// Parts that are finished and not removed yet.
    case parts
    /// Bytes of uploaded captions.
    case captions
}

/// How the rows of an account count against its quotas.
///
/// The modules that own the rows provide the queries; this module knows none of their tables.
public struct AccountUsage: Sendable {
    private let queries: [Quota: [String]]

    /// Counts with queries.
    /// - Parameter queries: For each quota the queries whose results are added up. Each yields one number; `$1` is the
    ///   account's identifier.
    public init(_ queries: [Quota: [String]]) {
        self.queries = queries
    }

    /// How much of a quota an account uses.
    public func used(_ quota: Quota, owner: String, in connection: any SQLConnection) throws -> Int64 {
        guard let queries = queries[quota], !queries.isEmpty else { return 0 }
        // One statement, so that a row that moves from one table to another is counted once.
        let sum = queries.map { "(\($0))" }.joined(separator: " + ")
        return try connection.query("SELECT CAST(\(sum) AS BIGINT) AS total", [.text(owner)]).first?
            .integer("total") ?? 0
    }
}
