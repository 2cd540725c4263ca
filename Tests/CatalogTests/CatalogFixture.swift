import Catalog
import Ground
import MediaModel
import SQL
import SQLFixtures

/// Runs `body` with a database of the newest schema that holds one user, `usr_1`, and one video of theirs, `vid_1`.
func withCatalog(_ engine: DatabaseEngine, _ body: (any Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine) { test in
        let database = test.database
        try await Schema.prepare(database, clock: WallClock { 1 })
        try await database.transaction { connection in
            try Users.insert(.sample("usr_1"), in: connection)
            try Videos.insert(Video(id: "vid_1", ownerID: "usr_1", title: "One", createdAt: 10), in: connection)
        }
        try await body(database)
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
