import Catalog
import MediaModel
import SQL

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Runs `body` with a database of the newest schema that holds one user, `usr_1`, and one video of theirs, `vid_1`.
func withCatalog(_ body: (SQLiteDatabase) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/catalog-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let database = try SQLiteDatabase(path: folder + "/test.sqlite")
    do {
        try await Schema.prepare(database, clock: WallClock { 1 })
        try await database.transaction { connection in
            try Users.insert(.sample("usr_1"), in: connection)
            try Videos.insert(Video(id: "vid_1", ownerID: "usr_1", title: "One", createdAt: 10), in: connection)
        }
        try await body(database)
        await database.close()
    } catch {
        await database.close()
        throw error
    }
}

extension User {
    /// A user whose address and name are made from the identifier.
    static func sample(_ id: String) -> User {
        User(
            id: id, email: "\(id)@Example.org", username: "Name-\(id)", passwordHash: "hash",
            passwordScheme: "bcrypt-sha256", createdAt: 5)
    }
}

extension EncodingPlan {
    /// A plan of audio alone, short and whole.
    static let sample = EncodingPlan(
        targetSeconds: 4, segmentCount: 1, duration: Rational(4), video: nil, audio: [],
        images: ImagePlan(posters: .waveform, posterSide: 720, storyboard: nil))
}
