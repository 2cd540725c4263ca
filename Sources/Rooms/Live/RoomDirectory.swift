public import Catalog
public import Ground
internal import MediaModel
public import SQL

/// What rooms have to ask of the rest of the product.
public protocol RoomDirectory: Sendable {
    /// A room that may be entered; `nil` if there is none, or what it plays may not be watched any more.
    func room(_ id: String) async throws -> RoomRecord?
    /// A video that a room may play.
    /// - Throws: ``RoomFault/videoNotFound``, ``RoomFault/videoNotPlayable``, or what the database says.
    func video(_ id: String) async throws -> RoomVideo
    /// Notes what a room plays, and that somebody is in it.
    func touch(_ room: String, video: String) async throws
    /// Whether an account has a name that looks like this one.
    func isAccountName(_ name: String) async throws -> Bool
}

/// Rooms and videos of the database.
public struct CatalogRoomDirectory: RoomDirectory {
    private let database: any Database
    private let clock: WallClock

    /// A directory over a database.
    public init(_ database: any Database, clock: WallClock = .system) {
        self.database = database
        self.clock = clock
    }

    /// A row whose video is not blocked.
    public func room(_ id: String) async throws -> RoomRecord? {
        try await database.read { connection in
            guard let room = try Rooms.find(id: id, in: connection),
                let video = try Videos.find(id: room.videoID, in: connection), video.state != .blocked
            else { return nil }
            return room
        }
    }

    /// A video that is playable or ready.
    public func video(_ id: String) async throws -> RoomVideo {
        guard Identifier.isValid(id, prefix: .video),
            let video = try await database.read({ try Videos.find(id: id, in: $0) }), video.state != .blocked
        else { throw RoomFault.videoNotFound }
        guard video.state == .playable || video.state == .ready, let duration = video.durationMilliseconds else {
            throw RoomFault.videoNotPlayable
        }
        return RoomVideo(id: video.id, title: video.title, duration: duration)
    }

    /// Looks among the skeletons of all accounts' names.
    public func isAccountName(_ name: String) async throws -> Bool {
        try await database.read { try Users.find(lookingLike: name, in: $0) != nil }
    }

    /// Notes it with the time.
    public func touch(_ room: String, video: String) async throws {
        let now = clock.now()
        try await database.transaction { try Rooms.touch(id: room, video: video, at: now, in: $0) }
    }
}
