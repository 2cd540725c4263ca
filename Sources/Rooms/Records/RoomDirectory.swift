internal import Accounts
internal import Catalog
public import Ground
public import SQL

/// What rooms look up in the rest of the product.
public protocol RoomDirectory: Sendable {
    /// Finds a room that people may join; `nil` if there is none, or its video is blocked.
    func room(_ id: String) async throws -> RoomRecord?
    /// Finds a video that a room may play.
    /// - Throws: ``RoomFault/videoNotFound``, ``RoomFault/videoNotPlayable``, or the database's error.
    func video(_ id: String) async throws -> RoomVideo
    /// Records which video a room plays, and that somebody is in it now.
    func touch(_ room: String, video: String) async throws
    /// Whether the name of an account looks like this name.
    func isAccountName(_ name: String) async throws -> Bool
}

/// The room directory over the database.
public struct CatalogRoomDirectory: RoomDirectory {
    private let database: any Database
    private let clock: WallClock

    /// Creates a directory over a database.
    public init(_ database: any Database, clock: WallClock = .system) {
        self.database = database
        self.clock = clock
    }

    /// Finds a row whose video is not blocked.
    public func room(_ id: String) async throws -> RoomRecord? {
        try await database.read { connection in
            guard let room = try RoomTable.find(id: id, in: connection),
                let video = try Videos.find(id: room.videoID, in: connection), video.state != .blocked
            else { return nil }
            return room
        }
    }

    /// Finds a video that is playable or ready.
    public func video(_ id: String) async throws -> RoomVideo {
        guard Identifier.isValid(id, prefix: .video),
            let video = try await database.read({ try Videos.find(id: id, in: $0) }), video.state != .blocked
        else { throw RoomFault.videoNotFound }
        guard video.state == .playable || video.state == .ready, let duration = video.durationMilliseconds else {
            throw RoomFault.videoNotPlayable
        }
        return RoomVideo(id: video.id, title: video.title, duration: duration)
    }

    /// Looks the name's skeleton up among those of all accounts.
    public func isAccountName(_ name: String) async throws -> Bool {
        try await database.read { try Users.find(lookingLike: name, in: $0) != nil }
    }

    /// Updates the row with the video and the current time.
    public func touch(_ room: String, video: String) async throws {
        let now = clock.now()
        try await database.transaction { try RoomTable.touch(id: room, video: video, at: now, in: $0) }
    }
}
