import SQL
import SQLFixtures

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Runs `body` with a new folder that is removed afterwards.
func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.path + "/sql-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Runs `body` with an empty database.
func withDatabase<Value>(
    _ engine: DatabaseEngine = .sqlite, _ body: (any Database) async throws -> Value
) async throws -> Value {
    try await TestDatabase.with(engine) { try await body($0.database) }
}

/// The code of the ``SQLFailure`` that `body` throws; `nil` if it throws none.
func failureCode(_ body: () async throws -> Void) async -> SQLFailure.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? SQLFailure)?.code
    }
}
