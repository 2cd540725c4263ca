internal import Dispatch

/// The URL of a database, whose scheme names the engine: `sqlite:PATH`, `postgres://…` or `postgresql://…`.
public struct DatabaseURL: Sendable, Hashable, CustomStringConvertible {
    /// An engine and the address of a database of it.
    public enum Engine: Sendable, Hashable {
        /// The path of a file.
        case sqlite(path: String)
        /// The endpoint of a server.
        case postgreSQL(PostgreSQLEndpoint)
    }

    /// The engine and the address.
    public let engine: Engine

    /// Parses a URL.
    /// - Throws: ``SQLFailure`` with code `invalidURL`; the message contains no part of the URL that could be a password.
    public init(_ text: String) throws {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            engine = .postgreSQL(try PostgreSQLEndpoint(text))
        } else if text.hasPrefix("sqlite:") {
            let rest = text.dropFirst("sqlite:".count)
            // `sqlite:///folder/file`, which other programs use, has an empty host.
            let path = rest.hasPrefix("///") ? rest.dropFirst(2) : rest
            guard !path.isEmpty, !path.hasPrefix("//"), !path.utf8.contains(0) else {
                throw SQLFailure(
                    .invalidURL, "A database in a file is written sqlite:PATH, as in sqlite:/data/db.sqlite.")
            }
            engine = .sqlite(path: String(path))
        } else {
            throw SQLFailure(
                .invalidURL,
                "A database is written sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME; this is neither.")
        }
    }

    /// Opens the database.
    /// - Parameters:
    ///   - mode: Whether a missing file is created; a PostgreSQL database must exist.
    ///   - configuration: Limits and timeouts for a PostgreSQL server.
    /// - Throws: ``SQLFailure``.
    public func open(
        mode: SQLiteDatabase.OpenMode = .create, postgreSQL configuration: PostgreSQLConfiguration = .init()
    ) async throws -> any Database {
        switch engine {
        case .postgreSQL(let endpoint): return try await PostgreSQLDatabase.open(endpoint, configuration)
        case .sqlite(let path):
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(with: Result { try SQLiteDatabase(path: path, mode: mode) as any Database })
                }
            }
        }
    }

    /// The address without its password.
    public var description: String {
        switch engine {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgreSQL(let endpoint): "\(endpoint)"
        }
    }
}
