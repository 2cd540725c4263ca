internal import Foundation
public import SQL

/// An engine that tests run on; all of them say the same.
public enum DatabaseEngine: String, CaseIterable, Sendable {
    /// A file in a temporary folder.
    case sqlite
    /// A schema of its own on this process' server.
    case postgreSQL
}

/// An empty database of one test.
public struct TestDatabase: Sendable {
    /// The database.
    public let database: any Database
    /// Opens the same database once more, as another process would; to be closed by the caller.
    public let another: @Sendable () async throws -> any Database

    /// Runs `body` with an empty database that is gone afterwards.
    /// - Throws: What `body` throws; ``PostgreSQLServerFailure`` where PostgreSQL is not installed.
    public static func with<Value>(
        _ engine: DatabaseEngine, _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.path + "/sql-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let open: @Sendable () async throws -> any Database
        switch engine {
        case .sqlite: open = { try SQLiteDatabase(path: folder + "/test.sqlite") }
        case .postgreSQL:
            let endpoint = try await PostgreSQLServer.shared.newDatabase()
            open = { try await PostgreSQLDatabase.open(endpoint) }
        }
        let database = try await open()
        let result: Result<Value, any Error>
        do { result = .success(try await body(TestDatabase(database: database, another: open))) } catch {
            result = .failure(error)
        }
        await database.close()
        return try result.get()
    }
}
